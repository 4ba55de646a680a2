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

TEST(first_timeout_is_one_second)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	CHECK_EQ(rtt_timeout(&rtt), NSEC_PER_SEC);
}

TEST(first_sample_sets_srtt_and_half_variance)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	rtt_sample(&rtt, 400 * MS, 0);
	CHECK_EQ(rtt.srtt, 400 * MS);
	CHECK_EQ(rtt.rttvar, 200 * MS);
	CHECK_EQ(rtt_timeout(&rtt), 1200 * MS);
}

TEST(later_samples_are_smoothed_by_an_eighth)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	rtt_sample(&rtt, 400 * MS, 0);
	rtt_sample(&rtt, 480 * MS, 0);
	CHECK_EQ(rtt.srtt, 410 * MS);
	CHECK_EQ(rtt.rttvar, 170 * MS);
}

TEST(timeout_leaves_200_ms_for_a_delayed_ack)
{
	struct tcp_rtt rtt;

	rtt_init(&rtt);
	for (int i = 0; i < 100; i++)
		rtt_sample(&rtt, 10 * MS, 0);
	CHECK_EQ(rtt_timeout(&rtt), 210 * MS);
}

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
	rtt_sample(&rtt, 100 * MS, 0);
	CHECK_EQ(rtt_timeout(&rtt), 300 * MS);
}

/* ---- RFC 5681, 6928, 6937, 9438 ---- */

TEST(initial_window_is_ten_segments_bounded_by_14600)
{
	CHECK_EQ(congestion_initial_window(1000), 10000);
	CHECK_EQ(congestion_initial_window(1460), 14600);
	CHECK_EQ(congestion_initial_window(4000), 14600);
	CHECK_EQ(congestion_initial_window(65483), 2 * 65483);
}

static struct congestion new_cc(const char *name)
{
	struct congestion cc;

	congestion_init(&cc, congestion_find(name), MSS);
	cc.cwnd_limited = true;
	return cc;
}

TEST(slow_start_doubles_each_round_trip)
{
	struct congestion cc = new_cc("reno");

	for (int i = 0; i < 10; i++)
		congestion_acked(&cc, MSS, 100 * MS, 0);
	CHECK_EQ(cc.cwnd, 20 * MSS);
}

TEST(a_window_that_is_not_used_does_not_grow)
{
	struct congestion cc = new_cc("reno");

	cc.cwnd_limited = false;
	congestion_acked(&cc, 5 * MSS, 100 * MS, 0);
	CHECK_EQ(cc.cwnd, 10 * MSS);
}

TEST(reno_adds_one_segment_per_round_trip)
{
	struct congestion cc = new_cc("reno");

	cc.ssthresh = cc.cwnd;
	for (int i = 0; i < 10; i++)
		congestion_acked(&cc, MSS, 100 * MS, 0);
	CHECK_EQ(cc.cwnd, 11 * MSS);
}

TEST(reno_halves_on_loss_but_not_below_two_segments)
{
	struct congestion cc = new_cc("reno");

	congestion_enter_recovery(&cc, 10 * MSS, 5000);
	CHECK_EQ(cc.ssthresh, 5 * MSS);
	cc.cwnd = 3 * MSS;
	congestion_enter_recovery(&cc, 3 * MSS, 5000);
	CHECK_EQ(cc.ssthresh, 2 * MSS);
}

TEST(timeout_leaves_one_segment_and_slow_start)
{
	struct congestion cc = new_cc("reno");

	congestion_timeout(&cc, 10 * MSS, 5000, true);
	CHECK_EQ(cc.cwnd, MSS);
	CHECK_EQ(cc.ssthresh, 5 * MSS);
	CHECK(congestion_slow_start(&cc));
	congestion_timeout(&cc, MSS, 5000, false);
	CHECK_EQ(cc.ssthresh, 5 * MSS);
}

