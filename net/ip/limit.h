// SPDX-License-Identifier: MIT
/*
 * How often ICMP may speak: one bucket of tokens for the whole stack
 * (icmp_msgs_per_sec, icmp_msgs_burst), and one for each destination
 * (icmp_ratelimit; six in a burst) in a hash table of bounded size. Redirects
 * have their own count there.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/wire/address.h"

struct net;

/* Per destination; the table forgets whoever was quiet longest in a bucket. */
struct limit_peer {
	struct net_addr addr; /* any6: free */
	nsec_t tokens; /* time saved up */
	nsec_t last;
	nsec_t redirect_last;
	uint32_t redirects;
	uint32_t fragments; /* received from there */
};

#define LIMIT_BUCKETS 128
#define LIMIT_WAYS 4

struct limit_table {
	struct limit_peer peers[LIMIT_BUCKETS][LIMIT_WAYS];
};

/* Takes a token of the stack's bucket; false: none left (counted). */
bool limit_global(struct net *net) ON_NET_THREAD;
/* Takes a token of this destination's; one comes each `interval` (0: no
 * limit). */
bool limit_peer(struct net *net, const struct net_addr *addr,
		nsec_t interval) ON_NET_THREAD;
/* The entry of a destination, made if need be; NULL: no memory. */
struct limit_peer *limit_peer_of(struct net *net,
				 const struct net_addr *addr) ON_NET_THREAD;
