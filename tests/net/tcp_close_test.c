// SPDX-License-Identifier: MIT
/*
 * Rules of closing: every path of RFC 9293's figure 5, orphans, TIME-WAIT,
 * lingering, resets.
 */
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

TEST(active_close_goes_through_fin_wait_to_time_wait)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_close(ep, d);
	out_why(d, "F. 1:1(0) ack 1", WHY_FIN);
	in(d, ". 1:1(0) ack 2 win 65535");
	in(d, "F. 1:1(0) ack 2 win 65535");
	out(d, ". 2:2(0) ack 2");
	CHECK_EQ(time_waits(d), 1);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(states_of_the_active_close_are_visible)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	CHECK_EQ(user_shutdown(ep, d, 1), 0);
	CHECK_EQ(state_of(ep), TCP_FIN_WAIT_1);
	out(d, "F. 1:1(0) ack 1");
	in(d, ". 1:1(0) ack 2 win 65535");
	CHECK_EQ(state_of(ep), TCP_FIN_WAIT_2);
	in(d, "P. 1:11(10) ack 2 win 65535");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	in(d, "F. 11:11(0) ack 2 win 65535");
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(time_waits(d), 1);
	CHECK(endpoint_poll(ep) & NET_POLLIN);
	CHECK(endpoint_status(ep) & EP_RX_EOF);
	out_all(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(passive_close_goes_through_close_wait_and_last_ack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 1:1(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 2");
	CHECK_EQ(state_of(ep), TCP_CLOSE_WAIT);
	CHECK(endpoint_status(ep) & EP_RX_EOF);
	CHECK(endpoint_poll(ep) & NET_POLLRDHUP);
	user_close(ep, d);
	out(d, "F. 1:1(0) ack 2");
	in(d, ". 2:2(0) ack 2 win 65535");
	CHECK_EQ(d->net->tcp->alive, 0);
	CHECK_EQ(time_waits(d), 0);
	dialogue_end(d);
}

TEST(last_ack_state_is_visible)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 1:1(0) ack 1 win 65535");
	user_shutdown(ep, d, 1);
	CHECK_EQ(state_of(ep), TCP_LAST_ACK);
	out_all(d);
	in(d, ". 2:2(0) ack 2 win 65535");
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(simultaneous_close_goes_through_closing)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_shutdown(ep, d, 1);
	out(d, "F. 1:1(0) ack 1");
	in(d, "F. 1:1(0) ack 1 win 65535");
	out(d, ". 2:2(0) ack 2");
	CHECK_EQ(state_of(ep), TCP_CLOSING);
	in(d, ". 2:2(0) ack 2 win 65535");
	CHECK_EQ(time_waits(d), 1);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(fin_that_acks_our_fin_goes_straight_to_time_wait)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_close(ep, d);
	out(d, "F. 1:1(0) ack 1");
	in(d, "F. 1:1(0) ack 2 win 65535");
	out(d, ". 2:2(0) ack 2");
	CHECK_EQ(time_waits(d), 1);
	dialogue_end(d);
}

TEST(fin_follows_the_data_that_is_still_to_be_sent)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 30000);
	user_close(ep, d);
	CHECK_EQ(out_all(d), 10);
	for (int ack = 10001; ack <= 20001; ack += 10000) {
		char line[60];

		snprintf(line, sizeof line, ". 1:1(0) ack %d win 65535", ack);
		in(d, line);
	}
	while (d->first != d->last) {
		struct seen *s = out_any(d);

		if (d->first == d->last) {
			CHECK(s->h.flags & TCP_FIN);
			CHECK_EQ(s->h.seq - d->iss + s->length, 30001);
		} else {
			CHECK(!(s->h.flags & TCP_FIN));
		}
	}
	in(d, "F. 1:1(0) ack 30002 win 65535");
	out(d, ". 30002:30002(0) ack 2");
	dialogue_end(d);
}

TEST(fin_is_retransmitted)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_close(ep, d);
	out(d, "F. 1:1(0) ack 1");
	CHECK(time_to_out(d, 2 * SEC) >= 200 * MS);
	out_why(d, "F. 1:1(0) ack 1", WHY_RETRANSMIT_TIMEOUT);
	dialogue_drop(d);
}

