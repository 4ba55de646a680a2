// SPDX-License-Identifier: MIT
/*
 * What strangers must not be able to guess: initial sequence numbers (RFC
 * 6528), where timestamps begin (RFC 7323 7.1), ephemeral ports (RFC 6056).
 */
#include <string.h>

#include "net/tcp/handshake.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

static struct net_name name(const char *text, uint16_t port)
{
	struct net_name n = { .port = port };

	CHECK_EQ(addr_parse(text, &n.addr), 0);
	return n;
}

/* rfc6528 3 */
TEST(isn_counts_the_clock_for_the_same_pair)
{
	struct dialogue *d = dialogue_new();
	struct net_name a = name("10.0.0.1", 5000), b = name("10.0.0.2", 80);
	seq_t first = seq_initial(d->net, &a, &b);

	CHECK_EQ(seq_initial(d->net, &a, &b), first);
	d->net->now += 4000;
	CHECK_EQ(seq_initial(d->net, &a, &b), first + 1);
	d->net->now += NSEC_PER_SEC - 4000;
	CHECK_EQ(seq_initial(d->net, &a, &b), first + 250000);
	d->net->now -= NSEC_PER_SEC;
	dialogue_end(d);
}

/* rfc6528 3 */
TEST(isn_depends_on_the_secret)
{
	struct dialogue *d = dialogue_new();
	struct net_name a = name("10.0.0.1", 5000), b = name("10.0.0.2", 80);
	struct net_name c = name("10.0.0.2", 81), e = name("10.0.0.3", 80);
	seq_t first = seq_initial(d->net, &a, &b);

	CHECK(seq_initial(d->net, &a, &c) != first);
	CHECK(seq_initial(d->net, &a, &e) != first);
	CHECK(seq_initial(d->net, &b, &a) != first);
	((uint8_t *)&tcp_of(d->net)->isn_key)[3] ^= 1;
	CHECK(seq_initial(d->net, &a, &b) != first);
	dialogue_end(d);
}

/* rfc7323 7.1 */
TEST(timestamps_begin_elsewhere_for_another_peer)
{
	struct dialogue *d = dialogue_new();
	struct net_name a = name("10.0.0.1", 5000), b = name("10.0.0.2", 80);
	struct net_name c = name("10.0.0.3", 80);

	CHECK_EQ(stamp_offset(d->net, &a, &b), stamp_offset(d->net, &a, &b));
	CHECK(stamp_offset(d->net, &a, &b) != stamp_offset(d->net, &a, &c));
	d->net->tunables.tcp_timestamps = 2;
	CHECK_EQ(stamp_offset(d->net, &a, &b), 0);
	dialogue_end(d);
}

#define CALLS 16

/* rfc6056 3.3 */
TEST(ephemeral_ports_are_not_in_order)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep[CALLS];
	int ports[CALLS], steps = 0;

	for (int i = 0; i < CALLS; i++) {
		ep[i] = user_socket(d);
		user_connect_to(ep[i], d, addr_ip4(0x0a000002 + (uint32_t)i),
				80);
		ports[i] = out_any(d)->src.port;
	}
	for (int i = 1; i < CALLS; i++) {
		int step = ports[i] - ports[i - 1];

		steps += step > -16 && step < 16;
	}
	CHECK(steps < CALLS / 4);
	for (int i = 0; i < CALLS; i++)
		user_close(ep[i], d);
	dialogue_end(d);
}
