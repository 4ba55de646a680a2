// SPDX-License-Identifier: MIT
/*
 * Segmentation in software: the stack passes one large packet down to a device
 * that takes only small ones, and the wire sees what it should.
 */
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

static void large_packets_are_cut(bool six)
{
	struct dialogue *d = dialogue_with(1500, false, six);
	struct endpoint *ep = accepted(d, "mss 1000");
	uint64_t before = d->net->counters.stages[STAGE_IP_OUT];
	seq_t next = 0;

	user_send(ep, d, 9500);
	/* Two packets through the stack, ten on the wire. */
	CHECK_EQ(d->net->counters.stages[STAGE_IP_OUT] - before, 2);
	for (int i = 0; i < 10; i++) {
		struct seen *s = &d->seen[(d->first + i) % SEEN_MAX];
		bool last = i == 4 || i == 9;

		if (i > 0)
			CHECK_EQ(s->h.seq, next);
		CHECK_EQ(s->length, i < 9 ? 1000 : 500);
		CHECK_EQ(s->gso_size, 0);
		CHECK_EQ(!!(s->h.flags & TCP_PSH), last);
		for (uint32_t j = 0; j < s->length; j++)
			CHECK_EQ(s->payload[j], pattern(i * 1000 + j));
		next = s->h.seq + s->length;
	}
	CHECK_EQ(out_all(d), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(large_packets_are_cut_for_a_device_that_cannot)
{
	large_packets_are_cut(false);
}

TEST(large_ipv6_packets_are_cut_for_a_device_that_cannot)
{
	large_packets_are_cut(true);
}

TEST(fin_is_on_the_last_segment_of_what_was_cut)
{
	struct dialogue *d = dialogue_with(1500, false, false);
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, 3, 1); /* TCP_CORK */
	user_send(ep, d, 900);
	out_nothing(d);
	user_send(ep, d, 1600);
	/* What was whole went out; the rest comes with FIN. */
	out(d, ". 1:1001(1000) ack 1");
	out(d, "P. 1001:2001(1000) ack 1");
	user_shutdown(ep, d, 1);
	out(d, "FP. 2001:2501(500) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}
