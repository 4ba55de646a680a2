// SPDX-License-Identifier: MIT
/*
 * Rules for who receives data: what is acknowledged, when, and what the SACK
 * blocks say.
 */
#include "net/core/reason.h"
#include "tools/pcapdump/check_private.h"

#define DELAY_MOST (500 * NSEC_PER_MSEC)
#define DELAY_SLACK (20 * NSEC_PER_MSEC) /* the capture's own clock */
#define IN_QUEUE (50 * NSEC_PER_MSEC)
#define AT_ONCE (50 * NSEC_PER_MSEC)

/* ---- what was never sent ---- */

/* It may yet turn out that the capture has lost it: see resolve_unsent(). */
static void suspect(struct judge *j, int64_t upto, bool sack)
{
	/* A capture that begins with a keepalive begins one too low. */
	if (j->own->unsent_packet || j->peer->offloads || j->self->offloads ||
	    !(j->peer->seen_syn || j->peer->payload))
		return;
	if (j->other->corrupt && upto <= j->other->corrupt_end)
		return; /* told as CHECKSUM-ACCEPTED */
	j->own->unsent_ack = upto;
	j->own->unsent_packet = j->view->packet->number;
	j->own->unsent_end = j->p->length ? j->p->end : 0;
	j->own->unsent_stamped = j->tcp->opt.has_timestamp;
	j->own->unsent_stamp = j->tcp->opt.ts_val;
	j->own->unsent_fresh = j->own->ts_fresh;
	j->own->unsent_sack = sack;
}

static void report_unsent(struct judge *j, unsigned from, uint64_t packet,
			  uint64_t because, bool sack, int64_t upto)
{
	check_report(j, sack ? CHECK_SACK_RANGE : CHECK_ACK_UNSENT, from,
		     packet, because,
		     sack ? "has a SACK block up to %lld, the other side had "
			    "not sent that" :
			    "acknowledges up to %lld, the other side had not "
			    "sent that",
		     (long long)upto);
}

/* Whether the sender of the data knew the acknowledgement in question when it
 * sent this: it echoes its timestamp, or acknowledges its data. */
static bool knows_it(const struct judge *j)
{
	const struct check_side *other = j->other;
	int32_t since;

	if (other->unsent_end && j->p->has_ack &&
	    j->p->ack >= other->unsent_end)
		return true;
	if (!j->tcp->opt.has_timestamp || !other->unsent_stamped)
		return false;
	since = (int32_t)(j->tcp->opt.ts_ecr - other->unsent_stamp);
	return since > 0 || (since == 0 && other->unsent_fresh);
}

/* The sender of the data, knowing of it, shows where it stands: by a byte that
 * should have been acknowledged, or by the number of an empty segment. */
static void resolve_unsent(struct judge *j)
{
	const struct conn_packet *p = j->p;
	struct check_side *other = j->other;
	bool empty = p->end == p->seq && p->seq == j->self->next;
	bool data = p->end > p->seq && !other->unsent_sack;

	if (!other->unsent_packet || j->tcp->flags & TCP_RST)
		return;
	if (p->meaning & CONN_GAP || p->seq >= other->unsent_ack) {
		j->conn->incomplete |= (p->meaning & CONN_GAP) != 0;
		other->unsent_packet = 0;
	} else if ((empty || data) && knows_it(j)) {
		report_unsent(j, !p->from, other->unsent_packet,
			      j->view->packet->number, other->unsent_sack,
			      other->unsent_ack);
		other->unsent_packet = 0;
	}
}

static void check_unsent(struct judge *j)
{
	bool answer = j->tcp->flags & TCP_SYN;

	resolve_unsent(j);
	if (!(j->p->meaning & CONN_ACKED_UNSEEN))
		return;
	if (answer && j->conn->complete_start)
		report_unsent(j, j->p->from, j->view->packet->number,
			      j->conn->first_packet, false, j->p->ack);
	else
		suspect(j, j->p->ack, false);
}

/* ---- in which order ---- */

/* The datagrams' own numbers tell that this one was sent later. Behind a reset
 * a late ACK may begin the connection anew, from a SYN cookie (RFC 4987). */
static void check_backwards(struct judge *j)
{
	bool later = j->view->packet->has_note ?
			     j->view->frame->direction == 2 :
			     j->own->later;

	if (!j->p->has_ack || j->tcp->flags & TCP_RST ||
	    j->p->meaning & CONN_ACKED_UNSEEN || !later || j->self->seen_rst)
		return;
	if (j->p->ack < j->self->acked)
		CHECK_REPORT(j, CHECK_ACK_BACKWARDS, 0,
			     "acknowledges %lld after %lld",
			     (long long)j->p->ack, (long long)j->self->acked);
}

/* ---- when ---- */

/* The receiver says so; or it must, by PAWS. */
static bool was_dropped(const struct judge *j)
{
	const struct capture_packet *packet = j->view->packet;

	if (packet->has_note && packet->note.verdict >= VERDICT_REASON)
		return true;
	return j->tcp->opt.has_timestamp &&
	       (int32_t)(j->tcp->opt.ts_val - j->own->ts_most) < 0;
}

