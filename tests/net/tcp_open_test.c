// SPDX-License-Identifier: MIT
/*
 * Rules of opening a connection (RFC 9293 3.5, 3.10.1, 3.10.7.2, 3.10.7.3).
 */
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define ALL "mss 1460,sackOK,TS val 100 ecr 0,wscale 7"

/* ---- Active ---- */

TEST(connect_sends_a_syn_with_all_options)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_connect(ep, d, 80), -EINPROGRESS);
	CHECK_EQ(state_of(ep), TCP_SYN_SENT);
	out_why(d,
		"S 0:0(0) win 64240 "
		"<mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10>",
		WHY_SYN);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(syn_ack_completes_the_active_open)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S. 0:0(0) ack 1 win 65535 <" ALL ">");
	out_why(d, ". 1:1(0) ack 1", WHY_HANDSHAKE_ACK);
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	CHECK(endpoint_status(ep) & EP_CONNECTED);
	CHECK(endpoint_poll(ep) & NET_POLLOUT);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(peer_without_options_gets_none)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = connected(d, "mss 1460");

	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 1 <nothing>");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(peer_without_mss_option_gets_536_byte_segments)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = connected(d, "nop");

	user_send(ep, d, 1000);
	out(d, ". 1:537(536) ack 1");
	out(d, "P. 537:1001(464) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(ipv6_peer_without_mss_option_gets_1220_byte_segments)
{
	struct dialogue *d = dialogue_new6();
	struct endpoint *ep = connected(d, "nop");

	user_send(ep, d, 1300);
	out(d, ". 1:1221(1220) ack 1");
	out(d, "P. 1221:1301(80) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(ipv6_syn_offers_an_mss_for_its_longer_header)
{
	struct dialogue *d = dialogue_new6();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	CHECK_EQ(out_any(d)->h.opt.mss, 1440);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(reset_of_a_syn_means_connection_refused)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "R. 0:0(0) ack 1 win 0");
	CHECK_EQ(user_error(ep), -ECONNREFUSED);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(reset_without_ack_is_ignored_in_syn_sent)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "R 0:0(0) win 0");
	CHECK_EQ(state_of(ep), TCP_SYN_SENT);
	CHECK_EQ(dropped(d, REASON_TCP_BAD_RESET), 1);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(wrong_ack_in_syn_sent_is_answered_by_a_reset)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S. 0:0(0) ack 5 win 65535 <mss 1460>");
	out_why(d, "R 5:5(0)", WHY_RESET_BAD_ACK);
	CHECK_EQ(state_of(ep), TCP_SYN_SENT);
	in(d, ". 0:0(0) ack 0 win 65535");
	out_why(d, "R 0:0(0)", WHY_RESET_BAD_ACK);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(syn_is_retransmitted_after_1_2_4_seconds)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	for (int i = 0; i < 4; i++) {
		nsec_t took = time_to_out(d, 60 * SEC);

		CHECK(took >= (SEC << i) && took < (SEC << i) + 5 * MS);
		out_why(d, "S 0:0(0)", WHY_RETRANSMIT_TIMEOUT);
	}
	user_close(ep, d);
	dialogue_end(d);
}

TEST(connect_gives_up_with_etimedout_after_more_than_three_minutes)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	wait_for(d, 180 * SEC);
	CHECK_EQ(state_of(ep), TCP_SYN_SENT);
	wait_for(d, 120 * SEC);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(user_error(ep), -ETIMEDOUT);
	user_close(ep, d);
	out_all(d);
	dialogue_end(d);
}

TEST(syn_count_can_be_set)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, 7, 1), 0);
	user_connect(ep, d, 80);
	wait_for(d, 4 * SEC);
	CHECK_EQ(state_of(ep), TCP_CLOSED);
	CHECK_EQ(out_all(d), 2);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(second_connect_says_ealready_then_eisconn)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_connect(ep, d, 80), -EINPROGRESS);
	CHECK_EQ(user_connect(ep, d, 80), -EALREADY);
	out_any(d);
	in(d, "S. 0:0(0) ack 1 win 65535 <mss 1460>");
	out_any(d);
	CHECK_EQ(user_connect(ep, d, 80), -EISCONN);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(connect_to_multicast_is_refused)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_connect_to(ep, d, addr_ip4(0xe0000001), 80),
		 -ENETUNREACH);
	CHECK_EQ(user_connect_to(ep, d, addr_ip4(0xffffffff), 80),
		 -ENETUNREACH);
	CHECK_EQ(user_connect_to(ep, d, addr_ip4(0x0a0000ff), 80),
		 -ENETUNREACH);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(socket_can_connect_again_after_a_refusal)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "R. 0:0(0) ack 1 win 0");
	user_error(ep);
	d->iss_known = false;
	CHECK_EQ(user_connect(ep, d, 81), -EINPROGRESS);
	out_any(d);
	in(d, "S. 0:0(0) ack 1 win 65535 <mss 1460>");
	out(d, ". 1:1(0) ack 1");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(simultaneous_open_is_established_by_the_crossing_syn_acks)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	CHECK_EQ(state_of(ep), TCP_SYN_RECEIVED);
	in(d, "S. 0:0(0) ack 1 win 65535 <mss 1460>");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	out_all(d);
	user_send(ep, d, 10);
	out(d, "P. 1:11(10) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(simultaneous_open_is_established_by_a_plain_ack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(reset_in_simultaneous_open_means_refused)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, "R. 1:1(0) ack 1 win 0");
	CHECK_EQ(user_error(ep), -ECONNREFUSED);
	user_close(ep, d);
	dialogue_end(d);
}

