// SPDX-License-Identifier: MIT
/*
 * The core by itself: timing wheel, mailbox, byte rings, packets, demux tables,
 * routes, local ports, checksum and address text.
 */
#include <pthread.h>
#include <stdlib.h>

#include "lib/errno.h"
#include "net/core/demux.h"
#include "net/core/frag_ring.h"
#include "net/wire/checksum.h"
#include "tests/net/harness.h"
#include "tests/net/port_host.h"
#include "tests/net/instructions.h"
#include "tests/unit/test.h"

/* ---- timers ---- */

struct probe {
	struct timer timer;
	nsec_t fired;
	int count;
};

static void fire(struct net *net, struct timer *timer)
{
	struct probe *p = container_of(timer, struct probe, timer);

	p->fired = net->now;
	p->count++;
}

TEST(timer_fires_once_at_its_time_and_never_early)
{
	static const nsec_t delays[] = {
		1,
		500000,
		NSEC_PER_MSEC,
		40 * NSEC_PER_MSEC,
		64 * NSEC_PER_MSEC,
		200 * NSEC_PER_MSEC,
		NSEC_PER_SEC,
		4096 * NSEC_PER_MSEC,
		120 * NSEC_PER_SEC,
		7200 * NSEC_PER_SEC,
		86400 * NSEC_PER_SEC,
		30 * 86400 * NSEC_PER_SEC,
	};
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);
	struct probe p[ARRAY_LEN(delays)];
	nsec_t start = w->now;

	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		timer_init(&p[i].timer, fire);
		p[i].count = 0;
		timer_arm(h->net, &p[i].timer, start + delays[i]);
	}
	h->deadline = w->now;
	world_run(w, 40 * 86400 * NSEC_PER_SEC);
	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		CHECK_EQ(p[i].count, 1);
		CHECK(p[i].fired >= start + delays[i]);
		CHECK(p[i].fired <= start + delays[i] + 2 * NSEC_PER_MSEC);
	}
	world_free(w);
}

TEST(timers_agree_with_a_model_under_random_use)
{
	enum { N = 200 };
	static struct probe p[N];
	static nsec_t due[N];
	struct world *w = world_new(7);
	struct host *h = host_new(w, NULL, 0);

	for (int i = 0; i < N; i++) {
		timer_init(&p[i].timer, fire);
		p[i].count = 0;
		due[i] = 0;
	}
	for (int step = 0; step < 20000; step++) {
		int i = (int)world_random(w, N);

		switch (world_random(w, 3)) {
		case 0:
			due[i] = w->now + (nsec_t)world_random(w, 1u << 31) *
						  (world_random(w, 8) ? 1 : 60);
			timer_arm(h->net, &p[i].timer, due[i]);
			break;
		case 1:
			due[i] = 0;
			timer_cancel(h->net, &p[i].timer);
			break;
		default:
			w->now += world_random(w, 50000000);
			net_run(h->net, w->now);
			break;
		}
		for (int k = 0; k < N; k++) {
			bool armed = timer_is_armed(&p[k].timer);

			if (due[k] && due[k] + NSEC_PER_MSEC < h->net->now)
				CHECK(!armed);
			if (armed)
				CHECK(due[k] != 0);
			if (!armed && due[k]) {
				CHECK(p[k].fired >= due[k]);
				due[k] = 0;
			}
		}
	}
	for (int i = 0; i < N; i++)
		timer_cancel(h->net, &p[i].timer);
	world_free(w);
}

/* ---- mailbox ---- */

struct letter {
	struct mail mail;
	int from, number;
};

static struct mailbox box;

static void *post_letters(void *from)
{
	for (int i = 0; i < 20000; i++) {
		struct letter *l = malloc(sizeof *l);

		l->from = (int)(intptr_t)from;
		l->number = i;
		mailbox_push(&box, &l->mail);
	}
	return NULL;
}

TEST(mailbox_keeps_the_order_of_each_of_four_writers)
{
	int next[4] = { 0 }, total = 0;
	pthread_t threads[4];

	memset(&box, 0, sizeof box);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, post_letters,
			       (void *)(intptr_t)i);
	while (total < 80000) {
		struct mail *mail = mailbox_pop(&box);
		struct letter *l;

		if (!mail)
			continue;
		l = container_of(mail, struct letter, mail);
		CHECK_EQ(l->number, next[l->from]);
		next[l->from]++;
		total++;
		free(l);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK(mailbox_empty(&box));
}

