// SPDX-License-Identifier: MIT
/*
 * Reno's congestion avoidance (RFC 5681 3.1): one segment more per window of
 * acknowledged data, half the window after a loss. NewReno's part - staying in
 * recovery until everything sent before the loss is acknowledged - belongs to
 * every algorithm and is in congestion.c.
 */
#include "net/tcp/congestion.h"

static void init(struct congestion *cc)
{
	cc->acked = 0;
}

static uint32_t reduce(struct congestion *cc)
{
	uint32_t half = cc->cwnd / 2;

	return half > 2 * cc->mss ? half : 2 * cc->mss;
}

static void avoid(struct congestion *cc, uint32_t acked, nsec_t srtt,
		  nsec_t now)
{
	(void)srtt;
	(void)now;
	cc->acked += acked;
	while (cc->acked >= cc->cwnd) {
		cc->acked -= cc->cwnd;
		cc->cwnd += cc->mss;
	}
}

const struct congestion_ops congestion_reno = {
	.name = "reno",
	.init = init,
	.reduce = reduce,
	.avoid = avoid,
};