/* rfc6528 3 */
TEST(initial_sequence_numbers_differ_by_destination_and_advance)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *a = user_socket(d), *b = user_socket(d);
	uint32_t first, second;

	user_bind(a, d, 5000);
	user_bind(b, d, 5001);
	user_connect(a, d, 80);
	first = out_any(d)->h.seq;
	user_connect(b, d, 80);
	second = out_any(d)->h.seq;
	CHECK(first != second);
	user_close(a, d);
	user_close(b, d);
	dialogue_end(d);
}

/* rfc6056 3.2 */
TEST(ephemeral_ports_are_in_linux_range)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);
	uint16_t port;

	user_connect(ep, d, 80);
	port = out_any(d)->h.src_port;
	CHECK(port >= 32768 && port <= 60999);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(data_and_fin_of_a_syn_ack_are_taken)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	user_connect(ep, d, 80);
	out_any(d);
	/* Payload begins at 1: the SYN has number 0. */
	in_bytes(d, "SF. 0:10(10) ack 1 win 65535 <mss 1460>", "0123456789");
	out(d, ". 1:1(0) ack 12");
	CHECK_EQ(state_of(ep), TCP_CLOSE_WAIT);
	CHECK_EQ(user_ioctl(ep, d, 0x541b), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Passive ---- */

TEST(listener_answers_a_syn)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out_why(d,
		"S. 0:0(0) ack 1 win 65160 "
		"<mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 10>",
		WHY_SYN_ACK);
	CHECK(endpoint_accept(ep) == NULL);
	in(d, ". 1:1(0) ack 1 win 512 <TS val 101 ecr 0>");
	CHECK(endpoint_poll(ep) & NET_POLLIN);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc1191 3.1 */
TEST(syn_ack_offers_only_what_was_asked_for)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1 <mss 1460>");
	/* The half-open connection ends without a word. */
	user_close(ep, d);
	dialogue_end(d);
}

TEST(final_ack_makes_a_connection_to_accept)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1460");
	struct net_name local, remote;

	endpoint_names(ep, &local, &remote);
	CHECK_EQ(local.port, 80);
	CHECK_EQ(remote.port, 40000);
	CHECK_EQ(addr_to_ip4(&remote.addr), 0x0a000002);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(syn_ack_is_retransmitted_after_one_second)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	CHECK(time_to_out(d, 2 * SEC) >= SEC);
	out_why(d, "S. 0:0(0) ack 1", WHY_RETRANSMIT_TIMEOUT);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(half_open_connection_is_given_up_after_five_retries)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	wait_for(d, 70 * SEC);
	CHECK_EQ(out_all(d), 6);
	CHECK_EQ(d->net->tcp->demux.pairs.count, 0);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(repeated_syn_is_answered_by_the_same_syn_ack)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	wait_for(d, 600 * MS);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(reset_removes_a_half_open_connection_quietly)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, "R 1:1(0) win 0");
	out_nothing(d);
	CHECK_EQ(d->net->tcp->demux.pairs.count, 0);
	CHECK_EQ(state_of(ep), TCP_LISTEN);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(bad_ack_of_a_syn_ack_is_answered_by_a_reset)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 77 win 65535");
	out_why(d, "R 77:77(0)", WHY_RESET_BAD_ACK);
	user_close(ep, d);
	out_all(d);
	dialogue_end(d);
}

