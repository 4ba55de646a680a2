// SPDX-License-Identifier: MIT
/*
 * A socket's memberships in multicast groups (ip(7), RFC 3678): joining and
 * leaving, source filters, and whether a packet to a group is for this socket.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/endpoint.h"

struct membership {
	struct list list; /* dgram->memberships */
	struct net_addr group;
	uint32_t netif; /* index */
	uint64_t serial; /* of the interface, which it may outlive */
	struct net_addr by; /* IPv4: the address that named the interface */
	bool exclude; /* mode of the filter */
	bool listed; /* had sources since it was set: its mode stays (Linux) */
	uint32_t count, capacity;
	struct net_addr *sources; /* NULL: none */
};

/* Levels IP and IPv6; -ENOPROTOOPT: not about groups. */
int membership_set(struct endpoint *ep, int level, int name, const void *value,
		   uint32_t length) ON_NET_THREAD;
/* IP_MSFILTER and MCAST_MSFILTER; the length, or -ENOPROTOOPT. */
int membership_get(struct endpoint *ep, int level, int name, void *value,
		   uint32_t length) ON_NET_THREAD;
/* Leaves all. */
void membership_flush(struct endpoint *ep) ON_NET_THREAD;
/* Whether the socket wants a packet to `group` from `source` that came by
 * `netif`. */
bool membership_allows(const struct endpoint *ep, const struct net_addr *group,
		       const struct net_addr *source,
		       const struct netif *netif);