TEST(fin_out_of_order_waits_for_the_data_before_it)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 101:101(0) ack 1 win 65535");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	in(d, "P. 1:101(100) ack 1 win 65535");
	CHECK_EQ(state_of(ep), TCP_CLOSE_WAIT);
	out_all(d);
	CHECK_EQ(user_receive(ep, d, NULL, 1000), 100);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(data_and_fin_in_one_segment)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "FP. 1:11(10) ack 1 win 65535");
	out(d, ". 1:1(0) ack 12");
	CHECK_EQ(state_of(ep), TCP_CLOSE_WAIT);
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(half_closed_peer_still_gets_our_data)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 1:1(0) ack 1 win 65535");
	out_all(d);
	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 2");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(repeated_fin_is_acked_again_in_close_wait)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 1:1(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 2");
	wait_for(d, SEC);
	in(d, "F. 1:1(0) ack 1 win 65535");
	out(d, ". 1:1(0) ack 2");
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- TIME-WAIT ---- */

/* The peer's ACK of our FIN and its own FIN have come. */
static void to_time_wait(struct dialogue *d, const char *options)
{
	struct endpoint *ep = accepted(d, options);
	bool ts = strstr(options, "TS");

	user_close(ep, d);
	out_any(d);
	in(d, ts ? "F. 1:1(0) ack 2 win 65535 <TS val 110 ecr 0>" :
		   "F. 1:1(0) ack 2 win 65535");
	out_any(d);
	CHECK_EQ(time_waits(d), 1);
}

TEST(time_wait_lasts_two_msl)
{
	struct dialogue *d = dialogue_new();

	to_time_wait(d, "mss 1460");
	wait_for(d, 59 * SEC);
	CHECK_EQ(time_waits(d), 1);
	wait_for(d, 2 * SEC);
	CHECK_EQ(time_waits(d), 0);
	dialogue_end(d);
}

TEST(time_wait_acks_a_repeated_fin_and_starts_over)
{
	struct dialogue *d = dialogue_new();

	to_time_wait(d, "mss 1460");
	wait_for(d, 40 * SEC);
	in(d, "F. 1:1(0) ack 2 win 65535");
	out(d, ". 2:2(0) ack 2");
	wait_for(d, 40 * SEC);
	CHECK_EQ(time_waits(d), 1);
	wait_for(d, 21 * SEC);
	CHECK_EQ(time_waits(d), 0);
	dialogue_end(d);
}

TEST(exact_reset_ends_time_wait_another_does_not)
{
	struct dialogue *d = dialogue_new();

	to_time_wait(d, "mss 1460");
	in(d, "R 77:77(0) win 0");
	CHECK_EQ(time_waits(d), 1);
	in(d, "R 2:2(0) win 0");
	CHECK_EQ(time_waits(d), 0);
	dialogue_end(d);
}

/* rfc6191 2 */
TEST(newer_syn_reopens_a_time_wait)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener;
	uint32_t old;

	to_time_wait(d, "mss 1460");
	old = d->iss;
	listener = user_socket(d);
	user_set(listener, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(listener, d, 80), 0);
	CHECK_EQ(user_listen(listener, d, 5), 0);
	d->peer_iss += 1000;
	d->iss_known = false;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	/* Beyond everything the old one has sent. */
	CHECK_EQ(d->iss, old + 2 + 65537);
	CHECK_EQ(time_waits(d), 0);
	dialogue_drop(d);
	endpoint_put(listener);
}

/* rfc6191 2 */
TEST(older_syn_in_time_wait_is_only_acked)
{
	struct dialogue *d = dialogue_new();

	to_time_wait(d, "mss 1460");
	d->peer_iss -= 5000;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	d->peer_iss += 5000;
	out(d, ". 2:2(0) ack 2");
	CHECK_EQ(time_waits(d), 1);
	dialogue_end(d);
}

/* rfc6191 2 */
TEST(syn_with_newer_timestamp_reopens_whatever_its_number)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener;

	to_time_wait(d, "mss 1460,TS val 100 ecr 0");
	listener = user_socket(d);
	user_set(listener, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(listener, d, 80), 0);
	CHECK_EQ(user_listen(listener, d, 5), 0);
	d->peer_iss -= 5000;
	in(d, "S 0:0(0) win 65535 <mss 1460,TS val 105 ecr 0>");
	CHECK_EQ(time_waits(d), 1);
	out_all(d);
	in(d, "S 0:0(0) win 65535 <mss 1460,TS val 111 ecr 0>");
	CHECK_EQ(time_waits(d), 0);
	CHECK_EQ(out_all(d), 1);
	dialogue_drop(d);
	endpoint_put(listener);
}

