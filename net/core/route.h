// SPDX-License-Identifier: MIT
/*
 * Routes: tables of prefixes (tries, one for each family and table number),
 * and the rules that say in which order the tables are asked (rule.h). As with
 * Linux, own and broadcast addresses are routes too, in the table LOCAL; the
 * connected routes of addresses and what an administrator adds are in MAIN.
 * Routes of one prefix stand in order of preference: greater TOS, lower metric,
 * older. path_find() answers all that a sender wants to know of a destination.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/core/timer.h"
#include "net/core/trie.h"
#include "net/wire/address.h"

/* Linux's RTN_ numbers. */
enum route_type {
	ROUTE_UNICAST = 1,
	ROUTE_LOCAL = 2,
	ROUTE_BROADCAST = 3,
	ROUTE_ANYCAST = 4,
	ROUTE_MULTICAST = 5,
	ROUTE_BLACKHOLE = 6,
	ROUTE_UNREACHABLE = 7,
	ROUTE_PROHIBIT = 8,
	ROUTE_THROW = 9, /* go on with the next rule */
};

/* RT_SCOPE_ */
enum route_scope {
	SCOPE_UNIVERSE = 0,
	SCOPE_SITE = 200,
	SCOPE_LINK = 253,
	SCOPE_HOST = 254,
	SCOPE_NOWHERE = 255,
};

/* RTPROT_: who made it */
enum route_protocol {
	ROUTE_BY_KERNEL = 2,
	ROUTE_BY_BOOT = 3,
	ROUTE_BY_STATIC = 4,
	ROUTE_BY_RA = 9,
	ROUTE_BY_DHCP = 16,
};

enum route_table_id {
	TABLE_DEFAULT = 253,
	TABLE_MAIN = 254,
	TABLE_LOCAL = 255,
};

enum route_flags {
	ROUTE_CONNECTED = 1 << 0, /* made by an address */
	ROUTE_GATEWAY = 1 << 1,
	ROUTE_DHCP = 1 << 2,
	ROUTE_ONLINK = 1 << 3, /* the gateway is on the link, no questions */
	ROUTE_RA = 1 << 4, /* by a router advertisement */
};

/* ICMPV6_ROUTER_PREF_ (RFC 4191 2.1), IPv6: which of equal metric comes first. */
enum route_preference {
	ROUTE_MEDIUM = 0,
	ROUTE_HIGH = 1,
	ROUTE_LOW = 3,
};

/* RTAX_: numbers of metrics; 0 in the array: not given. */
enum route_metric {
	METRIC_LOCK = 1, /* bit n: metric n is not to be changed by others */
	METRIC_MTU = 2,
	METRIC_WINDOW = 3,
	METRIC_RTT = 4,
	METRIC_RTTVAR = 5,
	METRIC_SSTHRESH = 6,
	METRIC_CWND = 7,
	METRIC_ADVMSS = 8,
	METRIC_REORDERING = 9,
	METRIC_HOPLIMIT = 10,
	METRIC_INITCWND = 11,
	METRIC_FEATURES = 12,
	METRIC_RTO_MIN = 13,
	METRIC_INITRWND = 14,
	METRIC_QUICKACK = 15,
	METRIC_CC_ALGO = 16,
	METRIC_FASTOPEN_NO_COOKIE = 17,
	METRICS,
};

#define FEATURE_ECN 1 /* of METRIC_FEATURES: ask for it */

struct route_metrics {
	uint32_t value[METRICS];
};

#define ROUTE_HOPS_MAX 16

struct route_hop {
	struct net_addr gateway; /* any6: on the link */
	struct netif *netif; /* NULL: blackhole and its like */
	uint32_t weight; /* 1.. */
	uint8_t flags; /* ROUTE_ONLINK */
};

