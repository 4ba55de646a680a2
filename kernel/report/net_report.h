// SPDX-License-Identifier: MIT
/* Private to kernel/report: the files of /proc/net, one function each. */
#pragma once

#include "fs/procfs/procfs.h"
#include "lib/types.h"

struct text;

void net_report_snmp(struct text *text, void *arg);
void net_report_netstat(struct text *text, void *arg);
void net_report_snmp6(struct text *text, void *arg);
/* `which`: an interface's number. */
/* net_links.c */
void net_report_vlans(struct text *text, void *arg);
void net_report_vlan(struct text *text, void *arg, uint32_t which);
extern const struct proc_names net_report_vlan_names;
/* arg: 4 or 6. */
void net_report_neighbour_stats(struct text *text, void *arg);
void net_report_dev_snmp6(struct text *text, void *arg, uint32_t which);
/* arg: 4 or 6. */
void net_report_tcp(struct text *text, void *arg);
void net_report_udp(struct text *text, void *arg);
void net_report_raw(struct text *text, void *arg);
void net_report_icmp(struct text *text, void *arg);
void net_report_udplite(struct text *text, void *arg);
void net_report_mcfilter(struct text *text, void *arg);
/* net_groups.c */
void net_report_igmp(struct text *text, void *arg);
void net_report_igmp6(struct text *text, void *arg);
void net_report_anycast6(struct text *text, void *arg);
void net_report_flow_leases(struct text *text, void *arg);
void net_report_dev_mcast(struct text *text, void *arg);
/* net_routes.c */
void net_report_route(struct text *text, void *arg);
void net_report_ipv6_route(struct text *text, void *arg);
void net_report_fib_trie(struct text *text, void *arg);
void net_report_fib_triestat(struct text *text, void *arg);
/* net_tables.c */
void net_report_netlink(struct text *text, void *arg);
void net_report_packet(struct text *text, void *arg);
void net_report_ptype(struct text *text, void *arg);
void net_report_protocols(struct text *text, void *arg);
void net_report_softnet_stat(struct text *text, void *arg);
void net_report_stat_rt_cache(struct text *text, void *arg);
/* arg: the text. */
void net_report_constant(struct text *text, void *arg);
