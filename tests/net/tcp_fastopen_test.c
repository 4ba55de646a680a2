// SPDX-License-Identifier: MIT
/*
 * TCP Fast Open (RFC 7413), both sides.
 */
#include "net/core/tunable.h"
#include "net/tcp/tcp.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/metrics.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

enum { FASTOPEN = 23, CONNECT = 30, KEY = 33, NO_COOKIE = 34 };

static struct endpoint *fast_listener(struct dialogue *d)
{
	struct endpoint *ep = listening(d, 80, 5);

	d->net->tunables.tcp_fastopen = 3;
	CHECK_EQ(user_set(ep, d, 6, FASTOPEN, 5), 0);
	return ep;
}

/* Asks for a cookie in a handshake of its own. */
static void get_cookie(struct dialogue *d, uint8_t *cookie)
{
	struct seen *s;

	in(d, "S 0:0(0) win 65535 <mss 1460,FO>");
	s = out_any(d);
	CHECK_EQ(s->h.ack, d->peer_iss + 1);
	CHECK_EQ(s->h.opt.cookie_length, 8);
	memcpy(cookie, s->h.opt.cookie, 8);
	in(d, "R 1:1(0) win 0");
	d->iss_known = false;
	d->peer_port++;
}

static void in_cookie(struct dialogue *d, const char *start,
		      const uint8_t *cookie)
{
	char line[160];
	int n = snprintf(line, sizeof(line), "%s <mss 1460,FO ", start);

	for (int i = 0; i < 8; i++)
		n += snprintf(line + n, sizeof(line) - n, "%02x", cookie[i]);
	snprintf(line + n, sizeof(line) - n, ",nop,nop>");
	in(d, line);
}

/* ---- The server ---- */

/* rfc7413 4.1.2 */
TEST(a_cookie_is_given_to_who_asks)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t cookie[8];

	get_cookie(d, cookie);
	CHECK_EQ(d->net->stats.tcp_ext.fast_open_cookie_requested, 1);
	user_close(listener, d);
	dialogue_end(d);
}

/* rfc7413 4.1.2 */
TEST(the_cookie_is_linuxs_hash_of_the_addresses)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	static const uint8_t key[16] = { 1, 2,	3,  4,	5,  6,	7,  8,
					 9, 10, 11, 12, 13, 14, 15, 16 };
	static const uint8_t names[8] = { 10, 0, 0, 2, 10, 0, 0, 1 };
	struct siphash_key sip;
	uint8_t cookie[8];

	CHECK_EQ(user_set_bytes(listener, d, 6, KEY, key, 16), 0);
	get_cookie(d, cookie);
	siphash_key_from(&sip, key);
	CHECK_EQ(get_le64(cookie), siphash(&sip, names, 8));
	user_close(listener, d);
	dialogue_end(d);
}

TEST(data_in_a_syn_with_a_cookie_is_there_before_the_handshake_ends)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d), *ep;
	uint8_t cookie[8];

	get_cookie(d, cookie);
	in_cookie(d, "S 0:100(100) win 65535", cookie);
	out(d, "S. 0:0(0) ack 101 <mss 1460>");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	CHECK_EQ(state_of(ep), TCP_SYN_RECEIVED);
	CHECK_EQ(user_receive(ep, d, NULL, 1000), 100);
	/* The answer need not wait, either. */
	CHECK_EQ(user_send(ep, d, 50), 50);
	out(d, "P. 1:51(50) ack 101");
	in(d, ". 101:101(0) ack 51 win 65535");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	CHECK_EQ(user_ioctl(ep, d, 0x5411), 0);
	in(d, "P. 101:111(10) ack 51 win 65535");
	CHECK_EQ(user_receive(ep, d, NULL, 1000), 10);
	CHECK_EQ(conn_of(listener)->listener->fast_count, 0);
	dialogue_drop(d);
	endpoint_put(ep);
	endpoint_put(listener);
}

/* rfc7413 4.2.2 */
TEST(a_wrong_cookie_gets_a_new_one_and_the_data_is_ignored)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t cookie[8] = { 1, 2, 3 };
	struct seen *s;

	in_cookie(d, "S 0:100(100) win 65535", cookie);
	s = out_any(d);
	CHECK_EQ(s->h.ack, d->peer_iss + 1);
	CHECK_EQ(s->h.opt.cookie_length, 8);
	CHECK_EQ(d->net->stats.tcp_ext.fast_open_passive_fail, 1);
	CHECK_EQ(atomic_load(&listener->extra->accept_count), 0);
	user_close(listener, d);
	dialogue_end(d);
}