struct route {
	struct list list; /* net->routes.all, oldest first */
	struct route *next; /* of the same prefix, less preferred */
	struct trie_node *node;
	struct net_addr prefix;
	uint8_t bits; /* of 128 */
	uint8_t flags;
	uint8_t type, scope, protocol, tos;
	uint8_t preference; /* enum route_preference */
	uint32_t table;
	uint32_t metric;
	struct net_addr source; /* preferred; any6: by interface */
	nsec_t expires; /* 0: never (router advertisements) */
	struct route_metrics *metrics; /* or NULL */
	/* The first hop, and, of multipath routes, all of them. */
	struct net_addr gateway;
	struct netif *netif;
	uint32_t hop_count, weights; /* weights: their sum */
	struct route_hop *hops; /* NULL: one hop */
};

/* What route_insert() makes a route of. */
struct route_spec {
	struct net_addr prefix;
	unsigned int bits; /* of 128 */
	uint8_t flags, type, scope, protocol, tos, preference;
	uint32_t table, metric;
	struct net_addr source;
	nsec_t expires;
	const struct route_metrics *metrics;
	struct route_hop *hops; /* the caller's */
	uint32_t hop_count; /* ROUTE_HOPS_MAX at most */
};

enum route_mode {
	ROUTE_MODE_EXCL = 1, /* -EEXIST when there is one of this key */
	ROUTE_MODE_REPLACE = 2, /* in place of the first of this key */
	ROUTE_MODE_APPEND = 4, /* behind those of this key */
	ROUTE_MODE_CREATE = 8,
};

#define ROUTE_TABLE_BUCKETS 32

struct route_table {
	struct hnode node;
	uint32_t id;
	struct trie ip4, ip6;
	bool has6; /* there was an IPv6 route */
};

struct route_base {
	struct hlist tables[ROUTE_TABLE_BUCKETS];
	struct list all;
	struct list rules; /* struct route_rule, by preference */
	bool own_rules; /* others than the three that there are at first */
	uint32_t count;
	struct timer expiry; /* of the first that expires */
	uint32_t version; /* changes with every change: caches compare it */
};

/* A question to the tables. */
struct route_key {
	struct net_addr dst, src; /* src any: not known */
	const struct netif *in, *out; /* out: this interface alone */
	uint32_t mark;
	uint8_t tos;
	uint8_t scope; /* no route of a wider scope than this (SCOPE_LINK) */
};

struct route_answer {
	const struct route *route;
	struct netif *netif;
	struct net_addr gateway; /* any6: on the link */
	uint8_t type;
};

/* The way to a destination. */
struct net_path {
	struct netif *netif;
	struct net_addr next_hop;
	struct net_addr source;
	uint32_t mtu; /* path MTU known so far */
	uint32_t gso_max; /* largest TCP packet to build, 0: MTU only */
	/* The route's metrics, or NULL; valid until routes change: look, do not
	 * keep. */
	const struct route_metrics *metrics;
	bool local; /* an own address: over loopback */
	bool anycast; /* likewise, but nothing speaks from it */
	bool broadcast;
	bool multicast;
	bool gateway; /* next_hop is a router */
	bool mtu_locked; /* too small to be believed: leave DF off */
};

/* What a sender asks path_find_for(). */
struct path_key {
	struct net_addr dst;
	struct net_addr source; /* any: choose one */
	struct netif *bound; /* or NULL */
	uint32_t mark;
	uint8_t tos;
	bool on_link; /* MSG_DONTROUTE: no gateway */
	bool any_source; /* `source` need not be ours */
	uint8_t wish; /* enum source_wish */
};

int route_base_init(struct net *net);
void route_base_free(struct net *net) ON_NET_THREAD;

/*
 * The full form. `mode` 0: added beside equals unless it is the very same.
 * What `spec` leaves open (table, a gateway's interface) is filled in.
 * -EEXIST, -ENOENT (replace without create), -ENETUNREACH (no way to the
 * gateway), -EINVAL, -ENODEV, -ENOMEM.
 */
int route_insert(struct net *net, struct route_spec *spec,
		 unsigned int mode) ON_NET_THREAD;
/* The first route that `spec` describes; fields that are 0 or any match all
 * (scope SCOPE_NOWHERE matches all). -ESRCH. */
