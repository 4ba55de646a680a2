// SPDX-License-Identifier: MIT
/*
 * How windows grow, against the formulas of RFC 9438 and RFC 9406 in floating
 * point: CUBIC's curve below and above the old window, its Reno-friendly
 * region, a pause, and when HyStart++ leaves slow start.
 */
#include "tests/unit/test.h"

#include "net/tcp/congestion.h"

#define MSS 1000
#define MS NSEC_PER_MSEC

struct flow {
	struct congestion cc;
	nsec_t now, rtt;
	double reno; /* W_est of RFC 9438 4.3 */
	double prior; /* cwnd before the reduction */
};

static struct flow flow_new(uint32_t cwnd, nsec_t rtt)
{
	struct flow f = { .now = NSEC_PER_SEC, .rtt = rtt };

	congestion_init(&f.cc, congestion_find("cubic"), MSS);
	f.cc.limited = true;
	f.cc.cwnd = cwnd;
	f.prior = cwnd;
	congestion_begin_reduction(&f.cc, 5000);
	congestion_end_reduction(&f.cc, f.now);
	f.reno = f.cc.cwnd;
	return f;
}

static void one_ack(struct flow *f)
{
	struct congestion_ack ack = {
		.acked = 1, .rtt = f->rtt, .srtt = f->rtt, .now = f->now
	};
	double alpha = f->reno < f->prior ? 3 * (1 - 0.7) / (1 + 0.7) : 1;

	f->reno += alpha / f->cc.cwnd;
	f->cc.ops->measure(&f->cc, &ack);
	congestion_acked(&f->cc, &ack);
}

static void round_trip(struct flow *f)
{
	uint32_t window = f->cc.cwnd;
	nsec_t start = f->now;

	for (uint32_t i = 0; i < window; i++) {
		f->now = start + f->rtt * i / window;
		one_ack(f);
	}
	f->now = start + f->rtt;
}

static double cube(double x)
{
	return x * x * x;
}

static double cube_root(double x)
{
	double low = 0, high = x + 1;

	for (int i = 0; i < 100; i++) {
		double mid = (low + high) / 2;

		*(cube(mid) < x ? &low : &high) = mid;
	}
	return low;
}

/* RFC 9438 4.2: W(t) = C (t - K)^3 + W_max, K = cbrt(W_max (1 - beta) / C). */
static double curve(double max, double t)
{
	double k = cube_root(max * (1 - 0.7) / 0.4);

	return 0.4 * cube(t - k) + max;
}

/* rfc9438 4.2; rfc9438 4.4; rfc9438 4.5 */
TEST(cubic_follows_the_curve_of_the_rfc)
{
	static const uint32_t windows[] = { 400, 1000, 4000 };

	for (size_t w = 0; w < ARRAY_LEN(windows); w++) {
		struct flow f = flow_new(windows[w], 100 * MS);
		double max = windows[w], k = cube_root(max * 0.3 / 0.4);
		double concave = 1e9, convex = 0, last = f.cc.cwnd;

		for (double t = 0.1; t < 2 * k; t += 0.1) {
			double low, high, step;

			round_trip(&f);
			/* The window aims at where the curve will be a round
			 * trip on. */
			low = curve(max, t) - 2 - max / 100;
			high = curve(max, t + 0.1) + 2 + max / 100;
			CHECK(f.cc.cwnd >= low && f.cc.cwnd <= high);
			step = f.cc.cwnd - last;
			last = f.cc.cwnd;
			if (t > 1 && t < k / 2)
				concave = MIN(concave, step);
			if (t > k * 1.5)
				convex = MAX(convex, step);
			if (t > k * 0.9 && t < k * 1.1)
				CHECK(step <= concave);
		}
		CHECK(concave > 0 && convex > 0);
		CHECK(f.cc.cwnd > max * 1.2);
	}
}

/* rfc9438 4.3 */
TEST(cubic_follows_w_est_where_reno_is_faster)
{
	struct flow f = flow_new(20, 20 * MS);

	for (int i = 0; i < 200; i++) {
		round_trip(&f);

		/* Linux's slope lags some round trips behind it. */
		CHECK(f.cc.cwnd >= f.reno - 5 && f.cc.cwnd <= f.reno + 2);
	}
	CHECK(f.cc.cwnd > 100);
}

/* rfc9438 5.8 */
TEST(cubic_does_not_count_a_pause)
{
	struct flow f = flow_new(1000, 100 * MS);
	struct flow g = flow_new(1000, 100 * MS);

	for (int i = 0; i < 20; i++) {
		round_trip(&f);
		round_trip(&g);
	}
	g.now += 60 * NSEC_PER_SEC;
	g.cc.ops->resume(&g.cc, 60 * NSEC_PER_SEC, g.now);
	for (int i = 0; i < 20; i++) {
		round_trip(&f);
		round_trip(&g);
	}
	CHECK(g.cc.cwnd + 5 >= f.cc.cwnd && g.cc.cwnd <= f.cc.cwnd + 5);
}

/* ---- RFC 9406 ---- */

/* A round of `n` packets whose RTTs are all the same. */
static void hystart_round(struct congestion *cc, seq_t *una, uint32_t n,
			  nsec_t rtt)
{
	seq_t end = *una + n;

	for (uint32_t i = 0; i < n; i++) {
		struct congestion_ack ack = { .acked = 1,
					      .rtt = rtt,
					      .srtt = rtt,
					      .now = NSEC_PER_SEC,
					      .una = ++*una,
					      .nxt = end };

		cc->ops->measure(cc, &ack);
		congestion_acked(cc, &ack);
	}
}

static bool slows_down(uint32_t samples, nsec_t before, nsec_t after)
{
	struct congestion cc;
	seq_t una = 1;

	congestion_init(&cc, congestion_find("cubic"), MSS);
	cc.limited = true;
	hystart_round(&cc, &una, 20, before);
	hystart_round(&cc, &una, 20, before);
	hystart_round(&cc, &una, samples, after);
	return cc.hystart.in_css;
}

/* rfc9406 4.2 */
TEST(hystart_needs_eight_samples_and_its_threshold)
{
	CHECK(slows_down(8, 64 * MS, 72 * MS));
	CHECK(!slows_down(7, 64 * MS, 72 * MS));
	/* An eighth ... */
	CHECK(!slows_down(20, 64 * MS, 72 * MS - 1));
	/* ... at least 4 ms ... */
	CHECK(!slows_down(20, 8 * MS, 12 * MS - 1));
	CHECK(slows_down(20, 8 * MS, 12 * MS));
	/* ... at most 16. */
	CHECK(!slows_down(20, 400 * MS, 416 * MS - 1));
	CHECK(slows_down(20, 400 * MS, 416 * MS));
}

/* rfc9406 4.3 */
TEST(hystart_is_for_the_first_slow_start)
{
	struct congestion cc;
	seq_t una = 1;

	congestion_init(&cc, congestion_find("cubic"), MSS);
	cc.limited = true;
	congestion_timeout(&cc, 0, 5000, true, 0);
	cc.phase = CC_OPEN;
	hystart_round(&cc, &una, 20, 40 * MS);
	hystart_round(&cc, &una, 20, 40 * MS);
	hystart_round(&cc, &una, 20, 80 * MS);
	CHECK(!cc.hystart.in_css);
}
