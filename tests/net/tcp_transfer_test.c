// SPDX-License-Identifier: MIT
/*
 * Two stacks on a wire that loses, reorders and repeats: every byte arrives
 * once and in order, every connection ends, no memory is left. The runs are in
 * virtual time from a seed; a seed that failed once becomes a test of its own.
 */
#include <stdlib.h>

#include "tests/net/harness.h"
#include "tests/unit/test.h"

#include "lib/errno.h"
#include "net/tcp/conn.h"

#define MS NSEC_PER_MSEC
#define SEC NSEC_PER_SEC

static unsigned long current_seed;

/* One connection with bytes in both directions. */
struct flow {
	struct host *client, *server;
	struct endpoint *a, *b, *listener;
	uint64_t up, down; /* bytes wanted each way */
	uint64_t up_sent, down_sent;
	uint64_t up_got, down_got;
	bool a_closed, b_closed; /* for writing */
	uint32_t read_size; /* a slow reader takes so much a call */
	nsec_t last_progress, longest_stall;
	struct world *world;
};

static uint8_t byte_at(uint64_t i, uint8_t salt)
{
	return (uint8_t)(i * 131 + (i >> 8) * 17 + (i >> 16) + salt);
}

static void write_some(struct endpoint *ep, uint64_t *sent, uint64_t total,
		       uint8_t salt)
{
	bool any = false;

	while (*sent < total) {
		struct frag_span span;
		uint32_t n = MIN(total - *sent, (uint64_t)65536);

		if (frag_ring_reserve(&ep->tx, n, &span))
			break;
		n = MIN(n, span.length);
		for (uint32_t i = 0; i < n; i++)
			span.data[i] = byte_at(*sent + i, salt);
		frag_ring_commit(&ep->tx, n);
		*sent += n;
		any = true;
	}
	if (any)
		endpoint_kick(ep);
}

static bool read_some(struct endpoint *ep, uint64_t *got, uint32_t most,
		      uint8_t salt)
{
	uint32_t taken = 0;

	while (taken < most) {
		struct frag_span span;

		frag_ring_span(&ep->rx, *got, &span);
		span.length = MIN(span.length, most - taken);
		if (span.length == 0)
			break;
		for (uint32_t i = 0; i < span.length; i++)
			if (span.data[i] != byte_at(*got + i, salt))
				test_fail(__FILE__, __LINE__,
					  "byte %llu is wrong",
					  (unsigned long long)(*got + i));
		*got += span.length;
		taken += span.length;
		frag_ring_release(&ep->rx, *got);
	}
	if (taken)
		endpoint_consumed(ep);
	return taken > 0;
}

static void shut(struct host *h, struct endpoint *ep)
{
	struct endpoint_request r = { .op = EP_OP_SHUTDOWN, .number = 1 };

	host_request(h, ep, &r);
}

static bool at_end(const struct endpoint *ep)
{
	return (endpoint_status(ep) & EP_RX_EOF) && !frag_ring_used(&ep->rx);
}

/* Writes and reads what can be; true when both sides have seen the end. */
static bool pump(void *context)
{
	struct flow *f = context;
	bool progress = false;

	if (!f->b)
		f->b = endpoint_accept(f->listener);
	write_some(f->a, &f->up_sent, f->up, 1);
	progress |= read_some(f->a, &f->down_got, f->read_size, 2);
	if (f->b) {
		write_some(f->b, &f->down_sent, f->down, 2);
		progress |= read_some(f->b, &f->up_got, f->read_size, 1);
	}
	if (progress) {
		f->longest_stall =
			MAX(f->longest_stall, f->world->now - f->last_progress);
		f->last_progress = f->world->now;
	}
	return f->b && f->up_sent == f->up && f->down_sent == f->down &&
	       f->up_got == f->up && f->down_got == f->down;
}

static bool ended(void *context)
{
	struct flow *f = context;

	return at_end(f->a) && at_end(f->b);
}

