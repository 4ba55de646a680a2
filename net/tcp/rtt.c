// SPDX-License-Identifier: MIT
/*
 * Round-trip time and the retransmission timeout (RFC 6298); see rtt.h.
 *
 * Two departures, both Linux's and both towards fewer spurious timeouts on
 * today's networks: the least timeout is 200 ms, and it bounds the variance
 * term instead of the sum, so a peer that delays its ACK by up to 200 ms is
 * never mistaken for a loss.
 */
#include "net/tcp/rtt.h"

/* RACK wants the least RTT of the recent past, not of a path long gone. */
#define MIN_RTT_LIFETIME (300 * NSEC_PER_SEC)

#define BACKOFF_MAX 16

void rtt_init(struct tcp_rtt *rtt)
{
	*rtt = (struct tcp_rtt){ .rto = RTO_INITIAL };
}

static void update_min(struct tcp_rtt *rtt, nsec_t measured, nsec_t now)
{
	if (rtt->min == 0 || measured <= rtt->min ||
	    now - rtt->min_at > MIN_RTT_LIFETIME) {
		rtt->min = measured;
		rtt->min_at = now;
	}
}

void rtt_sample(struct tcp_rtt *rtt, nsec_t measured, nsec_t now)
{
	nsec_t margin;

	if (measured == 0)
		measured = 1;
	if (rtt->srtt == 0) {
		rtt->srtt = measured; /* RFC 6298 2.2 */
		rtt->rttvar = measured / 2;
	} else { /* RFC 6298 2.3 */
		nsec_t error = rtt->srtt > measured ? rtt->srtt - measured :
						      measured - rtt->srtt;

		rtt->rttvar = (3 * rtt->rttvar + error) / 4;
		rtt->srtt = (7 * rtt->srtt + measured) / 8;
	}
	margin = 4 * rtt->rttvar;
	if (margin < RTO_MIN)
		margin = RTO_MIN;
	rtt->rto = rtt->srtt + margin;
	if (rtt->rto > RTO_MAX)
		rtt->rto = RTO_MAX;
	rtt->latest = measured;
	rtt->backoff = 0;
	update_min(rtt, measured, now);
}

nsec_t rtt_timeout(const struct tcp_rtt *rtt)
{
	nsec_t timeout = rtt->rto << rtt->backoff;

	return timeout > RTO_MAX ? RTO_MAX : timeout;
}

void rtt_back_off(struct tcp_rtt *rtt)
{
	if (rtt->backoff < BACKOFF_MAX)
		rtt->backoff++;
}
