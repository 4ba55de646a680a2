// SPDX-License-Identifier: MIT
/*
 * Rules of recovering from loss: timeouts (RFC 6298), fast retransmit with and
 * without SACK (RFC 5681, 6582, 6675), RACK-TLP (RFC 8985), PRR, undo, path MTU.
 */
#include "net/tcp/tcp.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define TS_ALL "mss 1012,sackOK,TS val 100 ecr 0,wscale 7"

static void ack(struct dialogue *d, int n)
{
	char line[80];

	snprintf(line, sizeof line, ". 1:1(0) ack %d win 65535", n);
	in(d, line);
}

static void sack(struct dialogue *d, int n, int left, int right)
{
	char line[120];

	snprintf(line, sizeof line, ". 1:1(0) ack %d win 65535 <sack %d:%d>", n,
		 left, right);
	in(d, line);
}

/* ---- RFC 6298 ---- */

/* rfc6298 5.1 */
TEST(unacked_data_is_sent_again_after_the_timeout)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t took;

	user_send(ep, d, 100);
	out_any(d);
	took = time_to_out(d, SEC);
	CHECK(took >= 200 * MS && took < 210 * MS);
	out_why(d, "P. 1:101(100) ack 1", WHY_RETRANSMIT_TIMEOUT);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6298 5.5 */
TEST(timeout_doubles_each_time)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t expect = 200 * MS;

	user_send(ep, d, 100);
	out_any(d);
	for (int i = 0; i < 6; i++, expect *= 2) {
		nsec_t took = time_to_out(d, 60 * SEC);

		CHECK(took >= expect && took < expect + 10 * MS);
		out(d, "P. 1:101(100) ack 1");
	}
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(connection_is_given_up_after_as_long_as_fifteen_timeouts_last)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 100);
	wait_for(d, 700 * SEC);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	wait_for(d, 500 * SEC);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(user_error(ep), -ETIMEDOUT);
	/* 924.6 s after the first repair, at the next timeout. */
	CHECK_EQ(out_all(d), 17);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(progress_begins_the_count_of_timeouts_anew)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 3000);
	for (int i = 1; i <= 3; i++) {
		/* Some ten timeouts each time. */
		wait_for(d, 400 * SEC);
		out_all(d);
		ack(d, 1 + 900 * i);
	}
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6298 5.4 */
TEST(timeout_sends_one_segment_and_then_slow_start)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 8000);
	CHECK_EQ(out_all(d), 8);
	time_to_out(d, SEC);
	out(d, ". 1:1001(1000) ack 1");
	out_nothing(d);
	ack(d, 1001);
	out(d, ". 1001:2001(1000) ack 1");
	out(d, "P. 2001:3001(1000) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6298 5 */
TEST(progress_ends_the_back_off_with_timestamps)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, TS_ALL);
	nsec_t took;

	user_send(ep, d, 100);
	for (int i = 0; i < 4; i++) {
		time_to_out(d, 60 * SEC);
		out_any(d);
	}
	in(d, ". 1:1(0) ack 101 win 512 <TS val 200 ecr 1400>");
	user_send(ep, d, 100);
	out_any(d);
	took = time_to_out(d, SEC);
	CHECK(took < 500 * MS);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6298 5.3 */
TEST(ack_restarts_the_timer)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t took;

	user_send(ep, d, 3000);
	out_all(d);
	wait_for(d, 150 * MS);
	ack(d, 1001);
	took = time_to_out(d, 2 * SEC);
	CHECK(took >= 200 * MS);
	out(d, ". 1001:2001(1000) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Fast retransmit without SACK ---- */

/* rfc5681 3.2 */
TEST(three_duplicate_acks_repair_without_waiting)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 8000);
	out_all(d);
	wait_for(d, 40 * MS);
	ack(d, 1);
	ack(d, 1);
	out_nothing(d);
	ack(d, 1);
	out_why(d, ". 1:1001(1000) ack 1", WHY_FAST_RETRANSMIT);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6582 3.2 */
