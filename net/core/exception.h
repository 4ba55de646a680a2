// SPDX-License-Identifier: MIT
/*
 * What ICMP told of single destinations: a smaller path MTU (RFC 1191, 8201)
 * and a better gateway (redirects). A hash table with short chains: a chain
 * that is full forgets its oldest entry, so memory is bounded by
 * EXCEPTION_BUCKETS * EXCEPTION_CHAIN entries whatever a stranger sends, and
 * the hash is keyed.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "net/core/annotate.h"
#include "net/wire/address.h"

struct net;
struct netif;

#define EXCEPTION_BUCKETS 256
#define EXCEPTION_CHAIN 5

struct exception {
	struct hnode node;
	struct net_addr dst;
	struct net_addr gateway; /* any6: the route's */
	struct netif *netif; /* the gateway's */
	uint32_t mtu; /* 0: the route's */
	bool locked; /* below min_pmtu: fragment, DF off (IPv4) */
	nsec_t expires; /* of the MTU */
	nsec_t made;
};

struct exception_table {
	struct hlist *buckets; /* NULL until the first is needed */
	uint32_t count;
};

/* The entry of a destination, or NULL. */
struct exception *exception_find(struct net *net,
				 const struct net_addr *dst) ON_NET_THREAD;
/* "Fragmentation needed" or "packet too big": `mtu` as told (0: not told). IPv4
 * obeys min_pmtu and locks; IPv6 never goes below 1280. Larger ones than what
 * is known are not believed. */
void path_mtu_learn(struct net *net, const struct net_addr *dst,
		    uint32_t mtu) ON_NET_THREAD;
/* The path MTU of a destination over a link of `link_mtu`. */
uint32_t path_mtu(struct net *net, const struct net_addr *dst,
		  uint32_t link_mtu) ON_NET_THREAD;
/* The same; whether DF must stay off. */
bool path_mtu_locked(struct net *net, const struct net_addr *dst) ON_NET_THREAD;
/* A redirect was believed. */
void redirect_learn(struct net *net, const struct net_addr *dst,
		    const struct net_addr *gateway,
		    struct netif *netif) ON_NET_THREAD;
/* Forgets them all, or those whose gateway is by `netif`. */
void exceptions_flush(struct net *net, const struct netif *netif) ON_NET_THREAD;
/* With the stack. */
void exceptions_free(struct net *net);