/* ---- byte rings ---- */

static uint8_t stream_byte(uint64_t i)
{
	return (uint8_t)((i * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

static uint32_t write_some(struct frag_ring *ring, uint64_t at, uint32_t n)
{
	struct frag_span span;
	uint32_t done = 0;

	while (done < n && frag_ring_reserve(ring, n - done, &span) == 0) {
		uint32_t len = MIN(span.length, n - done);

		for (uint32_t i = 0; i < len; i++)
			span.data[i] = stream_byte(at + done + i);
		frag_ring_commit(ring, len);
		done += len;
	}
	return done;
}

static uint32_t read_some(struct frag_ring *ring, uint64_t at, uint32_t n)
{
	struct frag_span span;
	uint32_t done = 0;

	while (done < n) {
		uint32_t len;

		frag_ring_span(ring, at + done, &span);
		if (!span.length)
			break;
		len = MIN(span.length, n - done);
		for (uint32_t i = 0; i < len; i++)
			CHECK_EQ(span.data[i], stream_byte(at + done + i));
		done += len;
	}
	return done;
}

TEST(byte_ring_gives_back_what_was_written)
{
	long in_use = port_host_in_use();
	struct frag_ring ring;
	uint64_t seed = 3, in = 0, out = 0;

	frag_ring_init(&ring, 200000);
	for (int i = 0; i < 20000; i++) {
		uint32_t n = (uint32_t)(test_random(&seed) % 9000);

		if (test_random(&seed) & 1) {
			in += write_some(&ring, in, n);
		} else {
			n = read_some(&ring, out, n);
			out += n;
			frag_ring_release(&ring, out);
		}
		CHECK_EQ(frag_ring_used(&ring), in - out);
		CHECK(in - out <= 200000);
		CHECK(ring.truesize <= 2 * (in - out) + 40000);
	}
	frag_ring_destroy(&ring);
	CHECK_EQ(port_host_in_use(), in_use);
}

TEST(byte_ring_that_was_emptied_owns_little_memory)
{
	long bytes = port_host_buffer_bytes();
	struct frag_ring ring;

	frag_ring_init(&ring, 1 << 20);
	CHECK_EQ(write_some(&ring, 0, 300000), 300000);
	CHECK(port_host_buffer_bytes() > bytes + 300000);
	CHECK_EQ(read_some(&ring, 0, 300000), 300000);
	frag_ring_release(&ring, 300000);
	CHECK_EQ(port_host_buffer_bytes(), bytes);
	CHECK_EQ(ring.truesize, 0);
	frag_ring_destroy(&ring);
}

TEST(byte_ring_peek_shares_the_written_bytes)
{
	struct frag_ring ring;
	struct fragment f[18];
	uint64_t seed = 9;
	int count;

	frag_ring_init(&ring, 1 << 20);
	write_some(&ring, 0, 500000);
	for (int i = 0; i < 500; i++) {
		uint64_t at = test_random(&seed) % 500000;
		uint32_t want = (uint32_t)(test_random(&seed) % 65536),
			 done = 0;
		uint32_t got =
			frag_ring_peek(&ring, at, want, 480000, f, 18, &count);

		CHECK_EQ(got, at >= 480000 ? 0 : MIN(want, 480000 - at));
		for (int k = 0; k < count; k++) {
			for (uint32_t b = 0; b < f[k].length; b++)
				CHECK_EQ(fragment_data(&f[k])[b],
					 stream_byte(at + done + b));
			done += f[k].length;
			buf_put(f[k].buf);
		}
		CHECK_EQ(done, got);
	}
	frag_ring_destroy(&ring);
}

TEST(byte_ring_keeps_buffers_of_packets_and_copies_small_pieces)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);
	uint64_t in = 0, out = 0, seed = 5;
	struct frag_ring ring;

	frag_ring_init(&ring, 1 << 20);
	for (int i = 0; i < 3000; i++) {
		uint32_t n = 1 + (uint32_t)(test_random(&seed) %
					    (i % 3 ? 200 : 3500));
		struct packet *packet = packet_new(h->net);
		struct buf *buf = port_buf_alloc(4032);

		for (uint32_t b = 0; b < n; b++)
			buf->data[40 + b] = stream_byte(in + b);
		packet_add_fragment(packet, buf, 0, 40 + n);
		CHECK_EQ(frag_ring_push(&ring, packet, 40, n), 0);
		packet_free(h->net, packet);
		in += n;
		CHECK(ring.truesize <= 4 * (in - out) + 10000);
		if (i % 7 == 0) {
			out += read_some(&ring, out, 20000);
			frag_ring_release(&ring, out);
		}
	}
	CHECK_EQ(read_some(&ring, out, 1 << 20), in - out);
	frag_ring_destroy(&ring);
	world_free(w);
}

TEST(byte_ring_push_without_memory_changes_nothing)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);
	struct packet *packet = packet_new(h->net);
	struct frag_ring ring;
	uint8_t *at = packet_append(packet, 90);

	frag_ring_init(&ring, 1 << 20);
	write_some(&ring, 0, 2000);
	for (int i = 0; i < 90; i++)
		at[i] = stream_byte(2000 + (uint64_t)i);
	for (int fail = 0; fail < 3; fail++) {
		struct buf *big = port_buf_alloc(8192);

		packet_add_fragment(packet, big, 0, 8192);
		port_host_fail_after(0);
		CHECK_EQ(frag_ring_push(&ring, packet, 0, 90 + 8192),
			 fail ? -ENOMEM : -ENOMEM);
		port_host_fail_after(-1);
		packet_trim(packet, 90);
		CHECK_EQ(frag_ring_used(&ring), 2000);
	}
	CHECK_EQ(frag_ring_push(&ring, packet, 0, 90), 0);
	CHECK_EQ(read_some(&ring, 0, 3000), 2090);
	packet_free(h->net, packet);
	frag_ring_destroy(&ring);
	world_free(w);
}

