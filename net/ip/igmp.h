// SPDX-License-Identifier: MIT
/*
 * Telling routers about our groups: IGMP (RFC 1112, 2236, 3376) and MLD (RFC
 * 2710, 3810), which are one protocol in two families. The state of a link, its
 * timers and versions are group_report.c's; the packets are igmp.c's and
 * mld.c's.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/timer.h"
#include "net/ip/group.h"

/* Record types (RFC 3376 4.2.12, RFC 3810 5.2.12). */
enum group_record {
	RECORD_IS_INCLUDE = 1,
	RECORD_IS_EXCLUDE = 2,
	RECORD_TO_INCLUDE = 3,
	RECORD_TO_EXCLUDE = 4,
	RECORD_ALLOW = 5,
	RECORD_BLOCK = 6,
};

/* What an interface knows of its routers, for one family. */
struct igmp_link {
	struct netif *netif;
	bool six;
	struct timer query_timer; /* answer to a general query */
	struct timer change_timer; /* the next report of changes */
	nsec_t v1_until, v2_until; /* older routers were heard (MLD: v1) */
	uint8_t robustness; /* 0: the setting's */
	nsec_t query_interval, response_interval;
};

/* A query, read. */
struct group_query {
	struct net_addr group; /* any: general */
	nsec_t max_delay;
	uint8_t version; /* IGMP 1, 2, 3; MLD 1 and 2 are 2 and 3 here */
	uint8_t robustness;
	nsec_t interval; /* 0: not told */
	const uint8_t *sources; /* in the packet */
	uint32_t source_count;
};

/* ---- for group.c ---- */
uint8_t group_robustness(const struct netif *netif,
			 const struct net_addr *addr);
void group_changed(struct group *group, bool was_member,
		   bool is_member) ON_NET_THREAD;
void group_timer(struct net *net, struct timer *timer);
void group_link_free(struct net *net, struct netif *netif) ON_NET_THREAD;

/* ---- for igmp.c and mld.c ---- */
void group_query_in(struct net *net, struct netif *netif,
		    const struct group_query *query) ON_NET_THREAD;
/* A report of somebody else, older versions: ours is not needed. */
void group_report_in(struct net *net, struct netif *netif,
		     const struct net_addr *addr) ON_NET_THREAD;

/* ---- the packets ---- */
/* A report with `records` records in its payload, which it takes over. */
void igmp_send_report(struct net *net, struct netif *netif,
		      struct packet *packet, uint16_t records) ON_NET_THREAD;
void mld_send_report(struct net *net, struct netif *netif,
		     struct packet *packet, uint16_t records) ON_NET_THREAD;
/* Older versions: report or leave (done). */
void igmp_send_old(struct net *net, const struct group *group, int version,
		   bool leave) ON_NET_THREAD;
void mld_send_old(struct net *net, const struct group *group,
		  bool leave) ON_NET_THREAD;

/* Stage IGMP_IN. */
verdict_t igmp_in(struct net *net, struct packet *packet) ON_NET_THREAD;
