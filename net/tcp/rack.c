// SPDX-License-Identifier: MIT
/*
 * RACK: loss detection by time (RFC 8985 6); see rack.h.
 *
 * The steps carry the RFC's numbers. The flight's list by time makes step 5
 * cheap: the walk stops at the first segment that was sent after the newest
 * one that arrived.
 */
#include "net/tcp/rack.h"

#define STEPS_MAX 255
#define PERSIST 16

void rack_init(struct rack *rack)
{
	*rack = (struct rack){ .steps = 1 };
}

/* RACK_sent_after(). Many segments go out in one instant, new ones before and
 * behind repairs: their order is counted, since no clock tells it. Parts of one
 * segment were sent in the order of their numbers. */
static bool sent_after(uint32_t order1, seq_t end1, uint32_t order2, seq_t end2)
{
	return seq_gt(order1, order2) ||
	       (order1 == order2 && seq_gt(end1, end2));
}

/* Step 2; which records count was decided one by one (flight.c). */
void rack_update(struct rack *rack, const struct delivery *got)
{
	if (!got->rack_valid)
		return;
	rack->advanced = true;
	rack->rtt = got->rack_rtt;
	if (!rack->valid || sent_after(got->rack_order, got->rack_end,
				       rack->order, rack->end)) {
		rack->valid = true;
		rack->order = got->rack_order;
		rack->end = got->rack_end;
	}
}

/* Step 4's first part. */
void rack_adapt(struct rack *rack, uint32_t delivered_before,
		uint32_t delivered)
{
	if (seq_lt(delivered_before, rack->widened_at))
		rack->dsack_seen = false;
	if (rack->dsack_seen) {
		rack->dsack_seen = false;
		rack->widened_at = delivered;
		rack->persist = PERSIST;
		if (rack->steps < STEPS_MAX)
			rack->steps++;
	} else if (rack->persist == 0) {
		rack->steps = 1;
	}
}

void rack_recovered(struct rack *rack)
{
	if (rack->persist > 0)
		rack->persist--;
}

nsec_t rack_window(const struct rack *rack, const struct tcp_rtt *rtt)
{
	return MIN(rtt->min / 4 * rack->steps, rtt->srtt);
}

nsec_t rack_time_left(const struct rack *rack, const struct sent *sent,
		      nsec_t window, nsec_t now)
{
	return sent->sent_at + rack->rtt + window - now;
}

/* Step 5. */
nsec_t rack_detect(const struct rack *rack, struct flight *flight,
		   nsec_t window, nsec_t now, uint32_t *lost, uint32_t *again)
{
	nsec_t wait = 0;
	struct sent *sent;

	if (!rack->valid)
		return 0;
	LIST_FOR_EACH_SAFE(sent, &flight->by_time, queue) {
		nsec_t left = rack_time_left(rack, sent, window, now);

		if (!sent_after(rack->order, rack->end, sent->order, sent->end))
			break;
		if (left > 0) {
			wait = MAX(wait, left);
			continue;
		}
		if (flight_lose(flight, sent))
			*again += sent->packets;
		*lost += sent->packets;
	}
	return wait;
}
