// SPDX-License-Identifier: MIT
/*
 * /proc/net: interfaces, routes, neighbours, UNIX sockets and totals in
 * Linux's formats (proc(5)), and /proc/weir/net with the stack's own counts of
 * verdicts and reasons.
 */
#include "kernel/report/net_report.h"

#include "fs/procfs/procfs.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "kernel/report/snapshot.h"
#include "kernel/socket/socket.h"
#include "lib/format.h"
#include "net/core/neighbour.h"
#include "net/core/route.h"
#include "net/net.h"

#define ATF_COM 2
#define ATF_PERM 4

static void print_interface(struct text *text, const struct netif_info *info)
{
	const struct netif_stats *s = &info->stats;

	text_add(text,
		 "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10llu %9llu "
		 "%8llu %7llu %4llu %4llu %4llu %5llu %7llu %10llu\n",
		 info->name, (unsigned long long)s->rx_bytes,
		 (unsigned long long)s->rx_packets,
		 (unsigned long long)s->rx_errors,
		 (unsigned long long)s->rx_dropped, 0ull, 0ull, 0ull,
		 (unsigned long long)s->rx_multicast,
		 (unsigned long long)s->tx_bytes,
		 (unsigned long long)s->tx_packets,
		 (unsigned long long)s->tx_errors,
		 (unsigned long long)s->tx_dropped, 0ull, 0ull, 0ull, 0ull);
}

