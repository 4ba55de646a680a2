// SPDX-License-Identifier: MIT
/*
 * Reno's growth (RFC 5681 3.1): slow start, then one packet more per window of
 * acknowledged packets; half the window after a loss. NewReno's part - staying
 * in recovery until everything sent before the loss is acknowledged - belongs
 * to every algorithm and is in recovery.c.
 */
#include "net/tcp/congestion.h"

static void init(struct congestion *cc)
{
	(void)cc;
}

static uint32_t reduce(struct congestion *cc)
{
	return MAX(cc->cwnd / 2, 2u);
}

static void grow(struct congestion *cc, const struct congestion_ack *ack)
{
	uint32_t acked = ack->acked;

	if (congestion_slow_start(cc))
		acked = congestion_double(cc, acked);
	if (acked > 0)
		congestion_avoid(cc, cc->cwnd, acked);
}

const struct congestion_ops congestion_reno = {
	.name = "reno",
	.init = init,
	.reduce = reduce,
	.grow = grow,
};