/* The peer's data arrives here: it is owed an ACK. */
static void take_arrival(struct judge *j)
{
	struct check_side *to = j->other;
	unsigned receiver = !j->p->from;

	if (!j->p->length || j->tcp->flags & (TCP_RST | TCP_SYN))
		return;
	to->arrivals[to->arrived++ % CHECK_ARRIVALS] = (struct check_arrival){
		.left = j->p->seq,
		.right = j->p->end,
		.time = j->now,
		.kept = !was_dropped(j) && j->p->end <= j->peer->edge,
	};
	if (j->p->meaning & (CONN_RETRANSMISSION | CONN_COPY) ||
	    was_dropped(j) || !j->peer->window_known ||
	    j->peer->duplicate_acks || j->peer->sacked > j->peer->acked ||
	    j->p->end > j->peer->edge || !check_is_near(j, receiver)) {
		to->owed_packet = to->disorder_packet = 0;
		return;
	}
	if (j->p->meaning & CONN_GAP) {
		to->owed_packet = 0;
		to->disorder_packet = j->view->packet->number;
		to->disorder_since = j->now;
	} else if (!to->owed_packet && !to->disorder_packet) {
		to->owed_packet = j->view->packet->number;
		to->owed_since = j->now;
		to->owed_end = j->p->end;
	}
}

static void check_delay(struct judge *j)
{
	struct check_side *own = j->own;
	nsec_t delay = j->now - own->owed_since;

	if (own->owed_packet && j->p->has_ack && j->p->ack >= own->owed_end) {
		if (delay > DELAY_MOST + DELAY_SLACK && own->consecutive)
			CHECK_REPORT(j, CHECK_ACK_DELAY, own->owed_packet,
				     "acknowledges after %lld ms",
				     (long long)(delay / NSEC_PER_MSEC));
		own->owed_packet = 0;
	}
	if (own->disorder_packet && j->p->has_ack) {
		delay = j->now - own->disorder_since;
		if (delay > AT_ONCE)
			CHECK_REPORT(j, CHECK_ACK_DISORDER,
				     own->disorder_packet,
				     "out-of-order data waited %lld ms for its "
				     "ACK",
				     (long long)(delay / NSEC_PER_MSEC));
		own->disorder_packet = 0;
	}
}

/* Where a hole was filled one ACK speaks of many segments. */
static void check_stretch(struct judge *j)
{
	uint32_t full = j->other->full;
	bool repaired = j->own->disordered;

	if (j->p->meaning & CONN_DUPLICATE_ACK)
		j->own->disordered = true;
	if (!(j->p->meaning & CONN_ADVANCES_ACK))
		return;
	j->own->disordered = j->p->sack_count > 0;
	if (!full || j->p->length || check_is_incomplete(j) || j->p->rtt < 0 ||
	    repaired)
		return;
	if (j->p->newly_acked > 2 * (int64_t)full &&
	    check_is_near(j, j->p->from))
		CHECK_REPORT(j, CHECK_ACK_STRETCH, 0,
			     "acknowledges %lld bytes at once, a full segment "
			     "has %u",
			     (long long)j->p->newly_acked, full);
}

void check_acks(struct judge *j)
{
	if (!(j->p->meaning & CONN_COPY)) {
		check_unsent(j);
		check_backwards(j);
		check_delay(j);
		check_stretch(j);
	}
	take_arrival(j);
}

/* ---- SACK ---- */

static bool is_dsack(const struct conn_packet *p)
{
	if (p->sack[0].right <= p->ack)
		return true;
	return p->sack_count > 1 && p->sack[0].left >= p->sack[1].left &&
	       p->sack[0].right <= p->sack[1].right;
}

static void check_blocks(struct judge *j)
{
	const struct conn_packet *p = j->p;

	for (int i = 0; i < p->sack_count; i++) {
		int64_t left = p->sack[i].left, right = p->sack[i].right;

		if (left >= right)
			CHECK_REPORT(j, CHECK_SACK_RANGE, 0,
				     "SACK block %lld to %lld is empty",
				     (long long)left, (long long)right);
		else if (i > 0 && left < p->ack)
			CHECK_REPORT(j, CHECK_SACK_RANGE, 0,
				     "SACK block %d, %lld to %lld, lies below "
				     "the ACK %lld",
				     i + 1, (long long)left, (long long)right,
				     (long long)p->ack);
		else if (right > j->peer->next)
			suspect(j, right, true);
	}
}

/* An ACK may have waited in a queue while more arrived: the block is right if
 * it has something of the last arrivals, or of the one before them. */
static bool has_latest(const struct judge *j, int64_t left, int64_t right)
{
	const struct check_side *own = j->own;

	for (unsigned i = 1; i <= CHECK_ARRIVALS && i <= own->arrived; i++) {
		const struct check_arrival *a =
			&own->arrivals[(own->arrived - i) % CHECK_ARRIVALS];

		if (!a->kept || a->left <= j->p->ack ||
		    (a->left < right && a->right > left))
			return true;
		if (j->now - a->time > IN_QUEUE)
			return false;
	}
	return true; /* so many at once that the right one is not known */
}

static void check_first(struct judge *j)
{
	const struct conn_packet *p = j->p;
	const struct check_side *own = j->own;
	int64_t left = p->sack[0].left, right = p->sack[0].right;

	if (p->meaning & CONN_ADVANCES_ACK || is_dsack(p) || !own->arrived ||
	    check_is_incomplete(j) || !check_is_near(j, p->from) ||
	    j->now - own->missed < IN_QUEUE || has_latest(j, left, right))
		return;
	check_doubt(j, 0, CHECK_SACK_FIRST, j->peer->last_packet,
		    "its first SACK block is %lld to %lld, the latest segment "
		    "began at %lld",
		    (long long)left, (long long)right,
		    (long long)own
			    ->arrivals[(own->arrived - 1) % CHECK_ARRIVALS]
			    .left);
}

void check_sack(struct judge *j)
{
	if (!j->p->sack_count || j->tcp->flags & TCP_RST)
		return;
	if (j->peer->seen_syn && !j->peer->sack_permitted) {
		CHECK_REPORT(j, CHECK_SACK_UNASKED, 0,
			     "has SACK blocks, and the other side has not "
			     "permitted them");
		return;
	}
	check_blocks(j);
	check_first(j);
}
