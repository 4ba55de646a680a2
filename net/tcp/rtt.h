// SPDX-License-Identifier: MIT
/*
 * Round-trip time and the retransmission timeout (RFC 6298).
 *
 * Karn's rule is the caller's: a sample is given only when the segment that
 * it measures was sent once, or when a timestamp tells the copies apart. The
 * back-off is kept apart from the estimate, so that one good sample undoes it.
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/seq.h"

#define RTO_INITIAL (1 * NSEC_PER_SEC) /* RFC 6298 2.1 */
#define RTO_MIN (200 * NSEC_PER_MSEC) /* Linux's; the RFC would have 1 s */
#define RTO_MAX (120 * NSEC_PER_SEC)

struct tcp_rtt {
	nsec_t srtt; /* smoothed; 0 before the first sample */
	nsec_t mdev; /* mean deviation */
	nsec_t mdev_max; /* the most of it in this round trip, and RTO_MIN */
	nsec_t rttvar; /* what the timeout adds: falls once in a round trip */
	nsec_t rto; /* without back-off */
	nsec_t rto_least, rto_most; /* tcp_rto_min_us, tcp_rto_max_ms */
	nsec_t min; /* least of the last minutes, for RACK */
	nsec_t min_at; /* when `min` was seen */
	nsec_t latest; /* the newest sample */
	seq_t round_end; /* snd.nxt when mdev_max began */
	uint8_t backoff; /* doublings since the last good sample */
};

void rtt_init(struct tcp_rtt *rtt);

/* Takes one measured round trip and forgets the back-off. `una` and `nxt` tell
 * when a round trip is over. */
void rtt_sample(struct tcp_rtt *rtt, nsec_t measured, seq_t una, seq_t nxt);

/* A round trip for the minimum alone, over the last `window`. */
void rtt_note_min(struct tcp_rtt *rtt, nsec_t measured, nsec_t now,
		  nsec_t window);

/* The timeout to use now, back-off included, at most rto_most. */
nsec_t rtt_timeout(const struct tcp_rtt *rtt);

/* The timer expired: double (RFC 6298 5.5). */
void rtt_back_off(struct tcp_rtt *rtt);
