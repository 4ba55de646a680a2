// SPDX-License-Identifier: MIT
/*
 * The smaller files of /proc/net: netlink and packet sockets, who receives what
 * (ptype), the protocols, the work of each CPU, caches that Linux once had and
 * still shows, and constants that programs calculate with.
 */
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "kernel/socket/socket.h"
#include "lib/format.h"
#include "net/core/stage.h"
#include "net/net.h"

/* ---- Sockets ---- */

typedef void print_socket(struct text *text,
			  const struct local_socket_info *info);

static void print_all(struct text *text, enum list_kind kind,
		      print_socket *print)
{
	struct local_socket_info *infos;
	uint32_t count;
	void *array;

	if (snapshot_take(kind, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		print(text, &infos[i]);
	kfree(array);
}

/* The kernel's address of a socket is nobody's business. */
static void print_netlink(struct text *text,
			  const struct local_socket_info *info)
{
	text_add(text,
		 "%016x %-3d %-10u %08x %-8d %-8d %-5d %-8d %-8u %-8llu\n", 0,
		 info->protocol, info->port, info->groups, (int)info->rx_bytes,
		 (int)info->tx_bytes, info->running, (int)info->refs,
		 info->drops, (unsigned long long)info->inode);
}

void net_report_netlink(struct text *text, void *arg)
{
	(void)arg;
	text_str(text, "sk               Eth Pid        Groups   Rmem     "
		       "Wmem     Dump  Locks    Drops    Inode\n");
	print_all(text, LIST_NETLINK, print_netlink);
}

static void print_packet(struct text *text,
			 const struct local_socket_info *info)
{
	text_add(text, "%016x %-6d %-4d %04x   %-5d %1d %-6u %-6u %-6llu\n", 0,
		 (int)info->refs, info->type, info->protocol, (int)info->netif,
		 info->running, info->rx_bytes, info->uid,
		 (unsigned long long)info->inode);
}

void net_report_packet(struct text *text, void *arg)
{
	(void)arg;
	text_str(text, "sk               RefCnt Type Proto  Iface R Rmem   "
		       "User   Inode\n");
	print_all(text, LIST_PACKET, print_packet);
}

/* ---- Who receives what ---- */

static void print_type(struct text *text, const struct local_socket_info *info)
{
	if (!info->running)
		return;
	if (info->protocol == 3 /* ETH_P_ALL */)
		text_str(text, "ALL ");
	else
		text_add(text, "%04x", info->protocol);
	text_add(text, " %-8s %s\n", "", "packet_rcv");
}

void net_report_ptype(struct text *text, void *arg)
{
	(void)arg;
	text_str(text, "Type Device      Function\n");
	print_all(text, LIST_PACKET, print_type);
	text_str(text, "0800          ip_rcv\n"
		       "0806          arp_rcv\n"
		       "86dd          ipv6_rcv\n");
}

/* ---- Protocols ---- */

struct counts {
	struct sockstat_info totals;
	uint32_t netlink, packet, ping[2], local;
};

static uint32_t count_of(enum list_kind kind)
{
	uint32_t count;
	void *array;

	if (snapshot_take(kind, sizeof(struct local_socket_info), &array,
			  &count))
		return 0;
	kfree(array);
	return count;
}

static void count_ping(const struct socket_info *info, void *arg)
{
	struct counts *counts = arg;

	counts->ping[info->family == 6]++;
}

static bool take_counts(struct counts *counts)
{
	struct diag_unix info = { .order = 0 };
	uint32_t count;
	void *array;

	*counts = (struct counts){ .netlink = count_of(LIST_NETLINK),
				   .packet = count_of(LIST_PACKET) };
	if (snapshot_take(LIST_SOCKSTAT, sizeof(counts->totals), &array,
			  &count))
		return false;
	counts->totals = *(struct sockstat_info *)array;
	kfree(array);
	snapshot_sockets(LIST_PING, count_ping, counts);
	while (unix_next(report_network()->net, info.order, &info))
		counts->local++;
	return true;
}

#define SOME_CALLS "y  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n"
#define NO_CALLS "n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n"
#define PING_CALLS "y  y  y  n  n  y  n  n  y  y  y  y  y  y  n  y  y  n"
#define RAW_CALLS "y  y  y  n  y  y  y  n  y  y  y  y  y  y  y  y  n  n"
#define UDP_CALLS "y  y  y  n  y  y  y  n  y  y  y  y  n  n  y  y  y  n"
#define TCP_CALLS "y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y"

static void print_protocol(struct text *text, const char *name, size_t size,
			   uint32_t sockets, const char *pressure,
			   unsigned header, const char *calls)
{
	text_add(text, "%-9s %4u %6u  %6d   %-3s %6u   %-3s  %-10s  %s\n", name,
		 (unsigned)size, sockets, -1, pressure, header, "yes", "kernel",
		 calls);
}

void net_report_protocols(struct text *text, void *arg)
{
	size_t size = sizeof(struct endpoint);
	struct counts c;

	(void)arg;
	text_str(text, "protocol  size sockets  memory press maxhdr  slab "
		       "module     cl co di ac io in de sh ss gs se re bi br "
		       "ha uh gp em\n");
	if (!take_counts(&c))
		return;
	print_protocol(text, "PACKET", size, c.packet, "NI", 0, NO_CALLS);
	print_protocol(text, "PINGv6", size, c.ping[1], "NI", 0, PING_CALLS);
	print_protocol(text, "RAWv6", size, c.totals.raw6_inuse, "NI", 0,
		       RAW_CALLS);
	print_protocol(text, "UDPv6", size, c.totals.udp6_inuse, "NI", 0,
		       UDP_CALLS);
	print_protocol(text, "TCPv6", size, c.totals.tcp6_inuse, "no", 192,
		       TCP_CALLS);
	print_protocol(text, "UNIX", sizeof(struct socket), c.local, "NI", 0,
		       SOME_CALLS);
	print_protocol(text, "PING", size, c.ping[0], "NI", 0, PING_CALLS);
	print_protocol(text, "RAW", size, c.totals.raw_inuse, "NI", 0,
		       RAW_CALLS);
	print_protocol(text, "UDP", size, c.totals.udp_inuse, "NI", 0,
		       UDP_CALLS);
	print_protocol(text, "TCP", size, c.totals.tcp_inuse, "no", 192,
		       TCP_CALLS);
	print_protocol(text, "NETLINK", size, c.netlink, "NI", 0, NO_CALLS);
}

/* ---- CPUs ---- */

/* One net thread: all packets are the first CPU's. */
void net_report_softnet_stat(struct text *text, void *arg)
{
	struct stage_counters *counters;
	uint64_t packets;
	uint32_t count;
	void *array;

	(void)arg;
	if (snapshot_take(LIST_COUNTERS, sizeof(*counters), &array, &count))
		return;
	counters = array;
	packets = counters->submitted;
	kfree(array);
	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		text_add(text, "%08x", cpu ? 0 : (uint32_t)packets);
		for (int column = 1; column < 15; column++)
			text_add(text, " %08x", column == 12 ? cpu : 0);
		text_char(text, '\n');
	}
}

/* What is here is that nothing is counted: the cache went long ago. */
void net_report_stat_rt_cache(struct text *text, void *arg)
{
	(void)arg;
	text_str(text,
		 "entries  in_hit   in_slow_tot in_slow_mc in_no_route in_brd "
		 "  in_martian_dst in_martian_src out_hit  out_slow_tot "
		 "out_slow_mc gc_total gc_ignored gc_goal_miss "
		 "gc_dst_overflow in_hlist_search out_hlist_search\n");
	for (unsigned cpu = 0; cpu < cpu_count; cpu++)
		text_add(text,
			 "%08x %08x %08x    %08x   %08x    %08x %08x       "
			 "%08x       %08x %08x     %08x    %08x %08x   %08x "
			 "    %08x        %08x        %08x\n",
			 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/* `arg`: a text that never changes. */
void net_report_constant(struct text *text, void *arg)
{
	text_str(text, arg);
}
