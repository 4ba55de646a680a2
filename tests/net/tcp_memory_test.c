// SPDX-License-Identifier: MIT
/*
 * Memory for TCP (net.ipv4.tcp_mem): pressure begins and ends where it should,
 * slows down who has much, and stops nobody.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/memory.h"
#include "tests/net/harness.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

#define ALL "mss 1460,sackOK,TS val 100 ecr 0,wscale 7"
#define SEGMENT 1448u

static struct tcp_memory *memory_of(struct dialogue *d)
{
	return &d->net->tcp->memory;
}

static void set_limits(struct dialogue *d, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t limits[] = { a, b, c };

	memcpy(memory_of(d)->limits, limits, sizeof(limits));
}

/* What the peer says; its clock goes on. */
static void say(struct dialogue *d, const char *segment)
{
	static uint32_t clock = 200;
	char text[160];

	format_to(text, sizeof(text), "%s win 500 <TS val %u ecr 0>", segment,
		  clock++);
	in(d, text);
}

/* The peer sends segments `first` to `last`, counted from 0. */
static void segments(struct dialogue *d, uint32_t first, uint32_t last)
{
	char text[120];

	for (uint32_t i = first; i <= last; i++) {
		format_to(text, sizeof(text), ". %u:%u(%u) ack 1",
			  1 + i * SEGMENT, 1 + (i + 1) * SEGMENT, SEGMENT);
		say(d, text);
	}
}

TEST(what_is_queued_is_charged_until_it_is_read)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);

	CHECK_EQ(memory_of(d)->charged, 0);
	segments(d, 0, 3);
	CHECK(memory_of(d)->charged >= 4 * SEGMENT);
	CHECK(memory_of(d)->charged <= 4 * 3 * SEGMENT);
	user_receive(ep, d, NULL, 10 * SEGMENT);
	wait_for(d, 3 * SEC); /* folding looks */
	CHECK_EQ(memory_of(d)->charged, 0);
	CHECK_EQ(user_send(ep, d, 3000), 3000);
	CHECK(memory_of(d)->charged >= 3000);
	say(d, ". 5793:5793(0) ack 3001");
	CHECK_EQ(memory_of(d)->charged, 0);
	segments(d, 5, 6); /* behind a gap */
	CHECK(memory_of(d)->charged >= 2 * SEGMENT);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(pressure_begins_above_the_second_and_ends_below_the_first)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	const struct net_stats *stats = &d->net->stats;

	set_limits(d, 2, 4, 100);
	segments(d, 0, 3);
	CHECK(!memory_of(d)->pressure);
	segments(d, 4, 6);
	CHECK(memory_of(d)->pressure);
	CHECK_EQ(stats->tcp_ext.memory_pressures, 1);
	wait_for(d, 500 * MS);
	CHECK_EQ(user_receive(ep, d, NULL, 4 * SEGMENT), 4 * SEGMENT);
	segments(d, 7, 7);
	CHECK(memory_of(d)->pressure);
	CHECK_EQ(user_receive(ep, d, NULL, 4 * SEGMENT), 4 * SEGMENT);
	segments(d, 8, 8);
	CHECK(!memory_of(d)->pressure);
	CHECK_EQ(stats->tcp_ext.memory_pressures, 1);
	CHECK(stats->tcp_ext.memory_pressures_chrono >= 500);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* The right edge of the last window that was offered. */
static uint32_t edge(struct dialogue *d)
{
	uint32_t right = 0;

	while (d->first != d->last) {
		const struct seen *s = out_any(d);
		uint32_t now = s->h.ack + (s->h.window << 7);

		if (right && (int32_t)(now - right) < -127)
			test_fail(__FILE__, __LINE__, "the window shrinks");
		right = now;
	}
	return right;
}

