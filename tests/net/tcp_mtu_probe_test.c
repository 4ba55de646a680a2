// SPDX-License-Identifier: MIT
/*
 * Packetization-layer path MTU discovery (RFC 4821): the search upwards, what
 * follows from a lost probe, and the suspicion of a black hole.
 */
#include <stdio.h>

#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

static struct endpoint *probing(struct dialogue *d, int setting)
{
	d->net->tunables.tcp_mtu_probing = setting;
	d->net->tunables.tcp_base_mss = 512;
	return accepted(d, "mss 1460,sackOK");
}

/* Sends and acknowledges until a probe goes out; what it carries. */
static struct seen *next_probe(struct dialogue *d, struct endpoint *ep,
			       uint32_t *end)
{
	for (int i = 0; i < 200; i++) {
		char text[64];

		if (d->first == d->last) {
			user_send(ep, d, 20000);
			wait_for(d, 10 * MS);
		}
		while (d->first != d->last) {
			struct seen *s = out_any(d);

			*end = s->h.seq + s->length - d->iss;
			if (s->why == WHY_MTU_PROBE)
				return s;
		}
		snprintf(text, sizeof(text), ". 1:1(0) ack %u win 65535", *end);
		in(d, text);
	}
	test_fail(__FILE__, __LINE__, "no probe was sent");
	return NULL;
}

/* rfc4821 7.3; rfc4821 7.5 */
TEST(probe_that_arrives_raises_the_segment_size)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = probing(d, 2);
	uint32_t end = 1, before = conn_of(ep)->snd.mss;
	struct seen *s;
	char text[64];

	CHECK_EQ(before, 512);
	s = next_probe(d, ep, &end);
	/* Half-way between 552 and 1500. */
	CHECK_EQ(s->length, (552 + 1500) / 2 - 40);
	while (d->first != d->last)
		out_any(d);
	snprintf(text, sizeof(text), ". 1:1(0) ack %u win 65535", end);
	in(d, text);
	CHECK_EQ(conn_of(ep)->snd.mss, (552 + 1500) / 2 - 40);
	CHECK_EQ(d->net->stats.tcp_ext.mtup_success, 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc4821 7.4; rfc4821 7.6.1 */
TEST(lost_probe_is_no_congestion)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = probing(d, 2);
	uint32_t end = 1, cwnd, start;
	struct seen *s = next_probe(d, ep, &end);
	char text[96];

	start = s->h.seq - d->iss;
	cwnd = conn_of(ep)->cc.cwnd;
	snprintf(text, sizeof(text), ". 1:1(0) ack %u win 65535", start);
	in(d, text);
	for (uint32_t i = 1; i <= 3; i++) {
		snprintf(text, sizeof(text),
			 ". 1:1(0) ack %u win 65535 <sack %u:%u>", start, end,
			 end + 512 * i);
		in(d, text);
	}
	CHECK_EQ(d->net->stats.tcp_ext.mtup_fail, 1);
	CHECK(conn_of(ep)->cc.cwnd >= cwnd);
	CHECK_EQ(conn_of(ep)->snd.mss, 512);
	CHECK_EQ(conn_of(ep)->mtu_probe.high, (552 + 1500) / 2 - 1);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* rfc4821 7.7 */
TEST(black_hole_is_suspected_after_some_timeouts)
{
	struct dialogue *d = dialogue_new();
	struct endpoint *ep = probing(d, 1);

	CHECK_EQ(conn_of(ep)->snd.mss, 1460);
	user_send(ep, d, 1460);
	/* A probe, timeouts at 0.4, 0.8, 1.6, 3.2, 6.4 s: R1 is 3 s. */
	wait_for(d, 8 * SEC);
	CHECK_EQ(conn_of(ep)->snd.mss, 512);
	for (int i = 0; i < 6; i++)
		out_any(d);
	/* The last of them is the first that is small. */
	CHECK_EQ(out_any(d)->length, 512);
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}