TEST(duplicate_acks_before_progress_do_not_count_after_it)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 8000);
	out_all(d);
	ack(d, 1);
	ack(d, 1);
	ack(d, 1001);
	ack(d, 1001);
	ack(d, 1001);
	out_nothing(d);
	ack(d, 1001);
	out(d, ". 1001:2001(1000) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc5681 4.3; rfc6582 3.2 */
TEST(partial_ack_repairs_the_next_hole)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 8000);
	out_all(d);
	for (int i = 0; i < 5; i++)
		ack(d, 1);
	out(d, ". 1:1001(1000) ack 1");
	ack(d, 4001);
	out(d, ". 4001:5001(1000) ack 1");
	ack(d, 8001);
	out_nothing(d);
	/* Duplicates may still come from before: until something above the
	 * recovery point is acknowledged, it is not over (RFC 6582 4). */
	CHECK_EQ(conn_of(ep)->cc.phase, CC_RECOVERY);
	user_send(ep, d, 1000);
	out_any(d);
	ack(d, 9001);
	CHECK_EQ(conn_of(ep)->cc.phase, CC_OPEN);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 5.1 */
TEST(recovery_halves_the_window_without_sack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	CHECK_EQ(user_set_bytes(ep, d, 6, 13, "reno", 4), 0);
	user_send(ep, d, 10000);
	out_all(d);
	for (int i = 0; i < 9; i++)
		ack(d, 1);
	out_all(d);
	ack(d, 10001);
	CHECK_EQ(conn_of(ep)->cc.cwnd, 5);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc5681 2 */
TEST(duplicates_with_data_or_window_change_do_not_count)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 8000);
	out_all(d);
	in(d, ". 1:1(0) ack 1 win 60000");
	in(d, ". 1:1(0) ack 1 win 60001");
	in(d, ". 1:1(0) ack 1 win 60002");
	in(d, "P. 1:11(10) ack 1 win 60002");
	in(d, "P. 11:21(10) ack 1 win 60002");
	in(d, "P. 21:31(10) ack 1 win 60002");
	while (d->first != d->last)
		CHECK_EQ(out_any(d)->length, 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- With SACK ---- */

/* rfc6675 2 */
TEST(sack_of_three_later_segments_repairs_at_once)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 8000);
	out_all(d);
	wait_for(d, 40 * MS);
	sack(d, 1, 1001, 4001);
	out_why(d, ". 1:1001(1000) ack 1", WHY_FAST_RETRANSMIT);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 5; rfc6675 4 */
TEST(only_the_holes_are_sent_again)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 10000);
	out_all(d);
	wait_for(d, 40 * MS);
	/* Lost: 1, 4001 and 6001. */
	sack(d, 1, 1001, 4001);
	in(d, ". 1:1(0) ack 1 win 65535 <sack 5001:6001 1001:4001>");
	in(d, ". 1:1(0) ack 1 win 65535 <sack 7001:10001 5001:6001 1001:4001>");
	out(d, ". 1:1001(1000) ack 1");
	out(d, ". 4001:5001(1000) ack 1");
	out(d, ". 6001:7001(1000) ack 1");
	out_nothing(d);
	ack(d, 10001);
	CHECK_EQ(conn_of(ep)->cc.phase, CC_OPEN);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(lost_retransmission_is_found_without_a_timeout)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 20000);
	out_all(d);
	wait_for(d, 40 * MS);
	sack(d, 1, 1001, 6001);
	out(d, ". 1:1001(1000) ack 1");
	out_all(d);
	wait_for(d, 40 * MS);
	/* New data, sent after the repair, arrives: the repair is lost. */
	sack(d, 1, 1001, 12001);
	out(d, ". 1:1001(1000) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(reordering_does_not_cause_a_retransmission)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 4000);
	out_all(d);
	wait_for(d, 40 * MS);
	ack(d, 1001);
	user_send(ep, d, 4000);
	out_all(d);
	wait_for(d, 40 * MS);
	/* One segment overtook another by a little. */
	sack(d, 1001, 2001, 3001);
	wait_for(d, 5 * MS);
	ack(d, 8001);
	wait_for(d, SEC);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 5 */
TEST(sack_of_what_was_not_sent_is_not_believed)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 4000);
	out_all(d);
	sack(d, 1, 5001, 9001);
	sack(d, 1, 1001, 9001);
	sack(d, 1, 3001, 2001);
	CHECK_EQ(conn_of(ep)->flight.sacked, 0);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 8 */
