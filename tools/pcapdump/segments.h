// SPDX-License-Identifier: MIT
/*
 * Private to the connection table: what one side has in flight, as intervals
 * sorted by sequence number, none overlapping another.
 */
#pragma once

#include "tools/pcapdump/conn.h"

/* The first segment that ends above `seq`; segment_count when there is none. */
uint32_t segments_above(const struct conn_side *side, int64_t seq);
/* Puts one in its place at `i`. When the array is full the oldest goes. */
void segments_insert(struct conn_side *side, uint32_t i,
		     const struct conn_segment *segment);

struct segments_acked {
	nsec_t rtt; /* -1: no sample (Karn: something was sent twice) */
	uint64_t rtt_of;
	bool hole; /* acknowledged bytes that the capture lacks */
};

/* Takes off what lies below `ack`; what lay in [from, ack) was expected. */
struct segments_acked segments_ack(struct conn_side *side, int64_t from,
				   int64_t ack, nsec_t now);
void segments_sack(struct conn_side *side, int64_t left, int64_t right);
