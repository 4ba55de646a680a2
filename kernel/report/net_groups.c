// SPDX-License-Identifier: MIT
/*
 * /proc/net/igmp, igmp6, mcfilter, mcfilter6, dev_mcast: the groups that each
 * interface listens to, and the filters of their sources, in the formats that
 * ip-maddress(8) and netstat(8) -g read. Linux lists the newest group of an
 * interface first.
 */
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"
#include "lib/string.h"

#define TICKS(ms) ((ms) / 10) /* USER_HZ is 100 */

struct groups {
	struct group_info *infos;
	uint32_t count;
};

static bool take(struct groups *groups)
{
	void *array;

	if (snapshot_take(LIST_GROUPS, sizeof(struct group_info), &array,
			  &groups->count))
		return false;
	groups->infos = array;
	return true;
}

/* One past the last entry of the interface that begins here. */
static uint32_t end_of_interface(const struct groups *groups, uint32_t start)
{
	uint32_t i = start;

	while (i < groups->count &&
	       groups->infos[i].netif == groups->infos[start].netif)
		i++;
	return i;
}

static bool is_group(const struct group_info *info, bool six)
{
	return !info->of_source && addr_is_ip4(&info->group) != six;
}

static uint32_t users(const struct group_info *info)
{
	return info->include + info->exclude;
}

static void print_hex(struct text *text, const struct net_addr *addr)
{
	for (unsigned i = 0; i < sizeof(addr->b); i++)
		text_add(text, "%02x", addr->b[i]);
}

/* ---- igmp ---- */

static void print_interface(struct text *text, const struct groups *groups,
			    uint32_t start, uint32_t end)
{
	const struct group_info *first = &groups->infos[start];
	uint32_t count = 0;

	for (uint32_t i = start; i < end; i++)
		count += is_group(&groups->infos[i], false);
	if (!count)
		return;
	text_add(text, "%u\t%-10s: %5u %7s\n", first->netif, first->name, count,
		 "V3");
	/* Every host's own is listed last. */
	for (uint32_t i = end; i-- > start;) {
		const struct group_info *info = &groups->infos[i];

		if (!is_group(info, false) || info->group.w[3] == 0x010000e0)
			continue;
		text_add(text, "\t\t\t\t%08X %5u %d:%08lX\t\t%d\n",
			 info->group.w[3], users(info), info->timer_ms != 0,
			 (unsigned long)TICKS(info->timer_ms), info->reporter);
	}
	text_add(text, "\t\t\t\t%08X %5u %d:%08lX\t\t%d\n", 0x010000e0, 1, 0,
		 0ul, 0);
}

void net_report_igmp(struct text *text, void *arg)
{
	struct groups groups;

	(void)arg;
	text_str(text, "Idx\tDevice    : Count Querier\tGroup    Users Timer\t"
		       "Reporter\n");
	if (!take(&groups))
		return;
	for (uint32_t i = 0, end; i < groups.count; i = end) {
		end = end_of_interface(&groups, i);
		print_interface(text, &groups, i, end);
	}
	kfree(groups.infos);
}

/* ---- igmp6 ---- */

enum { RUNNING = 1, LAST_REPORTER = 2, LOADED = 4, NO_REPORT = 8 };

static bool is_own_group(const struct net_addr *group)
{
	return group->b[0] == 0xff && group->b[1] <= 2 &&
	       group->q[1] == UINT64_C(0x0100000000000000) && group->w[1] == 0;
}

static unsigned flags_of(const struct group_info *info)
{
	if (is_own_group(&info->group))
		return info->group.b[1] == 1 ? NO_REPORT : LOADED | NO_REPORT;
	return LOADED | (info->timer_ms ? RUNNING : 0u) |
	       (info->reporter ? LAST_REPORTER : 0u);
}

static void print_group6(struct text *text, const struct group_info *info)
{
	text_add(text, "%-4d %-15s ", info->netif, info->name);
	print_hex(text, &info->group);
	text_add(text, " %5u %08X %lu\n", users(info), flags_of(info),
		 (unsigned long)TICKS(info->timer_ms));
}

void net_report_igmp6(struct text *text, void *arg)
{
	struct groups groups;

	(void)arg;
	if (!take(&groups))
		return;
	for (uint32_t i = 0, end; i < groups.count; i = end) {
		end = end_of_interface(&groups, i);
		for (uint32_t j = end; j-- > i;)
			if (is_group(&groups.infos[j], true) &&
			    !is_own_group(&groups.infos[j].group))
				print_group6(text, &groups.infos[j]);
		for (uint32_t j = i; j < end; j++)
			if (is_group(&groups.infos[j], true) &&
			    is_own_group(&groups.infos[j].group))
				print_group6(text, &groups.infos[j]);
	}
	kfree(groups.infos);
}

