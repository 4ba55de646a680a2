// SPDX-License-Identifier: MIT
/*
 * Neighbours: which link address an IP address on the same link has. One table
 * a family (neighbour.c), states as in RFC 4861 7.3.2, used for ARP as well
 * (neighbour_state.c), and proxies, for whose addresses we answer
 * (neighbour_proxy.c). How to ask is net/link/arp.c's and net/ip/ndisc.c's,
 * through `neighbour_ops`.
 *
 * Packets to an unresolved neighbour wait in its queue, unres_qlen at most, in
 * order. When mcast_solicit requests a second apart remain unanswered they are
 * dropped and their senders told (host unreachable).
 *
 * A table holds gc_thresh3 entries that may go at most; above gc_thresh2 those
 * that were not used for five seconds go for others, the least recently used
 * first; above gc_thresh1 those not used for gc_stale_time go by a timer. What
 * an administrator said is permanent, or programs have learned, does not count
 * and does not go.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/core/timer.h"

#define NEIGHBOUR_QUEUE 101 /* unres_qlen at first */

/* What waits for all silent ones together, so that nobody who makes us ask for
 * many can eat the memory. */
#define NEIGHBOUR_HELD_BYTES (8u << 20)

/* Linux's NUD_ numbers. */
enum neighbour_state {
	NEIGHBOUR_NONE = 0,
	NEIGHBOUR_INCOMPLETE = 0x01,
	NEIGHBOUR_IS_REACHABLE = 0x02,
	NEIGHBOUR_STALE = 0x04,
	NEIGHBOUR_DELAY = 0x08,
	NEIGHBOUR_PROBE = 0x10,
	NEIGHBOUR_FAILED = 0x20,
	NEIGHBOUR_NOARP = 0x40, /* nobody needs to be asked */
	NEIGHBOUR_PERMANENT = 0x80,

	NEIGHBOUR_CONNECTED = 0xc2, /* used without a doubt */
	NEIGHBOUR_VALID = 0xde, /* has a link address */
	NEIGHBOUR_TIMED = 0x1b, /* the timer runs */
};

/* Linux's NTF_ numbers, those of NDA_FLAGS_EXT above the first eight. */
enum neighbour_flags {
	NEIGHBOUR_USE = 0x01, /* a request: ask for it now */
	NEIGHBOUR_PROXY = 0x08,
	NEIGHBOUR_LEARNED = 0x10, /* by a program that keeps it fresh */
	NEIGHBOUR_ROUTER = 0x80,
	NEIGHBOUR_MANAGED = 0x100, /* we keep it fresh ourselves */
};

/* How neighbour_update() is to believe what it is told. */
enum neighbour_how {
	NEIGHBOUR_OVERRIDE = 1 << 0, /* another link address replaces it */
	NEIGHBOUR_WEAK = 1 << 1, /* ... makes a sure one doubtful */
	NEIGHBOUR_TELLS_ROUTER = 1 << 2, /* says whether it is a router */
	NEIGHBOUR_IS_ROUTER = 1 << 3, /* and it is */
	NEIGHBOUR_ADMIN = 1 << 4, /* may change permanent ones */
	NEIGHBOUR_ASK = 1 << 5, /* the state does not matter: it is asked */
	NEIGHBOUR_IS_LEARNED = 1 << 6, /* with ADMIN: the flags it gets */
	NEIGHBOUR_IS_MANAGED = 1 << 7,
};

struct neighbour {
	struct hnode node;
	struct list gc; /* of its table, by last use; not linked: stays */
	struct netif *netif;
	struct net_addr addr;
	uint64_t hash;
	uint8_t mac[6];
	uint8_t state;
	uint8_t protocol; /* NDA_PROTOCOL: who made it */
	uint16_t flags; /* enum neighbour_flags */
	uint32_t tries;
	nsec_t confirmed, used, updated;
	struct timer timer;
	nsec_t reachable; /* how long a confirmation counts (RFC 4861 6.3.2) */
	struct list queue;
	uint32_t queued, queued_bytes;
};

/* An address that is not ours, for which we answer. */
struct neighbour_proxy {
	struct hnode node;
	struct net_addr addr;
	struct netif *netif; /* NULL: on every link */
	uint16_t flags;
	uint8_t protocol;
};

/* Such an answer, which waits a little so that the owner comes first. */
struct proxy_answer {
	struct list list;
	nsec_t due;
	struct netif *netif;
	struct net_addr target, asker;
	uint8_t asker_mac[6];
};

struct neighbour_ops {
	/* Sends a request; `mac` NULL: to all. */
	void (*solicit)(struct net *net, struct neighbour *n,
			const uint8_t *mac);
	/* A held packet could not be delivered: tell its local sender. The
	 * packet remains the caller's. */
	void (*unreachable)(struct net *net, struct packet *packet);
	void (*answer)(struct net *net, const struct proxy_answer *answer);
	/* An IPv6 proxy came or went: its solicited-node group. */
	void (*proxied)(struct net *net, const struct neighbour_proxy *proxy,
			bool added);
};

#define PROXY_BUCKETS 256