static struct frag_ring shared;
#define SHARED_BYTES 30000000u

static void *ring_writer(void *context)
{
	uint64_t at = 0, seed = 11;

	while (at < SHARED_BYTES) {
		uint32_t n = 1 + (uint32_t)(test_random(&seed) % 3000);

		at += write_some(&shared, at,
				 MIN(n, SHARED_BYTES - (uint32_t)at));
	}
	return NULL;
}

TEST(byte_ring_between_two_threads_loses_and_invents_nothing)
{
	long in_use = port_host_in_use();
	uint64_t at = 0, seed = 12;
	pthread_t writer;

	frag_ring_init(&shared, 100000);
	pthread_create(&writer, NULL, ring_writer, NULL);
	while (at < SHARED_BYTES) {
		at += read_some(&shared, at,
				1 + (uint32_t)(test_random(&seed) % 5000));
		frag_ring_release(&shared, at);
	}
	pthread_join(writer, NULL);
	frag_ring_destroy(&shared);
	CHECK_EQ(port_host_in_use(), in_use);
}

/* ---- packets ---- */

static struct packet *pieces(struct net *net, uint32_t head,
			     const uint32_t *lengths, int count)
{
	struct packet *packet = packet_new(net);
	uint32_t n = 0;
	uint8_t *at = packet_append(packet, head);

	for (uint32_t i = 0; i < head; i++)
		at[i] = stream_byte(n++);
	for (int i = 0; i < count; i++) {
		struct buf *buf = port_buf_alloc(lengths[i] + 3);

		for (uint32_t b = 0; b < lengths[i]; b++)
			buf->data[3 + b] = stream_byte(n++);
		packet_add_fragment(packet, buf, 3, lengths[i]);
	}
	return packet;
}