TEST(ack_to_a_listener_is_answered_by_a_reset)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, ". 1:1(0) ack 9 win 65535");
	out_why(d, "R 9:9(0)", WHY_RESET_BAD_ACK);
	CHECK_EQ(dropped(d, REASON_TCP_NOT_SYN), 1);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(reset_to_a_listener_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "R 1:1(0) win 0");
	in(d, "R. 1:1(0) ack 1 win 0");
	CHECK_EQ(dropped(d, REASON_TCP_BAD_RESET), 2);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(segment_without_flags_to_a_listener_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "P 1:1(0) win 5");
	in(d, "F 1:1(0) win 5");
	CHECK_EQ(dropped(d, REASON_TCP_NOT_SYN), 2);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(syn_with_fin_is_dropped)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	in(d, "SF 0:0(0) win 65535");
	CHECK_EQ(dropped(d, REASON_TCP_BAD_SYN), 1);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(syn_to_a_closed_port_is_reset)
{
	struct dialogue *d = dialogue_new();

	d->port = 81;
	d->peer_port = 40000;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_why(d, "R. 0:0(0) ack 1", WHY_RESET_NO_SOCKET);
	CHECK_EQ(dropped(d, REASON_TCP_NO_SOCKET), 1);
	dialogue_end(d);
}

TEST(ack_to_a_closed_port_is_reset_at_its_ack)
{
	struct dialogue *d = dialogue_new();

	d->port = 81;
	d->peer_port = 40000;
	in(d, ". 5:15(10) ack 300 win 65535");
	out(d, "R 300:300(0)");
	in(d, "R. 5:5(0) ack 300 win 65535");
	dialogue_end(d);
}

/* Opens the handshake of peer port n, up to the final ACK. */
static void knock(struct dialogue *d, uint16_t n)
{
	d->peer_port = 40000 + n;
	d->iss_known = false;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1 win 65535");
}

TEST(full_accept_queue_drops_new_syns)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 1), *child;

	knock(d, 0);
	knock(d, 1);
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 2);
	d->peer_port = 40002;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_nothing(d);
	CHECK_EQ(dropped(d, REASON_TCP_BACKLOG_FULL), 1);
	CHECK_EQ(d->net->stats.tcp_ext.listen_overflows, 1);
	child = user_accept(ep, d);
	knock(d, 3);
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 2);
	dialogue_drop(d);
	endpoint_put(child);
	endpoint_put(ep);
}

TEST(full_accept_queue_ignores_the_final_ack_until_there_is_room)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 0), *child;

	/* Two handshakes at once; room for one. */
	d->peer_port = 40000;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	knock(d, 1);
	d->peer_port = 40000;
	d->iss = d->seen[0].h.seq;
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	child = user_accept(ep, d);
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(child);
	endpoint_put(ep);
}

/* rfc4987 3.2 */
TEST(number_of_half_open_connections_is_bounded)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 20);

	d->net->tunables.tcp_syncookies = 0;
	for (uint16_t i = 0; i < 100; i++) {
		d->peer_port = 10000 + i;
		in(d, "S 0:0(0) win 65535 <mss 1460>");
	}
	CHECK_EQ(out_all(d), 21);
	CHECK_EQ(dropped(d, REASON_TCP_SYN_QUEUE_FULL), 79);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(closing_a_listener_resets_what_nobody_accepted)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	knock(d, 0);
	user_close(ep, d);
	out_why(d, "R. 1:1(0) ack 1", WHY_RESET_ABORT);
	CHECK_EQ(d->net->tcp->alive, 0);
	dialogue_end(d);
}

TEST(data_with_the_final_ack_is_there_at_accept)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5), *child;

	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, "P. 1:101(100) ack 1 win 65535");
	child = user_accept(ep, d);
	CHECK(child != NULL);
	CHECK_EQ(user_receive(child, d, NULL, 1000), 100);
	dialogue_drop(d);
	endpoint_put(child);
	endpoint_put(ep);
}

TEST(deferred_accept_waits_for_data)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	CHECK_EQ(user_set(ep, d, 6, 9, 10), 0);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 0);
	in(d, "P. 1:11(10) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(deferred_accept_ends_with_its_time)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5);

	CHECK_EQ(user_set(ep, d, 6, 9, 3), 0);
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out_any(d);
	in(d, ". 1:1(0) ack 1 win 65535");
	/* Its last chance: the SYN-ACK again, and any ACK will do. */
	wait_for(d, 4 * SEC);
	out_why(d, "S. 0:0(0) ack 1", WHY_RETRANSMIT_TIMEOUT);
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 0);
	in(d, ". 1:1(0) ack 1 win 65535");
	CHECK_EQ(atomic_load(&ep->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(children_inherit_the_listeners_options)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = listening(d, 80, 5), *child;

	CHECK_EQ(user_set(ep, d, 6, 1, 1), 0);
	CHECK_EQ(user_set(ep, d, 6, 4, 77), 0);
	knock(d, 0);
	child = user_accept(ep, d);
	CHECK_EQ(user_get(child, d, 6, 1), 1);
	CHECK_EQ(user_get(child, d, 6, 4), 77);
	dialogue_drop(d);
	endpoint_put(child);
	endpoint_put(ep);
}

/* ---- Ports ---- */

TEST(two_sockets_cannot_listen_on_one_port)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *a = listening(d, 80, 5), *b = user_socket(d);

	CHECK_EQ(user_bind(b, d, 80), -EADDRINUSE);
	user_close(a, d);
	user_close(b, d);
	dialogue_end(d);
}

