// SPDX-License-Identifier: MIT
/*
 * The flight: one record for every segment that was sent and is not yet
 * acknowledged. It is the scoreboard of RFC 6675 and the send-time list of
 * RFC 8985 in one, and it counts in segments, as the congestion window does.
 *
 * A record may be a large one that is cut into `packets` segments on its way.
 * Its marks say what is known of it: SACKED (the peer has it, though not yet
 * everything before it), LOST (taken for lost), RESENT (sent again since it was
 * lost, and believed to be in the network), EVER (sent more than once at some
 * time). Lost and not resent records wait in a tree in the order of the
 * sequence; those that fly are in a list by the time of their last
 * transmission, oldest first. Neighbouring SACKED records are merged, so that
 * walking a long hole-ridden flight stays cheap.
 *
 * The records hold no bytes: those stay in the send ring. What to do about a
 * loss is decided by rack.c, recovery.c and retransmit.c.
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "net/tcp/seq.h"

enum sent_marks {
	SENT_SACKED = 1 << 0,
	SENT_LOST = 1 << 1,
	SENT_RESENT = 1 << 2,
	SENT_EVER = 1 << 3,
	SENT_FIN = 1 << 4, /* its last sequence number is the FIN's */
};

struct sent {
	struct rb_node node; /* flight.by_seq */
	union {
		struct list queue; /* flight.by_time */
		struct rb_node lost_node; /* flight.to_resend */
	};
	seq_t seq;
	seq_t end; /* one past the last; FIN counts */
	nsec_t sent_at; /* last transmission */
	uint32_t delivered; /* flight.delivered at that time */
	uint32_t order; /* of that transmission among all */
	nsec_t first_sent_at, delivered_at; /* the flight's then (rate.h) */
	uint16_t mss; /* how it is cut */
	uint16_t packets;
	uint8_t marks;
	uint8_t transmissions; /* saturates */
	bool app_limited; /* sent while the user was (rate.h) */
};

/* Invariant: the four sums are those over the records' packets, but for
 * `sacked` without SACK: there it counts duplicate ACKs (recovery.c). */
struct flight {
	struct rb_tree by_seq;
	struct rb_tree to_resend;
	struct sent *first; /* of by_seq */
	struct list by_time;
	uint32_t packets; /* all of them */
	uint32_t sacked;
	uint32_t lost; /* resent or not */
	uint32_t resent;
	uint32_t records;
	uint32_t delivered; /* packets that ever arrived */
	uint32_t transmissions; /* of records, ever */
	/* rate.h: when the newest that arrived was sent, when it arrived; what
	 * is `delivered` when the effect of an idle user is over, or 0. */
	nsec_t first_sent_at, delivered_at;
	uint32_t app_limited;
	seq_t highest_sacked; /* valid if has_sacked */
	bool has_sacked;
};

/* Of the newest packet that an ACK covers; see rate.h. */
struct rate_sample {
	bool valid, app_limited;
	seq_t end;
	uint32_t delivered; /* as it was sent */
	nsec_t delivered_at, interval;
};

/* What one ACK told. */
struct delivery {
	/* Set by the caller. */
	nsec_t now;
	nsec_t least_rtt; /* a resent one cannot be back sooner; 0: unknown */
	seq_t recover; /* end of what was sent before the loss */
	bool by_sack; /* without, duplicates have told of arrivals */
	bool has_echo; /* the timestamp that the ACK echoes */
	uint32_t echo, stamp_offset;

	/* Filled by flight_acked() and flight_sacked(). */
	uint32_t acked; /* bytes passed by snd.una */
	uint32_t acked_packets;
	uint32_t sacked_packets; /* newly */
	bool retransmitted; /* some acked record had been sent twice */
	nsec_t resent_at; /* the newest of their copies */
	bool original; /* one sent once, from before `recover` */
	/* The lowest that was sent once and acked; SACKed behind others. */
	bool has_acked_low, has_sacked_low;
	seq_t acked_low, sacked_low;
	nsec_t first_acked_at, last_acked_at; /* sent once, acked; 0: none */
	nsec_t first_sacked_at, last_sacked_at;
	/* The most recently sent of all that arrived, for RACK. */
	uint32_t rack_order;
	nsec_t rack_rtt; /* of the last one that counted */
	uint32_t rack_delivered; /* its `delivered` */
	seq_t rack_end;
	bool rack_valid;
	struct rate_sample rate;
};

void flight_init(struct flight *flight);
void flight_clear(struct flight *flight);

static inline bool flight_empty(const struct flight *flight)
{
	return rb_empty(&flight->by_seq);
}

/* A segment goes out for the first time, cut at mss. -ENOMEM: do not send. */
int flight_send(struct flight *flight, seq_t seq, seq_t end, bool fin,
		uint32_t mss, nsec_t now);

/* A record goes out again: it is the newest by time. A lost one is RESENT. */
void flight_resend(struct flight *flight, struct sent *sent, nsec_t now);

/* Everything before `una` has arrived: forgets it. */
void flight_acked(struct flight *flight, seq_t una, struct delivery *got);

/*
 * The peer holds [left, right). Edges inside a record are moved inwards to a
 * multiple of its mss, so that no peer can shatter the flight.
 */
void flight_sacked(struct flight *flight, seq_t left, seq_t right,
		   struct delivery *got);

/* The segment is taken for lost. True: it had been sent again since the last
 * time. */
bool flight_lose(struct flight *flight, struct sent *sent);

/* The loss was none: what was not yet sent again flies after all. */
void flight_unlose_all(struct flight *flight);

/* The peer dropped what it had SACKed (RFC 2018 8). */
void flight_renege(struct flight *flight);

/* Splits so that the record ends at `end`. -ENOMEM: it is left whole. */
int flight_split(struct flight *flight, struct sent *sent, seq_t end);

/* Lost records that follow become part of this lost one, as long as all of it
 * is at most `most` bytes: one segment repairs them. */
void flight_join(struct flight *flight, struct sent *sent, uint32_t most);

/* The record is cut at another mss from now on. */
void flight_recut(struct flight *flight, struct sent *sent, uint32_t mss);

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

/* The first one to be sent again, or NULL. */
static inline struct sent *flight_next_lost(const struct flight *flight)
{
	struct rb_node *node = rb_first(&flight->to_resend);

	return node ? RB_ENTRY(node, struct sent, lost_node) : NULL;
}

static inline uint32_t sent_bytes(const struct sent *sent)
{
	return sent->end - sent->seq;
}

/* Without the FIN. */
static inline uint32_t sent_payload(const struct sent *sent)
{
	return sent_bytes(sent) - !!(sent->marks & SENT_FIN);
}

/* Packets known or believed to have left the network. */
static inline uint32_t flight_left_out(const struct flight *flight)
{
	return flight->sacked + flight->lost;
}

/* Packets believed to be in the network. */
static inline uint32_t flight_pipe(const struct flight *flight)
{
	uint32_t out = flight->packets + flight->resent;
	uint32_t left = flight_left_out(flight);

	return out > left ? out - left : 0;
}