TEST(packet_header_is_contiguous_across_pieces)
{
	static const uint32_t lengths[] = { 5, 1, 30, 7, 900 };
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);

	for (uint32_t head = 0; head < 80; head += 13) {
		for (uint32_t offset = 0; offset < 60; offset += 7) {
			struct packet *p = pieces(h->net, head, lengths, 5);
			uint32_t length = p->length;
			uint8_t *at = packet_header(p, offset, 60);
			uint8_t all[1100];

			for (uint32_t i = 0; i < 60; i++)
				CHECK_EQ(at[i], stream_byte(offset + i));
			CHECK_EQ(p->length, length);
			CHECK_EQ(packet_copy(p, 0, all, sizeof all), length);
			for (uint32_t i = 0; i < length; i++)
				CHECK_EQ(all[i], stream_byte(i));
			CHECK(packet_header(p, length - 10, 11) == NULL);
			CHECK(packet_header(p, 300, 1) == NULL ||
			      p->fragment_count == 1);
			packet_free(h->net, p);
		}
	}
	world_free(w);
}

TEST(packet_checksum_over_odd_pieces_is_the_checksum_of_the_bytes)
{
	static const uint32_t lengths[] = { 5, 1, 30, 7, 901, 64, 33 };
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);
	struct packet *p = pieces(h->net, 11, lengths, 7);
	uint8_t all[1200];

	packet_copy(p, 0, all, p->length);
	for (uint32_t from = 0; from < 60; from++)
		for (uint32_t cut = 0; cut < 60; cut++) {
			uint32_t n = p->length - from - cut;

			CHECK_EQ(checksum_fold(packet_checksum(p, from, n)),
				 checksum_fold(checksum_add(0, all + from, n)));
		}
	packet_free(h->net, p);
	world_free(w);
}

TEST(packet_trim_and_slice_keep_the_bytes)
{
	static const uint32_t lengths[] = { 100, 200, 300 };
	struct world *w = world_new(1);
	struct host *h = host_new(w, NULL, 0);

	for (uint32_t keep = 0; keep <= 640; keep += 16) {
		struct packet *p = pieces(h->net, 40, lengths, 3);
		struct fragment f[18];
		uint32_t done = 20;
		int n;

		packet_trim(p, keep);
		CHECK_EQ(p->length, keep);
		n = keep > 20 ? packet_slice(p, 20, keep - 20, f, 18) : 0;
		for (int i = 0; i < n; i++) {
			for (uint32_t b = 0; b < f[i].length; b++)
				CHECK_EQ(fragment_data(&f[i])[b],
					 stream_byte(done + b));
			done += f[i].length;
			buf_put(f[i].buf);
		}
		CHECK_EQ(done, MAX(keep, 20u));
		packet_free(h->net, p);
	}
	world_free(w);
}

/* ---- addresses ---- */

