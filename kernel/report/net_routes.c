// SPDX-License-Identifier: MIT
/*
 * /proc/net/route and ipv6_route in the formats that route(8) and netstat(8)
 * read, and fib_trie, from which scripts take the host's own addresses. Linux
 * lists by prefix; its trie's inner nodes are its own, so fib_trie shows one
 * node with all leaves.
 */
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"
#include "net/core/route.h"

#define ROUTE_WIDTH 127

enum {
	RTF_UP = 1,
	RTF_GATEWAY = 2,
	RTF_HOST = 4,
	RTF_REJECT = 0x200,
	RTF_ADDRCONF = 0x40000,
	RTF_NONEXTHOP = 0x200000,
	RTF_LOCAL = (int)0x80000000,
};

/* ---- All of them, in order ---- */

static int compare_bytes(const struct net_addr *a, const struct net_addr *b)
{
	for (unsigned i = 0; i < sizeof(a->b); i++)
		if (a->b[i] != b->b[i])
			return a->b[i] < b->b[i] ? -1 : 1;
	return 0;
}

/* By prefix; of one prefix the longest first, then the best. */
static bool is_before(const struct full_route_info *a,
		      const struct full_route_info *b)
{
	int order = compare_bytes(&a->route.prefix, &b->route.prefix);

	if (order)
		return order < 0;
	if (a->route.bits != b->route.bits)
		return a->route.bits > b->route.bits;
	return a->route.metric < b->route.metric;
}

/* Shell's: short, without memory, quick enough for ten thousand. */
static void sort(struct full_route_info *infos, uint32_t count)
{
	for (uint32_t gap = count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (uint32_t i = gap; i < count; i++) {
			struct full_route_info info = infos[i];
			uint32_t j = i;

			for (; j >= gap && is_before(&info, &infos[j - gap]);
			     j -= gap)
				infos[j] = infos[j - gap];
			infos[j] = info;
		}
}

static struct full_route_info *take(uint32_t *count)
{
	void *array;

	if (snapshot_take(LIST_ALL_ROUTES, sizeof(struct full_route_info),
			  &array, count))
		return NULL;
	sort(array, *count);
	return array;
}

static bool is_four(const struct route_info *route)
{
	return addr_is_ip4(&route->prefix) && route->bits >= 96;
}

/* ---- IPv4 ---- */

#define IP_AND_TCP 40 /* headers: the column says MTU and means MSS */

static void end_line(struct text *text, size_t start)
{
	while (text->len < start + ROUTE_WIDTH)
		text_char(text, ' ');
	text_char(text, '\n');
}

static void print_route(struct text *text, const struct full_route_info *info)
{
	const struct route_info *route = &info->route;
	unsigned bits = route->bits - 96u, flags = RTF_UP;
	uint32_t mask = bits ? __builtin_bswap32(~0u << (32 - bits)) : 0;
	bool gateway = !addr_is_any(&route->gateway);
	size_t start = text->len;

	if (info->type == ROUTE_UNREACHABLE || info->type == ROUTE_PROHIBIT)
		flags |= RTF_REJECT;
	if (gateway)
		flags |= RTF_GATEWAY;
	if (bits == 32)
		flags |= RTF_HOST;
	text_add(text, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
		 route->name[0] ? route->name : "*", route->prefix.w[3],
		 gateway ? route->gateway.w[3] : 0, flags, 0, 0,
		 (int)route->metric, mask,
		 info->advmss ? (int)info->advmss + IP_AND_TCP : 0,
		 info->window, info->rtt >> 3);
	end_line(text, start);
}

void net_report_route(struct text *text, void *arg)
{
	struct full_route_info *infos;
	size_t start = text->len;
	uint32_t count;

	(void)arg;
	text_str(text, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\t"
		       "Metric\tMask\t\tMTU\tWindow\tIRTT");
	end_line(text, start);
	infos = take(&count);
	for (uint32_t i = 0; infos && i < count; i++)
		if (is_four(&infos[i].route) && infos[i].table == TABLE_MAIN &&
		    infos[i].type != ROUTE_BROADCAST &&
		    infos[i].type != ROUTE_MULTICAST)
			print_route(text, &infos[i]);
	kfree(infos);
}

/* ---- IPv6 ---- */

static void print_hex(struct text *text, const struct net_addr *addr)
{
	for (unsigned i = 0; i < sizeof(addr->b); i++)
		text_add(text, "%02x", addr->b[i]);
}

static void print_route6(struct text *text, const struct full_route_info *info)
{
	static const struct net_addr none;
	const struct route_info *route = &info->route;
	unsigned flags = RTF_UP;

	if (!addr_is_any(&route->gateway))
		flags |= RTF_GATEWAY;
	if (route->bits == 128 && info->type != ROUTE_LOCAL)
		flags |= RTF_HOST;
	if (info->type == ROUTE_LOCAL)
		flags |= (unsigned)RTF_LOCAL | RTF_NONEXTHOP;
	else if (info->type >= ROUTE_BLACKHOLE)
		flags |= RTF_REJECT;
	if (route->flags & ROUTE_RA)
		flags |= RTF_ADDRCONF;
	print_hex(text, &route->prefix);
	text_add(text, " %02x ", route->bits);
	print_hex(text, &none);
	text_str(text, " 00 ");
	print_hex(text, &route->gateway);
	text_add(text, " %08x %08x %08x %08x %8s\n", route->metric, 1, 0, flags,
		 route->name[0] ? route->name : "lo");
}

/* What each of Linux's tables ends with. */
static void print_null(struct text *text)
{
	struct full_route_info end = {
		.route = { .metric = UINT32_MAX, .name = "lo" },
	};
	const struct net_addr *none = &end.route.prefix;

	print_hex(text, none);
	text_str(text, " 00 ");
	print_hex(text, none);
	text_str(text, " 00 ");
	print_hex(text, none);
	text_add(text, " %08x %08x %08x %08x %8s\n", end.route.metric, 1, 0,
		 RTF_NONEXTHOP | RTF_REJECT, "lo");
}

void net_report_ipv6_route(struct text *text, void *arg)
{
	static const uint32_t tables[] = { TABLE_MAIN, TABLE_LOCAL };
	struct full_route_info *infos;
	uint32_t count;

	(void)arg;
	infos = take(&count);
	for (unsigned t = 0; t < ARRAY_LEN(tables); t++) {
		for (uint32_t i = 0; infos && i < count; i++)
			if (!is_four(&infos[i].route) &&
			    infos[i].table == tables[t])
				print_route6(text, &infos[i]);
		print_null(text);
	}
	kfree(infos);
}

/* ---- The trie ---- */

static const char *scope_name(uint8_t scope)
{
	switch (scope) {
	case SCOPE_UNIVERSE:
		return "universe";
	case SCOPE_SITE:
		return "site";
	case SCOPE_LINK:
		return "link";
	case SCOPE_HOST:
		return "host";
	default:
		return "nowhere";
	}
}

static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		"UNSPEC",    "UNICAST",	  "LOCAL",	 "BROADCAST", "ANYCAST",
		"MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT",  "THROW",
	};

	return type < ARRAY_LEN(names) ? names[type] : "UNKNOWN";
}

