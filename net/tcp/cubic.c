// SPDX-License-Identifier: MIT
/*
 * CUBIC (RFC 9438): after a loss the window follows
 *
 *	W(t) = C (t - K)^3 + W_max,    C = 0.4 packets/s^3
 *
 * first up to the window of the last loss, flat around it, then beyond; never
 * slower than Reno would (W_est, with alpha = 3 (1 - beta) / (1 + beta) until
 * the window of the last loss is reached, 1 from there on). beta is 717/1024.
 *
 * The arithmetic is Linux's: time in 1/1024 s, C as 410 / 2^10 / 1000 of that
 * scale, and the slope as `cnt`, the number of acknowledged packets that makes
 * the window one packet larger, computed anew at most every 31 ms while the
 * window stands still. Slow start ends by HyStart++ (hystart.c).
 */
#include "net/tcp/congestion.h"

#define BETA 717 /* of 1024 */
#define BETA_SCALE 15 /* 8 / alpha */
#define CUBE_SCALE 410 /* C in 2^-10, times ten */
#define TIME_MAX (1u << 20) /* (t - K)^3 * 410 fits 64 bits */
#define STILL (NSEC_PER_SEC / 32)

static void init(struct congestion *cc)
{
	cc->cubic = (struct cubic_state){ 0 };
	cc->hystart = (struct hystart){ 0 };
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

/* With fast convergence (RFC 9438 4.6, 4.7). */
static uint32_t reduce(struct congestion *cc)
{
	struct cubic_state *c = &cc->cubic;

	c->epoch = 0;
	c->prior = cc->cwnd;
	if (cc->cwnd < c->last_max)
		c->last_max = (uint64_t)cc->cwnd * (1024 + BETA) / 2048;
	else
		c->last_max = cc->cwnd;
	return MAX((uint32_t)((uint64_t)cc->cwnd * BETA / 1024), 2u);
}

static void start_epoch(struct congestion *cc, uint32_t acked, nsec_t now)
{
	struct cubic_state *c = &cc->cubic;

	c->epoch = now ? now : 1;
	c->ack_cnt = acked;
	c->reno = cc->cwnd;
	if (c->last_max <= cc->cwnd) {
		c->k = 0;
		c->origin = cc->cwnd;
	} else {
		c->k = cube_root((UINT64_C(1) << 40) / CUBE_SCALE *
				 (c->last_max - cc->cwnd));
		c->origin = c->last_max;
	}
}

/* W(t), a round trip from now. */
static uint32_t curve(const struct cubic_state *c, nsec_t now)
{
	uint64_t t =
		(now - c->epoch + c->delay_min) / NSEC_PER_MSEC * 1024 / 1000;
	bool before = t < c->k;
	uint64_t d = before ? c->k - t : t - c->k;
	uint64_t offset;

	d = MIN(d, (uint64_t)TIME_MAX);
	offset = (d * d * d >> 10) * CUBE_SCALE >> 30;
	if (before)
		return offset < c->origin ? c->origin - offset : 0;
	return MIN(c->origin + offset, (uint64_t)CWND_MAX);
}

/* RFC 9438 4.3: never slower than Reno with the same beta. */
static void keep_up_with_reno(struct congestion *cc)
{
	struct cubic_state *c = &cc->cubic;
	uint32_t step = (uint64_t)cc->cwnd * BETA_SCALE / 8;

	if (c->reno >= c->prior)
		step = cc->cwnd;
	step = MAX(step, 1u);
	if (c->ack_cnt >= step) {
		c->reno += c->ack_cnt / step;
		c->ack_cnt %= step;
	}
	if (c->reno > cc->cwnd)
		c->cnt = MIN(c->cnt, cc->cwnd / (c->reno - cc->cwnd));
}

static void set_slope(struct congestion *cc, nsec_t now)
{
	struct cubic_state *c = &cc->cubic;
	uint32_t target = curve(c, now);

	if (target > cc->cwnd)
		c->cnt = cc->cwnd / (target - cc->cwnd);
	else
		c->cnt = 100 * cc->cwnd;
	/* No loss seen yet: at least a twentieth in a round trip. */
	if (c->last_max == 0 && c->cnt > 20)
		c->cnt = 20;
}

static void update(struct congestion *cc, uint32_t acked, nsec_t now)
{
	struct cubic_state *c = &cc->cubic;

	c->ack_cnt += acked;
	if (c->epoch && c->last_cwnd == cc->cwnd && now - c->last_at <= STILL)
		return;
	c->last_cwnd = cc->cwnd;
	c->last_at = now;
	if (c->epoch == 0)
		start_epoch(cc, acked, now);
	set_slope(cc, now);
	keep_up_with_reno(cc);
	/* RFC 9438 4.4: at most half as much again in a round trip. */
	c->cnt = MAX(c->cnt, 2u);
}

static void grow(struct congestion *cc, const struct congestion_ack *ack)
{
	uint32_t acked = ack->acked;

	if (congestion_slow_start(cc)) {
		acked = congestion_double(cc, hystart_share(cc, acked));
		if (congestion_slow_start(cc))
			return;
	}
	if (acked == 0)
		return;
	update(cc, acked, ack->now);
	congestion_avoid(cc, cc->cubic.cnt, acked);
}

static void measure(struct congestion *cc, const struct congestion_ack *ack)
{
	struct cubic_state *c = &cc->cubic;

	if (ack->rtt && (c->delay_min == 0 || ack->rtt < c->delay_min))
		c->delay_min = ack->rtt;
	hystart_measure(cc, ack);
}

static void timeout(struct congestion *cc)
{
	init(cc);
	cc->hystart.done = true;
}

/* A pause of the application is no time on the curve (RFC 9438 5.8). */
static void resume(struct congestion *cc, nsec_t idle, nsec_t now)
{
	struct cubic_state *c = &cc->cubic;

	if (c->epoch)
		c->epoch = MIN(c->epoch + idle, now);
}

const struct congestion_ops congestion_cubic = {
	.name = "cubic",
	.init = init,
	.reduce = reduce,
	.grow = grow,
	.measure = measure,
	.timeout = timeout,
	.resume = resume,
};