int route_remove(struct net *net, const struct route_spec *spec) ON_NET_THREAD;

/* The same route, found; NULL: none. And without a description: */
struct route *route_like(struct net *net,
			 const struct route_spec *spec) ON_NET_THREAD;
void route_delete(struct net *net, struct route *route) ON_NET_THREAD;
/* When it ends by itself; 0: never. Told to nobody (Linux). */
void route_set_expiry(struct net *net, struct route *route,
		      nsec_t expires) ON_NET_THREAD;

/* The short forms, for table MAIN. `bits` counts in the prefix's family;
 * `gateway` NULL: on the link. -EEXIST, -ENETUNREACH, -ENOMEM. */
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

/* One metric, with Linux's limits. -EINVAL: unknown features. */
int route_metric_set(struct route_metrics *metrics, uint32_t which,
		     uint32_t value);
/* METRIC_CC_ALGO is a number, told as a name; 0 and NULL: unknown. */
uint32_t route_congestion_number(const char *name);
const char *route_congestion_name(uint32_t number);

/* Whether anything was ever put into the table. */
bool route_table_exists(struct net *net, uint32_t id) ON_NET_THREAD;

/* The same of IPv6. */
bool route_table_has6(struct net *net, uint32_t id) ON_NET_THREAD;

/* The same when it goes down: all but those to own addresses, which this
 * machine can still reach (Linux). */
void route_flush_down(struct net *net, struct netif *netif) ON_NET_THREAD;
/* An IPv4 address went: routes that prefer it as their source go too, and, when
 * it was the interface's last, all IPv4 routes by it (Linux). */
void route_flush_address(struct net *net, struct netif *netif,
			 const struct net_addr *addr, bool last) ON_NET_THREAD;

/* Asks one table, or all by the rules. 0, or what the route's type says:
 * -EINVAL blackhole, -EHOSTUNREACH, -EACCES prohibit, -EAGAIN throw;
 * -ENETUNREACH: none. */
int route_find_in(struct net *net, uint32_t table, const struct route_key *key,
		  struct route_answer *out) ON_NET_THREAD;
int route_find(struct net *net, const struct route_key *key,
	       struct route_answer *out) ON_NET_THREAD;
/* Of the table LOCAL: the own address's interface, or NULL; and what kind of
 * address it is (ROUTE_LOCAL, ROUTE_BROADCAST, ... 0: not there). */
struct netif *route_local_netif(struct net *net,
				const struct net_addr *addr) ON_NET_THREAD;
int route_local_type(struct net *net, const struct net_addr *addr,
		     const struct netif *netif) ON_NET_THREAD;

/*
 * Way and source address for `dst`. `source` may be NULL or any: then one is
 * chosen; `bound` (SO_BINDTODEVICE) may be NULL. 0, -ENETUNREACH (also: the
 * interface is down), -EHOSTUNREACH, -EACCES, -EADDRNOTAVAIL (no source),
 * -EINVAL (families differ, not a source).
 */
int path_find(struct net *net, const struct net_addr *dst,
	      const struct net_addr *source, struct netif *bound,
	      struct net_path *out) ON_NET_THREAD;
int path_find_for(struct net *net, const struct path_key *key,
		  struct net_path *out) ON_NET_THREAD;

/* The packet goes that way: IP_OUT does not look again. */
static inline void packet_set_path(struct packet *packet,
				   const struct net_path *path)
{
	packet->netif = path->netif;
	packet->next_hop = path->next_hop;
	packet->mtu = path->mtu;
	packet->flags |= PACKET_ROUTED;
	if (path->metrics && !packet->ttl &&
	    !(packet->flags & PACKET_LOCAL_TTL) && !path->multicast)
		packet->ttl = (uint8_t)path->metrics->value[METRIC_HOPLIMIT];
}

/* How many of 128 bits a prefix of this family has. */
static inline unsigned int route_bits(const struct net_addr *prefix,
				      unsigned int bits)
{
	return addr_is_ip4(prefix) ? bits + 96 : bits;
}