TEST(under_pressure_the_window_opens_no_more_and_is_never_taken_back)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	uint32_t before = conn_of(ep)->rcv.ssthresh, right;

	set_limits(d, 1, 2, 1000);
	segments(d, 0, 2);
	CHECK(memory_of(d)->pressure);
	segments(d, 3, 30);
	CHECK(conn_of(ep)->rcv.ssthresh < before);
	CHECK(conn_of(ep)->rcv.ssthresh >= 4 * SEGMENT);
	right = edge(d);
	CHECK(right != 0);
	CHECK_EQ(user_receive(ep, d, NULL, 100000), 31 * SEGMENT);
	set_limits(d, 1000, 2000, 3000);
	for (uint32_t i = 31; i < 90; i++) {
		segments(d, i, i);
		user_receive(ep, d, NULL, SEGMENT);
	}
	CHECK(!memory_of(d)->pressure);
	CHECK((int32_t)(edge(d) - right) >= 0);
	CHECK(conn_of(ep)->rcv.ssthresh >= before);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(above_the_limit_only_an_empty_queue_takes_a_segment)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	const struct net_stats *stats = &d->net->stats;

	set_limits(d, 0, 0, 0);
	segments(d, 0, 0);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 0);
	out_all(d);
	segments(d, 1, 1);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 1);
	CHECK_EQ(stats->tcp_ext.rcvq_drop, 1);
	CHECK_EQ(stats->tcp_ext.rcv_pruned, 1);
	CHECK_EQ(stats->tcp_ext.prune_called, 1);
	out(d, ". 1:1(0) ack 1449"); /* at once */
	CHECK_EQ(user_receive(ep, d, NULL, 9000), SEGMENT);
	segments(d, 1, 1);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 1);
	CHECK_EQ(user_receive(ep, d, NULL, 9000), SEGMENT);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(a_full_window_closes_and_opens_again_when_all_is_read)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	uint32_t n = 0;

	set_limits(d, 0, 0, 4);
	while (dropped(d, REASON_TCP_MEMORY) == 0 && n < 100)
		segments(d, n, n), n++;
	CHECK(n > 2 && n < 10);
	out_all(d);
	CHECK_EQ(user_receive(ep, d, NULL, 100000), (n - 1) * SEGMENT);
	segments(d, n - 1, n - 1);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(what_came_too_early_makes_room_for_what_comes_in_order)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	const struct net_stats *stats = &d->net->stats;
	const struct seen *sent;

	segments(d, 0, 0);
	segments(d, 3, 3);
	segments(d, 5, 8);
	out_all(d);
	set_limits(d, 0, 0, (uint32_t)memory_of(d)->charged / 4096);
	segments(d, 1, 1);
	CHECK(stats->tcp_ext.ofo_pruned >= 1);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 0);
	/* The highest went, and is no longer reported. */
	CHECK_EQ(conn_of(ep)->ooo.range_count, 1);
	sent = out_any(d);
	CHECK_EQ(sent->h.opt.sack_count, 1);
	CHECK_EQ(sent->h.opt.sack[0].right, sent->h.ack + 2 * SEGMENT);
	/* Nothing beyond what is there is taken. */
	set_limits(d, 0, 0, 1);
	segments(d, 5, 5);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 1);
	CHECK_EQ(stats->tcp_ext.ofo_drop, 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(under_pressure_a_send_buffer_shrinks_to_what_drains_and_grows_again)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, ALL);
	uint32_t grown, sent;

	sent = user_send(ep, d, 60000);
	CHECK_EQ(sent, 60000);
	out_all(d);
	grown = ep->tx.limit;
	set_limits(d, 1, 2, 4);
	say(d, ". 1:1(0) ack 1449");
	CHECK(ep->tx.limit < grown && ep->tx.limit >= NET_SNDBUF_MIN);
	/* The writer waits rather than fails, and all arrives. */
	CHECK_EQ(user_send(ep, d, 1000), 0);
	for (uint32_t n = 0; sent < 200000 && n < 2000; n++) {
		char text[80];

		format_to(text, sizeof(text), ". 1:1(0) ack %u",
			  conn_of(ep)->snd.nxt - conn_of(ep)->snd.iss);
		say(d, text);
		sent += user_send(ep, d, 200000 - sent);
		wait_for(d, 1 * MS);
		out_all(d);
	}
	CHECK_EQ(sent, 200000);
	set_limits(d, 1000, 2000, 4000);
	say(d, ". 1:1(0) ack 200001");
	CHECK_EQ(user_send(ep, d, 2000), 2000);
	say(d, ". 1:1(0) ack 202001");
	CHECK(!memory_of(d)->pressure);
	CHECK(ep->tx.limit >= grown);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* Reading without telling the stack, as small reads do. */
static void read_quietly(struct endpoint *ep)
{
	frag_ring_release(&ep->rx, ep->rx.tail);
}

