// SPDX-License-Identifier: MIT
/*
 * What simulations have found: each test is a seed of tools/netsim that failed
 * once, cut down to a dialogue.
 */
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
