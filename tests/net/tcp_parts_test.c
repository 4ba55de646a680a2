// SPDX-License-Identifier: MIT
/*
 * Rules of TCP's parts that need no connection: the RTT estimate, congestion
 * control, the flight (scoreboard) and RACK.
 */
#include "tests/unit/test.h"

#include "net/tcp/congestion.h"
#include "net/tcp/flight.h"
#include "net/tcp/rack.h"
#include "net/tcp/rtt.h"

#define MSS 1000
#define MS NSEC_PER_MSEC

/* ---- RFC 6298 ---- */

/* rfc6298 2.1 */
TEST(first_timeout_is_one_second)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	CHECK_EQ(rtt_timeout(&rtt), NSEC_PER_SEC);
}

/* rfc6298 2.2 */
TEST(first_sample_sets_srtt_and_half_variance)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	rtt_sample(&rtt, 400 * MS, 1, 1);
	CHECK_EQ(rtt.srtt, 400 * MS);
	CHECK_EQ(rtt.mdev, 200 * MS);
	CHECK_EQ(rtt_timeout(&rtt), 1200 * MS);
}

/* rfc6298 2.3 */
TEST(later_samples_are_smoothed_by_an_eighth)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	rtt_sample(&rtt, 400 * MS, 1, 1);
	rtt_sample(&rtt, 480 * MS, 1, 1);
	CHECK_EQ(rtt.srtt, 410 * MS);
	CHECK_EQ(rtt.mdev, 170 * MS);
}

/* rfc6298 2.3 */
TEST(variance_falls_once_in_a_round_trip)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	rtt_sample(&rtt, 400 * MS, 1, 1000);
	for (int i = 0; i < 20; i++)
		rtt_sample(&rtt, 400 * MS, 500, 1000);
	CHECK_EQ(rtt.rttvar, 800 * MS);
	rtt_sample(&rtt, 400 * MS, 1001, 2000);
	CHECK(rtt.rttvar <= 800 * MS);
	rtt_sample(&rtt, 400 * MS, 2001, 3000);
	CHECK(rtt.rttvar < 700 * MS);
}

TEST(timeout_leaves_200_ms_for_a_delayed_ack)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	for (seq_t i = 0; i < 100; i++)
		rtt_sample(&rtt, 10 * MS, 2 * i, 2 * i + 1);
	CHECK_EQ(rtt_timeout(&rtt), 210 * MS);
}

/* rfc6298 2.5; rfc6298 5 */
TEST(backoff_doubles_up_to_two_minutes_and_a_sample_ends_it)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	for (int i = 1; i <= 6; i++) {
		rtt_back_off(&rtt);
		CHECK_EQ(rtt_timeout(&rtt), NSEC_PER_SEC << i);
	}
	for (int i = 0; i < 300; i++)
		rtt_back_off(&rtt);
	CHECK_EQ(rtt_timeout(&rtt), 120 * NSEC_PER_SEC);
	rtt_sample(&rtt, 100 * MS, 1, 1);
	CHECK_EQ(rtt_timeout(&rtt), 300 * MS);
}

/* ---- RFC 5681, 6928, 6937, 9438 ---- */

/* rfc6928 2 */
TEST(initial_window_is_ten_segments_bounded_by_14600)
{
	CHECK_EQ(congestion_initial_window(1000), 10);
	CHECK_EQ(congestion_initial_window(1460), 10);
	CHECK_EQ(congestion_initial_window(4000), 3);
	CHECK_EQ(congestion_initial_window(65483), 2);
}

static struct congestion new_cc(const char *name)
{
	struct congestion cc;

	congestion_init(&cc, congestion_find(name), MSS);
	cc.limited = true;
	return cc;
}

static void acked(struct congestion *cc, uint32_t packets, nsec_t now)
{
	struct congestion_ack ack = {
		.acked = packets,
		.srtt = 100 * MS,
		.now = now,
	};

	congestion_acked(cc, &ack);
}

/* rfc5681 3.1 */
TEST(slow_start_doubles_each_round_trip)
{
	struct congestion cc = new_cc("reno");

	for (int i = 0; i < 10; i++)
		acked(&cc, 1, 0);
	CHECK_EQ(cc.cwnd, 20);
}

/* rfc7661 4.2 */
TEST(a_window_that_is_not_used_does_not_grow)
{
	struct congestion cc = new_cc("reno");

	cc.limited = false;
	cc.most_packets = 5;
	acked(&cc, 5, 0);
	CHECK_EQ(cc.cwnd, 10);
	/* More than half of it, in slow start, is use (RFC 7661). */
	cc.most_packets = 6;
	acked(&cc, 5, 0);
	CHECK_EQ(cc.cwnd, 15);
}