/* The n-th connection; d speaks for it from now on. */
static struct endpoint *nth(struct dialogue *d, struct endpoint *listener,
			    int n)
{
	struct endpoint *ep;

	out_all(d);
	d->peer_port = (uint16_t)(40000 + n);
	d->iss_known = d->stamp_known = false;
	in(d, "S 0:0(0) win 65535 <" ALL ">");
	out_any(d);
	say(d, ". 1:1(0) ack 1");
	ep = user_accept(listener, d);
	CHECK(ep != NULL);
	return ep;
}

/* So many pages for each connection, were all alike. */
static void set_share(struct dialogue *d, uint32_t pages)
{
	set_limits(d, 1, 2, pages * d->net->tcp->alive);
}

TEST(under_pressure_a_receiver_gets_its_share_and_no_more)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 30), *ep[4];
	uint32_t n = 0;

	for (int i = 0; i < 3; i++)
		ep[i] = nth(d, listener, i);
	set_share(d, 20);
	while (dropped(d, REASON_TCP_MEMORY) == 0 && n < 60)
		segments(d, n, n), n++;
	CHECK(memory_of(d)->pressure);
	CHECK(n > 20 * 4096 / (2 * SEGMENT) - 4);
	CHECK(n < 20 * 4096 / (2 * SEGMENT) + 4);
	ep[3] = nth(d, listener, 3);
	segments(d, 0, 9);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 1);
	dialogue_drop(d);
	for (int i = 0; i < 4; i++)
		endpoint_put(ep[i]);
	endpoint_put(listener);
}

TEST(under_pressure_a_sender_below_its_share_keeps_its_buffer)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 30), *ep[2];
	uint32_t grown;

	for (int i = 0; i < 2; i++)
		ep[i] = nth(d, listener, i);
	CHECK_EQ(user_send(ep[1], d, 60000), 60000);
	out_all(d);
	grown = ep[1]->tx.limit;
	set_share(d, 24);
	say(d, ". 1:1(0) ack 1449");
	CHECK(memory_of(d)->pressure);
	CHECK(ep[1]->tx.limit >= grown);
	set_share(d, 12);
	say(d, ". 1:1(0) ack 2897");
	CHECK(!memory_is_exhausted(conn_of(ep[1])));
	CHECK(ep[1]->tx.limit < grown);
	dialogue_drop(d);
	for (int i = 0; i < 2; i++)
		endpoint_put(ep[i]);
	endpoint_put(listener);
}

TEST(what_was_read_unnoticed_is_found_before_anyone_suffers)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *listener = listening(d, 80, 30);
	struct endpoint *ep[20];

	for (int i = 0; i < 20; i++) {
		ep[i] = nth(d, listener, i);
		segments(d, 0, 0);
		wait_for(d, 50 * MS); /* its ACK is delayed */
		out_all(d);
		read_quietly(ep[i]);
	}
	/* Twenty that each seem to hold a segment. */
	CHECK(memory_of(d)->charged > 20 * SEGMENT);
	set_limits(d, 5, 7, 9);
	segments(d, 1, 4);
	CHECK_EQ(d->net->stats.tcp_ext.memory_pressures, 0);
	CHECK_EQ(dropped(d, REASON_TCP_MEMORY), 0);
	dialogue_drop(d);
	for (int i = 0; i < 20; i++)
		endpoint_put(ep[i]);
	endpoint_put(listener);
}

/* ---- Many connections ---- */

#define MANY 60
#define BYTES 60000u

struct crowd {
	struct host *client, *server;
	struct endpoint *listener;
	struct endpoint *from[MANY], *to[MANY];
	uint32_t sent[MANY], got;
	int accepted;
	nsec_t next_read;
	struct alarm alarm;
};

static void write_what_fits(struct endpoint *ep, uint32_t *sent)
{
	struct frag_span span;

	while (*sent < BYTES &&
	       !frag_ring_reserve(&ep->tx, BYTES - *sent, &span)) {
		memset(span.data, 'x', span.length);
		frag_ring_commit(&ep->tx, span.length);
		*sent += span.length;
	}
	endpoint_kick(ep);
}