static void flow_open(struct flow *f, struct world *w, struct host *a,
		      struct host *b, uint64_t up, uint64_t down)
{
	*f = (struct flow){ .world = w,
			    .client = a,
			    .server = b,
			    .up = up,
			    .down = down,
			    .read_size = 1 << 20 };
	f->listener = host_socket(b, NET_IP4, NET_SOCK_STREAM, 0);
	CHECK_EQ(host_bind(b, f->listener, "10.0.0.2", 80), 0);
	CHECK_EQ(host_listen(b, f->listener, 10), 0);
	f->a = host_socket(a, NET_IP4, NET_SOCK_STREAM, 0);
	CHECK_EQ(host_connect(a, f->a, "10.0.0.2", 80), -EINPROGRESS);
	f->last_progress = w->now;
}

/* Why is it stuck? */
static void describe(const char *who, const struct endpoint *ep)
{
	const struct tcp_conn *c = ep ? ep->half : NULL;

	if (!c)
		return;
	printf("# %s: state %d una %u nxt +%u wnd %u end +%u cwnd %u pipe %u "
	       "lost %u sacked %u phase %d purpose %d armed %d in %lld ms "
	       "rto %lld retransmits %d window %u ooo %u unread %u\n",
	       who, c->state, c->snd.una - c->snd.iss, conn_outstanding(c),
	       c->snd.wnd, conn_send_end(c) - c->snd.una, c->cc.cwnd,
	       flight_pipe(&c->flight), c->flight.lost, c->flight.sacked,
	       c->cc.phase, c->purpose, c->due[RETRANSMIT_TIMER] != 0,
	       (long long)((c->due[RETRANSMIT_TIMER] - c->net->now) / MS),
	       (long long)(rtt_timeout(&c->rtt) / MS), c->retransmits,
	       c->rcv.edge - c->rcv.nxt, c->ooo.bytes,
	       (uint32_t)frag_ring_used(&ep->rx));
}

static void flow_run(struct flow *f, nsec_t limit)
{
	nsec_t end = f->world->now + limit;

	/* A slow reader comes back even when nothing happens on the wire. */
	while (f->world->now < end)
		if (world_run_until(f->world, 20 * MS, pump, f))
			return;
	printf("# seed %lu\n", current_seed);
	describe("a", f->a);
	describe("b", f->b);
	test_fail(__FILE__, __LINE__,
		  "stuck: up %llu of %llu, down %llu of %llu",
		  (unsigned long long)f->up_got, (unsigned long long)f->up,
		  (unsigned long long)f->down_got, (unsigned long long)f->down);
}

static void flow_close(struct flow *f)
{
	shut(f->client, f->a);
	shut(f->server, f->b);
	CHECK(world_run_until(f->world, 600 * SEC, ended, f));
	CHECK_EQ(endpoint_take_error(f->a), 0);
	CHECK_EQ(endpoint_take_error(f->b), 0);
	host_close(f->client, f->a);
	host_close(f->server, f->b);
	host_close(f->server, f->listener);
	world_run(f->world, 400 * SEC);
	CHECK_EQ(f->client->net->tcp->alive, 0);
	CHECK_EQ(f->server->net->tcp->alive, 0);
	CHECK_EQ(f->client->net->tcp->time_wait_count, 0);
	CHECK_EQ(f->server->net->tcp->time_wait_count, 0);
}

static void pair_on(struct world *w, const struct wire *wire, uint32_t features,
		    uint32_t mtu, struct host **a, struct host **b)
{
	*a = host_with(w, "10.0.0.1", 24, features, mtu);
	*b = host_with(w, "10.0.0.2", 24, features, mtu);
	hosts_join(*a, *b);
	hosts_wire(*a, *b, wire);
}

static void transfer(uint64_t seed, const struct wire *wire, uint32_t features,
		     uint64_t up, uint64_t down, nsec_t limit)
{
	struct world *w = world_new(seed);
	struct host *a, *b;
	struct flow f;

	pair_on(w, wire, features, 1500, &a, &b);
	flow_open(&f, w, a, b, up, down);
	flow_run(&f, limit);
	flow_close(&f);
	world_free(w);
}

#define OFFLOAD (NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6)

TEST(clean_wire_carries_a_megabyte_up)
{
	struct wire wire = { .delay = 1 * MS };

	transfer(1, &wire, 0, 1 << 20, 0, 10 * SEC);
}

TEST(clean_wire_carries_a_megabyte_each_way)
{
	struct wire wire = { .delay = 1 * MS };

	transfer(1, &wire, 0, 1 << 20, 1 << 20, 10 * SEC);
}

