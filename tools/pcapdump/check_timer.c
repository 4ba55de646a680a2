// SPDX-License-Identifier: MIT
/*
 * The law of the retransmission timer (RFC 6298), as far as it shows: not
 * before a round trip has passed, and twice as long each time. What was sent
 * again because the receiver reported a loss is not the timer's work.
 */
#include "tools/pcapdump/check_private.h"

#define LEAST_DATA (190 * NSEC_PER_MSEC) /* Linux: 200 ms, less a tick */
#define LEAST_SYN (950 * NSEC_PER_MSEC)
/* In tenths: twice, less what a coarse timer wheel makes of it. */
#define LEAST_GROWTH 15
#define CAPPED (50 * NSEC_PER_SEC) /* the timer may have reached its most */

/* Duplicate ACKs or SACK blocks speak of a loss. */
static bool has_evidence(const struct judge *j)
{
	return j->peer->duplicate_acks || j->peer->sacked > j->peer->acked ||
	       (j->self->recovery == RETRANSMIT_FAST &&
		j->p->seq < j->self->recovery_end);
}

/* A SYN-ACK is sent again for every SYN that comes again. */
static bool is_answer(const struct judge *j)
{
	return j->tcp->flags & TCP_SYN && j->tcp->flags & TCP_ACK &&
	       j->peer->packets > 1;
}

/* Without a datagram number or a timestamp, a copy that the network made looks
 * like a repeat. */
static bool may_be_copy(const struct judge *j)
{
	return !j->view->packet->has_note && !j->view->frame->ip_id &&
	       !j->tcp->opt.has_timestamp;
}

static long long milliseconds(nsec_t t)
{
	return t / NSEC_PER_MSEC;
}

static void check_first_timeout(struct judge *j)
{
	nsec_t after = j->p->repeats_after;
	bool syn = j->p->kind == RETRANSMIT_HANDSHAKE;

	if (syn ? after < LEAST_SYN :
		  j->p->kind == RETRANSMIT_TIMEOUT && after < LEAST_DATA)
		CHECK_REPORT(j, CHECK_RTO_LEAST, j->p->repeats,
			     "sent again after %lld ms", milliseconds(after));
	/* A tail loss probe may come with what is left of the timer. */
	if (!syn && j->p->kind != RETRANSMIT_PROBE && j->own->rtt > 0 &&
	    after < j->own->rtt)
		check_doubt(j, 0, CHECK_RTO_EARLY, j->p->repeats,
			    "sent again after %lld us, with no sign of loss; "
			    "the shortest round trip took %lld us",
			    (long long)(after / NSEC_PER_USEC),
			    (long long)(j->own->rtt / NSEC_PER_USEC));
}

/* The gaps between the second and later timeouts of one segment. */
static void check_backoff(struct judge *j)
{
	struct check_side *own = j->own;
	nsec_t gap = j->p->repeats_after;

	if (own->timeouts && own->timeout_seq == j->p->seq) {
		own->timeouts++;
	} else {
		own->timeouts = 1;
		own->timeout_seq = j->p->seq;
	}
	if (own->timeouts > 2 && gap < own->timeout_gap / 10 * LEAST_GROWTH &&
	    gap < CAPPED)
		check_doubt(j, 1, CHECK_RTO_BACKOFF, j->p->repeats,
			    "timeout %u came after %lld ms, the one before "
			    "after %lld ms",
			    own->timeouts, milliseconds(gap),
			    milliseconds(own->timeout_gap));
	own->timeout_gap = gap;
}

/* After a timeout all that was in flight follows at once. */
static bool follows_timeout(struct judge *j)
{
	bool follows = j->p->seq < j->own->back_end;

	if (j->p->kind == RETRANSMIT_TIMEOUT)
		j->own->back_end = MAX(j->own->back_end, j->self->next);
	return follows;
}

void check_timers(struct judge *j)
{
	const struct conn_packet *p = j->p;
	bool follows;

	/* Something arrived: the series has ended. */
	if (p->meaning & CONN_ADVANCES_ACK)
		j->other->timeouts = 0;
	if (!(p->meaning & CONN_RETRANSMISSION))
		return;
	follows = follows_timeout(j);
	if (!p->repeats || p->kind == RETRANSMIT_SPURIOUS ||
	    p->kind == RETRANSMIT_FAST || has_evidence(j))
		return;
	if (!follows && !is_answer(j) && !may_be_copy(j))
		check_first_timeout(j);
	if (p->kind == RETRANSMIT_TIMEOUT &&
	    (j->own->timeouts ? p->seq == j->own->timeout_seq : !follows))
		check_backoff(j);
}
