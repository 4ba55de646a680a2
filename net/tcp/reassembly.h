// SPDX-License-Identifier: MIT
/*
 * The reassembly queue: segments that arrived before their turn (SHLD-31).
 *
 * Ranges of contiguous received bytes, in a tree by sequence number; no two of
 * them overlap or touch. Each holds its packets in order, not copied. Where a
 * new segment overlaps what is there, the first copy to arrive is kept, except
 * that a segment which covers a whole range replaces it.
 *
 * The queue also remembers which ranges changed last: that is the order in
 * which SACK blocks are to be reported (RFC 2018 4).
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "net/core/packet.h"
#include "net/tcp/seq.h"
#include "net/wire/tcp.h"

struct net;

/* A piece of a packet that stands for [seq, end) of the stream. */
struct piece {
	seq_t seq;
	seq_t end;
	uint32_t offset; /* of the first byte in the packet */
};

struct reassembly {
	struct rb_tree ranges;
	uint32_t range_count;
	uint32_t bytes;
	uint32_t truesize; /* memory that the queue holds on to */
	uint8_t recent_count;
	struct tcp_sack_block recent[TCP_MAX_SACKS]; /* newest first */
};

void reassembly_init(struct reassembly *q);
void reassembly_clear(struct net *net, struct reassembly *q) ON_NET_THREAD;

static inline bool reassembly_empty(const struct reassembly *q)
{
	return rb_empty(&q->ranges);
}

/*
 * Queues a piece. REASON_NONE: it is held (packet_hold). REASON_TCP_OLD_DUPLICATE:
 * all of it was there, *duplicate tells where. REASON_TCP_REASSEMBLY_FULL: it would
 * take the queue beyond `limit` bytes of memory. REASON_NO_MEMORY.
 */
enum reason reassembly_insert(struct net *net, struct reassembly *q,
			      struct packet *packet, struct piece piece,
			      uint32_t limit,
			      struct tcp_sack_block *duplicate) ON_NET_THREAD;

/* Forgets what lies highest, down to `keep` (beyond it alone), until `bytes` of
 * memory are free. True: something was forgotten; the peer must send it again
 * although SACK had reported it (RFC 2018 8 allows that). */
bool reassembly_prune(struct net *net, struct reassembly *q, seq_t keep,
		      uint32_t bytes) ON_NET_THREAD;

/*
 * The first packet if it reaches `next`: its piece beyond `next` is in *piece,
 * and the caller owns the reference. Packets that lie before `next` are freed
 * on the way. NULL when there is a gap.
 */
struct packet *reassembly_take(struct net *net, struct reassembly *q,
			       seq_t next, struct piece *piece) ON_NET_THREAD;

/* Up to `max` blocks to report, newest first. Returns how many. */
uint8_t reassembly_blocks(const struct reassembly *q, seq_t next,
			  struct tcp_sack_block *out, uint8_t max);

/* What a packet costs while it is held. */
uint32_t packet_truesize(const struct packet *packet);