TEST(prr_sends_in_proportion_to_what_arrives)
{
	struct congestion cc = new_cc("reno");
	uint32_t pipe = 9 * MSS, sent = 0;

	congestion_enter_recovery(&cc, 10 * MSS, 5000);
	/* Nine more of the ten arrive, one by one. */
	for (int i = 0; i < 9; i++) {
		congestion_prr(&cc, MSS, pipe, false);
		while (cc.cwnd >= pipe + MSS) {
			congestion_sent(&cc, MSS);
			pipe += MSS;
			sent += MSS;
		}
		pipe -= MSS;
	}
	CHECK(sent >= 4 * MSS && sent <= 6 * MSS);
	congestion_exit_recovery(&cc);
	CHECK_EQ(cc.cwnd, 5 * MSS);
}

TEST(spurious_reduction_is_undone)
{
	struct congestion cc = new_cc("cubic");

	congestion_timeout(&cc, 10 * MSS, 5000, true);
	congestion_undo(&cc);
	CHECK_EQ(cc.cwnd, 10 * MSS);
	CHECK_EQ(cc.phase, CC_OPEN);
}

TEST(cubic_reduces_to_seven_tenths)
{
	struct congestion cc = new_cc("cubic");

	cc.cwnd = 100 * MSS;
	congestion_enter_recovery(&cc, 100 * MSS, 5000);
	CHECK_EQ(cc.ssthresh, 70 * MSS);
}

/* One round trip of full windows. */
static void round_trip(struct congestion *cc, nsec_t *now, nsec_t rtt)
{
	for (uint32_t n = cc->cwnd / MSS; n > 0; n--)
		congestion_acked(cc, MSS, rtt, *now);
	*now += rtt;
}

TEST(cubic_comes_back_to_its_old_window_after_k)
{
	struct congestion cc = new_cc("cubic");
	nsec_t now = NSEC_PER_SEC;

	cc.cwnd = 1000 * MSS;
	congestion_enter_recovery(&cc, 1000 * MSS, 5000);
	congestion_exit_recovery(&cc);
	/* K = cbrt(300 / 0.4) = 9.09 s */
	while (now < 10 * NSEC_PER_SEC)
		round_trip(&cc, &now, 100 * MS);
	CHECK(cc.cwnd > 980 * MSS);
	CHECK(cc.cwnd < 1020 * MSS);
	while (now < 20 * NSEC_PER_SEC)
		round_trip(&cc, &now, 100 * MS);
	CHECK(cc.cwnd > 1250 * MSS);
}

TEST(cubic_is_never_slower_than_reno_on_short_paths)
{
	struct congestion cc = new_cc("cubic");
	nsec_t now = NSEC_PER_SEC;

	cc.cwnd = 20 * MSS;
	congestion_enter_recovery(&cc, 20 * MSS, 5000);
	congestion_exit_recovery(&cc);
	for (int i = 0; i < 100; i++)
		round_trip(&cc, &now, 1 * MS);
	/* Reno with alpha 9/17 and then 1: some 90 segments more. */
	CHECK(cc.cwnd > 80 * MSS);
}

TEST(window_decays_while_idle_but_not_below_the_initial_one)
{
	struct congestion cc = new_cc("reno");

	cc.cwnd = 100 * MSS;
	congestion_idle(&cc, 250 * MS, 200 * MS);
	CHECK_EQ(cc.cwnd, 50 * MSS);
	congestion_idle(&cc, 60 * NSEC_PER_SEC, 200 * MS);
	CHECK_EQ(cc.cwnd, 10 * MSS);
}

TEST(unknown_algorithm_is_not_found)
{
	CHECK(congestion_find("vegas") == NULL);
	CHECK_STR(congestion_find("cubic")->name, "cubic");
}

/* ---- The flight ---- */

/* Ten segments of MSS from 1, sent a millisecond apart from 1 ms on. */
static void fill(struct flight *f)
{
	flight_init(f);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(flight_send(f, 1 + i * MSS, 1 + (i + 1) * MSS,
				     (i + 1) * MS),
			 0);
}