/* rfc5681 3.1 */
TEST(reno_adds_one_segment_per_round_trip)
{
	struct congestion cc = new_cc("reno");

	cc.ssthresh = 10;
	for (int i = 0; i < 10; i++)
		acked(&cc, 1, 0);
	CHECK_EQ(cc.cwnd, 11);
}

/* rfc5681 3.2 */
TEST(reno_halves_on_loss_but_not_below_two_segments)
{
	struct congestion cc = new_cc("reno");

	congestion_begin_reduction(&cc, 5000);
	CHECK_EQ(cc.ssthresh, 5);
	cc.cwnd = 3;
	congestion_begin_reduction(&cc, 5000);
	CHECK_EQ(cc.ssthresh, 2);
}

/* rfc5681 3.1; rfc9438 4.8 */
TEST(timeout_leaves_one_segment_and_slow_start)
{
	struct congestion cc = new_cc("reno");

	congestion_timeout(&cc, 0, 5000, true, 0);
	CHECK_EQ(cc.cwnd, 1);
	CHECK_EQ(cc.ssthresh, 5);
	CHECK(congestion_slow_start(&cc));
	congestion_timeout(&cc, 0, 5000, false, 0);
	CHECK_EQ(cc.ssthresh, 5);
}

/* rfc6937 3 */
TEST(prr_sends_in_proportion_to_what_arrives)
{
	struct congestion cc = new_cc("reno");
	uint32_t pipe = 9, sent = 0;

	congestion_begin_reduction(&cc, 5000);
	cc.phase = CC_RECOVERY;
	for (int i = 0; i < 9; i++) {
		pipe--;
		congestion_prr(&cc, 1, pipe, false);
		while (cc.cwnd > pipe) {
			congestion_sent(&cc, 1);
			pipe++;
			sent++;
		}
	}
	/* Half as much as arrived, the first at once. */
	CHECK_EQ(sent, 5);
	CHECK_EQ(pipe, 5);
	congestion_end_reduction(&cc, 0);
	CHECK_EQ(cc.cwnd, 5);
}

/* rfc9438 4.9 */
TEST(spurious_reduction_is_undone)
{
	struct congestion cc = new_cc("cubic");

	congestion_timeout(&cc, 0, 5000, true, 0);
	CHECK(congestion_undo(&cc, 0));
	CHECK_EQ(cc.cwnd, 10);
	CHECK(cc.ssthresh > 1000000);
}

/* rfc9438 4.6 */
TEST(cubic_reduces_to_seven_tenths)
{
	struct congestion cc = new_cc("cubic");

	cc.cwnd = 100;
	congestion_begin_reduction(&cc, 5000);
	CHECK_EQ(cc.ssthresh, 70);
}

/* rfc9438 4.7 */
TEST(cubic_converges_faster_when_it_lost_below_the_last_maximum)
{
	struct congestion cc = new_cc("cubic");

	cc.cwnd = 100;
	congestion_begin_reduction(&cc, 5000);
	cc.cwnd = 80;
	congestion_begin_reduction(&cc, 5000);
	CHECK_EQ(cc.cubic.last_max, 68); /* 80 (1 + 0.7) / 2 */
}

static void round_trip(struct congestion *cc, nsec_t *now, nsec_t rtt)
{
	uint32_t window = cc->cwnd;

	for (uint32_t i = 0; i < window; i++)
		acked(cc, 1, *now + rtt * i / window);
	*now += rtt;
}

TEST(cubic_comes_back_to_its_old_window_after_k)
{
	struct congestion cc = new_cc("cubic");
	nsec_t now = NSEC_PER_SEC;

	cc.cwnd = 1000;
	congestion_begin_reduction(&cc, 5000);
	congestion_end_reduction(&cc, now);
	/* K = cbrt(300 / 0.4) = 9.1 s; flat around it. */
	for (int i = 0; i < 91; i++)
		round_trip(&cc, &now, 100 * MS);
	CHECK(cc.cwnd > 950 && cc.cwnd <= 1000);
	for (int i = 0; i < 91; i++)
		round_trip(&cc, &now, 100 * MS);
	CHECK(cc.cwnd > 1150 && cc.cwnd < 1400);
}

