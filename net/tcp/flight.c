// SPDX-License-Identifier: MIT
/*
 * The flight: the record of every unacknowledged segment; see flight.h.
 *
 * Each change of a record's state goes through set_state(), which keeps the
 * lists and the three sums in step. Nothing else touches them.
 */
#include "net/tcp/flight.h"

#include "lib/errno.h"
#include "net/core/port.h"

void flight_init(struct flight *flight)
{
	*flight = (struct flight){ 0 };
	list_init(&flight->by_time);
	list_init(&flight->lost);
}

struct sent *flight_last(const struct flight *flight)
{
	struct rb_node *node = rb_last(&flight->by_seq);

	return node ? RB_ENTRY(node, struct sent, node) : NULL;
}

static struct sent *previous(const struct sent *sent)
{
	struct rb_node *node = rb_prev(&sent->node);

	return node ? RB_ENTRY(node, struct sent, node) : NULL;
}

struct sent *flight_find(const struct flight *flight, seq_t seq)
{
	struct rb_node *node = flight->by_seq.root;
	struct sent *found = NULL;

	while (node) {
		struct sent *sent = RB_ENTRY(node, struct sent, node);

		if (seq_lt(seq, sent->end)) {
			found = sent;
			node = node->child[0];
		} else {
			node = node->child[1];
		}
	}
	return found;
}

/* The sum that counts records of this state. */
static uint32_t *sum_of(struct flight *flight, enum sent_state state)
{
	switch (state) {
	case SENT_LOST:
		return &flight->lost_bytes;
	case SENT_SACKED:
		return &flight->sacked_bytes;
	default:
		return &flight->pipe;
	}
}

static void enter_state(struct flight *flight, struct sent *sent,
			enum sent_state state)
{
	sent->state = state;
	*sum_of(flight, state) += sent_bytes(sent);
	if (state == SENT_FLYING)
		list_push_back(&flight->by_time, &sent->queue);
	else if (state == SENT_LOST)
		list_push_back(&flight->lost, &sent->queue);
}

static void leave_state(struct flight *flight, struct sent *sent)
{
	*sum_of(flight, sent->state) -= sent_bytes(sent);
	list_remove(&sent->queue);
}

static void set_state(struct flight *flight, struct sent *sent,
		      enum sent_state state)
{
	leave_state(flight, sent);
	enter_state(flight, sent, state);
}

static void insert(struct flight *flight, struct sent *sent)
{
	struct rb_node **link = &flight->by_seq.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[seq_geq(
			sent->seq, RB_ENTRY(parent, struct sent, node)->seq)];
	}
	rb_insert_at(&flight->by_seq, &sent->node, parent, link);
	if (!flight->first || seq_lt(sent->seq, flight->first->seq))
		flight->first = sent;
	flight->records++;
}

static void forget(struct flight *flight, struct sent *sent)
{
	leave_state(flight, sent);
	if (flight->first == sent)
		flight->first = flight_next(sent);
	rb_erase(&flight->by_seq, &sent->node);
	flight->records--;
	port_free(sent);
}

void flight_clear(struct flight *flight)
{
	struct sent *sent;

	while ((sent = flight_first(flight)))
		forget(flight, sent);
}

int flight_send(struct flight *flight, seq_t seq, seq_t end, nsec_t now)
{
	struct sent *sent = port_alloc(sizeof(*sent));

	if (!sent)
		return -ENOMEM;
	*sent = (struct sent){
		.seq = seq,
		.end = end,
		.sent_at = now,
		.transmissions = 1,
	};
	list_init(&sent->queue);
	enter_state(flight, sent, SENT_FLYING);
	insert(flight, sent);
	return 0;
}

void flight_resend(struct flight *flight, struct sent *sent, nsec_t now)
{
	sent->sent_at = now;
	if (sent->transmissions < UINT8_MAX)
		sent->transmissions++;
	set_state(flight, sent, SENT_FLYING);
}

int flight_split(struct flight *flight, struct sent *sent, seq_t end)
{
	struct sent *rest = port_alloc(sizeof(*rest));

	if (!rest)
		return -ENOMEM;
	*rest = *sent;
	rest->seq = end;
	sent->end = end;
	/* Beside its first half, not behind: the order of time is kept. */
	list_init(&rest->queue);
	if (rest->state != SENT_SACKED)
		list_insert_after(&sent->queue, &rest->queue);
	insert(flight, rest);
	return 0;
}

