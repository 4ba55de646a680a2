// SPDX-License-Identifier: MIT
/*
 * Private to net/netlink: rtnetlink(7)'s numbers, and what its files share. One
 * file a table: link.c, address.c, route_table.c, neighbour.c, rule.c. Each has
 * a function that writes one object as a message, which answers, dumps and
 * notifications all use.
 */
#pragma once

#include "net/core/netif.h"
#include "net/netlink/netlink.h"

enum rtm {
	RTM_NEWLINK = 16,
	RTM_DELLINK,
	RTM_GETLINK,
	RTM_SETLINK,
	RTM_NEWADDR = 20,
	RTM_DELADDR,
	RTM_GETADDR,
	RTM_NEWROUTE = 24,
	RTM_DELROUTE,
	RTM_GETROUTE,
	RTM_NEWNEIGH = 28,
	RTM_DELNEIGH,
	RTM_GETNEIGH,
	RTM_NEWRULE = 32,
	RTM_DELRULE,
	RTM_GETRULE,
	RTM_NEWQDISC = 36,
	RTM_DELQDISC,
	RTM_GETQDISC,
	RTM_NEWTCLASS = 40,
	RTM_DELTCLASS,
	RTM_GETTCLASS,
	RTM_NEWTFILTER = 44,
	RTM_DELTFILTER,
	RTM_GETTFILTER,
	RTM_NEWNEIGHTBL = 64,
	RTM_GETNEIGHTBL = 66,
	RTM_SETNEIGHTBL,
	RTM_NEWNDUSEROPT = 68,
	RTM_NEWADDRLABEL = 72,
	RTM_DELADDRLABEL,
	RTM_GETADDRLABEL,
	RTM_NEWNETCONF = 80,
	RTM_DELNETCONF,
	RTM_GETNETCONF,
	RTM_GETMDB = 86,
	RTM_NEWNSID = 88,
	RTM_DELNSID,
	RTM_GETNSID,
	RTM_NEWSTATS = 92,
	RTM_GETSTATS = 94,
	RTM_LAST = 123,
};

/* Multicast groups (RTNLGRP_). */
enum {
	RTNLGRP_LINK = 1,
	RTNLGRP_NOTIFY = 2,
	RTNLGRP_NEIGH = 3,
	RTNLGRP_TC = 4,
	RTNLGRP_IPV4_IFADDR = 5,
	RTNLGRP_IPV4_ROUTE = 7,
	RTNLGRP_IPV4_RULE = 8,
	RTNLGRP_IPV6_IFADDR = 9,
	RTNLGRP_IPV6_ROUTE = 11,
	RTNLGRP_IPV6_IFINFO = 12,
	RTNLGRP_IPV6_RULE = 19,
	RTNLGRP_ND_USEROPT = 20,
	RTNLGRP_NSID = 28,
	RTNLGRP_COUNT = 36,
};

#define RT_AF_UNSPEC 0
#define RT_AF_INET 2
#define RT_AF_BRIDGE 7
#define RT_AF_INET6 10

static inline uint8_t rt_family(const struct net_addr *addr)
{
	return addr_is_ip4(addr) ? RT_AF_INET : RT_AF_INET6;
}

/* The any address of a family. */
static inline struct net_addr rt_any(uint8_t family)
{
	return family == RT_AF_INET ? addr_ip4(0) : addr_any6();
}

/* An address attribute of this family; false: of another. */
bool rt_address(const struct nl_attr *attr, uint8_t family,
		struct net_addr *out);

/* One table's messages. */
struct rt_table {
	const struct nl_handler *handlers;
	uint32_t count;
};

extern const struct rt_table rt_bridge_link_table, rt_bridge_fdb_table;
extern const struct rt_table rt_link_table, rt_address_table, rt_route_table,
	rt_rule_table, rt_neighbour_table, rt_neighbour_table_table,
	rt_stats_table, rt_netconf_table, rt_address_label_table,
	rt_qdisc_table, rt_nsid_table;

/* What was changed, to its group. The writer is in the buffer for notices. */
struct rt_notice {
	struct nl_writer writer;
	struct nl_header header;
};
struct rt_notice rt_notice_begin(struct net *net, uint16_t type) ON_NET_THREAD;
void rt_notice_send(struct net *net, struct rt_notice *notice,
		    uint32_t group) ON_NET_THREAD;

/* Messages: false when there was no room. */
struct link_view {
	uint32_t change; /* ifi_change */
	bool no_statistics; /* RTEXT_FILTER_SKIP_STATS */
};
bool rt_put_link(struct nl_writer *w, const struct nl_header *header,
		 const struct netif *netif,
		 const struct link_view *view) ON_NET_THREAD;
/* struct rtnl_link_stats64 as an attribute. */
void rt_put_counters(struct nl_writer *w, uint16_t type,
		     const struct netif *netif);
/* IFF_ flags as told, IFLA_OPERSTATE. */
uint32_t rt_link_flags(const struct netif *netif);
uint8_t rt_link_state(const struct netif *netif);
/* The number of what is below it or at its other end, and whose number that is;
 * its own if there is nothing. */
uint32_t rt_link_below(const struct netif *netif, uint64_t *stack);
bool rt_put_address(struct nl_writer *w, const struct nl_header *header,
		    const struct netif_address *address, nsec_t now);

struct route;
bool rt_put_route(struct nl_writer *w, const struct nl_header *header,
		  const struct route *route, uint32_t flags, nsec_t now);

/* For enum change_kind. */
void rt_link_changed(struct net *net, enum change_how how,
		     const void *object) ON_NET_THREAD;
void rt_route_changed(struct net *net, enum change_how how,
		      const void *object) ON_NET_THREAD;
void rt_port_changed(struct net *net, enum change_how how,
		     const void *object) ON_NET_THREAD;
void rt_station_changed(struct net *net, enum change_how how,
			const void *object) ON_NET_THREAD;
void rt_rule_changed(struct net *net, enum change_how how,
		     const void *object) ON_NET_THREAD;
void rt_neighbour_changed(struct net *net, enum change_how how,
			  const void *object) ON_NET_THREAD;
void rt_address_changed(struct net *net, enum change_how how,
			const void *object) ON_NET_THREAD;
void rt_nd_option(struct net *net, const void *object) ON_NET_THREAD;