TEST(cumulative_ack_empties_the_flight)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	CHECK_EQ(f.pipe, 10 * MSS);
	flight_acked(&f, 1 + 10 * MSS, &got);
	CHECK_EQ(got.acked, 10 * MSS);
	CHECK_EQ(got.bytes, 10 * MSS);
	CHECK(flight_empty(&f));
	CHECK_EQ(f.pipe, 0);
	CHECK_EQ(f.records, 0);
}

TEST(ack_inside_a_segment_shortens_it)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_acked(&f, 1 + 500, &got);
	CHECK_EQ(got.acked, 500);
	CHECK_EQ(f.pipe, 9500);
	CHECK_EQ(flight_first(&f)->seq, 501);
	flight_clear(&f);
}

TEST(sacked_segments_leave_the_pipe)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 5 * MSS, MSS, &got);
	CHECK_EQ(got.bytes, 2 * MSS);
	CHECK_EQ(f.sacked_bytes, 2 * MSS);
	CHECK_EQ(f.pipe, 8 * MSS);
	got = (struct delivery){ 0 };
	flight_sacked(&f, 1 + 3 * MSS, 1 + 5 * MSS, MSS, &got);
	CHECK_EQ(got.bytes, 0);
	flight_clear(&f);
}

TEST(sacked_neighbours_become_one_record)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 4 * MSS, MSS, &got);
	flight_sacked(&f, 1 + 5 * MSS, 1 + 6 * MSS, MSS, &got);
	flight_sacked(&f, 1 + 4 * MSS, 1 + 5 * MSS, MSS, &got);
	CHECK_EQ(f.records, 8);
	CHECK_EQ(f.sacked_bytes, 3 * MSS);
	flight_clear(&f);
}

TEST(sack_of_part_of_a_large_segment_splits_it_at_mss)
{
	struct delivery got = { 0 };
	struct flight f;

	flight_init(&f);
	CHECK_EQ(flight_send(&f, 1, 1 + 10 * MSS, MS), 0);
	flight_sacked(&f, 1 + 1500, 1 + 6500, MSS, &got);
	CHECK_EQ(f.records, 3);
	CHECK_EQ(f.sacked_bytes, 4 * MSS);
	CHECK_EQ(f.pipe, 6 * MSS);
	flight_clear(&f);
}

TEST(byte_sized_sacks_cannot_shatter_the_flight)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	for (seq_t s = 1; s < 10 * MSS; s += 2)
		flight_sacked(&f, s, s + 1, MSS, &got);
	CHECK_EQ(f.records, 10);
	CHECK_EQ(f.sacked_bytes, 0);
	flight_clear(&f);
}

TEST(lost_segments_are_repaired_in_order)
{
	struct flight f;

	fill(&f);
	flight_lose_all(&f);
	CHECK_EQ(f.pipe, 0);
	CHECK_EQ(f.lost_bytes, 10 * MSS);
	for (int i = 0; i < 10; i++) {
		struct sent *s = flight_next_lost(&f);

		CHECK_EQ(s->seq, 1 + i * MSS);
		flight_resend(&f, s, 100 * MS);
	}
	CHECK_EQ(f.pipe, 10 * MSS);
	CHECK(flight_next_lost(&f) == NULL);
	flight_clear(&f);
}

TEST(delivery_of_a_resent_segment_gives_no_rtt_sample)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_resend(&f, flight_first(&f), 50 * MS);
	flight_acked(&f, 1 + MSS, &got);
	CHECK(got.retransmitted);
	CHECK_EQ(got.first_sent_at, 0);
	flight_clear(&f);
}

TEST(a_late_first_copy_is_reordering)
{
	struct delivery got = { 0 };
	struct flight f;

	fill(&f);
	flight_sacked(&f, 1 + 3 * MSS, 1 + 4 * MSS, MSS, &got);
	CHECK(!got.reordered);
	flight_sacked(&f, 1 + 1 * MSS, 1 + 2 * MSS, MSS, &got);
	CHECK(got.reordered);
	flight_clear(&f);
}