/* rfc9438 4.3 */
TEST(cubic_is_never_slower_than_reno_on_short_paths)
{
	struct congestion cc = new_cc("cubic");
	nsec_t now = NSEC_PER_SEC;

	cc.cwnd = 20;
	congestion_begin_reduction(&cc, 5000);
	congestion_end_reduction(&cc, now);
	/* A hundred round trips in a tenth of a second: the cube stands
	 * still, Reno with alpha 0.53 would have 14 + 50. */
	for (int i = 0; i < 100; i++)
		round_trip(&cc, &now, 1 * MS);
	CHECK(cc.cwnd > 50);
}

TEST(window_decays_while_idle_but_not_below_the_initial_one)
{
	struct congestion cc = new_cc("reno");

	cc.cwnd = 100;
	congestion_idle(&cc, 250 * MS, 200 * MS, 0);
	CHECK_EQ(cc.cwnd, 50);
	CHECK(cc.ssthresh >= 75);
	congestion_idle(&cc, 60 * NSEC_PER_SEC, 200 * MS, 0);
	CHECK_EQ(cc.cwnd, 10);
}

/* rfc7661 4.4 */
TEST(window_that_the_application_does_not_fill_shrinks_towards_its_use)
{
	struct congestion cc = new_cc("reno");

	cc.ssthresh = cc.cwnd = 100;
	cc.limited = false;
	congestion_validate(&cc, false, 20, 1, 2, 0, 200 * MS);
	CHECK_EQ(cc.cwnd, 100);
	congestion_validate(&cc, false, 20, 2, 3, 300 * MS, 200 * MS);
	CHECK_EQ(cc.cwnd, 60);
}

TEST(unknown_algorithm_is_not_found)
{
	CHECK(congestion_find("vegas") == NULL);
	CHECK_STR(congestion_find("cubic")->name, "cubic");
}

/* ---- RFC 9406 ---- */

/* A round of `n` packets with this RTT, growing. */
static void hystart_round(struct congestion *cc, seq_t *una, nsec_t rtt)
{
	uint32_t window = cc->cwnd;

	for (uint32_t i = 0; i < window; i++) {
		struct congestion_ack ack = {
			.acked = 1,
			.rtt = rtt,
			.srtt = rtt,
			.now = NSEC_PER_SEC,
			.una = ++*una,
			.nxt = *una + window,
		};

		cc->ops->measure(cc, &ack);
		congestion_acked(cc, &ack);
	}
}

/* rfc9438 4.10; rfc9406 4.2 */
TEST(hystart_slows_down_and_leaves_when_the_rtt_stays_up)
{
	struct congestion cc = new_cc("cubic");
	seq_t una = 1;

	hystart_round(&cc, &una, 40 * MS);
	hystart_round(&cc, &una, 40 * MS);
	CHECK_EQ(cc.cwnd, 40);
	hystart_round(&cc, &una, 50 * MS);
	CHECK(cc.hystart.in_css);
	CHECK(cc.cwnd < 60);
	for (int i = 0; i < 6; i++)
		hystart_round(&cc, &una, 50 * MS);
	CHECK(cc.ssthresh < SSTHRESH_INFINITE);
	CHECK(!congestion_slow_start(&cc));
}

/* rfc9406 4.2 */
TEST(hystart_resumes_when_the_delay_was_jitter)
{
	struct congestion cc = new_cc("cubic");
	seq_t una = 1;

	hystart_round(&cc, &una, 40 * MS);
	hystart_round(&cc, &una, 40 * MS);
	hystart_round(&cc, &una, 50 * MS);
	CHECK(cc.hystart.in_css);
	hystart_round(&cc, &una, 40 * MS);
	hystart_round(&cc, &una, 40 * MS);
	CHECK(!cc.hystart.in_css);
	CHECK_EQ(cc.ssthresh, SSTHRESH_INFINITE);
}

/* ---- The flight ---- */

/* Ten segments, sent a millisecond apart. */
static void fill(struct flight *f)
{
	flight_init(f);
	for (seq_t i = 0; i < 10; i++)
		CHECK_EQ(flight_send(f, 1 + i * MSS, 1 + (i + 1) * MSS, false,
				     MSS, (i + 1) * MS),
			 0);
}

static void lose_all(struct flight *f)
{
	struct sent *sent = flight_first(f);

	for (; sent; sent = flight_next(sent))
		flight_lose(f, sent);
}