/* Adds one record to what an ACK told. */
static void deliver(struct sent *sent, struct delivery *got)
{
	bool once = sent->transmissions == 1;

	got->bytes += sent_bytes(sent);
	if (once) {
		if (got->first_sent_at == 0 ||
		    sent->sent_at < got->first_sent_at)
			got->first_sent_at = sent->sent_at;
		if (sent->sent_at > got->last_sent_at)
			got->last_sent_at = sent->sent_at;
	} else {
		got->retransmitted = true;
	}
	if (!got->rack_valid || sent->sent_at > got->rack_sent_at ||
	    (sent->sent_at == got->rack_sent_at &&
	     seq_gt(sent->end, got->rack_end))) {
		got->rack_valid = true;
		got->rack_sent_at = sent->sent_at;
		got->rack_end = sent->end;
		got->rack_retransmitted = !once;
	}
}

/* `una` falls inside the record: its first part is done with. */
static void trim_front(struct flight *flight, struct sent *sent, seq_t una)
{
	uint32_t bytes = una - sent->seq;

	*sum_of(flight, sent->state) -= bytes;
	sent->seq = una;
}

void flight_acked(struct flight *flight, seq_t una, struct delivery *got)
{
	struct sent *sent;

	while ((sent = flight_first(flight)) && seq_lt(sent->seq, una)) {
		if (seq_gt(sent->end, una)) {
			uint32_t bytes = una - sent->seq;

			got->acked += bytes;
			if (sent->state != SENT_SACKED)
				got->bytes += bytes;
			trim_front(flight, sent, una);
			return;
		}
		got->acked += sent_bytes(sent);
		if (sent->state != SENT_SACKED) {
			if (flight->sacked_bytes > 0 &&
			    sent->transmissions == 1 &&
			    seq_lt(sent->end, flight->highest_sacked))
				got->reordered = true;
			deliver(sent, got);
		}
		forget(flight, sent);
	}
}

/* Absorbs SACKED neighbours, so that a block is one record. */
static struct sent *merge(struct flight *flight, struct sent *sent)
{
	struct sent *before = previous(sent);
	struct sent *after = flight_next(sent);

	if (before && before->state == SENT_SACKED) {
		flight->sacked_bytes += sent_bytes(sent);
		before->end = sent->end;
		forget(flight, sent);
		sent = before;
	}
	if (after && after->state == SENT_SACKED) {
		flight->sacked_bytes += sent_bytes(after);
		sent->end = after->end;
		forget(flight, after);
	}
	return sent;
}

/*
 * Cuts the record down to what [left, right) covers of it, edges moved
 * inwards to multiples of mss. Gives the covered record, or NULL.
 */
static struct sent *cut(struct flight *flight, struct sent *sent, seq_t left,
			seq_t right, uint32_t mss)
{
	if (seq_gt(left, sent->seq)) {
		uint32_t skip = DIV_ROUND_UP(left - sent->seq, mss) * mss;

		if (skip >= sent_bytes(sent) ||
		    flight_split(flight, sent, sent->seq + skip))
			return NULL;
		sent = flight_next(sent);
	}
	if (seq_lt(right, sent->end)) {
		uint32_t keep;

		if (seq_leq(right, sent->seq))
			return NULL;
		keep = (right - sent->seq) / mss * mss;
		if (keep == 0 || flight_split(flight, sent, sent->seq + keep))
			return NULL;
	}
	return sent;
}

void flight_sacked(struct flight *flight, seq_t left, seq_t right, uint32_t mss,
		   struct delivery *got)
{
	struct sent *sent = flight_find(flight, left);
	seq_t high = flight->highest_sacked;
	bool any = flight->sacked_bytes > 0;

	while (sent && seq_lt(sent->seq, right)) {
		if (sent->state != SENT_SACKED) {
			struct sent *part = cut(flight, sent, left, right, mss);

			if (!part) {
				sent = flight_next(sent);
				continue;
			}
			sent = part;
			if (any && sent->transmissions == 1 &&
			    seq_lt(sent->end, high))
				got->reordered = true;
			deliver(sent, got);
			set_state(flight, sent, SENT_SACKED);
			if (flight->sacked_bytes == sent_bytes(sent) ||
			    seq_gt(sent->end, flight->highest_sacked))
				flight->highest_sacked = sent->end;
			sent = merge(flight, sent);
		}
		sent = flight_next(sent);
	}
}

void flight_lose(struct flight *flight, struct sent *sent)
{
	set_state(flight, sent, SENT_LOST);
}

void flight_lose_all(struct flight *flight)
{
	struct sent *sent = flight_first(flight);

	/* In the order of the sequence: those lost before are queued anew. */
	for (; sent; sent = flight_next(sent))
		if (sent->state != SENT_SACKED)
			set_state(flight, sent, SENT_LOST);
}

void flight_unlose_all(struct flight *flight)
{
	struct sent *sent;

	while ((sent = flight_next_lost(flight)))
		set_state(flight, sent, SENT_FLYING);
}

void flight_renege(struct flight *flight)
{
	struct sent *sent = flight_first(flight);

	for (; sent; sent = flight_next(sent))
		if (sent->state == SENT_SACKED)
			set_state(flight, sent, SENT_LOST);
}
