// SPDX-License-Identifier: MIT
/*
 * CUBIC's congestion avoidance (RFC 9438): after a loss the window follows
 *
 *	W(t) = C (t - K)^3 + W_max,    C = 0.4 segments/s^3
 *
 * first up to the window of the last loss, flat around it, then beyond; never
 * slower than Reno would (W_est). Time is in milliseconds and the cube in
 * thousandths of a segment, so that all is 64-bit integer arithmetic.
 */
#include "net/tcp/congestion.h"

#define MS_MAX 100000 /* 100 s from the plateau: (t-K)^3 fits */

static void init(struct congestion *cc)
{
	cc->cubic = (struct cubic_state){ 0 };
}

/* The integer cube root, by halving the interval: 22 steps at most. */
static uint32_t cube_root(uint64_t x)
{
	uint64_t low = 0, high = 2642245; /* cbrt(2^64) */

	while (low < high) {
		uint64_t mid = (low + high + 1) / 2;

		if (mid * mid * mid <= x)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* beta = 0.7, and fast convergence (RFC 9438 4.6, 4.7). */
static uint32_t reduce(struct congestion *cc)
{
	struct cubic_state *c = &cc->cubic;
	uint32_t after = (uint64_t)cc->cwnd * 7 / 10;

	if (cc->cwnd < c->w_max)
		c->w_max = (uint64_t)cc->cwnd * 17 / 20;
	else
		c->w_max = cc->cwnd;
	c->epoch = 0;
	return after > 2 * cc->mss ? after : 2 * cc->mss;
}

static void start_epoch(struct congestion *cc, nsec_t now)
{
	struct cubic_state *c = &cc->cubic;

	c->epoch = now ? now : 1;
	c->w_est = cc->cwnd;
	c->est_acked = 0;
	if (cc->cwnd < c->w_max) {
		uint64_t gap = c->w_max - cc->cwnd;

		/* K = cbrt(gap / (C mss)) seconds, here in milliseconds. */
		c->k_ms = cube_root(gap * 2500000000ull / cc->mss);
		c->origin = c->w_max;
	} else {
		c->k_ms = 0;
		c->origin = cc->cwnd;
	}
}

/* W(t), for t milliseconds after the epoch. */
static uint32_t curve(const struct congestion *cc, uint64_t t)
{
	const struct cubic_state *c = &cc->cubic;
	bool before = t < c->k_ms;
	uint64_t d = before ? c->k_ms - t : t - c->k_ms;
	uint64_t offset;

	if (d > MS_MAX)
		d = MS_MAX;
	offset = d * d * d / 2500000 * cc->mss / 1000;
	if (before)
		return offset < c->origin ? c->origin - offset : cc->mss;
	return offset < 0x3fffffff - c->origin ? c->origin + offset :
						 0x3fffffff;
}

/*
 * Reno's window with alpha = 3 (1 - beta) / (1 + beta) = 9/17 (RFC 9438 4.3),
 * and 1 once it has reached the window of the last loss.
 */
static void grow_estimate(struct congestion *cc, uint32_t acked)
{
	struct cubic_state *c = &cc->cubic;
	uint64_t step = c->w_est;

	if (c->w_est < c->w_max)
		step = step * 17 / 9;
	c->est_acked += acked;
	while (c->est_acked >= step) {
		c->est_acked -= step;
		c->w_est += cc->mss;
	}
}

static void avoid(struct congestion *cc, uint32_t acked, nsec_t srtt,
		  nsec_t now)
{
	struct cubic_state *c = &cc->cubic;
	uint32_t target;

	if (c->epoch == 0)
		start_epoch(cc, now);
	grow_estimate(cc, acked);
	target = curve(cc, (now + srtt - c->epoch) / NSEC_PER_MSEC);
	/* RFC 9438 4.4: at most half as much again in a round trip. */
	if (target > cc->cwnd + cc->cwnd / 2)
		target = cc->cwnd + cc->cwnd / 2;
	if (target < c->w_est)
		target = c->w_est;
	if (target <= cc->cwnd)
		return;
	/* (target - cwnd) more per window of acknowledged data. */
	cc->acked += (uint64_t)(target - cc->cwnd) * acked / cc->cwnd;
	if (cc->acked >= cc->mss) {
		cc->cwnd += cc->acked / cc->mss * cc->mss;
		cc->acked %= cc->mss;
	}
}

const struct congestion_ops congestion_cubic = {
	.name = "cubic",
	.init = init,
	.reduce = reduce,
	.avoid = avoid,
};