TEST(addresses_are_read_and_written_as_rfc_5952_says)
{
	static const char *const pairs[][2] = {
		{ "10.1.2.3", "10.1.2.3" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:DB8::", "2001:db8::" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "fe80::1:2:3:4", "fe80::1:2:3:4" },
		{ "::ffff:10.1.2.3", "10.1.2.3" },
		{ "64:ff9b::1.2.3.4", "64:ff9b::102:304" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1::8", "1::8" },
	};
	static const char *const bad[] = {
		"",	     "1.2.3",
		"1.2.3.4.5", "256.1.1.1",
		":",	     ":::",
		"1:2",	     "1:2:3:4:5:6:7:8:9",
		"1::2::3",   "12345::",
		"g::",	     "1.2.3.4 ",
		"::1.2.3",   "1:2:3:4:5:6:7::8:9",
	};
	struct net_addr a;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		CHECK_EQ(addr_parse(pairs[i][0], &a), 0);
		addr_format(text, sizeof text, &a);
		CHECK_STR(text, pairs[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (addr_parse(bad[i], &a) == 0)
			test_fail(__FILE__, __LINE__, "%s accepted", bad[i]);
}

TEST(prefixes_compare_their_bits_alone)
{
	struct net_addr a = host_addr("10.1.2.3"), p = host_addr("10.1.2.0");

	CHECK(addr_in_prefix(&a, &p, 96 + 24));
	CHECK(addr_in_prefix(&a, &p, 96 + 30));
	CHECK(!addr_in_prefix(&a, &p, 96 + 31));
	CHECK(addr_in_prefix(&a, &p, 0));
	a = host_addr("11.0.0.0");
	CHECK(!addr_in_prefix(&a, &p, 96 + 8));
	CHECK(addr_in_prefix(&a, &p, 96 + 7));
}

/* ---- demux ---- */

TEST(demux_finds_each_of_many_pairs_and_grows)
{
	enum { N = 3000 };
	static struct demux_entry e[N];
	struct demux demux;
	int walked = 0;

	memset(e, 0, sizeof e);
	CHECK_EQ(demux_init(&demux), 0);
	for (int i = 0; i < N; i++) {
		e[i].kind = DEMUX_TIME_WAIT; /* of no socket */
		e[i].local.addr = host_addr(i & 1 ? "10.0.0.1" : "fd00::1");
		e[i].remote.addr = host_addr(i & 1 ? "10.0.0.2" : "fd00::2");
		e[i].local.port = (uint16_t)(i / 50 + 1);
		e[i].remote.port = (uint16_t)(i % 50 + 1000);
		CHECK_EQ(demux_add_pair(&demux, &e[i]), 0);
	}
	CHECK(demux.pairs.low_mask + 1 + demux.pairs.split >= N);
	for (int i = 0; i < N; i++)
		CHECK(demux_find_pair(&demux, &e[i].local, &e[i].remote) ==
		      &e[i]);
	for (struct demux_entry *at = NULL;
	     (at = demux_walk(&demux.pairs, at));)
		walked++;
	CHECK_EQ(walked, N);
	struct demux_entry twin = e[5];
	CHECK_EQ(demux_add_pair(&demux, &twin), -EADDRINUSE);
	demux_remove_pair(&demux, &e[5]);
	CHECK(!demux_find_pair(&demux, &e[5].local, &e[5].remote));
	for (int i = 0; i < N; i++)
		demux_remove_pair(&demux, &e[i]);
	CHECK_EQ(demux.pairs.count, 0);
	demux_destroy(&demux);
}

#define ON_PORT 2000

static struct {
	struct demux demux;
	struct endpoint exact[ON_PORT], any, any6, bound, twins[2];
} at_port;

static struct net_name name_of(struct net_addr addr)
{
	return (struct net_name){ .addr = addr, .port = 53 };
}

static void enter(struct endpoint *ep, struct net_addr addr)
{
	ep->local = name_of(addr);
	ep->family = addr_is_ip4(&addr) ? NET_IP4 : NET_IP6;
	demux_add_local(&at_port.demux, &ep->entry);
}

static struct endpoint *found(struct net_addr addr, const struct netif *netif)
{
	struct net_name local = name_of(addr);
	struct net_name remote = { .addr = addr_ip4(1), .port = 7 };
	struct demux_entry *entry =
		demux_find_local(&at_port.demux, &local, &remote, netif);

	return entry ? entry_endpoint(entry) : NULL;
}

static void find_exact(void *arg)
{
	CHECK(found(addr_ip4(0x0a000001), NULL) == arg);
}

TEST(demux_finds_an_address_whatever_else_is_on_its_port)
{
	uint64_t few, many;

	memset(&at_port, 0, sizeof at_port);
	CHECK_EQ(demux_init(&at_port.demux), 0);
	enter(&at_port.any, addr_ip4(0));
	for (uint32_t i = 0; i < 2; i++)
		enter(&at_port.exact[i], addr_ip4(0x0a000000 + i));
	few = instructions_of(find_exact, &at_port.exact[1]);
	for (uint32_t i = 2; i < ON_PORT; i++)
		enter(&at_port.exact[i], addr_ip4(0x0a000000 + i));
	many = instructions_of(find_exact, &at_port.exact[1]);
	CHECK(many < 3 * few); /* chains differ a little */
	for (uint32_t i = 0; i < ON_PORT; i++)
		CHECK(found(addr_ip4(0x0a000000 + i), NULL) ==
		      &at_port.exact[i]);
	CHECK(found(addr_ip4(0x0b000000), NULL) == &at_port.any);
	for (uint32_t i = 0; i < ON_PORT; i++)
		demux_remove_local(&at_port.demux, &at_port.exact[i].entry);
	CHECK(found(addr_ip4(0x0a000001), NULL) == &at_port.any);
	demux_destroy(&at_port.demux);
}

TEST(demux_prefers_device_then_address_then_family)
{
	struct net_addr addr = host_addr("10.0.0.1");
	struct net_addr six = host_addr("2001:db8::1");
	struct netif netif = { .index = 3 };
	bool chosen[2] = { false, false };

	memset(&at_port, 0, sizeof at_port);
	CHECK_EQ(demux_init(&at_port.demux), 0);
	enter(&at_port.any6, addr_any6());
	CHECK(found(addr, &netif) == &at_port.any6);
	CHECK(found(six, &netif) == &at_port.any6);
	at_port.any6.opt.v6only = true;
	CHECK(!found(addr, &netif));
	at_port.any6.opt.v6only = false;
	enter(&at_port.any, addr_ip4(0));
	CHECK(found(addr, &netif) == &at_port.any);
	CHECK(found(six, &netif) == &at_port.any6);
	enter(&at_port.exact[0], addr);
	enter(&at_port.exact[1], six);
	CHECK(found(addr, &netif) == &at_port.exact[0]);
	CHECK(found(six, &netif) == &at_port.exact[1]);
	at_port.bound.opt.bound_netif = 3;
	enter(&at_port.bound, addr_ip4(0));
	CHECK(found(addr, &netif) == &at_port.bound);
	CHECK(found(addr, NULL) == &at_port.exact[0]);
	/* Equals, of SO_REUSEPORT: the flow's hash chooses. */
	for (int i = 0; i < 2; i++) {
		at_port.twins[i].opt.reuse_port = true;
		enter(&at_port.twins[i], host_addr("10.0.0.2"));
	}
	for (uint16_t port = 1; port < 50; port++) {
		struct net_name local = name_of(host_addr("10.0.0.2"));
		struct net_name remote = { .addr = addr, .port = port };
		struct demux_entry *entry =
			demux_find_local(&at_port.demux, &local, &remote, NULL);

		CHECK(entry == &at_port.twins[0].entry ||
		      entry == &at_port.twins[1].entry);
		chosen[entry == &at_port.twins[1].entry] = true;
	}
	CHECK(chosen[0] && chosen[1]);
	demux_destroy(&at_port.demux);
}

/* ---- routes ---- */

static int route(struct host *h, enum config_op op, const char *prefix,
		 unsigned int bits, const char *gateway)
{
	struct config_request r = { .op = op, .bits = bits };

	r.addr = host_addr(prefix);
	r.gateway = gateway ? host_addr(gateway) : addr_any6();
	if (!gateway)
		r.name = "eth0";
	return host_configure(h, &r);
}

static struct net_path path_to(struct host *h, const char *text)
{
	struct net_addr dst = host_addr(text);
	struct net_path path;

	CHECK_EQ(path_find(h->net, &dst, NULL, NULL, &path), 0);
	return path;
}

TEST(route_is_chosen_by_the_longest_prefix)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct net_addr gw1 = host_addr("10.0.0.254"),
			gw2 = host_addr("10.0.0.253"),
			out = host_addr("8.8.8.8");
	struct net_path path;

	CHECK_EQ(path_find(h->net, &out, NULL, NULL, &path), -ENETUNREACH);
	CHECK_EQ(route(h, CONFIG_ADD_ROUTE, "0.0.0.0", 0, "10.0.0.254"), 0);
	CHECK_EQ(route(h, CONFIG_ADD_ROUTE, "0.0.0.0", 0, "10.0.0.254"),
		 -EEXIST);
	CHECK_EQ(route(h, CONFIG_ADD_ROUTE, "10.9.0.0", 16, "10.0.0.253"), 0);
	CHECK_EQ(route(h, CONFIG_ADD_ROUTE, "10.8.0.0", 16, "192.168.1.1"),
		 -ENETUNREACH);
	path = path_to(h, "10.9.3.4");
	CHECK(addr_equal(&path.next_hop, &gw2));
	path = path_to(h, "8.8.8.8");
	CHECK(addr_equal(&path.next_hop, &gw1));
	CHECK(addr_equal(&path.source, &h->addr));
	path = path_to(h, "10.0.0.7");
	CHECK_EQ(addr_to_ip4(&path.next_hop), 0x0a000007);
	path = path_to(h, "10.0.0.255");
	CHECK(path.broadcast);
	path = path_to(h, "10.0.0.1");
	CHECK(path.local && path.netif == h->net->loopback);
	path = path_to(h, "127.3.4.5");
	CHECK(path.local && path.netif == h->net->loopback);
	path = path_to(h, "::1");
	CHECK(path.local);
	CHECK_EQ(route(h, CONFIG_DEL_ROUTE, "10.9.0.0", 16, NULL), 0);
	CHECK_EQ(route(h, CONFIG_DEL_ROUTE, "10.9.0.0", 16, NULL), -ESRCH);
	path = path_to(h, "10.9.3.4");
	CHECK(addr_equal(&path.next_hop, &gw1));
	world_free(w);
}

/* ---- local ports ---- */

static struct endpoint *bound(struct host *h, int family, int flags,
			      const char *addr, uint16_t port, int expected)
{
	struct endpoint *ep = host_socket(h, family, NET_SOCK_DGRAM, 0);

	if (flags & 1)
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	if (flags & 2)
		host_set(h, ep, NET_SOL_SOCKET, NET_SO_REUSEPORT, 1);
	if (flags & 4)
		host_set(h, ep, NET_IPPROTO_IPV6, NET_IPV6_V6ONLY, 1);
	CHECK_EQ(host_bind(h, ep, addr, port), expected);
	return ep;
}

TEST(bind_refuses_a_port_whose_addresses_overlap)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct endpoint *e[12];
	int n = 0;

	e[n++] = bound(h, NET_IP4, 0, "127.0.0.1", 53, 0);
	e[n++] = bound(h, NET_IP4, 0, "10.0.0.1", 53, 0);
	e[n++] = bound(h, NET_IP4, 0, "0.0.0.0", 53, -EADDRINUSE);
	e[n++] = bound(h, NET_IP4, 1, "10.0.0.1", 53, -EADDRINUSE);
	e[n++] = bound(h, NET_IP6, 0, "::", 53, -EADDRINUSE);
	e[n++] = bound(h, NET_IP6, 4, "::", 53, 0);
	e[n++] = bound(h, NET_IP6, 0, "::1", 53, -EADDRINUSE);
	e[n++] = bound(h, NET_IP4, 0, "10.0.0.9", 54, -EADDRNOTAVAIL);
	e[n++] = bound(h, NET_IP4, 2, "0.0.0.0", 55, 0);
	e[n++] = bound(h, NET_IP4, 2, "0.0.0.0", 55, 0);
	e[n++] = bound(h, NET_IP4, 1, "0.0.0.0", 55, -EADDRINUSE);
	e[n++] = bound(h, NET_IP4, 0, "0.0.0.0", 0, 0);
	struct net_name name;
	endpoint_names(e[n - 1], &name, NULL);
	CHECK(name.port >= EPHEMERAL_FIRST && name.port <= EPHEMERAL_LAST);
	host_close(h, e[1]);
	e[1] = bound(h, NET_IP4, 0, "10.0.0.1", 53, 0);
	while (n > 0)
		host_close(h, e[--n]);
	world_free(w);
}

TEST(ephemeral_ports_run_out_with_an_error)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct endpoint *e[11];

	CHECK_EQ(host_tune(h, "net/ipv4/ip_local_port_range", "40000 40009"),
		 0);
	for (int i = 0; i < 10; i++)
		e[i] = bound(h, NET_IP4, 0, "0.0.0.0", 0, 0);
	e[10] = bound(h, NET_IP4, 0, "0.0.0.0", 0, -EADDRINUSE);
	for (int i = 0; i < 11; i++)
		host_close(h, e[i]);
	world_free(w);
}

/* ---- checksum ---- */

TEST(checksum_is_that_of_rfc_1071)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03,
					0xf4, 0xf5, 0xf6, 0xf7 };
	uint8_t big[4099];
	uint64_t seed = 4;
	uint16_t sum;

	sum = checksum_fold(checksum_add(0, data, sizeof data));
	CHECK_EQ(get_be16(&sum), 0xddf2);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)test_random(&seed);
	for (size_t n = 0; n < 200; n++) {
		uint32_t slow = 0;

		for (size_t i = 0; i < n; i++)
			slow += i & 1 ? (uint32_t)big[i] << 8 : big[i];
		while (slow >> 16)
			slow = (slow & 0xffff) + (slow >> 16);
		CHECK_EQ(checksum_fold(checksum_add(0, big, n)), slow);
	}
}
