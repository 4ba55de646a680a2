// SPDX-License-Identifier: MIT
/*
 * The flight: the record of every unacknowledged segment; see flight.h.
 *
 * Each change of a record's marks goes through set_marks(), which keeps the
 * list, the tree and the sums in step. Nothing else touches them.
 */
#include "net/tcp/flight.h"

#include "lib/errno.h"
#include "net/core/port.h"
#include "net/tcp/rate.h"

enum place { NOWHERE, BY_TIME, TO_RESEND };

void flight_init(struct flight *flight)
{
	*flight = (struct flight){ 0 };
	list_init(&flight->by_time);
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

/* ---- Sums and places ---- */

static enum place place_of(uint8_t marks)
{
	if (marks & SENT_SACKED)
		return NOWHERE;
	return (marks & (SENT_LOST | SENT_RESENT)) == SENT_LOST ? TO_RESEND :
								  BY_TIME;
}

/* `packets` with these marks come (or, negative, go). */
static void add_up(struct flight *flight, uint8_t marks, int packets)
{
	flight->packets += packets;
	if (marks & SENT_SACKED)
		flight->sacked += packets;
	if (marks & SENT_LOST)
		flight->lost += packets;
	if (marks & SENT_RESENT)
		flight->resent += packets;
}

static void wait_for_repair(struct flight *flight, struct sent *sent)
{
	struct rb_node **link = &flight->to_resend.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[seq_geq(
			sent->seq,
			RB_ENTRY(parent, struct sent, lost_node)->seq)];
	}
	rb_insert_at(&flight->to_resend, &sent->lost_node, parent, link);
}

static void leave_place(struct flight *flight, struct sent *sent)
{
	switch (place_of(sent->marks)) {
	case BY_TIME:
		list_remove(&sent->queue);
		break;
	case TO_RESEND:
		rb_erase(&flight->to_resend, &sent->lost_node);
		break;
	case NOWHERE:
		break;
	}
}

/* To the end of the list by time; who belongs elsewhere moves afterwards. */
static void enter_place(struct flight *flight, struct sent *sent)
{
	switch (place_of(sent->marks)) {
	case BY_TIME:
		list_init(&sent->queue);
		list_push_back(&flight->by_time, &sent->queue);
		break;
	case TO_RESEND:
		wait_for_repair(flight, sent);
		break;
	case NOWHERE:
		break;
	}
}

static void set_marks(struct flight *flight, struct sent *sent, uint8_t marks)
{
	bool moves = place_of(sent->marks) != place_of(marks);

	if (moves)
		leave_place(flight, sent);
	add_up(flight, sent->marks, -(int)sent->packets);
	add_up(flight, marks, sent->packets);
	sent->marks = marks;
	if (moves)
		enter_place(flight, sent);
}

static void count_packets(struct flight *flight, struct sent *sent)
{
	uint32_t packets = DIV_ROUND_UP(sent_payload(sent), sent->mss);

	add_up(flight, sent->marks, -(int)sent->packets);
	sent->packets = packets ? packets : 1;
	add_up(flight, sent->marks, sent->packets);
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
	leave_place(flight, sent);
	add_up(flight, sent->marks, -(int)sent->packets);
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
	flight->sacked = 0;
	flight->has_sacked = false;
}

/* ---- Sending ---- */

int flight_send(struct flight *flight, seq_t seq, seq_t end, bool fin,
		uint32_t mss, nsec_t now)
{
	struct sent *sent = port_alloc(sizeof(*sent));

	if (!sent)
		return -ENOMEM;
	*sent = (struct sent){
		.seq = seq,
		.end = end,
		.sent_at = now,
		.delivered = flight->delivered,
		.order = flight->transmissions++,
		.mss = mss,
		.marks = fin ? SENT_FIN : 0,
		.transmissions = 1,
	};
	rate_sent(flight, sent);
	enter_place(flight, sent);
	count_packets(flight, sent);
	insert(flight, sent);
	return 0;
}

void flight_resend(struct flight *flight, struct sent *sent, nsec_t now)
{
	uint8_t marks = sent->marks | SENT_EVER;

	sent->sent_at = now;
	sent->order = flight->transmissions++;
	sent->delivered = flight->delivered;
	rate_sent(flight, sent);
	if (sent->transmissions < UINT8_MAX)
		sent->transmissions++;
	if (marks & SENT_LOST)
		marks |= SENT_RESENT;
	set_marks(flight, sent, marks);
	if (place_of(marks) == BY_TIME) {
		list_remove(&sent->queue);
		list_push_back(&flight->by_time, &sent->queue);
	}
}