TEST(offloaded_segments_arrive_equal)
{
	struct wire wire = { .delay = 1 * MS };

	transfer(1, &wire, OFFLOAD, 4 << 20, 1 << 20, 10 * SEC);
}

TEST(two_percent_loss_is_repaired)
{
	struct wire wire = { .delay = 10 * MS, .loss = 20000 };

	transfer(2, &wire, 0, 2 << 20, 1 << 20, 120 * SEC);
}

TEST(two_percent_loss_of_offloaded_segments_is_repaired)
{
	struct wire wire = { .delay = 10 * MS, .loss = 20000 };

	transfer(3, &wire, OFFLOAD, 2 << 20, 1 << 20, 120 * SEC);
}

TEST(ten_percent_loss_is_repaired)
{
	struct wire wire = { .delay = 10 * MS, .loss = 100000 };

	transfer(4, &wire, 0, 300000, 300000, 600 * SEC);
}

TEST(reordering_and_duplication_do_no_harm)
{
	struct wire wire = {
		.delay = 5 * MS,
		.reorder = 100000,
		.reorder_delay = 3 * MS,
		.duplicate = 50000,
	};

	transfer(5, &wire, 0, 2 << 20, 2 << 20, 60 * SEC);
}

TEST(narrow_queue_is_shared_without_collapse)
{
	struct wire wire = {
		.delay = 20 * MS,
		.bits_per_second = 10000000,
		.queue_bytes = 30000,
	};
	struct world *w = world_new(6);
	struct host *a, *b;
	struct flow f;
	nsec_t start;

	pair_on(w, &wire, 0, 1500, &a, &b);
	start = w->now;
	flow_open(&f, w, a, b, 4 << 20, 0);
	flow_run(&f, 60 * SEC);
	/* 4 MiB at 10 Mbit/s take 3.4 s; the queue is half a bandwidth-delay
	 * product, so three quarters of that rate is the least to expect. */
	CHECK(w->now - start < 5 * SEC);
	flow_close(&f);
	world_free(w);
}

TEST(long_fat_path_fills_from_default_settings)
{
	struct wire wire = {
		.delay = 50 * MS,
		.bits_per_second = 100000000,
		.queue_bytes = 1 << 20,
	};
	struct world *w = world_new(7);
	struct host *a, *b;
	struct flow f;
	nsec_t start;

	pair_on(w, &wire, OFFLOAD, 1500, &a, &b);
	start = w->now;
	flow_open(&f, w, a, b, 32 << 20, 0);
	flow_run(&f, 60 * SEC);
	/* 2.7 s at full rate; slow start takes a second of that. */
	CHECK(w->now - start < 6 * SEC);
	flow_close(&f);
	world_free(w);
}

TEST(gigabit_over_100_ms_fills_from_default_settings)
{
	struct wire wire = {
		.delay = 50 * MS,
		.bits_per_second = 1000000000,
		.queue_bytes = 16 << 20,
	};
	struct world *w = world_new(9);
	struct host *a, *b;
	struct flow f;
	nsec_t start;

	pair_on(w, &wire, OFFLOAD, 1500, &a, &b);
	start = w->now;
	flow_open(&f, w, a, b, 256 << 20, 0);
	flow_run(&f, 60 * SEC);
	/* 2.2 s at full rate, and slow start up to 12.5 MB in flight. The
	 * window must open ahead of it. */
	CHECK(w->now - start < 4 * SEC);
	flow_close(&f);
	world_free(w);
}

TEST(slow_reader_stops_the_sender_and_loses_nothing)
{
	struct wire wire = { .delay = 2 * MS };
	struct world *w = world_new(8);
	struct host *a, *b;
	struct flow f;

	pair_on(w, &wire, 0, 1500, &a, &b);
	flow_open(&f, w, a, b, 1 << 20, 0);
	f.read_size = 0;
	world_run_until(w, 20 * SEC, pump, &f);
	CHECK_EQ(f.up_got, 0);
	CHECK(f.up_sent < 1 << 20);
	f.read_size = 1000;
	for (int i = 0; i < 5000 && !pump(&f); i++)
		world_run(w, 5 * MS);
	CHECK_EQ(f.up_got, 1 << 20);
	flow_close(&f);
	world_free(w);
}