TEST(cumulative_ack_empties_the_flight)
{
	struct delivery got = { .by_sack = true };
	struct flight f;

	fill(&f);
	CHECK_EQ(flight_pipe(&f), 10);
	flight_acked(&f, 1 + 10 * MSS, &got);
	CHECK_EQ(got.acked, 10 * MSS);
	CHECK_EQ(got.acked_packets, 10);
	CHECK_EQ(f.delivered, 10);
	CHECK(flight_empty(&f));
	CHECK_EQ(flight_pipe(&f), 0);
	CHECK_EQ(got.first_acked_at, 1 * MS);
	CHECK_EQ(got.last_acked_at, 10 * MS);
}

TEST(ack_inside_a_segment_shortens_it)
{
	struct delivery got = { .by_sack = true };
	struct flight f;

	fill(&f);
	flight_acked(&f, 1 + 500, &got);
	CHECK_EQ(got.acked, 500);
	CHECK_EQ(got.acked_packets, 0);
	CHECK_EQ(flight_pipe(&f), 10);
	CHECK_EQ(flight_first(&f)->seq, 501);
	flight_clear(&f);
}

TEST(ack_inside_a_large_segment_counts_its_packets)
{
	struct delivery got = { .by_sack = true };
	struct flight f;

	flight_init(&f);
	CHECK_EQ(flight_send(&f, 1, 1 + 10 * MSS, false, MSS, MS), 0);
	CHECK_EQ(flight_pipe(&f), 10);
	flight_acked(&f, 1 + 3 * MSS, &got);
	CHECK_EQ(got.acked_packets, 3);
	CHECK_EQ(flight_pipe(&f), 7);
	flight_clear(&f);
}

TEST(fin_is_no_packet_of_its_own_behind_data)
{
	struct flight f;

	flight_init(&f);
	CHECK_EQ(flight_send(&f, 1, 2 + MSS, true, MSS, MS), 0);
	CHECK_EQ(flight_pipe(&f), 1);
	CHECK_EQ(flight_send(&f, 2 + MSS, 3 + MSS, true, MSS, MS), 0);
	CHECK_EQ(flight_pipe(&f), 2);
	flight_clear(&f);
}

/* rfc6675 4 */
TEST(sacked_segments_leave_the_pipe)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 5 * MSS, &got);
	CHECK_EQ(got.sacked_packets, 2);
	CHECK_EQ(f.sacked, 2);
	CHECK_EQ(flight_pipe(&f), 8);
	/* Told again, it is no news. */
	flight_sacked(&f, 1 + 3 * MSS, 1 + 5 * MSS, &got);
	CHECK_EQ(got.sacked_packets, 2);
	flight_clear(&f);
}

TEST(sacked_neighbours_become_one_record)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 4 * MSS, &got);
	flight_sacked(&f, 1 + 5 * MSS, 1 + 6 * MSS, &got);
	flight_sacked(&f, 1 + 4 * MSS, 1 + 5 * MSS, &got);
	CHECK_EQ(f.records, 8);
	CHECK_EQ(f.sacked, 3);
	flight_clear(&f);
	CHECK_EQ(flight_pipe(&f), 0);
	CHECK_EQ(f.sacked, 0);
}

TEST(sack_of_part_of_a_large_segment_splits_it_at_mss)
{
	struct delivery got = { 0 };
	struct flight f;

	flight_init(&f);
	CHECK_EQ(flight_send(&f, 1, 1 + 10 * MSS, false, MSS, MS), 0);
	flight_sacked(&f, 1 + 1500, 1 + 6500, &got);
	/* From 2000 to 6000. */
	CHECK_EQ(f.sacked, 4);
	CHECK_EQ(flight_pipe(&f), 6);
	flight_clear(&f);
}

TEST(byte_sized_sacks_cannot_shatter_the_flight)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	for (seq_t s = 1; s < 1 + 10 * MSS; s += 7)
		flight_sacked(&f, s, s + 1, &got);
	CHECK_EQ(f.records, 10);
	CHECK_EQ(f.sacked, 0);
	flight_clear(&f);
}

/* rfc6675 4 */
TEST(lost_segments_are_repaired_in_order)
{
	struct flight f;

	fill(&f);
	flight_lose(&f, flight_find(&f, 1 + 5 * MSS));
	lose_all(&f);
	CHECK_EQ(flight_pipe(&f), 0);
	CHECK_EQ(f.lost, 10);
	for (seq_t i = 0; i < 10; i++) {
		struct sent *s = flight_next_lost(&f);

		CHECK_EQ(s->seq, 1 + i * MSS);
		flight_resend(&f, s, 100 * MS);
	}
	CHECK_EQ(flight_pipe(&f), 10);
	CHECK_EQ(f.resent, 10);
	CHECK(flight_next_lost(&f) == NULL);
	flight_clear(&f);
}

