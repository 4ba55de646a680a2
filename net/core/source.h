// SPDX-License-Identifier: MIT
/*
 * Which of our addresses to speak from: IPv4 by subnet and scope, IPv6 by RFC
 * 6724's eight rules.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/wire/address.h"

/* Which a socket likes better (RFC 5014's numbers); else use_tempaddr says. */
enum source_wish {
	SOURCE_AS_SET = 0,
	SOURCE_TEMPORARY = 1,
	SOURCE_PUBLIC = 2,
};

/* The best source by `netif` to `dst` over `next_hop`, or NULL. Addresses that
 * are not to be used (tentative, failed) are none. */
const struct netif_address *source_select(struct net *net, struct netif *netif,
					  const struct net_addr *dst,
					  const struct net_addr *next_hop,
					  enum source_wish wish) ON_NET_THREAD;
/* RFC 6724's scope of an address: 1 interface, 2 link, 5 site, 14 global. */
int addr_scope(const struct net_addr *addr);
/* Whether both are in the subnet of one address of the interface. */
bool netif_same_subnet(const struct netif *netif, const struct net_addr *a,
		       const struct net_addr *b);