TEST(port_in_time_wait_can_be_bound_only_with_reuse_address)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	to_time_wait(d, "mss 1460");
	CHECK_EQ(user_bind(ep, d, 80), -EADDRINUSE);
	user_set(ep, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(ep, d, 80), 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(connect_takes_over_a_time_wait_with_timestamps_after_a_second)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d), *again = user_socket(d);

	d->net->tunables.tcp_tw_reuse = 1;
	user_bind(ep, d, 5555);
	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S. 0:0(0) ack 1 win 65535 <mss 1460,TS val 100 ecr 0>");
	user_close(ep, d);
	in(d, "F. 1:1(0) ack 2 win 65535 <TS val 100 ecr 0>");
	out_all(d);
	CHECK_EQ(time_waits(d), 1);
	user_set(again, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(again, d, 5555), 0);
	CHECK_EQ(user_connect(again, d, 80), -EADDRNOTAVAIL);
	wait_for(d, 1100 * MS);
	CHECK_EQ(user_connect(again, d, 80), -EINPROGRESS);
	CHECK_EQ(out_any(d)->h.seq, d->iss + 2 + 65537);
	dialogue_drop(d);
	endpoint_put(again);
}

/* ---- Orphans ---- */

TEST(orphan_in_fin_wait_2_ends_after_a_minute)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_close(ep, d);
	out_any(d);
	in(d, ". 1:1(0) ack 2 win 65535");
	wait_for(d, 59 * SEC);
	CHECK_EQ(d->net->tcp->alive, 1);
	wait_for(d, 2 * SEC);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(half_closed_socket_in_fin_wait_2_has_no_timeout)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_shutdown(ep, d, 1);
	out_any(d);
	in(d, ". 1:1(0) ack 2 win 65535");
	wait_for(d, 600 * SEC);
	CHECK_EQ(state_of(ep), TCP_FIN_WAIT_2);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(data_for_an_orphan_is_answered_by_a_reset)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_close(ep, d);
	out_any(d);
	in(d, "P. 1:11(10) ack 2 win 65535");
	out_why(d, "R 2:2(0)", WHY_RESET_AFTER_CLOSE);
	CHECK_EQ(dropped(d, REASON_TCP_AFTER_CLOSE), 1);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(orphan_whose_peer_is_silent_is_given_up)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_send(ep, d, 100);
	user_close(ep, d);
	wait_for(d, 300 * SEC);
	CHECK_EQ(d->net->tcp->alive, 0);
	out_all(d);
	dialogue_end(d);
}

/* ---- Resets ---- */

TEST(closing_with_unread_data_resets_the_peer)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "P. 1:11(10) ack 1 win 65535");
	out_all(d);
	user_close(ep, d);
	out_why(d, "R. 1:1(0) ack 11", WHY_RESET_ABORT);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(linger_of_zero_resets_the_peer)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_send(ep, d, 100);
	out_all(d);
	CHECK_EQ(user_linger(ep, d, 0), 0);
	user_close(ep, d);
	out_why(d, "R. 101:101(0) ack 1", WHY_RESET_ABORT);
	dialogue_end(d);
}

TEST(reset_reports_econnreset_and_end_of_file)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "R 1:1(0) win 0");
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK(endpoint_poll(ep) & NET_POLLERR);
	CHECK(endpoint_poll(ep) & NET_POLLHUP);
	CHECK_EQ(user_error(ep), -ECONNRESET);
	CHECK_EQ(user_error(ep), 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(reset_in_close_wait_reports_epipe)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	in(d, "F. 1:1(0) ack 1 win 65535");
	out_all(d);
	in(d, "R 2:2(0) win 0");
	CHECK_EQ(user_error(ep), -EPIPE);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(shutdown_of_an_unconnected_socket_says_enotconn)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_shutdown(ep, d, 1), -ENOTCONN);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(close_in_syn_sent_is_silent)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	user_close(ep, d);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(data_after_our_shutdown_for_reading_is_still_taken)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	CHECK_EQ(user_shutdown(ep, d, 0), 0);
	CHECK(endpoint_status(ep) & EP_RX_SHUT);
	in(d, "P. 1:11(10) ack 1 win 65535");
	out(d, ". 1:1(0) ack 11");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(memory_returns_to_zero_after_closing)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");

	user_send(ep, d, 5000);
	in(d, "P. 1001:2001(1000) ack 1 win 65535");
	in(d, "P. 3001:4001(1000) ack 1 win 65535");
	user_close(ep, d);
	in(d, "R 1:1(0) win 0");
	CHECK_EQ(d->net->tcp->alive, 0);
	CHECK_EQ(d->net->packets, 0);
	out_all(d);
	dialogue_end(d);
}
