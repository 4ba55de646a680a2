// SPDX-License-Identifier: MIT
/*
 * Neighbours: which link address an IP address on the same link has. The table
 * and its states (RFC 4861 7.3.2's, used for ARP as Linux does) live here; how
 * to ask is net/link/arp.c's, through `neighbour_ops`.
 *
 * Packets to an unresolved neighbour wait in its queue, unres_qlen at most, in
 * order. When mcast_solicit requests a second apart remain unanswered they are
 * dropped and their senders told (host unreachable).
 *
 * The table holds gc_thresh3 entries at most; above gc_thresh2 those that were
 * not used for five seconds may go, the least recently used first; above
 * gc_thresh1 those not used for gc_stale_time.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/core/timer.h"

#define NEIGHBOUR_QUEUE 101 /* unres_qlen at first */
#define NEIGHBOUR_BUCKETS 1024

/* What waits for one that does not answer: Linux's unres_qlen_bytes; and for all
 * of them, so that nobody who makes us ask for many can eat the memory. */
#define NEIGHBOUR_QUEUE_BYTES 212992
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
};

struct neighbour {
	struct hnode node;
	struct list list; /* net->neighbours.all, in order of last use */
	struct net *net;
	struct netif *netif;
	struct net_addr addr;
	uint8_t mac[6];
	uint8_t state;
	uint8_t tries;
	nsec_t confirmed, used;
	struct timer timer;
	nsec_t reachable; /* how long a confirmation counts (RFC 4861 6.3.2) */
	struct list queue;
	uint32_t queued, queued_bytes;
};

struct neighbour_ops {
	/* Sends a request; `mac` NULL: broadcast. */
	void (*solicit)(struct net *net, struct neighbour *n,
			const uint8_t *mac);
	/* A held packet could not be delivered: tell its local sender. The
	 * packet remains the caller's. */
	void (*unreachable)(struct net *net, struct packet *packet);
};

struct neighbour_table {
	struct hlist buckets[NEIGHBOUR_BUCKETS];
	struct list all;
	uint32_t count;
	uint32_t held_bytes; /* in all queues */
	const struct neighbour_ops *ops;
};

/* STAGE_NEIGHBOUR_OUT: fills link_dst or holds the packet. */
verdict_t neighbour_out(struct net *net, struct packet *packet) ON_NET_THREAD;
struct neighbour *neighbour_find(struct net *net, struct netif *netif,
				 const struct net_addr *addr) ON_NET_THREAD;
/* Something was heard from (addr, mac). `reply`: it answered us. `create`: make
 * an entry if there is none. */
void neighbour_learn(struct net *net, struct netif *netif,
		     const struct net_addr *addr, const uint8_t mac[6],
		     bool reply, bool create) ON_NET_THREAD;
/* An IPv6 neighbour advertisement (RFC 4861 7.2.5); `mac` may be NULL. */
void neighbour_advertised(struct net *net, struct netif *netif,
			  const struct net_addr *addr, const uint8_t *mac,
			  bool solicited, bool override) ON_NET_THREAD;
/* The transport made progress with this peer: no need to probe. */
void neighbour_confirm(struct net *net, struct netif *netif,
		       const struct net_addr *addr) ON_NET_THREAD;
void neighbour_flush(struct net *net, struct netif *netif) ON_NET_THREAD;
/* An entry that neither ages nor is asked for. -ENOMEM. */
int neighbour_set_permanent(struct net *net, struct netif *netif,
			    const struct net_addr *addr,
			    const uint8_t mac[6]) ON_NET_THREAD;
/* False when there is none. */
bool neighbour_forget(struct net *net, struct netif *netif,
		      const struct net_addr *addr) ON_NET_THREAD;