static bool crowd_done(void *context)
{
	struct crowd *c = context;
	struct world *w = c->client->world;
	struct endpoint *ep;

	while ((ep = endpoint_accept(c->listener)))
		c->to[c->accepted++] = ep;
	for (int i = 0; i < MANY; i++)
		write_what_fits(c->from[i], &c->sent[i]);
	/* Readers are slow: queues fill. */
	if (w->now < c->next_read)
		return false;
	c->next_read = w->now + 50 * MS;
	for (int i = 0; i < c->accepted; i++) {
		uint64_t tail = c->to[i]->rx.tail;

		c->got += (uint32_t)frag_ring_used(&c->to[i]->rx);
		frag_ring_release(&c->to[i]->rx, tail);
		endpoint_consumed(c->to[i]);
	}
	return c->got == MANY * BYTES;
}

static void ring(struct alarm *alarm)
{
	(void)alarm;
}

TEST(many_transfers_through_little_memory_all_complete)
{
	struct wire wire = { .delay = 5 * MS, .loss = 10000 };
	struct world *w = world_new(7);
	static struct crowd c;
	const struct net_stats *stats;

	c = (struct crowd){ .client = host_new(w, "10.0.0.1", 24),
			    .server = host_new(w, "10.0.0.2", 24) };
	hosts_join(c.client, c.server);
	hosts_wire(c.client, c.server, &wire);
	c.listener = host_socket(c.server, NET_IP4, NET_SOCK_STREAM, 0);
	CHECK_EQ(host_bind(c.server, c.listener, "10.0.0.2", 80), 0);
	CHECK_EQ(host_listen(c.server, c.listener, 2 * MANY), 0);
	CHECK_EQ(host_tune(c.server, "net/ipv4/tcp_mem", "30 40 60"), 0);
	CHECK_EQ(host_tune(c.client, "net/ipv4/tcp_mem", "60 80 120"), 0);
	for (int i = 0; i < MANY; i++) {
		c.from[i] = host_socket(c.client, NET_IP4, NET_SOCK_STREAM, 0);
		CHECK_EQ(host_connect(c.client, c.from[i], "10.0.0.2", 80),
			 -EINPROGRESS);
	}
	heap_node_init(&c.alarm.due);
	c.alarm.ring = ring;
	for (int n = 0; n < 100000 && !crowd_done(&c); n++) {
		alarm_set(w, &c.alarm, w->now + 10 * MS);
		world_run(w, 10 * MS);
	}
	CHECK_EQ(c.got, MANY * BYTES);
	stats = &c.server->net->stats;
	CHECK(stats->tcp_ext.memory_pressures > 0);
	CHECK(c.client->net->stats.tcp_ext.memory_pressures > 0);
	CHECK(stats->tcp_ext.prune_called > 0);
	printf("# %llu times under pressure, %llu dropped, %lld s\n",
	       (unsigned long long)stats->tcp_ext.memory_pressures,
	       (unsigned long long)
		       c.server->net->counters.dropped[REASON_TCP_MEMORY],
	       (long long)((w->now - WORLD_START) / SEC));
	for (int i = 0; i < MANY; i++) {
		host_close(c.client, c.from[i]);
		host_close(c.server, c.to[i]);
	}
	host_close(c.server, c.listener);
	world_run(w, 400 * SEC);
	CHECK_EQ(c.server->net->tcp->memory.charged, 0);
	CHECK_EQ(c.client->net->tcp->memory.charged, 0);
	CHECK(!c.server->net->tcp->memory.pressure);
	CHECK(!c.client->net->tcp->memory.pressure);
	world_free(w);
}

TEST(tcp_mem_is_three_numbers_of_pages)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	const char *path = "net/ipv4/tcp_mem";
	char text[64];

	CHECK(host_tuned(h, path, text, sizeof text) > 0);
	CHECK_STR(text, "12288\t16384\t24576");
	CHECK_EQ(host_tune(h, path, " 1 2\t3"), 0);
	host_tuned(h, path, text, sizeof text);
	CHECK_STR(text, "1\t2\t3");
	CHECK_EQ(host_tune(h, path, "7"), 0);
	host_tuned(h, path, text, sizeof text);
	CHECK_STR(text, "7\t2\t3");
	CHECK_EQ(host_tune(h, path, "1 2 3 4"), -EINVAL);
	CHECK_EQ(host_tune(h, path, "1 -2 3"), -EINVAL);
	CHECK_EQ(host_tune(h, path, "1 x 3"), -EINVAL);
	CHECK_EQ(host_tune(h, path, ""), -EINVAL);
	host_tuned(h, path, text, sizeof text);
	CHECK_STR(text, "7\t2\t3");
	world_free(w);
}
