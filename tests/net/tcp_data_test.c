// SPDX-License-Identifier: MIT
/*
 * Rules of moving data without loss: segmentation, Nagle, windows, reassembly,
 * acknowledgments, probes, keepalive (RFC 9293 3.7, 3.8).
 */
#include "net/core/urgent.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define NODELAY 1
#define MAXSEG 2
#define CORK 3
#define KEEPIDLE 4
#define KEEPINTVL 5
#define KEEPCNT 6
#define QUICKACK 12
#define SIOCINQ 0x541b
#define SIOCATMARK 0x8905
#define USER_TIMEOUT 18

/* ---- Sending ---- */

TEST(data_is_cut_at_the_mss_and_pushed_at_its_end)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	CHECK_EQ(user_send(ep, d, 2500), 2500);
	out_why(d, ". 1:1001(1000) ack 1", WHY_NEW_DATA);
	out(d, ". 1001:2001(1000) ack 1");
	out(d, "P. 2001:2501(500) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(segments_carry_the_bytes_that_were_written)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 3000);
	for (int i = 0; i < 3; i++) {
		struct seen *s = &d->seen[(d->first + i) % SEEN_MAX];

		for (uint32_t j = 0; j < s->length; j++)
			CHECK_EQ(s->payload[j], pattern(i * 1000 + j));
	}
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(offload_builds_one_large_segment)
{
	struct dialogue *d = dialogue_with(1500, true, false);
	struct endpoint *ep = accepted(d, "mss 1000");
	struct seen *s;

	user_send(ep, d, 9500);
	/* Half of the window at once, so that there are two in flight. */
	s = out_any(d);
	CHECK_EQ(s->length, 5000);
	CHECK_EQ(s->gso_size, 1000);
	CHECK_EQ(s->gso_type, GSO_TCP4);
	s = out_any(d);
	CHECK_EQ(s->length, 4500);
	CHECK_EQ(s->gso_size, 1000);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(offload_says_when_it_is_ipv6)
{
	struct dialogue *d = dialogue_with(1500, true, true);
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 9500);
	CHECK_EQ(out_any(d)->gso_type, GSO_TCP6);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(nagle_holds_a_second_small_segment)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 1");
	user_send(ep, d, 20);
	out_nothing(d);
	in(d, ". 1:1(0) ack 11 win 65535");
	out(d, "P. 11:31(20) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(nagle_lets_full_segments_go)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 10);
	out_any(d);
	user_send(ep, d, 1500);
	out(d, ". 11:1011(1000) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(nodelay_sends_small_segments_at_once)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	CHECK_EQ(user_set(ep, d, 6, NODELAY, 1), 0);
	user_send(ep, d, 10);
	user_send(ep, d, 20);
	out(d, "P. 1:11(10) ack 1");
	out(d, "P. 11:31(20) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(cork_holds_partial_segments_until_it_is_pulled)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, CORK, 1);
	user_send(ep, d, 100);
	out_nothing(d);
	user_send(ep, d, 1000);
	out(d, ". 1:1001(1000) ack 1");
	out_nothing(d);
	user_set(ep, d, 6, CORK, 0);
	out(d, "P. 1001:1101(100) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(cork_lasts_no_longer_than_200_ms)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t took;

	user_set(ep, d, 6, CORK, 1);
	user_send(ep, d, 100);
	took = time_to_out(d, SEC);
	CHECK(took >= 200 * MS && took < 210 * MS);
	out(d, "P. 1:101(100) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(sending_stops_at_the_peers_window)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:1(0) ack 1 win 3000");
	user_send(ep, d, 10000);
	CHECK_EQ(out_all(d), 3);
	in(d, ". 1:1(0) ack 1001 win 3000");
	out(d, ". 3001:4001(1000) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7323 2.3 */
TEST(peers_window_scale_is_applied)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,wscale 3");

	in(d, ". 1:1(0) ack 1 win 500");
	user_send(ep, d, 10000);
	CHECK_EQ(out_all(d), 4);
	CHECK_EQ(d->net->stats.tcp.curr_estab, 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6928 2 */
TEST(initial_window_is_ten_segments)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 50000);
	CHECK_EQ(out_all(d), 10);
	in(d, ". 1:1(0) ack 2001 win 65535");
	/* Slow start: two acknowledged, four more. */
	CHECK_EQ(out_all(d), 4);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(segments_are_not_cut_to_fill_a_small_rest_of_the_window)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:1(0) ack 1 win 2500");
	user_send(ep, d, 5000);
	CHECK_EQ(out_all(d), 2);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(shrinking_window_is_survived)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:1(0) ack 1 win 5000");
	user_send(ep, d, 8000);
	CHECK_EQ(out_all(d), 5);
	in(d, ". 1:1(0) ack 1001 win 1000");
	out_nothing(d);
	in(d, ". 1:1(0) ack 5001 win 5000");
	CHECK_EQ(out_all(d), 3);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(old_ack_does_not_move_the_window_back)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 2000);
	out_all(d);
	in(d, ". 1:1(0) ack 2001 win 8000");
	in(d, ". 1:1(0) ack 1001 win 10");
	user_send(ep, d, 8000);
	CHECK_EQ(out_all(d), 8);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(window_of_an_overtaken_segment_is_not_taken)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 21:31(10) ack 1 win 5000");
	in(d, "P. 1:11(10) ack 1 win 100");
	out_all(d);
	user_send(ep, d, 3000);
	CHECK_EQ(out_all(d), 3);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(zero_window_is_probed_with_back_off)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t before = 0;

	in(d, ". 1:1(0) ack 1 win 0");
	user_send(ep, d, 100);
	out_nothing(d);
	for (int i = 0; i < 5; i++) {
		nsec_t took = time_to_out(d, 100 * SEC);

		out_why(d, ". 0:0(0) ack 1", WHY_WINDOW_PROBE);
		if (before)
			CHECK(took > before * 19 / 10 &&
			      took < before * 21 / 10);
		before = took;
		in(d, ". 1:1(0) ack 1 win 0");
	}
	in(d, ". 1:1(0) ack 1 win 1000");
	out(d, "P. 1:101(100) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(connection_lives_while_window_probes_are_answered)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:1(0) ack 1 win 0");
	user_send(ep, d, 100);
	for (int i = 0; i < 40; i++) {
		time_to_out(d, 150 * SEC);
		out_any(d);
		in(d, ". 1:1(0) ack 1 win 0");
	}
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(unanswered_window_probes_end_the_connection)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:1(0) ack 1 win 0");
	user_send(ep, d, 100);
	wait_for(d, 2000 * SEC);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(user_error(ep), -ETIMEDOUT);
	out_all(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(data_in_flight_at_a_closing_window_probes_it)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 3000);
	out_all(d);
	in(d, ". 1:1(0) ack 1001 win 0");
	CHECK(time_to_out(d, SEC) >= 200 * MS);
	out(d, ". 1001:2001(1000) ack 1");
	out_nothing(d);
	in(d, ". 1:1(0) ack 1001 win 4000");
	wait_for(d, SEC);
	in(d, ". 1:1(0) ack 3001 win 4000");
	out_all(d);
	CHECK_EQ(user_ioctl(ep, d, 0x5411), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(max_segment_option_limits_ours_and_theirs)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, MAXSEG, 500), 0);
	CHECK_EQ(user_set(ep, d, 6, MAXSEG, 20), -EINVAL);
	user_connect(ep, d, 80);
	CHECK_EQ(out_any(d)->h.opt.mss, 500);
	in(d, "S. 0:0(0) ack 1 win 65535 <mss 1460>");
	out_any(d);
	user_send(ep, d, 600);
	out(d, ". 1:501(500) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(timestamps_take_twelve_bytes_of_each_segment)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,TS val 100 ecr 0");

	user_send(ep, d, 1500);
	out(d, ". 1:989(988) ack 1 <TS val 0 ecr 101>");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(send_buffer_is_bounded_and_released_by_acks)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	uint32_t first;

	in(d, ". 1:1(0) ack 1 win 1000");
	first = user_send(ep, d, 1000000);
	CHECK(first > 10000 && first < 1000000);
	CHECK_EQ(user_send(ep, d, 1000), 0);
	out_all(d);
	in(d, ". 1:1(0) ack 1001 win 1000");
	CHECK(user_send(ep, d, 1000000) >= 1000);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Receiving ---- */

TEST(data_is_acked_at_once_at_the_start)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 1:101(100) ack 1 win 65535");
	out_why(d, ". 1:1(0) ack 101", WHY_ACK);
	CHECK_EQ(user_receive(ep, d, NULL, 1000), 100);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(single_small_segment_is_acked_after_40_ms)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	nsec_t took;

	user_set(ep, d, 6, QUICKACK, 0);
	in(d, "P. 1:101(100) ack 1 win 65535");
	took = time_to_out(d, SEC);
	CHECK(took >= 40 * MS && took < 45 * MS);
	out_why(d, ". 1:1(0) ack 101", WHY_DELAYED_ACK);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(every_second_full_segment_is_acked_at_once)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, QUICKACK, 0);
	in(d, ". 1:1001(1000) ack 1 win 65535");
	out_nothing(d);
	in(d, ". 1001:2001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 2001");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(answer_carries_the_ack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, QUICKACK, 0);
	in(d, "P. 1:101(100) ack 1 win 65535");
	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 101");
	wait_for(d, 100 * MS);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* The answer carries the ACK; a second write without one does not wait. */
TEST(reader_in_a_dialogue_wakes_nobody)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, QUICKACK, 0);
	in(d, "P. 1:101(100) ack 1 win 65535");
	CHECK(ep->rx_kick_at > atomic_load(&ep->rx.tail));
	in(d, "P. 101:201(100) ack 1 win 65535");
	CHECK(ep->rx_kick_at <= atomic_load(&ep->rx.tail));
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc5681 4.2 */
TEST(out_of_order_segment_is_acked_at_once_and_kept)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1001:2001(1000) ack 1 win 65535");
	out_why(d, ". 1:1(0) ack 1", WHY_DUPLICATE_ACK);
	CHECK_EQ(user_receive(ep, d, NULL, 5000), 0);
	in(d, ". 1:1001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 2001");
	CHECK_EQ(user_receive(ep, d, NULL, 5000), 2000);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 3; rfc2018 4 */
TEST(gaps_are_reported_by_sack_newest_first)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	in(d, ". 1001:2001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1 <sack 1001:2001>");
	in(d, ". 3001:4001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1 <sack 3001:4001 1001:2001>");
	in(d, ". 5001:6001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1 <sack 5001:6001 3001:4001 1001:2001>");
	in(d, ". 2001:3001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1 <sack 1001:4001 5001:6001>");
	in(d, ". 1:1001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 4001 <sack 5001:6001>");
	in(d, ". 4001:5001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 6001 <nothing>");
	CHECK_EQ(user_receive(ep, d, NULL, 9000), 6000);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2018 4 */
TEST(at_most_four_sack_blocks_and_three_with_timestamps)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");
	char line[80];
	struct seen *s = NULL;

	for (int i = 1; i < 13; i += 2) {
		snprintf(line, sizeof line, ". %d:%d(100) ack 1 win 65535",
			 1 + i * 100, 101 + i * 100);
		in(d, line);
		s = out_any(d);
	}
	CHECK_EQ(s->h.opt.sack_count, 4);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc2883 4.1.1 */
TEST(duplicate_is_reported_by_dsack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");

	in(d, ". 1:1001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1001");
	in(d, ". 1:1001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1001 <sack 1:1001>");
	in(d, ". 2001:3001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1001 <sack 2001:3001>");
	in(d, ". 2001:3001(1000) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1001 <sack 2001:3001 2001:3001>");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(overlapping_segments_are_put_together_exactly)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 501:1501(1000) ack 1 win 65535");
	in(d, ". 1001:1201(200) ack 1 win 65535");
	in(d, ". 2001:2501(500) ack 1 win 65535");
	in(d, ". 1201:2301(1100) ack 1 win 65535");
	in(d, ". 401:2601(2200) ack 1 win 65535");
	in(d, ". 1:601(600) ack 1 win 65535");
	CHECK_EQ(user_receive(ep, d, NULL, 9000), 2600);
	out_all(d);
	CHECK_EQ(d->net->packets, 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(first_copy_of_a_byte_is_kept)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");
	char a[100], b[100], got[200];

	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	in_bytes(d, ". 101:201(100) ack 1 win 65535", a);
	in_bytes(d, ". 51:151(100) ack 1 win 65535", b);
	out(d, ". 1:1(0) ack 1 <sack 101:201>");
	out(d, ". 1:1(0) ack 1 <sack 101:151 51:201>");
	in_bytes(d, ". 1:51(50) ack 1 win 65535", b);
	CHECK_EQ(user_receive(ep, d, got, 300), 200);
	CHECK_MEM(got, b, 100);
	CHECK_MEM(got + 100, a, 100);
	out_all(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(segment_that_begins_in_the_past_gives_its_new_part)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 1:501(500) ack 1 win 65535");
	in(d, ". 301:801(500) ack 1 win 65535");
	CHECK_EQ(user_receive(ep, d, NULL, 9000), 800);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(data_beyond_the_window_is_cut_off)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	CHECK_EQ(user_set(ep, d, NET_SOL_SOCKET, NET_SO_RCVBUF, 2048), 0);
	/* The edge that was promised, 64240, still holds. */
	in(d, ". 64001:65001(1000) ack 1 win 65535");
	out_all(d);
	CHECK_EQ(conn_of(ep)->ooo.bytes, 240);
	in(d, ". 70001:71001(1000) ack 1 win 65535");
	CHECK_EQ(dropped(d, REASON_TCP_OUT_OF_WINDOW), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(window_closes_when_nobody_reads_and_reopens_when_someone_does)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;
	struct endpoint *listener = listening(d, 80, 5);
	char line[80];
	int at = 1;

	CHECK_EQ(user_set(listener, d, NET_SOL_SOCKET, NET_SO_RCVBUF, 14600),
		 0);
	in(d, "S 0:0(0) win 65535 <mss 1000>");
	out(d, "S. 0:0(0) ack 1 win 14600"); /* ten segments of ours */
	in(d, ". 1:1(0) ack 1 win 65535");
	ep = user_accept(listener, d);
	for (; at < 14001; at += 1000) {
		snprintf(line, sizeof line, ". %d:%d(1000) ack 1 win 65535", at,
			 at + 1000);
		in(d, line);
	}
	in(d, ". 14001:14601(600) ack 1 win 65535");
	wait_for(d, SEC);
	out_all(d);
	in(d, ". 14600:14600(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 14601 win 0");
	/* Not for a few bytes (MUST-39)... */
	CHECK_EQ(user_receive(ep, d, NULL, 500), 500);
	out_nothing(d);
	wait_for(d, SEC);
	in(d, ". 14600:14600(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 14601 win 0");
	/* ...but for a segment. */
	CHECK_EQ(user_receive(ep, d, NULL, 500), 500);
	out_why(d, ". 1:1(0) ack 14601 win 1000", WHY_WINDOW_UPDATE);
	/* Then when it is twice what the peer knows. */
	CHECK_EQ(user_receive(ep, d, NULL, 900), 900);
	out_nothing(d);
	CHECK_EQ(user_receive(ep, d, NULL, 1100), 1100);
	out_why(d, ". 1:1(0) ack 14601 win 3000", WHY_WINDOW_UPDATE);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

TEST(payload_at_a_zero_window_is_dropped_but_its_ack_counts)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 5), *ep;

	user_set(listener, d, 6, MAXSEG, 1000);
	user_set(listener, d, NET_SOL_SOCKET, NET_SO_RCVBUF, 2000);
	in(d, "S 0:0(0) win 65535 <mss 1000>");
	out(d, "S. 0:0(0) ack 1 win 2000");
	in(d, ". 1:1(0) ack 1 win 65535");
	ep = user_accept(listener, d);
	in(d, ". 1:1001(1000) ack 1 win 65535");
	in(d, ". 1001:2001(1000) ack 1 win 65535");
	out_all(d);
	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 2001 win 0");
	in(d, "P. 2001:2101(100) ack 11 win 65535");
	out(d, ". 11:11(0) ack 2001 win 0");
	CHECK_EQ(user_ioctl(ep, d, 0x5411), 0);
	CHECK_EQ(user_receive(ep, d, NULL, 9000), 2000);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

TEST(window_probe_of_the_peer_is_answered)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, ". 0:0(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(peek_of_queue_lengths_by_ioctl)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	in(d, "P. 1:101(100) ack 1 win 65535");
	user_send(ep, d, 300);
	CHECK_EQ(user_ioctl(ep, d, 0x541b), 100);
	CHECK_EQ(user_ioctl(ep, d, 0x5411), 300);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(receive_buffer_grows_with_a_fast_reader)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep =
		accepted(d, "mss 1460,sackOK,TS val 100 ecr 0,wscale 7");
	uint32_t before = ep->rx.limit;
	int at = 1;

	for (int round = 0; round < 20; round++) {
		wait_for(d, 10 * MS);
		for (int i = 0; i < 40; i++, at += 1448) {
			char line[100];

			snprintf(line, sizeof line,
				 ". %d:%d(1448) ack 1 win 512 "
				 "<TS val 101 ecr %d>",
				 at, at + 1448, round * 10);
			in(d, line);
			user_receive(ep, d, NULL, 100000);
		}
	}
	CHECK(ep->rx.limit > before);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(urgent_byte_is_announced_and_read_apart)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	uint8_t byte = 0;

	in_bytes(d, "PU. 1:11(10) ack 1 win 65535 urg 5", "abcdefghij");
	CHECK(endpoint_poll(ep) & NET_POLLPRI);
	CHECK_EQ(user_ioctl(ep, d, SIOCINQ), 4); /* up to the mark */
	CHECK_EQ(user_receive(ep, d, &(char[20]){ 0 }, 20), 4);
	CHECK_EQ(user_ioctl(ep, d, SIOCATMARK), 1);
	CHECK(endpoint_poll(ep) & NET_POLLPRI);
	CHECK_EQ(urgent_take(ep, false, false, &byte), 1);
	CHECK_EQ(byte, 'e');
	CHECK_EQ(urgent_take(ep, false, false, &byte), -EINVAL);
	CHECK(!(endpoint_poll(ep) & NET_POLLPRI));
	CHECK_EQ(user_receive(ep, d, &(char[20]){ 0 }, 20), 5);
	CHECK_EQ(user_ioctl(ep, d, SIOCATMARK), 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6093 6 */
TEST(urgent_byte_stays_in_the_stream_with_oobinline)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, NET_SOL_SOCKET, NET_SO_OOBINLINE, 1);
	in(d, "PU. 1:11(10) ack 1 win 65535 urg 5");
	CHECK(endpoint_poll(ep) & NET_POLLPRI);
	CHECK_EQ(user_ioctl(ep, d, SIOCINQ), 10);
	/* A read stops in front of the mark. */
	CHECK_EQ(user_receive(ep, d, NULL, 100), 4);
	CHECK_EQ(user_ioctl(ep, d, SIOCATMARK), 1);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 6);
	CHECK(!(endpoint_poll(ep) & NET_POLLPRI));
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(urgent_byte_is_waited_for)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	uint8_t byte;

	in(d, "U. 1:3(2) ack 1 win 65535 urg 5");
	CHECK(!(endpoint_poll(ep) & NET_POLLPRI));
	CHECK_EQ(urgent_take(ep, false, false, &byte), -EAGAIN);
	in_bytes(d, ". 3:8(5) ack 1 win 65535", "cdefg");
	CHECK(endpoint_poll(ep) & NET_POLLPRI);
	CHECK_EQ(urgent_take(ep, true, false, &byte), 1);
	CHECK_EQ(byte, 'e');
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc6093 3.1 */
TEST(second_urgent_byte_replaces_the_first)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	uint8_t byte;
	char got[8] = "";

	in_bytes(d, "PU. 1:2(1) ack 1 win 65535 urg 1", "a");
	in_bytes(d, "PU. 2:3(1) ack 1 win 65535 urg 1", "b");
	CHECK_EQ(urgent_take(ep, false, false, &byte), 1);
	CHECK_EQ(byte, 'b');
	/* The reader had come to the first one: it is gone, as in Linux. */
	in_bytes(d, "P. 3:4(1) ack 1 win 65535", "c");
	CHECK_EQ(user_receive(ep, d, got, 8), 1);
	CHECK_EQ(got[0], 'c');
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(urgent_pointer_of_the_past_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	uint8_t byte;

	in(d, "P. 1:11(10) ack 1 win 65535");
	in(d, "PU. 8:12(4) ack 1 win 65535 urg 2");
	CHECK(!(endpoint_poll(ep) & NET_POLLPRI));
	CHECK_EQ(urgent_take(ep, false, false, &byte), -EINVAL);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Keepalive ---- */

TEST(keepalive_is_off_by_default)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	wait_for(d, 20000 * SEC);
	out_nothing(d);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(idle_connection_is_probed_and_given_up)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, KEEPIDLE, 10);
	user_set(ep, d, 6, KEEPINTVL, 2);
	user_set(ep, d, 6, KEEPCNT, 3);
	user_set(ep, d, NET_SOL_SOCKET, NET_SO_KEEPALIVE, 1);
	CHECK(time_to_out(d, 20 * SEC) >= 10 * SEC);
	out_why(d, ". 0:0(0) ack 1", WHY_KEEPALIVE);
	CHECK(time_to_out(d, 20 * SEC) >= 2 * SEC);
	out(d, ". 0:0(0) ack 1");
	time_to_out(d, 20 * SEC);
	out(d, ". 0:0(0) ack 1");
	time_to_out(d, 20 * SEC);
	out(d, "R. 1:1(0) ack 1");
	CHECK_EQ(user_error(ep), -ETIMEDOUT);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(answered_keepalive_starts_over)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, KEEPIDLE, 10);
	user_set(ep, d, 6, KEEPINTVL, 3);
	user_set(ep, d, NET_SOL_SOCKET, NET_SO_KEEPALIVE, 1);
	for (int i = 0; i < 5; i++) {
		nsec_t took = time_to_out(d, 20 * SEC);

		CHECK(took >= 9900 * MS && took < 12 * SEC);
		out(d, ". 0:0(0) ack 1");
		in(d, ". 1:1(0) ack 1 win 65535");
	}
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Information ---- */

TEST(socket_options_have_linux_values_and_limits)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);
	char name[16] = { 0 };

	CHECK_EQ(user_get(ep, d, 6, KEEPIDLE), 7200);
	CHECK_EQ(user_get(ep, d, 6, KEEPINTVL), 75);
	CHECK_EQ(user_get(ep, d, 6, KEEPCNT), 9);
	CHECK_EQ(user_set(ep, d, 6, KEEPCNT, 0), -EINVAL);
	CHECK_EQ(user_set(ep, d, 6, KEEPCNT, 128), -EINVAL);
	CHECK_EQ(user_set(ep, d, 6, KEEPIDLE, 32768), -EINVAL);
	CHECK_EQ(user_set(ep, d, 6, 99, 1), -ENOPROTOOPT);
	CHECK_EQ(user_get(ep, d, NET_SOL_SOCKET, NET_SO_RCVBUF), 131072);
	CHECK_EQ(user_get_bytes(ep, d, 6, 13, name, 16), 16);
	CHECK_STR(name, "cubic");
	user_close(ep, d);
	dialogue_end(d);
}

TEST(congestion_control_can_be_chosen)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);
	char name[16] = "reno";

	CHECK_EQ(user_set_bytes(ep, d, 6, 13, name, 4), 0);
	memset(name, 0, 16);
	CHECK_EQ(user_get_bytes(ep, d, 6, 13, name, 16), 16);
	CHECK_STR(name, "reno");
	CHECK_EQ(user_set_bytes(ep, d, 6, 13, "vegas", 5), -ENOENT);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(tcp_info_tells_the_connections_variables)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep =
		accepted(d, "mss 1000,sackOK,TS val 100 ecr 0,wscale 7");
	uint8_t info[232];
	uint32_t v;

	user_send(ep, d, 988 * 2);
	CHECK_EQ(user_get_bytes(ep, d, 6, 11, info, 232), 232);
	CHECK_EQ(info[0], 1); /* ESTABLISHED */
	CHECK_EQ(info[5] & 7, 7); /* timestamps, SACK, scale */
	CHECK_EQ(info[6], 7 | 10 << 4);
	memcpy(&v, info + 16, 4);
	CHECK_EQ(v, 988); /* snd_mss */
	memcpy(&v, info + 24, 4);
	CHECK_EQ(v, 2); /* unacked */
	memcpy(&v, info + 80, 4);
	CHECK_EQ(v, 10); /* snd_cwnd */
	CHECK_EQ(user_get_bytes(ep, d, 6, 11, info, 20), 20);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(tcp_info_tells_what_the_path_delivers)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000,sackOK");
	uint64_t rate, busy;
	uint8_t info[280];

	/* Ten segments at once, acknowledged 100 ms later: 100 kB a second,
	 * and the user is what limits it. */
	user_send(ep, d, 10000);
	out_all(d);
	wait_for(d, 100 * MS);
	in(d, ". 1:1(0) ack 10001 win 65535");
	CHECK_EQ(user_get_bytes(ep, d, 6, 11, info, 280), 280);
	memcpy(&rate, info + 160, 8);
	CHECK_EQ(rate, 100000);
	CHECK_EQ(info[7] & 1, 1); /* delivery_rate_app_limited */
	memcpy(&busy, info + 168, 8);
	CHECK_EQ(busy, 100000);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc5482 3 */
TEST(user_timeout_ends_a_stalled_connection)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, USER_TIMEOUT, 5000);
	user_send(ep, d, 10);
	wait_for(d, 4 * SEC);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	/* It counts from the first retransmission. */
	wait_for(d, 1300 * MS);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(user_error(ep), -ETIMEDOUT);
	out_all(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(user_timeout_counts_from_the_stall_not_from_the_last_data)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, USER_TIMEOUT, 5000);
	in(d, ". 1:1(0) ack 1 win 0");
	wait_for(d, 3600 * SEC);
	user_send(ep, d, 10);
	wait_for(d, 4 * SEC);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	wait_for(d, 2 * SEC);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	out_all(d);
	user_close(ep, d);
	dialogue_end(d);
}

/* TCP_NOTSENT_LOWAT: a child is its listener's, whatever the default is now. */
TEST(a_child_has_the_low_mark_of_its_listener)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 5), *ep;

	d->net->tunables.tcp_notsent_lowat = 1000;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1 win 65535");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	CHECK_EQ(conn_of(ep)->set.notsent_lowat, 0);
	CHECK_EQ(atomic_load(&ep->tx_unsent_most), 0);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}
