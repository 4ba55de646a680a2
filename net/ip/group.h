// SPDX-License-Identifier: MIT
/*
 * Multicast groups of an interface (RFC 3376 3.2, RFC 3810 4.2): what all its
 * sockets together want to hear, as one filter for each group, and which part
 * of that the routers on the link still have to be told. Reports are sent by
 * group_report.c over igmp.c and mld.c; sockets' own lists are membership.c's.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/core/reason.h"
#include "net/core/timer.h"
#include "net/wire/address.h"

struct net;

/* What one socket wants of a group: all but the sources (exclude), or only
 * them. */
struct group_filter {
	bool exclude;
	uint32_t count;
	const struct net_addr *sources;
};

struct group_source {
	struct list list;
	struct net_addr addr;
	uint32_t include, exclude; /* sockets that named it so */
	bool reported; /* it was in the filter that we told last */
	bool queried; /* a query asks for it */
	uint8_t changes; /* how often its change is still to be told */
};

struct group {
	struct list list; /* netif->groups */
	struct netif *netif;
	struct net_addr addr;
	uint32_t include, exclude; /* sockets, by mode */
	struct list sources;
	bool reported_exclude; /* mode that we told last */
	bool told; /* since the interface came up */
	uint8_t changes; /* how often a change of mode is still to be told */
	struct timer timer; /* answer to a query; old versions: reports */
	bool source_query; /* the pending answer is about queried sources */
	bool reporter; /* old versions: our report was the last */
	uint8_t unsolicited; /* old versions: reports still to be repeated */
};

/* A socket's filter changed; NULL: not a member (any more). -ENOMEM. */
int group_update(struct netif *netif, const struct net_addr *addr,
		 const struct group_filter *before,
		 const struct group_filter *after) ON_NET_THREAD;
struct group *group_find(const struct netif *netif,
			 const struct net_addr *addr);
/* Somebody here is a member (all hosts and all nodes: always). */
bool group_joined(const struct netif *netif, const struct net_addr *addr);
/* Whether a packet to the group from `source` is wanted; REASON_NONE if so. */
enum reason group_accepts(const struct netif *netif,
			  const struct net_addr *addr,
			  const struct net_addr *source);
/* A source's place in the filter of the group as a whole. */
bool group_lists(const struct group *group, const struct group_source *source);
/* The interface is up: the routers are told of all its groups, once each time
 * it comes up. */
void group_tell(struct net *net, struct netif *netif) ON_NET_THREAD;
/* The interface leaves. */
void group_flush(struct net *net, struct netif *netif) ON_NET_THREAD;
/* Frees groups and sources that nobody wants and everybody knows of. */
void group_tidy(struct net *net, struct netif *netif) ON_NET_THREAD;
