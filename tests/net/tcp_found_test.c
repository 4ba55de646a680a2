// SPDX-License-Identifier: MIT
/*
 * What simulations have found: each test is a seed of tools/netsim that failed
 * once, cut down to a dialogue.
 */
#include "lib/errno.h"
#include "tests/net/harness.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

/* Seed 752: una moved, the window stayed, and we sent beyond the edge. */
TEST(repeated_data_with_a_newer_ack_brings_its_window_along)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = accepted(d, "mss 1000");

	user_send(ep, d, 20000);
	CHECK_EQ(out_all(d), 10);
	/* Data overtakes, so the last window comes from a later segment. */
	in(d, ". 1001:2001(1000) ack 1 win 10000");
	out_all(d);
	/* The missing segment acknowledges all and closes the window so far. */
	in(d, ". 1:1001(1000) ack 10001 win 2000");
	for (int i = 0; i < 30; i++) {
		wait_for(d, 10 * MS);
		while (d->first != d->last) {
			struct seen *s = out_any(d);
			uint32_t end = s->h.seq - d->iss + s->length;

			CHECK(s->length == 0 || end <= 12001);
		}
	}
	dialogue_drop(d);
	endpoint_put(ep);
}

static bool lose_third(struct wire *wire, const struct frame *frame)
{
	return frame->length > 54 + 12 && ++*(int *)wire->context == 3;
}

/* Seed 1499: in the smallest window each segment behind a hole was refused,
 * since its buffer is larger than SO_RCVBUF: every loss was a timeout. */
TEST(a_segment_behind_a_hole_is_kept_in_the_smallest_buffer)
{
	int seen = 0;
	struct wire wire = { .delay = 5 * MS,
			     .drop = lose_third,
			     .context = &seen };
	struct world *w = world_new(1);
	struct host *a = host_new(w, "10.0.0.1", 24);
	struct host *b = host_new(w, "10.0.0.2", 24);
	struct endpoint *listener, *out, *in = NULL;
	struct frag_span span;

	hosts_join(a, b);
	a->wire = wire;
	listener = host_socket(b, NET_IP4, NET_SOCK_STREAM, 0);
	host_set(b, listener, NET_SOL_SOCKET, NET_SO_RCVBUF, 1152);
	CHECK_EQ(host_bind(b, listener, "10.0.0.2", 80), 0);
	CHECK_EQ(host_listen(b, listener, 1), 0);
	out = host_socket(a, NET_IP4, NET_SOCK_STREAM, 0);
	host_set(a, out, 6, 2 /* TCP_MAXSEG */, 100);
	host_set(a, out, 6, 1 /* TCP_NODELAY */, 1);
	CHECK_EQ(host_connect(a, out, "10.0.0.2", 80), -EINPROGRESS);
	world_run(w, 100 * MS);
	in = endpoint_accept(listener);
	CHECK(in != NULL);
	CHECK_EQ(frag_ring_reserve(&out->tx, 500, &span), 0);
	frag_ring_commit(&out->tx, 500);
	endpoint_kick(out);
	world_run(w, 150 * MS);
	CHECK(b->net->stats.tcp_ext.ofo_queue > 0);
	host_close(a, out);
	host_close(b, in);
	host_close(b, listener);
	world_free(w);
}
