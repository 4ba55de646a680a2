// SPDX-License-Identifier: MIT
/*
 * The flight: one record for every segment that was sent and is not yet
 * acknowledged. It is the scoreboard of RFC 6675 and the send-time list of
 * RFC 8985 in one.
 *
 * A record is FLYING (believed to be in the network), LOST (to be sent again)
 * or SACKED (the peer has it, though not yet everything before it). All
 * records are in a tree by sequence number; the flying ones also in a list by
 * the time of their last transmission, oldest first; the lost ones in a list
 * in the order in which they should be repaired. Neighbouring SACKED records
 * are merged, so that walking a long hole-ridden flight stays cheap.
 *
 * The records hold no bytes: those stay in the send ring. What to do about a
 * loss is decided by rack.c and retransmit.c.
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "net/tcp/seq.h"

enum sent_state {
	SENT_FLYING,
	SENT_LOST,
	SENT_SACKED,
};

struct sent {
	struct rb_node node; /* flight.by_seq */
	struct list queue; /* flight.by_time or flight.lost */
	seq_t seq;
	seq_t end; /* one past the last; FIN counts */
	nsec_t sent_at; /* last transmission */
	enum sent_state state;
	uint8_t transmissions; /* saturates */
};

/* Invariant: pipe, lost_bytes, sacked_bytes are the sums over the records. */
struct flight {
	struct rb_tree by_seq;
	struct sent *first; /* of by_seq */
	struct list by_time;
	struct list lost;
	uint32_t pipe;
	uint32_t lost_bytes;
	uint32_t sacked_bytes;
	uint32_t records;
	seq_t highest_sacked; /* valid if sacked_bytes > 0 */
};

/* What one ACK told: filled by flight_acked() and flight_sacked(). */
struct delivery {
	uint32_t acked; /* bytes passed by snd.una */
	uint32_t bytes; /* newly known to have arrived */
	bool retransmitted; /* some of it had been sent twice */
	bool reordered; /* a never-resent one came late */
	nsec_t first_sent_at; /* oldest of those sent just once */
	nsec_t last_sent_at; /* newest of those sent just once */
	/* The most recently sent of all that arrived, for RACK. */
	nsec_t rack_sent_at;
	seq_t rack_end;
	bool rack_valid;
	bool rack_retransmitted;
};

void flight_init(struct flight *flight);
void flight_clear(struct flight *flight);

static inline bool flight_empty(const struct flight *flight)
{
	return rb_empty(&flight->by_seq);
}

/* A segment goes out for the first time. -ENOMEM: do not send it. */
int flight_send(struct flight *flight, seq_t seq, seq_t end, nsec_t now);

/* A record goes out again: it flies, and is the newest by time. */
void flight_resend(struct flight *flight, struct sent *sent, nsec_t now);

/* Everything before `una` has arrived: forgets it. */
void flight_acked(struct flight *flight, seq_t una, struct delivery *got);

/*
 * The peer holds [left, right). Edges inside a record are moved inwards to a
 * multiple of `mss`, so that no peer can shatter the flight.
 */
void flight_sacked(struct flight *flight, seq_t left, seq_t right, uint32_t mss,
		   struct delivery *got);

/* The segment is taken for lost. */
void flight_lose(struct flight *flight, struct sent *sent);

/* The timer expired: nothing that is not SACKED flies any more. */
void flight_lose_all(struct flight *flight);

/* The timeout was spurious: what was not yet sent again flies after all. */
void flight_unlose_all(struct flight *flight);

/* The peer dropped what it had SACKed (RFC 2018 8): it counts as lost. */
void flight_renege(struct flight *flight);

/* Splits so that the record ends at `end`. -ENOMEM: it is left whole. */
int flight_split(struct flight *flight, struct sent *sent, seq_t end);

static inline struct sent *flight_first(const struct flight *flight)
{
	return flight->first;
}

struct sent *flight_last(const struct flight *flight);

/* The record that contains `seq`, or the next one after it, or NULL. */
struct sent *flight_find(const struct flight *flight, seq_t seq);

static inline struct sent *flight_next(const struct sent *sent)
{
	struct rb_node *node = rb_next(&sent->node);

	return node ? RB_ENTRY(node, struct sent, node) : NULL;
}

static inline struct sent *flight_next_lost(const struct flight *flight)
{
	return LIST_FIRST(&flight->lost, struct sent, queue);
}

static inline uint32_t sent_bytes(const struct sent *sent)
{
	return sent->end - sent->seq;
}