/* ---- Filters ---- */

static void print_source(struct text *text, const struct group_info *info,
			 bool six)
{
	if (six) {
		text_add(text, "%3d %6s ", info->netif, info->name);
		print_hex(text, &info->group);
		text_char(text, ' ');
		print_hex(text, &info->source);
	} else {
		text_add(text, "%3d %6s 0x%08x 0x%08x", info->netif, info->name,
			 __builtin_bswap32(info->group.w[3]),
			 __builtin_bswap32(info->source.w[3]));
	}
	text_add(text, " %6u %6u\n", info->include, info->exclude);
}

void net_report_mcfilter(struct text *text, void *arg)
{
	bool six = (uintptr_t)arg == 6;
	struct groups groups;

	text_str(text,
		 six ? "Idx Device                Multicast Address"
		       "                   Source Address    INC    EXC\n" :
		       "Idx Device        MCA        SRC    INC    EXC\n");
	if (!take(&groups))
		return;
	for (uint32_t i = 0; i < groups.count; i++)
		if (groups.infos[i].of_source &&
		    addr_is_ip4(&groups.infos[i].group) != six)
			print_source(text, &groups.infos[i], six);
	kfree(groups.infos);
}

/* ---- Link addresses ---- */

/* What was ordered beside IP's groups (net/core/link_group.h). */
struct ordered {
	struct link_group_info *infos;
	uint32_t count, told; /* those before this one */
};

static void print_address(struct text *text, uint32_t netif, const char *name,
			  bool by_ip, bool by_order, const uint8_t *mac)
{
	text_add(text, "%-4d %-15s %-5d %-5d ", netif, name, by_ip + by_order,
		 by_order);
	for (int i = 0; i < 6; i++)
		text_add(text, "%02x", mac[i]);
	text_char(text, '\n');
}

/* RFC 1112 6.4, RFC 2464 7. */
static void link_address(const struct net_addr *group, uint8_t mac[6])
{
	static const uint8_t four[3] = { 0x01, 0x00, 0x5e };

	memset(mac, 0x33, 2);
	memcpy(mac + 2, group->b + 12, 4);
	if (addr_is_ip4(group)) {
		memcpy(mac, four, 3);
		mac[3] = group->b[13] & 0x7f;
	}
}

static bool is_ordered(const struct ordered *ordered, uint32_t netif,
		       const uint8_t mac[6])
{
	for (uint32_t i = 0; i < ordered->count; i++)
		if (ordered->infos[i].netif == netif &&
		    !memcmp(ordered->infos[i].mac, mac, 6))
			return true;
	return false;
}

static bool is_on_link(const struct group_info *info)
{
	/* ff01:: never leaves the node; the loopback has no links. */
	return !info->of_source && info->netif != 1 &&
	       !(is_own_group(&info->group) && info->group.b[1] == 1);
}

static bool is_of_ip(const struct groups *groups, uint32_t netif,
		     const uint8_t mac[6])
{
	uint8_t own[6];

	for (uint32_t i = 0; i < groups->count; i++) {
		const struct group_info *info = &groups->infos[i];

		link_address(&info->group, own);
		if (info->netif == netif && is_on_link(info) &&
		    !memcmp(own, mac, 6))
			return true;
	}
	return false;
}

/* Those of the interfaces up to this one that IP has not. */
static void print_ordered(struct text *text, struct ordered *ordered,
			  const struct groups *groups, uint32_t last)
{
	for (; ordered->told < ordered->count; ordered->told++) {
		const struct link_group_info *info =
			&ordered->infos[ordered->told];

		if (info->netif > last)
			return;
		if (!is_of_ip(groups, info->netif, info->mac))
			print_address(text, info->netif, info->name, false,
				      true, info->mac);
	}
}

static void print_links(struct text *text, const struct groups *groups,
			struct ordered *ordered)
{
	for (uint32_t i = 0; i < groups->count; i++) {
		const struct group_info *info = &groups->infos[i];
		uint8_t mac[6];

		print_ordered(text, ordered, groups, info->netif - 1);
		if (!is_on_link(info))
			continue;
		link_address(&info->group, mac);
		print_address(text, info->netif, info->name, true,
			      is_ordered(ordered, info->netif, mac), mac);
	}
	print_ordered(text, ordered, groups, UINT32_MAX);
}

void net_report_dev_mcast(struct text *text, void *arg)
{
	struct ordered ordered = { .told = 0 };
	struct groups groups;
	void *array;

	(void)arg;
	if (!take(&groups))
		return;
	if (!snapshot_take(LIST_LINK_GROUPS, sizeof(*ordered.infos), &array,
			   &ordered.count)) {
		ordered.infos = array;
		print_links(text, &groups, &ordered);
		kfree(array);
	}
	kfree(groups.infos);
}
