// SPDX-License-Identifier: MIT
/*
 * Half-open connections: the SYN cache and SYN cookies (RFC 4987), what ends
 * them, and what they remember for the connection.
 */
#include "net/core/listing.h"
#include "net/tcp/tcp.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define ALL "mss 1460,sackOK,TS val 100 ecr 0,wscale 7"

/* rfc4987 3.4 */
TEST(a_half_open_connection_has_no_endpoint)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	CHECK_EQ(d->net->tcp->alive, 1);
	CHECK_EQ(d->net->tcp->requests, 1);
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(d->net->tcp->alive, 2);
	CHECK_EQ(d->net->tcp->requests, 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(syn_ack_is_sent_again_five_times_and_forgotten)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	for (int i = 0; i < 5; i++) {
		nsec_t took = time_to_out(d, 60 * SEC);

		CHECK(took >= (SEC << i) && took < (SEC << i) + 5 * MS);
		out_why(d, "S. 0:0(0) ack 1", WHY_RETRANSMIT_TIMEOUT);
	}
	wait_for(d, 33 * SEC);
	CHECK_EQ(d->net->tcp->requests, 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(repeated_syn_is_answered_again)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out_any(d);
	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out(d, "S. 0:0(0) ack 1");
	/* tcp_invalid_ratelimit */
	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out_nothing(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(exact_reset_ends_a_half_open_connection)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, "R 1000:1000(0) win 0");
	out_why(d, ". 1:1(0) ack 1", WHY_CHALLENGE_ACK);
	in(d, "R 100000:100000(0) win 0");
	out_nothing(d);
	CHECK_EQ(d->net->tcp->requests, 1);
	in(d, "R 1:1(0) win 0");
	CHECK_EQ(d->net->tcp->requests, 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(wrong_ack_of_a_syn_ack_is_reset_and_changes_nothing)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 5 win 65535");
	out_why(d, "R 5:5(0)", WHY_RESET_BAD_ACK);
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(abort_on_overflow_resets_instead_of_waiting)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 0);

	d->net->tunables.tcp_abort_on_overflow = 1;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	atomic_store(&ep->extra->accept_count, 1);
	in(d, ". 1:1(0) ack 1 win 65535");
	out_why(d, "R 1:1(0)", WHY_RESET_OVERFLOW);
	CHECK_EQ(d->net->tcp->requests, 0);
	atomic_store(&ep->extra->accept_count, 0);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Cookies ---- */

/* The listener answers with cookies alone. */
static struct endpoint *cookie_listener(struct dialogue *d)
{
	d->net->tunables.tcp_syncookies = 2;
	return listening(d, 80, 5);
}

TEST(a_cookie_brings_back_everything_with_timestamps)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = cookie_listener(d), *ep;
	struct tcp_conn *conn;

	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out(d, "S. 0:0(0) ack 1 win 65160 "
	       "<mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 10>");
	CHECK_EQ(d->net->tcp->requests, 0);
	wait_for(d, 100 * MS);
	in(d, ". 1:1(0) ack 1 win 500 <TS val 101 ecr 0>");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	conn = conn_of(ep);
	CHECK_EQ(conn->snd.wscale, 7);
	CHECK(conn->sack_ok && conn->wscale_ok && conn->stamp.on);
	CHECK_EQ(conn->snd.peer_mss, 1460);
	CHECK_EQ(conn->snd.wnd, 500 << 7);
	/* No round trip of no time at all: the first RTO is a second. */
	CHECK_EQ(conn->rtt.srtt, 0);
	CHECK_EQ(conn->rtt.rto, 1000 * MS);
	CHECK_EQ(d->net->stats.tcp_ext.syncookies_recv, 1);
	in(d, "P. 1:11(10) ack 1 win 500 <TS val 102 ecr 0>");
	CHECK_EQ(user_receive(ep, d, NULL, 100), 10);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

TEST(a_cookie_without_timestamps_offers_nothing_it_cannot_keep)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = cookie_listener(d), *ep;

	in(d, "S 0:0(0) win 65535 <mss 1400,sackOK,wscale 7>");
	out(d, "S. 0:0(0) ack 1 win 64240 <mss 1460>");
	in(d, ". 1:1(0) ack 1 win 500");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	/* The next lower of those that are told apart. */
	CHECK_EQ(conn_of(ep)->snd.peer_mss, 1300);
	CHECK(!conn_of(ep)->sack_ok);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

TEST(ipv6_cookie_is_good_too)
{
	struct dialogue *d = dialogue_new6();
	struct endpoint *listener = cookie_listener(d), *ep;

	in(d, "S 0:0(0) win 65535 <mss 1440>");
	out(d, "S. 0:0(0) ack 1 <mss 1440>");
	in(d, ". 1:1(0) ack 1 win 500");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	CHECK_EQ(conn_of(ep)->snd.peer_mss, 1440);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

/* rfc4987 3.6 */
TEST(a_guessed_or_old_cookie_is_reset)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = cookie_listener(d);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1000 win 500");
	out_why(d, "R 1000:1000(0)", WHY_RESET_BAD_ACK);
	/* Another peer cannot use it. */
	d->peer_port++;
	in(d, ". 1:1(0) ack 1 win 500");
	out_why(d, "R 1:1(0)", WHY_RESET_BAD_ACK);
	d->peer_port--;
	wait_for(d, 181 * SEC);
	in(d, ". 1:1(0) ack 1 win 500");
	out_why(d, "R 1:1(0)", WHY_RESET_BAD_ACK);
	CHECK_EQ(atomic_load(&listener->extra->accept_count), 0);
	dialogue_drop(d);
	endpoint_put(listener);
}

/* rfc4987 3.6 */
TEST(cookies_take_over_when_the_queue_is_full)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 10);

	for (uint16_t i = 0; i < 100; i++) {
		d->peer_port = 10000 + i;
		d->iss_known = false;
		in(d, "S 0:0(0) win 65535 <mss 1460>");
		out_any(d);
	}
	CHECK_EQ(d->net->tcp->requests, 11);
	CHECK_EQ(d->net->stats.tcp_ext.syncookies_sent, 89);
	/* The last one was a cookie, and its owner gets in. */
	in(d, ". 1:1(0) ack 1 win 500");
	CHECK_EQ(atomic_load(&listener->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(listener);
}

/* ---- What is remembered ---- */

TEST(saved_syn_is_given_once)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 5), *ep;
	uint8_t bytes[100];

	CHECK_EQ(user_set(listener, d, 6, 27, 1), 0);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1 win 65535");
	ep = user_accept(listener, d);
	CHECK_EQ(user_get_bytes(ep, d, 6, 28, bytes, 10), -EINVAL);
	CHECK_EQ(user_get_bytes(ep, d, 6, 28, bytes, sizeof(bytes)), 44);
	CHECK_EQ(bytes[0], 0x45);
	CHECK_EQ(bytes[33], TCP_SYN);
	CHECK_EQ(user_get_bytes(ep, d, 6, 28, bytes, sizeof(bytes)), 0);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

TEST(defer_accept_is_told_in_whole_timeouts)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, 9, 5), 0);
	CHECK_EQ(user_get(ep, d, 6, 9), 7);
	CHECK_EQ(user_set(ep, d, 6, 9, 0), 0);
	CHECK_EQ(user_get(ep, d, 6, 9), 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(window_clamp_and_buffer_choose_window_and_scale)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 5);

	CHECK_EQ(user_set(listener, d, NET_SOL_SOCKET, NET_SO_RCVBUF, 100000),
		 0);
	in(d, "S 0:0(0) win 65535 <" ALL ">");
	/* 100000 in whole segments, at most 65535, scale 1 reaches it. */
	out(d, "S. 0:0(0) ack 1 win 65535 "
	       "<mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 1>");
	d->peer_port++;
	d->iss_known = d->stamp_known = false;
	CHECK_EQ(user_set(listener, d, 6, 10, 30000), 0);
	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out(d, "S. 0:0(0) ack 1 win 28960 "
	       "<mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 0>");
	user_close(listener, d);
	dialogue_end(d);
}

