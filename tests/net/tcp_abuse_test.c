// SPDX-License-Identifier: MIT
/*
 * Rules about segments that should not have come: out of window, forged,
 * corrupt, hostile (RFC 9293 3.10.7.4, RFC 5961, RFC 7323 PAWS).
 */
#include "tests/net/port_host.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define TS_ALL "mss 1460,sackOK,TS val 100 ecr 0,wscale 7"

TEST(old_duplicate_is_acked_and_dropped)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 1:11(10) ack 1 win 65535");
	out(d, ". 1:1(0) ack 11");
	in(d, "P. 1:11(10) ack 1 win 65535");
	out_why(d, ". 1:1(0) ack 11", WHY_DUPLICATE_ACK);
	CHECK_EQ(dropped(d, REASON_TCP_OLD_DUPLICATE), 1);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(segment_beyond_the_window_is_acked_and_dropped)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 70000:70010(10) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1");
	CHECK_EQ(dropped(d, REASON_TCP_OUT_OF_WINDOW), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(empty_segments_out_of_window_are_answered_twice_a_second)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	for (int i = 0; i < 50; i++)
		in(d, ". 70000:70000(0) ack 1 win 65535");
	CHECK_EQ(out_all(d), 1);
	wait_for(d, 600 * MS);
	in(d, ". 70000:70000(0) ack 1 win 65535");
	CHECK_EQ(out_all(d), 1);
	CHECK_EQ(d->net->stats.tcp_ext.acks_skipped, 49);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(reset_in_window_but_not_exact_is_challenged)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "R 100:100(0) win 0");
	out_why(d, ". 1:1(0) ack 1", WHY_CHALLENGE_ACK);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	CHECK_EQ(dropped(d, REASON_TCP_CHALLENGED_RESET), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(reset_out_of_window_is_dropped_silently)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "R 70000:70000(0) win 0");
	in(d, "R 0:0(0) win 0");
	out_nothing(d);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(syn_in_a_connection_is_challenged_in_window_or_not)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "S 100:100(0) win 65535");
	out_why(d, ". 1:1(0) ack 1", WHY_CHALLENGE_ACK);
	wait_for(d, SEC);
	in(d, "S 90000:90000(0) win 65535");
	out_why(d, ". 1:1(0) ack 1", WHY_CHALLENGE_ACK);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc5961 7 */
TEST(challenge_acks_are_limited_in_all)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	d->net->tunables.tcp_invalid_ratelimit = 0; /* of one connection */
	for (int i = 0; i < 1600; i++) {
		in(d, "R 100:100(0) win 0");
		if (i % 100 == 0)
			CHECK(out_all(d) <= 100);
	}
	out_all(d);
	/* tcp_challenge_ack_limit, less or more by half of it. */
	CHECK(d->net->stats.tcp_ext.challenge_acks >= 500);
	CHECK(d->net->stats.tcp_ext.challenge_acks < 1500);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(ack_of_the_unsent_is_answered_and_dropped)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 1:11(10) ack 500 win 65535");
	out(d, ". 1:1(0) ack 1");
	CHECK_EQ(dropped(d, REASON_TCP_BAD_ACK), 1);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(ack_far_in_the_past_is_challenged)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 1:11(10) ack -100000 win 65535");
	out_why(d, ". 1:1(0) ack 1", WHY_CHALLENGE_ACK);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(segment_without_ack_is_dropped)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P 1:11(10) win 65535");
	out_nothing(d);
	CHECK_EQ(dropped(d, REASON_TCP_NO_ACK), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7323 5.3 */
TEST(paws_drops_segments_from_the_past)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);

	in(d, "P. 1:11(10) ack 1 win 512 <TS val 50 ecr 0>");
	out(d, ". 1:1(0) ack 1");
	CHECK_EQ(dropped(d, REASON_TCP_PAWS), 1);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 0);
	in(d, "P. 1:11(10) ack 1 win 512 <TS val 102 ecr 0>");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7323 5.5 */
TEST(paws_forgets_after_24_days)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);

	wait_for(d, (nsec_t)25 * 24 * 3600 * SEC);
	in(d, "P. 1:11(10) ack 1 win 512 <TS val 50 ecr 0>");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7323 5.2 */
TEST(paws_does_not_apply_to_resets)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);

	in(d, "R. 1:1(0) ack 1 win 0 <TS val 50 ecr 0>");
	CHECK_EQ(user_error(ep), -ECONNRESET);
	user_close(ep, d);
	dialogue_end(d);
}