/* ---- RFC 8985 ---- */

/* All but the first of ten segments have been SACKed by `now`. */
static nsec_t detect_after_sack(struct flight *f, bool eager, nsec_t now)
{
	struct delivery got = { 0 };
	struct tcp_rtt rtt;
	struct rack rack;

	fill(f);
	rtt_init(&rtt);
	rtt_sample(&rtt, 40 * MS, 0);
	rack_init(&rack);
	flight_sacked(f, 1 + MSS, 1 + 10 * MSS, MSS, &got);
	rack_update(&rack, &got, &rtt, now);
	return rack_detect(&rack, f, &rtt, eager, now);
}

TEST(rack_declares_an_overtaken_segment_lost)
{
	struct flight f;

	CHECK_EQ(detect_after_sack(&f, true, 50 * MS), 0);
	CHECK_EQ(f.lost_bytes, MSS);
	CHECK_EQ(flight_next_lost(&f)->seq, 1);
	flight_clear(&f);
}

TEST(rack_waits_a_quarter_rtt_for_reordering)
{
	struct flight f;
	nsec_t wait = detect_after_sack(&f, false, 50 * MS);

	/* Sent at 1 ms, rtt 40 ms, window 10 ms: until 51 ms. */
	CHECK_EQ(wait, 1 * MS);
	CHECK_EQ(f.lost_bytes, 0);
	flight_clear(&f);
}

TEST(rack_does_not_touch_what_was_sent_later)
{
	struct delivery got = { 0 };
	struct tcp_rtt rtt;
	struct rack rack;
	struct flight f;

	fill(&f);
	rtt_init(&rtt);
	rtt_sample(&rtt, 40 * MS, 0);
	rack_init(&rack);
	flight_sacked(&f, 1 + 2 * MSS, 1 + 3 * MSS, MSS, &got);
	rack_update(&rack, &got, &rtt, 100 * MS);
	rack_detect(&rack, &f, &rtt, true, 100 * MS);
	CHECK_EQ(f.lost_bytes, 2 * MSS);
	CHECK_EQ(f.pipe, 7 * MSS);
	flight_clear(&f);
}

TEST(rack_finds_a_lost_retransmission)
{
	struct delivery got = { 0 };
	struct tcp_rtt rtt;
	struct rack rack;
	struct flight f;

	fill(&f);
	rtt_init(&rtt);
	rtt_sample(&rtt, 40 * MS, 0);
	rack_init(&rack);
	flight_lose(&f, flight_first(&f));
	flight_resend(&f, flight_first(&f), 60 * MS);
	/* The last segment goes out after the copy, and arrives. */
	CHECK_EQ(flight_send(&f, 1 + 10 * MSS, 1 + 11 * MSS, 61 * MS), 0);
	flight_sacked(&f, 1 + MSS, 1 + 11 * MSS, MSS, &got);
	rack_update(&rack, &got, &rtt, 101 * MS);
	rack_detect(&rack, &f, &rtt, true, 101 * MS);
	CHECK_EQ(f.lost_bytes, MSS);
	flight_clear(&f);
}

TEST(rack_does_not_take_the_first_copys_answer_for_the_seconds)
{
	struct delivery got = { 0 };
	struct tcp_rtt rtt;
	struct rack rack;
	struct flight f;

	fill(&f);
	rtt_init(&rtt);
	rtt_sample(&rtt, 40 * MS, 0);
	rack_init(&rack);
	flight_resend(&f, flight_first(&f), 50 * MS);
	/* Five milliseconds after the repair: faster than any round trip. */
	flight_acked(&f, 1 + MSS, &got);
	rack_update(&rack, &got, &rtt, 55 * MS);
	rack_detect(&rack, &f, &rtt, true, 55 * MS);
	CHECK_EQ(f.lost_bytes, 0);
	flight_clear(&f);
}