TEST(reuse_address_does_not_share_with_a_listener)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *a = user_socket(d), *b = user_socket(d);

	user_set(a, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	user_set(b, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(a, d, 80), 0);
	CHECK_EQ(user_bind(b, d, 80), 0);
	CHECK_EQ(user_listen(a, d, 5), 0);
	CHECK_EQ(user_listen(b, d, 5), -EADDRINUSE);
	user_close(a, d);
	user_close(b, d);
	dialogue_end(d);
}

TEST(reuse_port_spreads_connections_over_listeners)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *a = user_socket(d), *b = user_socket(d);

	user_set(a, d, NET_SOL_SOCKET, NET_SO_REUSEPORT, 1);
	user_set(b, d, NET_SOL_SOCKET, NET_SO_REUSEPORT, 1);
	CHECK_EQ(user_bind(a, d, 80), 0);
	CHECK_EQ(user_bind(b, d, 80), 0);
	CHECK_EQ(user_listen(a, d, 100), 0);
	CHECK_EQ(user_listen(b, d, 100), 0);
	CHECK(a->binding == b->binding); /* one kind */
	CHECK_EQ(a->binding->members, 2);
	d->port = 80;
	for (int i = 0; i < 60; i++)
		knock(d, i);
	CHECK_EQ(atomic_load(&a->extra->accept_count) +
			 atomic_load(&b->extra->accept_count),
		 60);
	CHECK(atomic_load(&a->extra->accept_count) > 10);
	CHECK(atomic_load(&b->extra->accept_count) > 10);
	dialogue_drop(d);
	endpoint_put(a);
	endpoint_put(b);
}

/* What those who bind a port have to look at. */
static uint32_t kinds(struct dialogue *d, uint16_t port)
{
	const struct binding_table *table = d->net->bindings[BINDINGS_TCP];
	const struct binding *binding;
	uint32_t n = 0;

	HLIST_FOR_EACH(binding, &table->users[port % BINDING_BUCKETS], node)
		n += binding->port == port;
	return n;
}

TEST(children_are_one_thing_to_those_who_bind_their_port)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *a = user_socket(d), *b = user_socket(d), *child;

	user_set(a, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(a, d, 80), 0);
	CHECK_EQ(user_listen(a, d, 100), 0);
	d->port = 80;
	for (int i = 0; i < 60; i++)
		knock(d, i);
	CHECK_EQ(kinds(d, 80), 1);
	/* One is different from now on, and stands in the way: the others and
	 * the listener, when it no longer listens, do not. */
	child = user_accept(a, d);
	user_set(child, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 0);
	CHECK_EQ(kinds(d, 80), 2);
	user_set(b, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(b, d, 80), -EADDRINUSE);
	CHECK_EQ(user_shutdown(a, d, 0), 0);
	CHECK_EQ(user_bind(b, d, 80), -EADDRINUSE);
	user_set(child, d, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(user_bind(b, d, 80), 0);
	CHECK_EQ(user_listen(b, d, 5), 0);
	CHECK_EQ(user_listen(a, d, 5), -EADDRINUSE);
	user_close(b, d);
	CHECK_EQ(user_listen(a, d, 5), 0);
	dialogue_drop(d);
	endpoint_put(child);
	endpoint_put(a);
}

TEST(listener_on_any6_takes_ipv4_unless_v6only)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = NULL;

	CHECK_EQ(net_socket(d->net, NET_IP6, NET_SOCK_STREAM, 0, &ep), 0);
	CHECK_EQ(user_bind_to(ep, d, addr_any6(), 80), 0);
	CHECK_EQ(user_listen(ep, d, 5), 0);
	d->port = 80;
	d->peer_port = 40000;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 1");
	user_close(ep, d);
	out_all(d);
	CHECK_EQ(net_socket(d->net, NET_IP6, NET_SOCK_STREAM, 0, &ep), 0);
	CHECK_EQ(user_set(ep, d, NET_IPPROTO_IPV6, NET_IPV6_V6ONLY, 1), 0);
	CHECK_EQ(user_bind_to(ep, d, addr_any6(), 80), 0);
	CHECK_EQ(user_listen(ep, d, 5), 0);
	d->iss = 0;
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "R. 0:0(0) ack 1");
	user_close(ep, d);
	dialogue_end(d);
}
