// SPDX-License-Identifier: MIT
/*
 * Which socket is a packet for? Two hash tables per protocol: pairs (local and
 * remote name: established connections, connected datagram sockets) and locals
 * (listeners, unconnected datagram sockets), keyed by SipHash; locals without
 * an address by port. Both grow. An entry is part of what it stands for (`kind`), which is found with
 * container_of: entry_endpoint() for sockets.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "lib/siphash.h"
#include "net/core/annotate.h"
#include "net/wire/address.h"

struct net;
struct netif;
struct endpoint;

/* Whose an entry is. */
enum demux_kind {
	DEMUX_SOCKET,
	DEMUX_TIME_WAIT,
	DEMUX_REQUEST, /* half-open: net/tcp/request.h */
};

/* The fields stand also in struct endpoint by their own names. */
#define DEMUX_ENTRY_FIELDS                \
	struct hnode node;                \
	uint32_t hash;                    \
	uint8_t kind;                     \
	bool six; /* counted as IPv6's */ \
	struct net_name local, remote;

struct demux_entry {
	DEMUX_ENTRY_FIELDS
};

/*
 * Linear hashing: a table has low_mask + 1 + split buckets. Whenever there are
 * more entries than buckets the next one, `split`, is split in two, so that no
 * single insertion pays for the growth of a large table. The buckets are in
 * segments, which are never moved.
 */
#define DEMUX_SEGMENT 256 /* buckets */

struct demux_table {
	struct hlist **segments;
	uint32_t segment_count, segment_room; /* of `segments` */
	uint32_t low_mask, split;
	uint32_t count; /* entries */
	uint32_t sockets[2]; /* of those: of IPv4's and IPv6's sockets */
};

struct demux {
	struct siphash_key key;
	struct demux_table pairs, locals;
};

/* -ENOMEM. */
int demux_init(struct demux *demux);
void demux_destroy(struct demux *demux);

/* The entry's names are set. -EADDRINUSE: the pair exists already. */
int demux_add_pair(struct demux *demux, struct demux_entry *entry);
/* Several entries may have the same local name (SO_REUSEPORT). */
void demux_add_local(struct demux *demux, struct demux_entry *entry);
void demux_remove_pair(struct demux *demux, struct demux_entry *entry);
void demux_remove_local(struct demux *demux, struct demux_entry *entry);
static inline bool demux_linked(const struct demux_entry *entry)
{
	return hnode_linked(&entry->node);
}

/* The ports and addresses decide, the scope does not. */
struct demux_entry *demux_find_pair(const struct demux *demux,
				    const struct net_name *local,
				    const struct net_name *remote);
/*
 * The best match for a packet from `remote` to `local` that came by `netif`:
 * a device binding beats none, an exact address beats a wildcard, the same
 * family beats dual stack; among equals (SO_REUSEPORT) the flow's hash chooses.
 */
struct demux_entry *demux_find_local(const struct demux *demux,
				     const struct net_name *local,
				     const struct net_name *remote,
				     const struct netif *netif);
/* The chains (1 or 2) in which those are, among others, that are bound to this
 * address and port, or to any address and the port. */
int demux_chains(const struct demux *demux, const struct net_name *local,
		 struct hlist *chains[2]);
/*
 * The same in steps, for long listings: the entry number *skip of *bucket or the
 * first one after it; the place moves on behind it. Costs one of *budget for
 * each bucket and entry; NULL: the end, or *budget is 0.
 */
struct demux_entry *demux_resume(const struct demux_table *table,
				 uint32_t *bucket, uint32_t *skip,
				 uint32_t *budget);
/* Each entry of a table: for listings. `next` NULL starts; NULL at the end. */
struct demux_entry *demux_walk(const struct demux_table *table,
			       const struct demux_entry *previous);