TEST(peer_that_reneges_gets_everything_again)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");
	bool again = false;

	user_send(ep, d, 3000);
	out_all(d);
	sack(d, 1, 1001, 3001);
	wait_for(d, 3 * SEC);
	while (d->first != d->last)
		if (out_any(d)->h.seq == d->iss + 1)
			again = true;
	CHECK(again);
	ack(d, 1001);
	for (int i = 0; i < 10 && d->first == d->last; i++)
		wait_for(d, 5 * SEC);
	out(d, ". 1001:2001(1000) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(partly_sacked_offload_segment_is_repaired_in_part)
{
	struct dialogue *d = dialogue_with(1500, true, false);
	struct endpoint *ep;

	d->rtt = 40 * MS;
	ep = accepted(d, "mss 1000,sackOK");
	user_send(ep, d, 10000);
	CHECK_EQ(out_all(d), 5);
	wait_for(d, 40 * MS);
	in(d, ". 1:1(0) ack 1 win 65535 <sack 3001:10001>");
	/* The second of the first two and the first of the next two. */
	out(d, "P. 1:2001(2000) ack 1");
	out(d, ". 2001:3001(1000) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Tail loss probe ---- */

TEST(lost_tail_is_probed_before_the_timeout)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");
	nsec_t took;

	user_send(ep, d, 1000);
	out_any(d);
	wait_for(d, 50 * MS);
	ack(d, 1001);
	user_send(ep, d, 5000);
	CHECK_EQ(out_all(d), 5);
	took = time_to_out(d, SEC);
	CHECK(took >= 2 * MS && took < 150 * MS);
	out_why(d, "P. 5001:6001(1000) ack 1", WHY_TAIL_LOSS_PROBE);
	/* Its SACK brings the rest. */
	wait_for(d, 50 * MS);
	sack(d, 1001, 5001, 6001);
	for (int i = 0; i < 4 && d->first == d->last; i++)
		time_to_out(d, 100 * MS);
	out_why(d, ". 1001:2001(1000) ack 1", WHY_FAST_RETRANSMIT);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc8985 7.3 */
TEST(tail_loss_probe_prefers_new_data)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 12000);
	CHECK_EQ(out_all(d), 10);
	time_to_out(d, SEC);
	out_why(d, ". 10001:11001(1000) ack 1", WHY_TAIL_LOSS_PROBE);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc8985 7.2 */
TEST(single_segment_leaves_time_for_a_delayed_ack_before_its_probe)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	/* 2 RTT + 200 ms is later than RTT + 200 ms: then the probe comes in
	 * the place of the timeout (RFC 8985 7.2). */
	user_send(ep, d, 500);
	out_any(d);
	CHECK(time_to_out(d, SEC) >= 240 * MS);
	out_why(d, "P. 1:501(500) ack 1", WHY_TAIL_LOSS_PROBE);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc8985 7.1 */
TEST(one_tail_loss_probe_then_the_timeout)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	user_send(ep, d, 3000);
	out_all(d);
	time_to_out(d, SEC);
	out_why(d, "P. 2001:3001(1000) ack 1", WHY_TAIL_LOSS_PROBE);
	time_to_out(d, SEC);
	out_why(d, ". 1:1001(1000) ack 1", WHY_RETRANSMIT_TIMEOUT);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Undo ---- */

TEST(spurious_timeout_is_undone_by_timestamps)
{
	struct dialogue *d = dialogue_far(40 * MS);
	struct endpoint *ep = accepted(d, TS_ALL);

	CHECK_EQ(user_set_bytes(ep, d, 6, 13, "reno", 4), 0);
	user_send(ep, d, 10000);
	out_all(d);
	/* The probe, then the timeout. */
	wait_for(d, 500 * MS);
	CHECK_EQ(conn_of(ep)->cc.phase, CC_LOSS);
	out_all(d);
	/* The answer to the first copies comes late. */
	in(d, ". 1:1(0) ack 1001 win 512 <TS val 200 ecr 0>");
	CHECK_EQ(conn_of(ep)->cc.phase, CC_OPEN);
	CHECK(conn_of(ep)->cc.cwnd >= 10);
	CHECK_EQ(d->net->stats.tcp_ext.loss_undo, 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6298 3 */
TEST(karn_retransmitted_segment_gives_no_rtt_sample)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t before;

	user_send(ep, d, 100);
	out_any(d);
	before = conn_of(ep)->rtt.srtt;
	time_to_out(d, SEC);
	out_any(d);
	wait_for(d, 100 * MS);
	ack(d, 101);
	CHECK_EQ(conn_of(ep)->rtt.srtt, before);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Idle ---- */

/* rfc5681 4.1 */
TEST(window_is_cautious_after_an_idle_time)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	int at = 1;

	for (int i = 0; i < 4; i++) {
		user_send(ep, d, 40000);
		while (at < 1 + 40000 * (i + 1)) {
			at += out_all(d) * 1000;
			ack(d, at);
		}
	}
	CHECK(conn_of(ep)->cc.cwnd > 30);
	wait_for(d, 30 * SEC);
	user_send(ep, d, 60000);
	CHECK_EQ(out_all(d), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- ICMP ---- */

/* An ICMP error of the path about the last segment from `seq`. */
static void icmp(struct dialogue *d, uint8_t type, uint8_t code, uint32_t seq,
		 int error, bool hard, uint32_t mtu)
{
	uint8_t quoted[8];
	struct icmp_error e = {
		.local = { addr_ip4(0x0a000001), d->port, 0 },
		.remote = { addr_ip4(0x0a000002), d->peer_port, 0 },
		.protocol = 6,
		.type = type,
		.code = code,
		.error = error,
		.hard = hard,
		.mtu = mtu,
		.quoted = quoted,
		.quoted_length = 8,
	};

	put_be16(quoted, d->port);
	put_be16(quoted + 2, d->peer_port);
	put_be32(quoted + 4, d->iss + seq);
	tcp_protocol.error(d->net, &e);
	settle(d);
}

TEST(unreachable_ends_an_attempt_to_connect)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	icmp(d, 3, 1, 0, EHOSTUNREACH, false, 0);
	CHECK_EQ(user_error(ep), -EHOSTUNREACH);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(unreachable_does_not_end_a_connection_but_explains_its_end)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 100);
	icmp(d, 3, 1, 1, EHOSTUNREACH, false, 0);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	CHECK_EQ(user_error(ep), 0);
	wait_for(d, 1200 * SEC);
	CHECK_EQ(user_error(ep), -EHOSTUNREACH);
	out_all(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(icmp_error_about_a_sequence_number_out_of_flight_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	icmp(d, 3, 1, 4711, EHOSTUNREACH, false, 0);
	CHECK_EQ(state_of(ep), TCP_SYN_SENT);
	user_close(ep, d);
	dialogue_end(d);
}

/* rfc1191 3; rfc1191 6.4 */
TEST(smaller_path_mtu_cuts_the_flight_anew)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_send(ep, d, 2920);
	CHECK_EQ(out_all(d), 2);
	icmp(d, 3, 4, 1, EMSGSIZE, false, 1000);
	while (d->first != d->last) {
		struct seen *s = out_any(d);

		CHECK(s->length <= 960);
	}
	CHECK_EQ(conn_of(ep)->snd.mss, 960);
	dialogue_drop(d);
	endpoint_put(ep);
}