int flight_split(struct flight *flight, struct sent *sent, seq_t end)
{
	struct sent *rest = port_alloc(sizeof(*rest));

	if (!rest)
		return -ENOMEM;
	*rest = *sent;
	rest->packets = 0;
	rest->seq = end;
	sent->end = end;
	if (sent->marks & SENT_FIN)
		sent->marks &= ~SENT_FIN;
	enter_place(flight, rest);
	/* Beside its first half, not behind: the order of time is kept. */
	if (place_of(rest->marks) == BY_TIME) {
		list_remove(&rest->queue);
		list_insert_after(&sent->queue, &rest->queue);
	}
	count_packets(flight, sent);
	count_packets(flight, rest);
	insert(flight, rest);
	return 0;
}

void flight_join(struct flight *flight, struct sent *sent, uint32_t most)
{
	struct sent *next;

	while ((next = flight_next(sent))) {
		uint8_t marks = sent->marks |
				(next->marks & (SENT_FIN | SENT_EVER));
		seq_t end = next->end;

		if (place_of(sent->marks) != TO_RESEND ||
		    place_of(next->marks) != TO_RESEND ||
		    sent_payload(sent) + sent_payload(next) > most)
			return;
		sent->transmissions =
			MAX(sent->transmissions, next->transmissions);
		forget(flight, next);
		sent->end = end;
		set_marks(flight, sent, marks);
		count_packets(flight, sent);
	}
}

void flight_recut(struct flight *flight, struct sent *sent, uint32_t mss)
{
	sent->mss = mss;
	count_packets(flight, sent);
}

/* ---- What ACKs tell ---- */

/* The echo is older than the last copy: it answers an earlier one. Only of what
 * arrived in sequence: beyond a hole the echo is that of the last segment before
 * it (RFC 7323 4.3), whichever copy came. */
static bool answers_earlier_copy(const struct sent *sent,
				 const struct delivery *got)
{
	uint32_t stamp =
		(uint32_t)(sent->sent_at / NSEC_PER_MSEC) + got->stamp_offset;

	return got->has_echo && seq_lt(got->echo, stamp);
}

/* RFC 8985 6.2 step 2. */
static void note_for_rack(const struct sent *sent, bool in_sequence,
			  struct delivery *got)
{
	nsec_t rtt = got->now - sent->sent_at;
	bool resent = sent->marks & SENT_EVER;

	if (resent && (rtt < got->least_rtt ||
		       (in_sequence && answers_earlier_copy(sent, got))))
		return;
	got->rack_rtt = rtt;
	if (!got->rack_valid || seq_gt(sent->order, got->rack_order) ||
	    (sent->order == got->rack_order &&
	     seq_gt(sent->end, got->rack_end))) {
		got->rack_valid = true;
		got->rack_order = sent->order;
		got->rack_end = sent->end;
		got->rack_delivered = sent->delivered;
	}
}

static void note_low(bool *has_low, seq_t *low, seq_t seq)
{
	if (!*has_low || seq_lt(seq, *low)) {
		*has_low = true;
		*low = seq;
	}
}

/* A record, or its first part up to `end`, is acknowledged in sequence. */
static void note_acked(struct flight *flight, const struct sent *sent,
		       uint32_t packets, seq_t end, struct delivery *got)
{
	got->acked_packets += packets;
	if (!(sent->marks & SENT_SACKED))
		rate_delivered(flight, sent, got);
	if (sent->marks & SENT_EVER) {
		got->retransmitted = true;
		got->resent_at = MAX(got->resent_at, sent->sent_at);
	} else if (!(sent->marks & SENT_SACKED)) {
		got->last_acked_at = sent->sent_at;
		if (!got->first_acked_at)
			got->first_acked_at = sent->sent_at;
		note_low(&got->has_acked_low, &got->acked_low, sent->seq);
		if (seq_leq(end, got->recover))
			got->original = true;
	}
	if ((sent->marks & SENT_SACKED) || !got->by_sack)
		return;
	flight->delivered += packets;
	note_for_rack(sent, true, got);
}

/* `una` falls inside the record: its first part is done with. */
static void trim_front(struct flight *flight, struct sent *sent, seq_t una,
		       struct delivery *got)
{
	uint32_t before = sent->packets;
	seq_t seq = sent->seq;

	got->acked += una - seq;
	sent->seq = una;
	count_packets(flight, sent);
	if (sent->packets == before)
		return;
	sent->seq = seq; /* as what was acked saw it */
	note_acked(flight, sent, before - sent->packets, una, got);
	sent->seq = una;
}

void flight_acked(struct flight *flight, seq_t una, struct delivery *got)
{
	struct sent *sent;

	while ((sent = flight_first(flight)) && seq_lt(sent->seq, una)) {
		if (seq_gt(sent->end, una)) {
			trim_front(flight, sent, una, got);
			break;
		}
		got->acked += sent_bytes(sent);
		note_acked(flight, sent, sent->packets, sent->end, got);
		forget(flight, sent);
	}
	if (flight->has_sacked && seq_leq(flight->highest_sacked, una))
		flight->has_sacked = false;
}

static bool may_merge(const struct sent *a, const struct sent *b)
{
	return a && b && (a->marks & SENT_SACKED) && a->marks == b->marks &&
	       a->packets + b->packets < UINT16_MAX;
}

