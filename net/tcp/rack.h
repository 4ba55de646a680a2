// SPDX-License-Identifier: MIT
/*
 * RACK: loss detection by time (RFC 8985 6).
 *
 * A segment is lost when another one that was sent later has arrived and a
 * little time (the reordering window) has passed. It works on the flight and
 * the RTT estimate alone; SACK must be in use. What to send, and when the
 * congestion window shrinks, is decided elsewhere (retransmit.c).
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/flight.h"
#include "net/tcp/rtt.h"

struct rack {
	bool valid; /* sent_at, end and rtt have been set */
	bool reordering_seen;
	uint8_t window_factor; /* reo_wnd_mult, 1..16 */
	uint8_t persist; /* recoveries until the factor falls back */
	nsec_t sent_at; /* RACK.xmit_ts */
	seq_t end; /* RACK.end_seq */
	nsec_t rtt;
	seq_t dsack_round; /* snd.nxt at the last widening */
	bool dsack_round_valid;
};

void rack_init(struct rack *rack);

/* Takes what an ACK delivered. */
void rack_update(struct rack *rack, const struct delivery *got,
		 const struct tcp_rtt *rtt, nsec_t now);

/* The peer reported a duplicate: the window was too small. */
void rack_dsack(struct rack *rack, seq_t una, seq_t nxt);

/* A recovery ended: after 16 without a D-SACK the window narrows again. */
void rack_recovered(struct rack *rack);

/*
 * Marks what is lost by now. `eager`: no reordering window unless reordering
 * was seen (in recovery, or DupThresh segments SACKed). Returns the time until
 * the next flying segment may become lost, 0 if there is none.
 */
nsec_t rack_detect(const struct rack *rack, struct flight *flight,
		   const struct tcp_rtt *rtt, bool eager, nsec_t now);