TEST(lost_window_update_does_not_stall_the_sender)
{
	struct wire wire = { .delay = 2 * MS };
	struct world *w = world_new(9);
	struct host *a, *b;
	struct flow f;

	pair_on(w, &wire, 0, 1500, &a, &b);
	flow_open(&f, w, a, b, 1 << 20, 0);
	f.read_size = 0;
	world_run_until(w, 5 * SEC, pump, &f);
	/* The reader empties the buffer while its answers get lost. */
	b->wire.loss = 1000000;
	f.read_size = 1 << 20;
	pump(&f);
	world_run(w, 1 * SEC);
	b->wire.loss = 0;
	flow_run(&f, 20 * SEC);
	flow_close(&f);
	world_free(w);
}

/* Both ends in one stack. */
static void over_loopback(int family, const char *address)
{
	struct world *w = world_new(11);
	struct host *a = host_new(w, "10.0.0.1", 24);
	struct flow f = {
		.world = w,
		.client = a,
		.server = a,
		.up = 8 << 20,
		.down = 1 << 20,
		.read_size = 1 << 20,
	};
	uint64_t before;

	f.listener = host_socket(a, NET_IP6, NET_SOCK_STREAM, 0);
	CHECK_EQ(host_bind(a, f.listener, "::", 80), 0);
	CHECK_EQ(host_listen(a, f.listener, 10), 0);
	f.a = host_socket(a, family, NET_SOCK_STREAM, 0);
	CHECK_EQ(host_connect(a, f.a, address, 80), -EINPROGRESS);
	before = a->net->counters.submitted;
	flow_run(&f, 10 * SEC);
	/* Large segments: well under two packets for each 16 KiB. */
	CHECK(a->net->counters.submitted - before < 9 * 64 * 2);
	CHECK_EQ(a->net->stats.tcp.retrans_segs, 0);
	flow_close(&f);
	world_free(w);
}

TEST(loopback_carries_large_segments)
{
	over_loopback(NET_IP4, "127.0.0.1");
}

TEST(own_address_is_reached_over_loopback)
{
	over_loopback(NET_IP4, "10.0.0.1");
}

TEST(ipv6_loopback_carries_large_segments)
{
	over_loopback(NET_IP6, "::1");
}

TEST(ipv6_socket_connects_to_a_mapped_address)
{
	over_loopback(NET_IP6, "::ffff:127.0.0.1");
}

static bool drop_syns(struct wire *wire, const struct frame *frame)
{
	return frame->length > 47 && (frame->bytes[47] & 0x02) &&
	       wire->sent++ < 2;
}

TEST(lost_syns_only_delay_the_connection)
{
	struct wire wire = { .delay = 2 * MS, .drop = drop_syns };

	transfer(10, &wire, 0, 100000, 100000, 60 * SEC);
}

/* Everything at random, from the seed. */
static void random_run(uint64_t seed)
{
	struct world *w = world_new(seed);
	struct wire wire = {
		.delay = world_random(w, 60) * MS,
		.loss = world_random(w, 4) ? world_random(w, 60000) : 0,
		.reorder = world_random(w, 2) ? world_random(w, 80000) : 0,
		.reorder_delay = world_random(w, 30) * MS,
		.duplicate = world_random(w, 3) ? 0 : world_random(w, 50000),
		.bits_per_second = world_random(w, 2) ?
					   0 :
					   2000000 + world_random(w, 100000000),
		.queue_bytes = 20000 + world_random(w, 200000),
	};
	uint32_t features = world_random(w, 2) ? OFFLOAD : 0;
	struct host *a, *b;
	struct flow f;

	pair_on(w, &wire, features, 576 + world_random(w, 925), &a, &b);
	flow_open(&f, w, a, b, world_random(w, 400000),
		  world_random(w, 400000));
	f.read_size = 100 + world_random(w, 100000);
	flow_run(&f, 1800 * SEC);
	flow_close(&f);
	world_free(w);
}

/* SEEDS=FIRST-LAST in the environment runs others. */
TEST(random_wires_deliver_every_byte)
{
	unsigned long first = 1000, last = 1059;
	const char *seeds = getenv("SEEDS");

	if (seeds)
		CHECK_EQ(sscanf(seeds, "%lu-%lu", &first, &last), 2);
	for (unsigned long seed = first; seed <= last; seed++) {
		current_seed = seed;
		random_run(seed);
	}
}
