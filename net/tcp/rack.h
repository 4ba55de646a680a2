// SPDX-License-Identifier: MIT
/*
 * RACK: loss detection by time (RFC 8985 6).
 *
 * A segment is lost when another one that was sent later has arrived and a
 * little time (the reordering window) has passed. It works on the flight and
 * the RTT estimate alone; SACK must be in use. What to send, and when the
 * congestion window shrinks, is decided elsewhere (recovery.c).
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/flight.h"
#include "net/tcp/rtt.h"

/* net.ipv4.tcp_recovery */
enum rack_setting {
	RACK_ON = 1 << 0,
	RACK_STATIC_WINDOW = 1 << 1, /* does not learn from D-SACKs */
	RACK_NO_DUPTHRESH = 1 << 2, /* waits even when three are SACKed */
};

struct rack {
	bool valid; /* order, end and rtt have been set */
	bool advanced; /* since the last look */
	bool dsack_seen; /* and the window not yet widened for it */
	uint8_t steps; /* reo_wnd_mult */
	uint8_t persist; /* recoveries until the window falls back */
	seq_t end; /* RACK.end_seq */
	uint32_t order; /* for RACK.xmit_ts */
	nsec_t rtt;
	uint32_t widened_at; /* packets delivered by then */
};

void rack_init(struct rack *rack);

/* Takes what an ACK delivered. */
void rack_update(struct rack *rack, const struct delivery *got);

/* Once an ACK: `delivered_before` packets when the one that it brings news of
 * was sent. A D-SACK widens the window, once in a round trip. */
void rack_adapt(struct rack *rack, uint32_t delivered_before,
		uint32_t delivered);

/* A recovery ended without being undone: after 16 without a D-SACK the window
 * narrows again. */
void rack_recovered(struct rack *rack);

/* How long a packet may still come late, beyond the round trip. */
nsec_t rack_window(const struct rack *rack, const struct tcp_rtt *rtt);

/* The time that is left for this record; not above 0: it is lost. */
nsec_t rack_time_left(const struct rack *rack, const struct sent *sent,
		      nsec_t window, nsec_t now);

/*
 * Marks what is lost by now. Returns the time until the next flying segment
 * may become lost, 0 if there is none. `lost` counts the newly lost packets,
 * `again` those of them that had been sent again.
 */
nsec_t rack_detect(const struct rack *rack, struct flight *flight,
		   nsec_t window, nsec_t now, uint32_t *lost, uint32_t *again);
