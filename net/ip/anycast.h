// SPDX-License-Identifier: MIT
/*
 * IPv6 anycast addresses of an interface (RFC 4291 2.6): those that sockets ask
 * for (IPV6_JOIN_ANYCAST) and, on a router, the subnet-router address of each of
 * its prefixes (2.6.1). A route of type anycast brings packets to them here; a
 * solicitation for one is answered like a proxy's, without the override flag;
 * ICMP errors about what came for one are all that is sent from it, and TCP does
 * not take them (Linux).
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"

struct anycast_info;
struct endpoint;
struct net;

struct anycast {
	struct list list; /* netif->anycasts */
	struct net_addr addr;
	uint32_t sockets, subnets; /* who wants it: ours of that prefix */
};

/* IPV6_JOIN_ANYCAST or LEAVE: struct ipv6_mreq. Linux's errors. */
int anycast_set(struct endpoint *ep, bool join, const void *value,
		uint32_t length) ON_NET_THREAD;
/* The socket ends. */
void anycast_release(struct endpoint *ep) ON_NET_THREAD;
const struct anycast *anycast_find(const struct netif *netif,
				   const struct net_addr *addr);
/* An address came or went, or is tentative no more, or the interface came up: a
 * router's subnets are looked at soon. */
void anycast_changed(struct netif *netif) ON_NET_THREAD;
/* conf6.forwarding has changed, or not: at once. */
void anycast_forwarding(struct netif *netif) ON_NET_THREAD;
/* The interface leaves; its routes go by themselves. */
void anycast_flush(struct netif *netif) ON_NET_THREAD;
void anycast_init(struct net *net);
/* For /proc/net/anycast6; how many there are. */
uint32_t anycast_list(struct net *net, struct anycast_info *out,
		      uint32_t capacity) ON_NET_THREAD;
