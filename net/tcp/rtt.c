// SPDX-License-Identifier: MIT
/*
 * Round-trip time and the retransmission timeout (RFC 6298); see rtt.h.
 *
 * Departures, all Linux's and all towards fewer spurious timeouts on today's
 * networks: the least timeout is 200 ms, and it bounds the variance term
 * instead of the sum, so a peer that delays its ACK by up to 200 ms is never
 * mistaken for a loss; the variance that counts is the worst of a round trip
 * and falls by a quarter of the difference once in a round trip; a round trip
 * shorter than expected raises the deviation only by an eighth.
 */
#include "net/tcp/rtt.h"

#define BACKOFF_MAX 16

void rtt_init(struct tcp_rtt *rtt)
{
	*rtt = (struct tcp_rtt){
		.rto = RTO_INITIAL,
		.rto_least = RTO_MIN,
		.rto_most = RTO_MAX,
	};
}

void rtt_note_min(struct tcp_rtt *rtt, nsec_t measured, nsec_t now,
		  nsec_t window)
{
	measured = MAX(measured, (nsec_t)1);
	if (rtt->min == 0 || measured <= rtt->min ||
	    now - rtt->min_at > window) {
		rtt->min = measured;
		rtt->min_at = now;
	}
}

/* RFC 6298 2.2. */
static void first_sample(struct tcp_rtt *rtt, nsec_t measured, seq_t nxt)
{
	rtt->srtt = measured;
	rtt->mdev = measured / 2;
	rtt->rttvar = MAX(4 * rtt->mdev, rtt->rto_least);
	rtt->mdev_max = rtt->rttvar;
	rtt->round_end = nxt;
}

/* RFC 6298 2.3, with gains of 1/8 and 1/4 (or 1/32 for a shorter trip). */
static void next_sample(struct tcp_rtt *rtt, nsec_t measured, seq_t una,
			seq_t nxt)
{
	nsec_t error = measured - rtt->srtt, excess;

	rtt->srtt += error / 8;
	excess = (error < 0 ? -error : error) - rtt->mdev;
	if (error < 0 && excess > 0)
		excess /= 8;
	rtt->mdev += excess / 4;
	if (4 * rtt->mdev > rtt->mdev_max) {
		rtt->mdev_max = 4 * rtt->mdev;
		rtt->rttvar = MAX(rtt->rttvar, rtt->mdev_max);
	}
	if (seq_gt(una, rtt->round_end)) {
		if (rtt->mdev_max < rtt->rttvar)
			rtt->rttvar -= (rtt->rttvar - rtt->mdev_max) / 4;
		rtt->round_end = nxt;
		rtt->mdev_max = rtt->rto_least;
	}
}

void rtt_sample(struct tcp_rtt *rtt, nsec_t measured, seq_t una, seq_t nxt)
{
	measured = MAX(measured, (nsec_t)1);
	if (rtt->srtt == 0)
		first_sample(rtt, measured, nxt);
	else
		next_sample(rtt, measured, una, nxt);
	rtt->srtt = MAX(rtt->srtt, (nsec_t)1);
	rtt->rto = MIN(rtt->srtt + rtt->rttvar, rtt->rto_most);
	rtt->latest = measured;
	rtt->backoff = 0;
}

nsec_t rtt_timeout(const struct tcp_rtt *rtt)
{
	return MIN(rtt->rto << rtt->backoff, rtt->rto_most);
}

void rtt_back_off(struct tcp_rtt *rtt)
{
	if (rtt->backoff < BACKOFF_MAX)
		rtt->backoff++;
}
