// SPDX-License-Identifier: MIT
/*
 * Congestion control: the part common to all algorithms; see congestion.h.
 *
 * Slow start and the reaction to a timeout are RFC 5681, the window during
 * recovery is RFC 6937 with its slow-start reduction bound, the initial window
 * is RFC 6928, the decay after idle is Linux's form of RFC 2861/7661.
 */
#include "net/tcp/congestion.h"

#include "lib/string.h"

#define SSTHRESH_INFINITE 0x7fffffff
#define CWND_MAX 0x3fffffff /* keeps sums of two windows in 32 bits */

const struct congestion_ops *congestion_find(const char *name)
{
	static const struct congestion_ops *const all[] = {
		&congestion_cubic,
		&congestion_reno,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

uint32_t congestion_initial_window(uint32_t mss)
{
	uint32_t ten = 10 * mss;
	uint32_t bound = 14600 > 2 * mss ? 14600 : 2 * mss;

	return ten < bound ? ten : bound;
}

void congestion_init(struct congestion *cc, const struct congestion_ops *ops,
		     uint32_t mss)
{
	*cc = (struct congestion){
		.ops = ops,
		.cwnd = congestion_initial_window(mss),
		.ssthresh = SSTHRESH_INFINITE,
		.mss = mss,
	};
	ops->init(cc);
}

void congestion_set_mss(struct congestion *cc, uint32_t mss)
{
	cc->mss = mss;
	if (cc->cwnd < mss)
		cc->cwnd = mss;
}

void congestion_switch(struct congestion *cc, const struct congestion_ops *ops)
{
	cc->ops = ops;
	cc->acked = 0;
	ops->init(cc);
}

void congestion_acked(struct congestion *cc, uint32_t acked, nsec_t srtt,
		      nsec_t now)
{
	/* A window that was not filled says nothing about the path. */
	if (!cc->cwnd_limited)
		return;
	if (congestion_slow_start(cc)) {
		uint32_t room = cc->ssthresh - cc->cwnd;
		uint32_t step = acked < room ? acked : room;

		cc->cwnd += step;
		acked -= step;
	}
	if (acked > 0 && !congestion_slow_start(cc))
		cc->ops->avoid(cc, acked, srtt, now);
	if (cc->cwnd > CWND_MAX)
		cc->cwnd = CWND_MAX;
}

static void remember(struct congestion *cc)
{
	cc->prior_cwnd = cc->cwnd;
	cc->prior_ssthresh = cc->ssthresh;
}

void congestion_enter_recovery(struct congestion *cc, uint32_t flight,
			       seq_t nxt)
{
	remember(cc);
	cc->ssthresh = cc->ops->reduce(cc);
	cc->phase = CC_RECOVERY;
	cc->recover = nxt;
	cc->recover_flight = flight > 0 ? flight : cc->mss;
	cc->prr_delivered = 0;
	cc->prr_out = 0;
	cc->acked = 0;
}

void congestion_prr(struct congestion *cc, uint32_t delivered, uint32_t pipe,
		    bool progress)
{
	int64_t share;

	cc->prr_delivered += delivered;
	if (pipe > cc->ssthresh) {
		/* Proportional: spread the reduction over one round trip. */
		share = ((uint64_t)cc->prr_delivered * cc->ssthresh +
			 cc->recover_flight - 1) /
			cc->recover_flight;
		share -= cc->prr_out;
	} else {
		/* Fell below the target: climb back, not faster than that. */
		int64_t room = cc->ssthresh - pipe;
		int64_t bound = (int64_t)cc->prr_delivered - cc->prr_out;

		if (bound < (int64_t)delivered)
			bound = delivered;
		if (progress)
			bound += cc->mss;
		share = room < bound ? room : bound;
	}
	/* The first retransmission always goes out (RFC 6937 3). */
	if (cc->prr_out == 0 && share < (int64_t)cc->mss)
		share = cc->mss;
	cc->cwnd = pipe + (share > 0 ? share : 0);
	if (cc->cwnd < cc->mss)
		cc->cwnd = cc->mss;
}

void congestion_sent(struct congestion *cc, uint32_t bytes)
{
	if (cc->phase == CC_RECOVERY)
		cc->prr_out += bytes;
}

void congestion_exit_recovery(struct congestion *cc)
{
	if (cc->phase == CC_RECOVERY)
		cc->cwnd = cc->ssthresh;
	cc->phase = CC_OPEN;
	cc->acked = 0;
}

void congestion_timeout(struct congestion *cc, uint32_t flight, seq_t nxt,
			bool first)
{
	(void)flight;
	/* RFC 5681 3.1 (4): repeated timeouts do not reduce ssthresh again. */
	if (first) {
		remember(cc);
		cc->ssthresh = cc->ops->reduce(cc);
	}
	cc->phase = CC_LOSS;
	cc->recover = nxt;
	cc->cwnd = cc->mss;
	cc->acked = 0;
	cc->cwnd_limited = true;
}

void congestion_undo(struct congestion *cc)
{
	if (cc->cwnd < cc->prior_cwnd)
		cc->cwnd = cc->prior_cwnd;
	if (cc->ssthresh < cc->prior_ssthresh)
		cc->ssthresh = cc->prior_ssthresh;
	cc->phase = CC_OPEN;
}

void congestion_idle(struct congestion *cc, nsec_t idle, nsec_t rto)
{
	uint32_t restart = congestion_initial_window(cc->mss);
	uint32_t keep = cc->cwnd - cc->cwnd / 4;

	if (restart > cc->cwnd)
		restart = cc->cwnd;
	if (cc->phase == CC_OPEN && cc->ssthresh < keep)
		cc->ssthresh = keep;
	while (idle > rto && cc->cwnd > restart) {
		cc->cwnd /= 2;
		idle -= rto;
	}
	if (cc->cwnd < restart)
		cc->cwnd = restart;
	cc->cwnd_limited = false;
	cc->cubic.epoch = 0;
}
