// SPDX-License-Identifier: MIT
/*
 * RACK: loss detection by time (RFC 8985 6); see rack.h.
 *
 * The steps carry the RFC's numbers. The flight's list by time makes step 5
 * cheap: the walk stops at the first segment that was sent after the newest
 * one that arrived.
 */
#include "net/tcp/rack.h"

#define FACTOR_MAX 16
#define PERSIST 16

void rack_init(struct rack *rack)
{
	*rack = (struct rack){ .window_factor = 1 };
}

static bool sent_after(nsec_t t1, seq_t end1, nsec_t t2, seq_t end2)
{
	return t1 > t2 || (t1 == t2 && seq_gt(end1, end2));
}

/* Steps 1 to 3. */
void rack_update(struct rack *rack, const struct delivery *got,
		 const struct tcp_rtt *rtt, nsec_t now)
{
	nsec_t elapsed = now - got->rack_sent_at;

	if (got->reordered)
		rack->reordering_seen = true;
	if (!got->rack_valid)
		return;
	/* Too fast to be the answer to the copy: it is the first one's. */
	if (got->rack_retransmitted && elapsed < rtt->min)
		return;
	rack->rtt = elapsed;
	if (!rack->valid || sent_after(got->rack_sent_at, got->rack_end,
				       rack->sent_at, rack->end)) {
		rack->valid = true;
		rack->sent_at = got->rack_sent_at;
		rack->end = got->rack_end;
	}
}

void rack_dsack(struct rack *rack, seq_t una, seq_t nxt)
{
	/* Once in a round trip. */
	if (rack->dsack_round_valid && seq_lt(una, rack->dsack_round))
		return;
	rack->dsack_round = nxt;
	rack->dsack_round_valid = true;
	rack->reordering_seen = true;
	rack->persist = PERSIST;
	if (rack->window_factor < FACTOR_MAX)
		rack->window_factor++;
}

void rack_recovered(struct rack *rack)
{
	if (rack->persist > 0 && --rack->persist == 0)
		rack->window_factor = 1;
}

/* Step 4. */
static nsec_t reordering_window(const struct rack *rack,
				const struct tcp_rtt *rtt, bool eager)
{
	nsec_t window = rtt->min / 4 * rack->window_factor;

	if (!rack->reordering_seen && eager)
		return 0;
	return window < rtt->srtt ? window : rtt->srtt;
}

/* Step 5. */
nsec_t rack_detect(const struct rack *rack, struct flight *flight,
		   const struct tcp_rtt *rtt, bool eager, nsec_t now)
{
	nsec_t window = reordering_window(rack, rtt, eager);
	nsec_t wait = 0;
	struct sent *sent;

	if (!rack->valid)
		return 0;
	LIST_FOR_EACH_SAFE(sent, &flight->by_time, queue) {
		nsec_t left = sent->sent_at + rack->rtt + window - now;

		if (!sent_after(rack->sent_at, rack->end, sent->sent_at,
				sent->end))
			break;
		if (left <= 0)
			flight_lose(flight, sent);
		else if (left > wait)
			wait = left;
	}
	return wait;
}