TEST(a_repair_that_is_lost_waits_again_in_its_place)
{
	struct flight f;
	struct sent *s;

	fill(&f);
	lose_all(&f);
	s = flight_next_lost(&f);
	flight_resend(&f, s, 100 * MS);
	CHECK(flight_lose(&f, s));
	CHECK(flight_next_lost(&f) == s);
	CHECK_EQ(f.lost, 10);
	CHECK_EQ(f.resent, 0);
	flight_clear(&f);
}

TEST(what_was_not_lost_after_all_flies_in_the_order_of_time)
{
	struct flight f;
	struct sent *s;
	nsec_t last = 0;
	int n = 0;

	fill(&f);
	for (int i = 1; i < 8; i += 2)
		flight_lose(&f, flight_find(&f, 1 + i * MSS));
	flight_resend(&f, flight_find(&f, 1 + 3 * MSS), 50 * MS);
	flight_unlose_all(&f);
	CHECK_EQ(f.lost, 0);
	LIST_FOR_EACH(s, &f.by_time, queue) {
		CHECK(s->sent_at >= last);
		last = s->sent_at;
		n++;
	}
	CHECK_EQ(n, 10);
	flight_clear(&f);
}

TEST(delivery_of_a_resent_segment_gives_no_rtt_sample)
{
	struct delivery got = { .by_sack = true };
	struct flight f;

	fill(&f);
	flight_resend(&f, flight_first(&f), 50 * MS);
	flight_acked(&f, 1 + MSS, &got);
	CHECK(got.retransmitted);
	CHECK_EQ(got.first_acked_at, 0);
	flight_clear(&f);
}

/* rfc8985 6.2 step 3 */
TEST(a_late_first_copy_is_reordering)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 4 * MSS, &got);
	CHECK(!got.has_sacked_low);
	flight_sacked(&f, 1 + 1 * MSS, 1 + 2 * MSS, &got);
	CHECK(got.has_sacked_low);
	CHECK_EQ(got.sacked_low, 1 + 1 * MSS);
	flight_clear(&f);
}

/* ---- RFC 8985 ---- */

struct racing {
	struct flight f;
	struct rack rack;
	struct tcp_rtt rtt;
	uint32_t lost, again;
};

static void race(struct racing *r)
{
	*r = (struct racing){ 0 };
	fill(&r->f);
	rtt_init(&r->rtt);
	rtt_note_min(&r->rtt, 40 * MS, 0, NSEC_PER_SEC);
	rtt_sample(&r->rtt, 40 * MS, 1, 1);
	rack_init(&r->rack);
}

static nsec_t race_sacked(struct racing *r, seq_t left, seq_t right,
			  nsec_t window, nsec_t now)
{
	struct delivery got = { .now = now, .least_rtt = r->rtt.min };

	flight_sacked(&r->f, left, right, &got);
	rack_update(&r->rack, &got);
	return rack_detect(&r->rack, &r->f, window, now, &r->lost, &r->again);
}

/* rfc8985 6.1 */
TEST(rack_declares_an_overtaken_segment_lost)
{
	struct racing r;

	race(&r);
	CHECK_EQ(race_sacked(&r, 1 + MSS, 1 + 10 * MSS, 0, 50 * MS), 0);
	CHECK_EQ(r.f.lost, 1);
	CHECK_EQ(flight_next_lost(&r.f)->seq, 1);
	flight_clear(&r.f);
}

/* rfc8985 6.2 step 5 */
TEST(rack_waits_a_quarter_rtt_for_reordering)
{
	struct racing r;
	nsec_t wait;

	race(&r);
	CHECK_EQ(rack_window(&r.rack, &r.rtt), 10 * MS);
	/* Sent at 1 ms, rtt 40 ms, window 10 ms: until 51 ms. */
	wait = race_sacked(&r, 1 + MSS, 1 + 10 * MSS, 10 * MS, 50 * MS);
	CHECK_EQ(wait, 1 * MS);
	CHECK_EQ(r.f.lost, 0);
	flight_clear(&r.f);
}

/* rfc8985 6.1 */
TEST(rack_does_not_touch_what_was_sent_later)
{
	struct racing r;

	race(&r);
	race_sacked(&r, 1 + 2 * MSS, 1 + 3 * MSS, 0, 100 * MS);
	CHECK_EQ(r.f.lost, 2);
	CHECK_EQ(flight_pipe(&r.f), 7);
	flight_clear(&r.f);
}

