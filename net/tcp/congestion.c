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

static const struct congestion_ops *const all[] = {
	&congestion_cubic,
	&congestion_reno,
};

const struct congestion_ops *congestion_at(size_t n)
{
	return n < ARRAY_LEN(all) ? all[n] : NULL;
}

const struct congestion_ops *congestion_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

uint32_t congestion_initial_window(uint32_t mss)
{
	uint32_t bound = MAX(14600u, 2 * mss);

	return MIN(10u, bound / mss);
}

uint32_t congestion_initial(const struct congestion *cc)
{
	uint32_t first = cc->initial ? cc->initial :
				       congestion_initial_window(cc->mss);

	return cc->most ? MIN(first, cc->most) : first;
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
}

void congestion_switch(struct congestion *cc, const struct congestion_ops *ops)
{
	cc->ops = ops;
	ops->init(cc);
}

/* ---- Growth ---- */

uint32_t congestion_double(struct congestion *cc, uint32_t acked)
{
	uint32_t room = cc->ssthresh - cc->cwnd;
	uint32_t step = MIN(acked, room);

	cc->cwnd += step;
	return acked - step;
}

void congestion_avoid(struct congestion *cc, uint32_t window, uint32_t acked)
{
	/* What was gathered while the window was larger counts once. */
	if (cc->acked >= window) {
		cc->acked = 0;
		cc->cwnd++;
	}
	cc->acked += acked;
	if (cc->acked >= window) {
		uint32_t steps = cc->acked / window;

		cc->acked -= steps * window;
		cc->cwnd += steps;
	}
}

/* A window that was not filled says nothing about the path. */
static bool in_use(const struct congestion *cc)
{
	if (cc->limited)
		return true;
	return congestion_slow_start(cc) && cc->cwnd < 2 * cc->most_packets;
}

void congestion_acked(struct congestion *cc, const struct congestion_ack *ack)
{
	if (!in_use(cc))
		return;
	cc->ops->grow(cc, ack);
	cc->cwnd = MIN(cc->cwnd, cc->most ? cc->most : CWND_MAX);
}

/* ---- Use ---- */

/* The application does not fill it: move towards what it does use. */
static void shrink_to_use(struct congestion *cc, nsec_t now)
{
	uint32_t used = MAX(cc->used, congestion_initial(cc));

	if (cc->phase == CC_OPEN && used < cc->cwnd) {
		cc->ssthresh = congestion_current_ssthresh(cc);
		cc->cwnd = (cc->cwnd + used) / 2;
	}
	cc->used = 0;
	cc->used_at = now;
}

void congestion_validate(struct congestion *cc, bool limited, uint32_t packets,
			 seq_t una, seq_t nxt, nsec_t now, nsec_t rto)
{
	/* The most of a round trip counts, and that it was limited once. */
	if (seq_geq(una, cc->usage_end) || limited ||
	    (!cc->limited && packets > cc->most_packets)) {
		cc->limited = limited;
		cc->most_packets = packets;
		cc->usage_end = nxt;
	}
	if (in_use(cc)) {
		cc->used = 0;
		cc->used_at = now;
		return;
	}
	cc->used = MAX(cc->used, packets);
	if (rto && now - cc->used_at >= rto)
		shrink_to_use(cc, now);
}

uint32_t congestion_current_ssthresh(const struct congestion *cc)
{
	uint32_t keep = cc->cwnd / 2 + cc->cwnd / 4;

	return congestion_reducing(cc) ? cc->ssthresh : MAX(cc->ssthresh, keep);
}

void congestion_idle(struct congestion *cc, nsec_t idle, nsec_t rto, nsec_t now)
{
	uint32_t restart = MIN(congestion_initial(cc), cc->cwnd);

	cc->ssthresh = congestion_current_ssthresh(cc);
	while ((idle -= rto) > 0 && cc->cwnd > restart)
		cc->cwnd /= 2;
	cc->cwnd = MAX(cc->cwnd, restart);
	cc->used = 0;
	cc->used_at = now;
}

/* ---- Reduction ---- */

void congestion_begin_reduction(struct congestion *cc, seq_t nxt)
{
	cc->recover = nxt;
	cc->acked = 0;
	cc->prior_cwnd = cc->cwnd;
	cc->prr_delivered = 0;
	cc->prr_out = 0;
	cc->ssthresh = cc->ops->reduce(cc);
}

void congestion_prr(struct congestion *cc, uint32_t delivered, uint32_t pipe,
		    bool progress)
{
	int64_t share, room = (int64_t)cc->ssthresh - pipe;

	if (delivered == 0 || cc->prior_cwnd == 0)
		return;
	cc->prr_delivered += delivered;
	if (room < 0) {
		/* Proportional: spread the reduction over one round trip. */
		share = ((uint64_t)cc->prr_delivered * cc->ssthresh +
			 cc->prior_cwnd - 1) /
			cc->prior_cwnd;
		share -= cc->prr_out;
	} else {
		/* Fell below the target: climb back, not faster than that. */
		share = (int64_t)cc->prr_delivered - cc->prr_out;
		share = MAX(share, (int64_t)delivered);
		share = MIN(share + progress, room);
	}
	/* The first retransmission always goes out (RFC 6937 3). */
	share = MAX(share, (int64_t)(cc->prr_out == 0));
	cc->cwnd = MAX(pipe + (uint32_t)share, 1u);
}

void congestion_sent(struct congestion *cc, uint32_t packets)
{
	if (congestion_reducing(cc))
		cc->prr_out += packets;
}

void congestion_end_reduction(struct congestion *cc, nsec_t now)
{
	cc->cwnd = cc->ssthresh;
	cc->used_at = now;
}

void congestion_timeout(struct congestion *cc, uint32_t pipe, seq_t nxt,
			bool first, nsec_t now)
{
	/* RFC 5681 3.1 (4): repeated timeouts do not reduce ssthresh again. */
	if (first) {
		cc->prior_ssthresh = congestion_current_ssthresh(cc);
		cc->prior_cwnd = cc->cwnd;
		cc->ssthresh = cc->ops->reduce(cc);
	}
	if (cc->ops->timeout)
		cc->ops->timeout(cc);
	cc->phase = CC_LOSS;
	cc->recover = nxt;
	cc->cwnd = pipe + 1;
	cc->acked = 0;
	cc->used_at = now;
}

bool congestion_undo(struct congestion *cc, nsec_t now)
{
	bool back = false;

	if (cc->prior_ssthresh) {
		cc->cwnd = MAX(cc->cwnd, cc->prior_cwnd);
		if (cc->prior_ssthresh > cc->ssthresh) {
			cc->ssthresh = cc->prior_ssthresh;
			back = true;
		}
	}
	cc->used_at = now;
	return back;
}
