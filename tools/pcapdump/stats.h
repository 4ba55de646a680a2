// SPDX-License-Identifier: MIT
/*
 * A capture's connections in numbers. Packets are added one by one, the tables
 * can be printed at any time. Beside each connection about 0.5 KiB are kept,
 * and up to 128 KiB of RTT samples a side (see samples.h).
 */
#pragma once

#include <stdio.h>

#include "net/core/reason.h"
#include "tools/pcapdump/pass.h"
#include "tools/pcapdump/samples.h"

struct stats_side {
	uint64_t packets, bytes, payload;
	uint64_t retransmissions[RETRANSMIT_KINDS];
	uint64_t retransmitted; /* bytes of payload */
	uint32_t inferred[RETRANSMIT_KINDS]; /* of them */
	uint64_t out_of_order, duplicate_acks, window_updates, zero_windows,
		keepalives, window_probes, window_full, gaps, copies, corrupt,
		refused;
	struct samples rtt; /* of this side's data */
	nsec_t zero_since; /* its window is closed since then; 0: open */
	nsec_t zero_time;
	int64_t most_in_flight;
	uint32_t why[WHY_COUNT];
};

struct stats_conn {
	struct stats_side side[2];
	uint32_t dropped; /* in Weir's capture */
	uint32_t drops[REASON_COUNT];
};

struct stats {
	uint64_t packets, bytes, tcp_packets, lost;
	nsec_t first, last;
};

void stats_add(struct stats *stats, const struct view *view);
/* All connections that were selected, then the capture's sums. */
void stats_print(const struct stats *stats, const struct conn_table *table,
		 FILE *to);
/* One line: what there is so far. */
void stats_line(const struct stats *stats, const struct conn_table *table,
		FILE *to);
void stats_free(struct conn_table *table);