/* rfc8985 6.2 step 5 */
TEST(rack_finds_a_lost_retransmission)
{
	struct racing r;

	race(&r);
	flight_lose(&r.f, flight_first(&r.f));
	flight_resend(&r.f, flight_first(&r.f), 60 * MS);
	/* The last segment goes out after the copy, and arrives. */
	CHECK_EQ(flight_send(&r.f, 1 + 10 * MSS, 1 + 11 * MSS, false, MSS,
			     61 * MS),
		 0);
	race_sacked(&r, 1 + MSS, 1 + 11 * MSS, 0, 101 * MS);
	CHECK_EQ(r.f.lost, 1);
	CHECK_EQ(r.f.resent, 0);
	CHECK_EQ(r.again, 1);
	flight_clear(&r.f);
}

/* In one instant: new data, then a repair. That the new data arrive says
 * nothing about the repair behind them. */
TEST(rack_knows_the_order_within_an_instant)
{
	struct racing r;

	race(&r);
	flight_lose(&r.f, flight_first(&r.f));
	CHECK_EQ(flight_send(&r.f, 1 + 10 * MSS, 1 + 11 * MSS, false, MSS,
			     60 * MS),
		 0);
	flight_resend(&r.f, flight_first(&r.f), 60 * MS);
	race_sacked(&r, 1 + MSS, 1 + 11 * MSS, 0, 101 * MS);
	CHECK_EQ(r.again, 0);
	CHECK_EQ(r.f.resent, 1);
	flight_clear(&r.f);
}

/* rfc8985 6.2 step 2 */
TEST(rack_does_not_take_the_first_copys_answer_for_the_seconds)
{
	struct delivery got = { .by_sack = true,
				.now = 55 * MS,
				.least_rtt = 40 * MS };
	struct racing r;

	race(&r);
	flight_resend(&r.f, flight_first(&r.f), 50 * MS);
	/* Five milliseconds after the repair: faster than any round trip. */
	flight_acked(&r.f, 1 + MSS, &got);
	CHECK(!got.rack_valid);
	flight_clear(&r.f);
}

/* rfc8985 6.2 step 4 */
TEST(rack_widens_its_window_once_in_a_round_trip)
{
	struct racing r;

	race(&r);
	r.rack.dsack_seen = true;
	rack_adapt(&r.rack, 0, 10);
	CHECK_EQ(r.rack.steps, 2);
	/* Sent before the widening: the same round trip. */
	r.rack.dsack_seen = true;
	rack_adapt(&r.rack, 5, 15);
	CHECK_EQ(r.rack.steps, 2);
	r.rack.dsack_seen = true;
	rack_adapt(&r.rack, 15, 25);
	CHECK_EQ(r.rack.steps, 3);
	CHECK_EQ(rack_window(&r.rack, &r.rtt), 30 * MS);
	for (int i = 0; i < 16; i++)
		rack_recovered(&r.rack);
	rack_adapt(&r.rack, 30, 35);
	CHECK_EQ(r.rack.steps, 1);
	flight_clear(&r.f);
}

/* A mistaken loss of very many, whose times are against their order. */
TEST(unlosing_a_long_flight_sorts_it_by_time_and_is_quick)
{
	enum { N = 60000 };
	struct flight f;
	struct sent *sent, *before = NULL;
	uint32_t n = 0;

	flight_init(&f);
	for (uint32_t i = 0; i < N; i++)
		CHECK_EQ(flight_send(&f, i * MSS, (i + 1) * MSS, false, MSS,
				     MS),
			 0);
	/* Sent again from the last to the first, but for every third. */
	for (uint32_t i = N; i-- > 0;)
		if (i % 3)
			flight_resend(&f, flight_find(&f, i * MSS),
				      (nsec_t)(2 + N - i) * MS);
	for (sent = flight_first(&f); sent; sent = flight_next(sent))
		flight_lose(&f, sent);
	flight_unlose_all(&f);
	CHECK_EQ(f.lost, 0);
	LIST_FOR_EACH(sent, &f.by_time, queue) {
		CHECK(!before || seq_leq(before->order, sent->order));
		CHECK(!before || before->sent_at <= sent->sent_at);
		before = sent;
		n++;
	}
	CHECK_EQ(n, N);
	flight_clear(&f);
}