/* The second, right behind the first, becomes a part of it. */
static struct sent *absorb(struct flight *flight, struct sent *first,
			   struct sent *second)
{
	uint16_t packets = second->packets;

	first->end = second->end;
	forget(flight, second);
	first->packets += packets;
	add_up(flight, first->marks, packets);
	return first;
}

/* Joins SACKED neighbours, so that a block is one record. */
static struct sent *merge(struct flight *flight, struct sent *sent)
{
	struct sent *before = previous(sent), *after = flight_next(sent);

	if (may_merge(before, sent))
		sent = absorb(flight, before, sent);
	if (may_merge(sent, after))
		sent = absorb(flight, sent, after);
	return sent;
}

/*
 * Cuts the record down to what [left, right) covers of it, edges moved
 * inwards to multiples of mss. Gives the covered record, or NULL.
 */
static struct sent *cut(struct flight *flight, struct sent *sent, seq_t left,
			seq_t right)
{
	uint32_t mss = sent->mss;

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

/* Its only copy has arrived: what that says beside the fact. */
static void note_sacked_once(struct flight *flight, const struct sent *sent,
			     struct delivery *got)
{
	/* It had been a hole, and came late. */
	if (flight->has_sacked && seq_lt(sent->seq, flight->highest_sacked))
		note_low(&got->has_sacked_low, &got->sacked_low, sent->seq);
	if (seq_leq(sent->end, got->recover))
		got->original = true;
	if (!got->first_sacked_at)
		got->first_sacked_at = sent->sent_at;
	got->last_sacked_at = sent->sent_at;
}

/* Marks one whole record. */
static void sack(struct flight *flight, struct sent *sent, struct delivery *got)
{
	uint8_t marks = sent->marks | SENT_SACKED;

	flight->delivered += sent->packets;
	got->sacked_packets += sent->packets;
	rate_delivered(flight, sent, got);
	note_for_rack(sent, false, got);
	if (!(sent->marks & SENT_EVER))
		note_sacked_once(flight, sent, got);
	set_marks(flight, sent, marks & ~(SENT_LOST | SENT_RESENT));
	if (!flight->has_sacked || seq_gt(sent->end, flight->highest_sacked))
		flight->highest_sacked = sent->end;
	flight->has_sacked = true;
}

void flight_sacked(struct flight *flight, seq_t left, seq_t right,
		   struct delivery *got)
{
	struct sent *sent = flight_find(flight, left);

	while (sent && seq_lt(sent->seq, right)) {
		struct sent *part = NULL;

		if (!(sent->marks & SENT_SACKED))
			part = cut(flight, sent, left, right);
		if (part) {
			sack(flight, part, got);
			sent = merge(flight, part);
		}
		sent = flight_next(sent);
	}
}

/* ---- Losses ---- */

bool flight_lose(struct flight *flight, struct sent *sent)
{
	bool again = sent->marks & SENT_RESENT;

	if (sent->marks & SENT_SACKED)
		return false;
	set_marks(flight, sent, (sent->marks | SENT_LOST) & ~SENT_RESENT);
	return again;
}

static void insert_by_order(struct rb_tree *tree, struct sent *sent)
{
	struct rb_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[seq_geq(
			sent->order,
			RB_ENTRY(parent, struct sent, lost_node)->order)];
	}
	rb_insert_at(tree, &sent->lost_node, parent, link);
}

/* Those in the tree go to where their time says, in one walk. */
static void sort_in(struct flight *flight, struct rb_tree *tree)
{
	struct list *at = flight->by_time.next;
	struct rb_node *node;

	while ((node = rb_first(tree))) {
		struct sent *sent = RB_ENTRY(node, struct sent, lost_node);

		rb_erase(tree, node);
		while (at != &flight->by_time &&
		       seq_leq(container_of(at, struct sent, queue)->order,
			       sent->order))
			at = at->next;
		list_init(&sent->queue);
		list_insert_before(at, &sent->queue);
	}
}

void flight_unlose_all(struct flight *flight)
{
	struct sent *sent = flight_first(flight);
	struct rb_tree waiting = { NULL };

	for (; sent; sent = flight_next(sent)) {
		bool waits = place_of(sent->marks) == TO_RESEND;

		if (!(sent->marks & SENT_LOST))
			continue;
		set_marks(flight, sent, sent->marks & ~SENT_LOST);
		if (!waits)
			continue;
		list_remove(&sent->queue);
		insert_by_order(&waiting, sent);
	}
	sort_in(flight, &waiting);
}

void flight_renege(struct flight *flight)
{
	struct sent *sent = flight_first(flight);

	for (; sent; sent = flight_next(sent))
		/* An answer from now on says nothing of when it was sent. */
		if (sent->marks & SENT_SACKED)
			set_marks(flight, sent,
				  (sent->marks & ~SENT_SACKED) | SENT_EVER);
	flight->has_sacked = false;
	flight->sacked = 0;
}
