// SPDX-License-Identifier: MIT
/*
 * Routes: longest prefix first, then the lower metric. Connected routes come
 * and go with interface addresses; a default route has 0 bits. path_find()
 * answers everything that a sender wants to know about a destination.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/wire/address.h"

enum route_flags {
	ROUTE_CONNECTED = 1 << 0, /* made by an address */
	ROUTE_GATEWAY = 1 << 1,
	ROUTE_DHCP = 1 << 2,
};

struct route {
	struct list list; /* net->routes, longest prefix first */
	struct net_addr prefix;
	uint8_t bits; /* of 128 */
	uint8_t flags;
	uint32_t metric;
	struct net_addr gateway;
	struct net_addr source; /* preferred; any: by interface */
	struct netif *netif;
};

/* The way to a destination. */
struct net_path {
	struct netif *netif;
	struct net_addr next_hop;
	struct net_addr source;
	uint32_t mtu; /* path MTU known so far */
	uint32_t gso_max; /* largest TCP packet to build, 0: MTU only */
	bool local; /* an own address: over loopback */
	bool broadcast;
	bool multicast;
};

/* `bits` counts in the prefix's family; `gateway` NULL: on the link.
 * -EEXIST, -ENETUNREACH (no way to the gateway), -ENOMEM. */
int route_add(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway, struct netif *netif,
	      uint32_t metric, uint8_t flags) ON_NET_THREAD;
/* -ESRCH. `netif` NULL: any. */
int route_del(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway,
	      struct netif *netif) ON_NET_THREAD;
/* Removes every route by this interface that has any of `flags` (0: all). */
void route_flush(struct net *net, struct netif *netif,
		 uint8_t flags) ON_NET_THREAD;
const struct route *route_lookup(struct net *net, const struct net_addr *dst,
				 const struct netif *bound) ON_NET_THREAD;

/*
 * Way and source address for `dst`. `source` may be NULL or any: then one is
 * chosen; `bound` (SO_BINDTODEVICE) may be NULL. 0, -ENETUNREACH, -ENETDOWN,
 * -EADDRNOTAVAIL (no source), -EINVAL (families differ).
 */
int path_find(struct net *net, const struct net_addr *dst,
	      const struct net_addr *source, struct netif *bound,
	      struct net_path *out) ON_NET_THREAD;

/* The packet goes that way: IP_OUT does not look again. */
static inline void packet_set_path(struct packet *packet,
				   const struct net_path *path)
{
	packet->netif = path->netif;
	packet->next_hop = path->next_hop;
	packet->flags |= PACKET_ROUTED;
}

/* Path MTU: what ICMP told about `dst`; forgotten after ten minutes. */
void path_mtu_learn(struct net *net, const struct net_addr *dst,
		    uint32_t mtu) ON_NET_THREAD;
uint32_t path_mtu(struct net *net, const struct net_addr *dst,
		  uint32_t link_mtu) ON_NET_THREAD;