static void print_leaves(struct text *text, const struct full_route_info *infos,
			 uint32_t count, uint32_t table)
{
	const struct net_addr *last = NULL;
	char address[ADDR_TEXT_MAX];

	for (uint32_t i = 0; i < count; i++) {
		const struct route_info *route = &infos[i].route;

		if (infos[i].table != table || !is_four(route))
			continue;
		if (!last || !addr_equal(last, &route->prefix)) {
			addr_format(address, sizeof(address), &route->prefix);
			text_add(text, "     |-- %s\n", address);
		}
		last = &route->prefix;
		text_add(text, "        /%u %s %s\n", route->bits - 96u,
			 scope_name(infos[i].scope), type_name(infos[i].type));
	}
}

void net_report_fib_trie(struct text *text, void *arg)
{
	struct full_route_info *infos;
	uint32_t count;

	(void)arg;
	infos = take(&count);
	if (!infos)
		return;
	text_str(text, "Main:\n  +-- 0.0.0.0/0 0 0 0\n");
	print_leaves(text, infos, count, TABLE_MAIN);
	text_str(text, "Local:\n  +-- 0.0.0.0/0 0 0 0\n");
	print_leaves(text, infos, count, TABLE_LOCAL);
	kfree(infos);
}

static void print_statistics(struct text *text, const char *name,
			     const struct full_route_info *infos,
			     uint32_t count, uint32_t table)
{
	const struct net_addr *last = NULL;
	uint32_t leaves = 0, prefixes = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct route_info *route = &infos[i].route;

		if (infos[i].table != table || !is_four(route))
			continue;
		leaves += !last || !addr_equal(last, &route->prefix);
		last = &route->prefix;
		prefixes++;
	}
	text_add(text,
		 "%s:\n\tAver depth:     %u.00\n\tMax depth:      %u\n"
		 "\tLeaves:         %u\n\tPrefixes:       %u\n"
		 "\tInternal nodes: %u\n\n\tPointers: %u\nNull ptrs: 0\n"
		 "Total size: %u  kB\n",
		 name, leaves != 0, leaves != 0, leaves, prefixes, leaves != 0,
		 leaves,
		 (uint32_t)((prefixes * sizeof(struct route) + 1023) / 1024));
}

void net_report_fib_triestat(struct text *text, void *arg)
{
	struct full_route_info *infos;
	uint32_t count;

	(void)arg;
	infos = take(&count);
	if (!infos)
		return;
	text_add(text,
		 "Basic info: size of leaf: %u bytes, size of tnode: %u "
		 "bytes.\n",
		 (unsigned)sizeof(struct route),
		 (unsigned)sizeof(struct trie_node));
	print_statistics(text, "Main", infos, count, TABLE_MAIN);
	print_statistics(text, "Local", infos, count, TABLE_LOCAL);
	kfree(infos);
}