TEST(a_cookie_of_the_backup_key_is_good_and_replaced)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t keys[32] = { 7 }, cookie[8];
	struct seen *s;

	CHECK_EQ(user_set_bytes(listener, d, 6, KEY, keys, 16), 0);
	get_cookie(d, cookie);
	memcpy(keys + 16, keys, 16);
	keys[0] = 9;
	CHECK_EQ(user_set_bytes(listener, d, 6, KEY, keys, 32), 0);
	in_cookie(d, "S 0:100(100) win 65535", cookie);
	s = out_any(d);
	CHECK_EQ(s->h.ack, d->peer_iss + 101);
	CHECK_EQ(s->h.opt.cookie_length, 8);
	CHECK(memcmp(s->h.opt.cookie, cookie, 8) != 0);
	dialogue_drop(d);
	endpoint_put(listener);
}

/* rfc7413 5.1 */
TEST(early_children_are_limited_by_the_option)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t cookie[8];

	get_cookie(d, cookie);
	for (int i = 0; i < 7; i++) {
		d->peer_port++;
		in_cookie(d, "S 0:100(100) win 65535", cookie);
	}
	CHECK_EQ(conn_of(listener)->listener->fast_count, 5);
	CHECK_EQ(d->net->stats.tcp_ext.fast_open_listen_overflow, 2);
	dialogue_drop(d);
	endpoint_put(listener);
}

TEST(syn_ack_of_a_fast_child_is_repeated_without_its_cookie)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t cookie[8];

	get_cookie(d, cookie);
	in_cookie(d, "S 0:100(100) win 65535", cookie);
	out(d, "S. 0:0(0) ack 101");
	wait_for(d, 1100 * MS);
	out_why(d, "S. 0:0(0) ack 101", WHY_RETRANSMIT_TIMEOUT);
	/* The peer's SYN again, without its data. */
	in(d, "S 0:0(0) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 101");
	in(d, "R 101:101(0) win 0");
	CHECK_EQ(conn_of(listener)->listener->fast_count, 0);
	dialogue_drop(d);
	endpoint_put(listener);
}

TEST(closing_the_listener_resets_early_children)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);
	uint8_t cookie[8];

	get_cookie(d, cookie);
	in_cookie(d, "S 0:100(100) win 65535", cookie);
	out_any(d);
	user_close(listener, d);
	out(d, "R. 1:1(0) ack 101");
	dialogue_end(d);
}

TEST(server_without_cookies_takes_any_data)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = fast_listener(d);

	CHECK_EQ(user_set(listener, d, 6, NO_COOKIE, 1), 0);
	in(d, "S 0:100(100) win 65535 <mss 1460>");
	out(d, "S. 0:0(0) ack 101 <mss 1460>");
	CHECK_EQ(atomic_load(&listener->extra->accept_count), 1);
	dialogue_drop(d);
	endpoint_put(listener);
}

/* ---- The client ---- */

/* A connection whose SYN-ACK brings a cookie; it ends at once. */
static void learn_cookie(struct dialogue *d)
{
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, CONNECT, 1), 0);
	CHECK_EQ(user_connect(ep, d, 80), -EINPROGRESS);
	out(d, "S 0:0(0) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10,FO>");
	in(d, "S. 0:0(0) ack 1 win 5000 <mss 1000,FO 0102030405060708>");
	out_any(d);
	in(d, "R. 1:1(0) ack 1 win 0");
	user_close(ep, d);
	out_all(d);
	d->iss_known = d->stamp_known = false;
}

static struct endpoint *ready(struct dialogue *d)
{
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, CONNECT, 1), 0);
	CHECK_EQ(user_connect(ep, d, 80), 0);
	out_nothing(d);
	CHECK(endpoint_poll(ep) & NET_POLLOUT);
	return ep;
}