/* rfc7323 4.3 */
TEST(echoed_timestamp_is_of_the_segment_that_advanced_the_window)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);

	in(d, "P. 1:11(10) ack 1 win 512 <TS val 200 ecr 0>");
	out(d, ". 1:1(0) ack 11 <TS val 0 ecr 200>");
	/* Out of order: not taken. */
	in(d, "P. 111:121(10) ack 1 win 512 <TS val 300 ecr 0>");
	out(d, ". 1:1(0) ack 11 <TS val 0 ecr 200,sack 111:121>");
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7323 5.4 */
TEST(timestamp_clock_ticks_in_milliseconds)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);

	wait_for(d, 1234 * MS);
	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 1 <TS val 1234 ecr 101>");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(sequence_numbers_may_wrap_inside_the_stream)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;
	char line[80];
	int at = 1;

	d->peer_iss = 0xffffff00u;
	ep = accepted(d, "mss 1000");
	for (int i = 0; i < 10; i++, at += 100) {
		snprintf(line, sizeof line, "P. %d:%d(100) ack 1 win 65535", at,
			 at + 100);
		in(d, line);
	}
	CHECK_EQ(user_receive(ep, d, NULL, 5000), 1000);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(tiny_segments_out_of_order_cannot_take_all_memory)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	char line[80];

	for (int at = 3; at < 8000; at += 2) {
		snprintf(line, sizeof line, "P. %d:%d(1) ack 1 win 65535", at,
			 at + 1);
		in(d, line);
		out_all(d);
	}
	CHECK(conn_of(ep)->ooo.truesize <= 2 * ep->rx.limit);
	CHECK(dropped(d, REASON_TCP_REASSEMBLY_FULL) > 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(data_after_fin_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "F. 1:1(0) ack 1 win 65535");
	out_all(d);
	in(d, "P. 2:12(10) ack 1 win 65535");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 0);
	CHECK_EQ(dropped(d, REASON_TCP_AFTER_CLOSE), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(corrupt_segment_is_dropped_and_counted)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	d->corrupt = true;
	in(d, "P. 1:11(10) ack 1 win 65535");
	out_nothing(d);
	CHECK_EQ(dropped(d, REASON_TCP_BAD_CHECKSUM), 1);
	CHECK_EQ(d->net->stats.tcp.in_csum_errors, 1);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(random_segments_never_break_the_stack)
{
	static const char flags[] = "FSRP.U";
	uint64_t seed = 4711;

	for (int round = 0; round < 200; round++) {
		struct dialogue *d = dialogue_new();
		struct endpoint *ep = round & 1 ?
					      accepted(d, TS_ALL) :
					      accepted(d, "mss 1000,sackOK");

		user_send(ep, d, test_random(&seed) % 5000);
		for (int i = 0; i < 40; i++) {
			char line[160], set[8];
			int n = 0, length = test_random(&seed) % 1200;
			int seq = (int)(test_random(&seed) % 3000) - 500;
			int left = test_random(&seed) % 6000;

			for (int b = 0; b < 6; b++)
				if (test_random(&seed) % 3 == 0 ||
				    flags[b] == '.')
					set[n++] = flags[b];
			set[n] = 0;
			snprintf(line, sizeof line,
				 "%s %d:%d(%d) ack %d win %d <sack %d:%d>", set,
				 seq, seq + length, length,
				 (int)(test_random(&seed) % 6000) - 200,
				 (int)(test_random(&seed) % 65536), left,
				 left + (int)(test_random(&seed) % 3000));
			in(d, line);
			if (test_random(&seed) % 4 == 0)
				wait_for(d, test_random(&seed) % 1000 * MS);
			if (test_random(&seed) % 4 == 0)
				user_receive(ep, d, (uint8_t[4096]){ 0 }, 4096);
			if (test_random(&seed) % 4 == 0)
				user_send(ep, d, test_random(&seed) % 3000);
			out_all(d);
		}
		if (round & 2)
			user_close(ep, d);
		wait_for(d, 10 * SEC);
		dialogue_drop(d);
		if (!(round & 2))
			endpoint_put(ep);
	}
}

/* ---- Without memory ---- */

TEST(allocation_failures_lose_nothing)
{
	for (long fail = 0; fail < 120; fail++) {
		struct dialogue *d = dialogue_new();
		struct endpoint *ep = accepted(d, "mss 1000,sackOK");
		uint32_t sent = 0;

		port_host_fail_after(fail);
		sent = user_send(ep, d, 3000);
		wait_for(d, 50 * MS);
		port_host_fail_after(-1);
		sent += user_send(ep, d, 3000 - sent);
		wait_for(d, 5 * SEC);
		out_all(d);
		in(d, ". 1:1(0) ack 3001 win 65535");
		CHECK_EQ(user_ioctl(ep, d, 0x5411), 0);
		dialogue_drop(d);
		endpoint_put(ep);
	}
}