struct neighbour_table {
	struct hlist *buckets; /* a power of two of them */
	uint32_t bucket_count;
	uint32_t count; /* all entries */
	uint32_t may_go; /* those in `gc` */
	struct list gc;
	struct timer gc_timer;
	struct hlist proxies[PROXY_BUCKETS];
	uint32_t proxy_count;
	struct list answers;
	uint32_t answer_count;
	struct timer answer_timer;
	/* For `ip -s ntable`. */
	nsec_t last_flush;
	uint64_t allocs, destroys, grows, failures, lookups, hits;
	uint64_t periodic_gcs, forced_gcs, full, discards;
	uint64_t multicast_probes, unicast_probes; /* of others, IPv6 */
};

struct neighbours {
	struct neighbour_table ip4, ip6;
	uint32_t held_bytes; /* in all queues */
	const struct neighbour_ops *ops;
};

int neighbours_init(struct net *net);
void neighbours_free(struct net *net) ON_NET_THREAD;

struct neighbour_table *neighbour_table(struct net *net,
					const struct net_addr *addr);
const struct neighbour_conf *neighbour_conf(const struct netif *netif,
					    const struct net_addr *addr);

/* ---- the table ---- */

struct neighbour *neighbour_find(struct net *net, struct netif *netif,
				 const struct net_addr *addr) ON_NET_THREAD;
/* A new one (find first), in state NONE; `stays`: not for gc. NULL: the table
 * is full, or no memory. */
struct neighbour *neighbour_create(struct netif *netif,
				   const struct net_addr *addr,
				   bool stays) ON_NET_THREAD;
/* The one after `n`, the first after NULL; NULL at the end. In the order of the
 * buckets, from number `bucket` on. */
struct neighbour *neighbour_next(const struct neighbour_table *table,
				 const struct neighbour *n, uint32_t bucket);
/* It is gone; who listens is told. */
void neighbour_remove(struct neighbour *n) ON_NET_THREAD;
/* All of an interface (NULL: of all), and proxies. */
void neighbour_flush(struct net *net, struct netif *netif) ON_NET_THREAD;
/* Without proxies: it has another link address. */
void neighbour_flush_all(struct netif *netif) ON_NET_THREAD;
/* All but permanent ones: the carrier was lost. */
void neighbour_flush_learned(struct netif *netif) ON_NET_THREAD;
/* It was used; whether it may go has changed. */
void neighbour_touch(struct neighbour *n) ON_NET_THREAD;
void neighbour_sort(struct neighbour *n) ON_NET_THREAD;

/* ---- states ---- */

/* STAGE_NEIGHBOUR_OUT: fills link_dst or holds the packet. */
verdict_t neighbour_out(struct net *net, struct packet *packet) ON_NET_THREAD;
/*
 * The one way into another state: `state` and `mac` (NULL: as it is) were seen
 * or ordered, `how` far that is to be believed. -EPERM (permanent, and not by
 * an administrator), -EINVAL (no link address), with a text.
 */
int neighbour_update(struct neighbour *n, const uint8_t *mac, uint8_t state,
		     unsigned int how, const char **text) ON_NET_THREAD;
/* Ask for it, as if there were a packet to it. */
void neighbour_ask(struct neighbour *n) ON_NET_THREAD;
/* Something was heard of (addr, mac); makes an entry if there is none and
 * `make`. */
void neighbour_heard(struct netif *netif, const struct net_addr *addr,
		     const uint8_t *mac, uint8_t state, unsigned int how,
		     bool make) ON_NET_THREAD;
/* The plain form: `reply`: it answered us. */
void neighbour_learn(struct net *net, struct netif *netif,
		     const struct net_addr *addr, const uint8_t mac[6],
		     bool reply, bool make) ON_NET_THREAD;
/* Drops what waits. */
void neighbour_drop_queue(struct neighbour *n) ON_NET_THREAD;
/* For neighbour_create(). */
void neighbour_start(struct neighbour *n) ON_NET_THREAD;

/* An entry that neither ages nor is asked for. -ENOMEM. */
int neighbour_set_permanent(struct net *net, struct netif *netif,
			    const struct net_addr *addr,
			    const uint8_t mac[6]) ON_NET_THREAD;
/* False when there is none. */
bool neighbour_forget(struct net *net, struct netif *netif,
		      const struct net_addr *addr) ON_NET_THREAD;

/* ---- proxies ---- */

/* Whether we answer for it on this link; the newest if there are two (one may be
 * for every link), or NULL. */
struct neighbour_proxy *proxy_find(struct net *net, const struct netif *netif,
				   const struct net_addr *addr) ON_NET_THREAD;
/* Finds or makes one. NULL: no memory. */
struct neighbour_proxy *proxy_add(struct net *net, struct netif *netif,
				  const struct net_addr *addr) ON_NET_THREAD;
void proxy_remove(struct net *net, struct neighbour_proxy *p) ON_NET_THREAD;
void proxy_flush(struct net *net, struct netif *netif) ON_NET_THREAD;
/* Answers in a while, or never: too many wait. */
void proxy_delay(struct net *net,
		 const struct proxy_answer *answer) ON_NET_THREAD;
void proxies_init(struct neighbour_table *table);