/* rfc7413 4.1.3 */
TEST(first_connection_asks_for_a_cookie_and_the_next_has_data_in_its_syn)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	learn_cookie(d);
	ep = ready(d);
	CHECK_EQ(user_send(ep, d, 300), 300);
	out(d, "S 0:300(300) <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10,"
	       "FO 0102030405060708,nop,nop>");
	in(d, "S. 0:0(0) ack 301 win 5000 <mss 1000>");
	out(d, ". 301:301(0) ack 1");
	CHECK_EQ(state_of(ep), TCP_ESTABLISHED);
	CHECK_EQ(user_ioctl(ep, d, 0x5411), 0);
	CHECK(conn_of(ep)->syn_data_acked);
	CHECK_EQ(user_send(ep, d, 100), 100);
	out(d, "P. 301:401(100) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(data_that_the_syn_ack_does_not_take_is_sent_again)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	learn_cookie(d);
	ep = ready(d);
	user_send(ep, d, 300);
	out_any(d);
	in(d, "S. 0:0(0) ack 1 win 5000 <mss 1000>");
	out(d, "P. 1:301(300) ack 1");
	in(d, ". 1:1(0) ack 301 win 5000");
	CHECK(!conn_of(ep)->syn_data_acked);
	CHECK_EQ(d->net->stats.tcp_ext.fast_open_active_fail, 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7413 4.1.3 */
TEST(syn_takes_no_more_than_the_peers_last_mss_has_room_for)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	learn_cookie(d);
	ep = ready(d);
	user_send(ep, d, 3000);
	CHECK_EQ(out_any(d)->length, 960);
	in(d, "S. 0:0(0) ack 961 win 5000 <mss 1000>");
	out(d, ". 961:1961(1000) ack 1");
	out(d, ". 1961:2961(1000) ack 1");
	out(d, "P. 2961:3001(40) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc7413 4.2.1 */
TEST(repeated_syn_has_neither_data_nor_option)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	learn_cookie(d);
	ep = ready(d);
	user_send(ep, d, 300);
	out_any(d);
	wait_for(d, 1100 * MS);
	CHECK_EQ(out_any(d)->length, 0);
	in(d, "S. 0:0(0) ack 1 win 5000 <mss 1000>");
	out(d, "P. 1:301(300) ack 1");
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(a_waiting_syn_never_goes_when_the_user_closes)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	learn_cookie(d);
	ep = ready(d);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(client_without_cookies_sends_data_at_once)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = user_socket(d);

	CHECK_EQ(user_set(ep, d, 6, NO_COOKIE, 1), 0);
	CHECK_EQ(user_set(ep, d, 6, CONNECT, 1), 0);
	CHECK_EQ(user_connect(ep, d, 80), 0);
	user_send(ep, d, 100);
	out(d, "S 0:100(100) "
	       "<mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10>");
	user_close(ep, d);
	dialogue_end(d);
}

/* rfc7413 4.1.3.1 */
TEST(fast_open_pauses_after_a_black_hole)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep;

	d->net->tunables.tcp_fastopen_blackhole_timeout_sec = 100;
	learn_cookie(d);
	ep = ready(d);
	user_send(ep, d, 300);
	wait_for(d, 4 * SEC);
	CHECK_EQ(d->net->stats.tcp_ext.fast_open_blackhole, 1);
	user_close(ep, d);
	out_all(d);
	ep = user_socket(d);
	CHECK_EQ(user_set(ep, d, 6, CONNECT, 1), 0);
	CHECK_EQ(user_connect(ep, d, 80), -EINPROGRESS);
	CHECK(!out_any(d)->h.opt.has_cookie);
	user_close(ep, d);
	dialogue_end(d);
}

TEST(cookies_are_kept_for_so_many_destinations)
{
	struct dialogue *d = dialogue_new();
	struct net_addr own = addr_ip4(0x0a000001), to;

	for (uint32_t i = 0; i < 3000; i++) {
		to = addr_ip4(0x0a010000 + i);
		CHECK(metrics_get(d->net, &own, &to) != NULL);
	}
	CHECK_EQ(d->net->tcp->metrics->count, METRICS_MOST);
	to = addr_ip4(0x0a010000);
	CHECK(metrics_find(d->net, &own, &to) == NULL);
	to = addr_ip4(0x0a010000 + 2999);
	CHECK(metrics_find(d->net, &own, &to) != NULL);
	dialogue_end(d);
}

TEST(fast_open_key_is_written_as_linux_does)
{
	struct dialogue *d = dialogue_new();
	const struct tunable *key = NULL;
	char line[100];
	struct text text;

	for (uint32_t i = 0; i < tcp_tunables.count; i++)
		if (!strcmp(tcp_tunables.entries[i].path,
			    "net/ipv4/tcp_fastopen_key"))
			key = &tcp_tunables.entries[i];
	CHECK_EQ(tunable_write(d->net, key,
			       "a1a1a1a1-b2b2b2b2-c3c3c3c3-00000001"),
		 0);
	CHECK_EQ(get_le32(d->net->tcp->fast_open_keys.bytes[0] + 12), 1);
	text_init(&text, line, sizeof(line));
	tunable_read(d->net, key, &text);
	CHECK(!strcmp(line, "a1a1a1a1-b2b2b2b2-c3c3c3c3-00000001"));
	CHECK_EQ(tunable_write(d->net, key, "a1a1a1a1-b2b2b2b2-c3c3c3c3"),
		 -EINVAL);
	CHECK_EQ(tunable_write(d->net, key, ""), -EINVAL);
	dialogue_end(d);
}