static void show_dev(struct text *text, void *arg)
{
	struct netif_info *infos;
	uint32_t count;
	void *array;

	(void)arg;
	text_str(text,
		 "Inter-|   Receive                                          "
		 "      |  Transmit\n"
		 " face |bytes    packets errs drop fifo frame compressed "
		 "multicast|bytes    packets errs drop fifo colls carrier "
		 "compressed\n");
	if (snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		print_interface(text, &infos[i]);
	kfree(array);
}

static void print_neighbour(struct text *text,
			    const struct neighbour_info *info)
{
	char address[ADDR_TEXT_MAX], mac[18];
	unsigned flags =
		info->state & NEIGHBOUR_PERMANENT ? ATF_COM | ATF_PERM :
		info->state & (NEIGHBOUR_INCOMPLETE | NEIGHBOUR_FAILED) ?
						    0 :
						    ATF_COM;

	addr_format(address, sizeof(address), &info->addr);
	format_to(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
		  info->mac[0], info->mac[1], info->mac[2], info->mac[3],
		  info->mac[4], info->mac[5]);
	text_add(text, "%-16s 0x%-10x0x%-10x%-17s     *        %s\n", address,
		 1, flags, mac, info->name);
}

static void show_arp(struct text *text, void *arg)
{
	struct neighbour_info *infos;
	uint32_t count;
	void *array;

	(void)arg;
	text_str(text, "IP address       HW type     Flags       HW address  "
		       "          Mask     Device\n");
	if (snapshot_take(LIST_NEIGHBOURS, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		if (addr_is_ip4(&infos[i].addr))
			print_neighbour(text, &infos[i]);
	kfree(array);
}

/* SS_: 1 unconnected, 3 connected; flag 0x10000: listening. */
static void print_unix(struct text *text, const struct diag_unix *info)
{
	text_add(text, "%016x: %08X %08X %08X %04X %02X %5llu", 0, info->refs,
		 0, info->state == 10 ? 0x10000 : 0, info->type,
		 info->state == 1 ? 3 : 1, (unsigned long long)info->inode);
	if (info->name_length)
		text_char(text, ' ');
	for (int i = 0; i < info->name_length; i++)
		text_char(text, info->name[i] ? info->name[i] : '@');
	text_char(text, '\n');
}

static void show_unix(struct text *text, void *arg)
{
	struct diag_unix info = { .order = 0 };

	(void)arg;
	text_str(text, "Num       RefCount Protocol Flags    Type St Inode "
		       "Path\n");
	while (unix_next(report_network()->net, info.order, &info))
		print_unix(text, &info);
}

static bool take_totals(struct sockstat_info *totals)
{
	uint32_t count;
	void *array;

	if (snapshot_take(LIST_SOCKSTAT, sizeof(*totals), &array, &count))
		return false;
	*totals = *(struct sockstat_info *)array;
	kfree(array);
	return true;
}

static void show_sockstat(struct text *text, void *arg)
{
	struct sockstat_info t;

	(void)arg;
	if (!take_totals(&t))
		return;
	text_add(text,
		 "sockets: used %u\nTCP: inuse %u orphan %u tw %u alloc %u "
		 "mem %u\nUDP: inuse %u mem %u\nUDPLITE: inuse 0\n"
		 "RAW: inuse %u\nFRAG: inuse %u memory %u\n",
		 socket_count(), t.tcp_inuse, t.tcp_orphan, t.tcp_tw,
		 t.tcp_alloc, t.tcp_mem_pages, t.udp_inuse, 0, t.raw_inuse,
		 t.frag_inuse, t.frag_memory);
}

static void show_sockstat6(struct text *text, void *arg)
{
	struct sockstat_info t;

	(void)arg;
	if (!take_totals(&t))
		return;
	text_add(text,
		 "TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse 0\n"
		 "RAW6: inuse %u\nFRAG6: inuse 0 memory 0\n",
		 t.tcp6_inuse, t.udp6_inuse, t.raw6_inuse);
}

/* What Linux calls the type of an IPv6 address. */
static unsigned scope6(const struct net_addr *addr)
{
	if (addr_is_loopback(addr))
		return 0x10;
	return addr_is_link_local6(addr) ? 0x20 : 0;
}

static void show_if_inet6(struct text *text, void *arg)
{
	struct address_info *infos;
	uint32_t count;
	void *array;

	(void)arg;
	if (snapshot_take(LIST_ADDRESSES, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++) {
		const struct address_info *a = &infos[i];

		if (addr_is_ip4(&a->addr))
			continue;
		for (unsigned j = 0; j < 16; j++)
			text_add(text, "%02x", a->addr.b[j]);
		text_add(text, " %02x %02x %02x %02x %8s\n", a->netif, a->bits,
			 scope6(&a->addr), a->flags & 0xff, a->name);
	}
	kfree(array);
}

/* The units of struct tc_netem_qopt: 1,000 ns in a microsecond, 64 ns in a
 * tick; a clock of 10^6, timers of 10^9 a second. Without it tc(8) takes a tick
 * for a microsecond. */
static void show_psched(struct text *text, void *arg)
{
	(void)arg;
	text_add(text, "%08x %08x %08x %08x\n", 1000, 64, 1000000, 1000000000);
}

static void show_pnp(struct text *text, void *arg)
{
	(void)arg;
	net_config_print(text);
}

/* What became of every packet; the first line is the sum rule. */
static void show_counters(struct text *text, void *arg)
{
	struct stage_counters *c;
	uint64_t dropped = 0;
	uint32_t count;
	void *array;

	(void)arg;
	if (snapshot_take(LIST_COUNTERS, sizeof(*c), &array, &count))
		return;
	c = array;
	for (unsigned i = 0; i < REASON_COUNT; i++)
		dropped += c->dropped[i];
	text_add(text,
		 "submitted %llu\ndelivered %llu\nconsumed %llu\n"
		 "held %llu\nsent %llu\ndropped %llu\n",
		 (unsigned long long)c->submitted,
		 (unsigned long long)c->delivered,
		 (unsigned long long)c->consumed, (unsigned long long)c->held,
		 (unsigned long long)c->sent, (unsigned long long)dropped);
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		if (c->stages[i])
			text_add(text, "stage %s %llu\n", stage_name(i),
				 (unsigned long long)c->stages[i]);
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (c->dropped[i])
			text_add(text, "reason %s %llu\n", reason_name(i),
				 (unsigned long long)c->dropped[i]);
	kfree(array);
}

#define IP4 ((void *)4)
#define IP6 ((void *)6)
#define CONSTANT(path_, text_)                                \
	{                                                     \
		.path = (path_), .show = net_report_constant, \
		.arg = (void *)(uintptr_t)(text_)             \
	}

static const struct proc_file files[] = {
	{ .path = "net/dev", .show = show_dev },
	{ .path = "net/route", .show = net_report_route },
	{ .path = "net/ipv6_route", .show = net_report_ipv6_route },
	{ .path = "net/fib_trie", .show = net_report_fib_trie },
	{ .path = "net/fib_triestat", .show = net_report_fib_triestat },
	{ .path = "net/igmp", .show = net_report_igmp },
	{ .path = "net/igmp6", .show = net_report_igmp6 },
	{ .path = "net/mcfilter", .show = net_report_mcfilter, .arg = IP4 },
	{ .path = "net/mcfilter6", .show = net_report_mcfilter, .arg = IP6 },
	{ .path = "net/dev_mcast", .show = net_report_dev_mcast },
	{ .path = "net/netlink", .show = net_report_netlink },
	{ .path = "net/packet", .show = net_report_packet },
	{ .path = "net/ptype", .show = net_report_ptype },
	{ .path = "net/protocols", .show = net_report_protocols },
	{ .path = "net/softnet_stat", .show = net_report_softnet_stat },
	{ .path = "net/stat/rt_cache", .show = net_report_stat_rt_cache },
	{ .path = "net/stat/arp_cache",
	  .show = net_report_neighbour_stats,
	  .arg = IP4 },
	{ .path = "net/stat/ndisc_cache",
	  .show = net_report_neighbour_stats,
	  .arg = IP6 },
	{ .path = "net/vlan/config", .show = net_report_vlans },
	{ .path = "net/vlan/*", .show_of = net_report_vlan },
	CONSTANT("net/psched", "000003e8 00000040 000f4240 3b9aca00\n"),
	{ .path = "net/anycast6", .show = net_report_anycast6 },
	{ .path = "net/ip6_flowlabel", .show = net_report_flow_leases },
	CONSTANT("net/rt6_stats", "0000 0000 0000 0000 0000 0000 0000\n"),
	CONSTANT("net/rt_cache", "Iface\tDestination\tGateway \tFlags\t\tRefCnt"
				 "\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT"
				 "\tTOS\tHHRef\tHHUptod\tSpecDst"
				 "                          \n"),
	{ .path = "net/arp", .show = show_arp },
	{ .path = "net/unix", .show = show_unix },
	{ .path = "net/sockstat", .show = show_sockstat },
	{ .path = "net/sockstat6", .show = show_sockstat6 },
	{ .path = "net/if_inet6", .show = show_if_inet6 },
	{ .path = "net/pnp", .show = show_pnp },
	{ .path = "net/psched", .show = show_psched },
	{ .path = "net/snmp", .show = net_report_snmp },
	{ .path = "net/netstat", .show = net_report_netstat },
	{ .path = "net/snmp6", .show = net_report_snmp6 },
	{ .path = "net/dev_snmp6/*", .show_of = net_report_dev_snmp6 },
	{ .path = "net/tcp", .show = net_report_tcp, .arg = IP4 },
	{ .path = "net/tcp6", .show = net_report_tcp, .arg = IP6 },
	{ .path = "net/udp", .show = net_report_udp, .arg = IP4 },
	{ .path = "net/udp6", .show = net_report_udp, .arg = IP6 },
	{ .path = "net/raw", .show = net_report_raw, .arg = IP4 },
	{ .path = "net/raw6", .show = net_report_raw, .arg = IP6 },
	{ .path = "net/icmp", .show = net_report_icmp, .arg = IP4 },
	{ .path = "net/icmp6", .show = net_report_icmp, .arg = IP6 },
	{ .path = "net/udplite", .show = net_report_udplite, .arg = IP4 },
	{ .path = "net/udplite6", .show = net_report_udplite, .arg = IP6 },
	{ .path = "weir/net", .show = show_counters },
};

void report_net_init(void)
{
	procfs_register(files, ARRAY_LEN(files));
	procfs_register_names("net/vlan", &net_report_vlan_names);
}