TEST(reset_by_icmp_ends_a_half_open_connection_only_with_the_right_number)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);
	uint8_t quoted[8] = { 0 };
	struct icmp_error error = { .protocol = 6,
				    .error = ECONNREFUSED,
				    .hard = true,
				    .quoted = quoted,
				    .quoted_length = 8 };

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	error.local = (struct net_name){ addr_ip4(0x0a000001), 80, 0 };
	error.remote =
		(struct net_name){ addr_ip4(0x0a000002), d->peer_port, 0 };
	put_be32(quoted + 4, d->iss + 1);
	ep->protocol->error(d->net, &error);
	CHECK_EQ(d->net->tcp->requests, 1);
	put_be32(quoted + 4, d->iss);
	ep->protocol->error(d->net, &error);
	CHECK_EQ(d->net->tcp->requests, 0);
	user_close(ep, d);
	dialogue_end(d);
}

/* ---- Limits of what has no owner ---- */

/* Ends a connection into TIME-WAIT. */
static void into_time_wait(struct dialogue *d)
{
	struct endpoint *ep = accepted(d, ALL);

	user_close(ep, d);
	out(d, "F. 1:1(0) ack 1");
	in(d, "F. 1:1(0) ack 2 win 500 <TS val 200 ecr 0>");
	out(d, ". 2:2(0) ack 2");
}

TEST(time_waits_are_limited_by_tcp_max_tw_buckets)
{
	struct dialogue *d = dialogue_new();

	d->net->tunables.tcp_max_tw_buckets = 0;
	into_time_wait(d);
	CHECK_EQ(time_waits(d), 0);
	CHECK_EQ(d->net->stats.tcp_ext.tw_overflow, 1);
	dialogue_drop(d);
}

TEST(rfc1337_keeps_time_wait_from_resets)
{
	struct dialogue *d = dialogue_new();

	d->net->tunables.tcp_rfc1337 = 1;
	into_time_wait(d);
	in(d, "R 2:2(0) win 0");
	CHECK_EQ(time_waits(d), 1);
	d->net->tunables.tcp_rfc1337 = 0;
	in(d, "R 2:2(0) win 0");
	CHECK_EQ(time_waits(d), 0);
	dialogue_drop(d);
}

TEST(orphans_are_limited_by_tcp_max_orphans)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");
	struct sockstat_info info = { 0 };

	user_close(ep, d);
	out(d, "F. 1:1(0) ack 1");
	tcp_sockstat(d->net, &info);
	CHECK_EQ(info.tcp_orphan, 1);
	dialogue_drop(d);
	d = dialogue_new();
	d->net->tunables.tcp_max_orphans = 0;
	ep = accepted(d, "mss 1000");
	user_close(ep, d);
	out(d, "R. 1:1(0) ack 1");
	CHECK_EQ(d->net->stats.tcp_ext.abort_on_memory, 1);
	dialogue_drop(d);
}
