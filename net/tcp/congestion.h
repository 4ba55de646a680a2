// SPDX-License-Identifier: MIT
/*
 * Congestion control: how much may be in flight.
 *
 * Two halves. This file's part is the same for every algorithm: the phases
 * (open, recovery after a detected loss, loss after a timeout), the window in
 * recovery (PRR, RFC 6937), the restart after idle, and the undo of a spurious
 * reduction. What differs - how the window grows, how far it shrinks - is a
 * table of three functions: reno.c and cubic.c.
 *
 * All windows are bytes. Nothing here knows a connection, a timer or a packet;
 * time comes as an argument.
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/seq.h"

struct congestion;

/* One algorithm. */
struct congestion_ops {
	const char *name;
	void (*init)(struct congestion *cc);
	/* The window after a loss with `flight` bytes outstanding. */
	uint32_t (*reduce)(struct congestion *cc);
	/* `acked` new bytes left the network in congestion avoidance. */
	void (*avoid)(struct congestion *cc, uint32_t acked, nsec_t srtt,
		      nsec_t now);
};

enum congestion_phase {
	CC_OPEN, /* no loss known */
	CC_RECOVERY, /* repairing what SACK, RACK or dupacks told */
	CC_LOSS, /* after a timeout: everything is suspect */
};

struct cubic_state {
	nsec_t epoch; /* start of this growth curve; 0: none */
	uint32_t w_max; /* window at the last reduction */
	uint32_t origin; /* plateau of the curve */
	uint32_t k_ms; /* time from epoch to the plateau */
	uint32_t w_est; /* what Reno would have (RFC 9438 4.3) */
	uint32_t est_acked; /* bytes towards the next step of w_est */
};

/*
 * Invariants: mss > 0; cwnd >= mss. In CC_RECOVERY and CC_LOSS, `recover` is
 * snd.nxt as it was on entry: the phase ends when it is acknowledged.
 */
struct congestion {
	const struct congestion_ops *ops;
	uint32_t cwnd;
	uint32_t ssthresh;
	uint32_t mss;
	enum congestion_phase phase;
	seq_t recover;
	bool cwnd_limited; /* the last flight filled the window */
	uint32_t acked; /* bytes towards the next step of cwnd */

	/* PRR, valid in CC_RECOVERY (RFC 6937 3). */
	uint32_t recover_flight; /* RecoverFS */
	uint32_t prr_delivered;
	uint32_t prr_out;

	/* To undo a reduction that turns out to be spurious. */
	uint32_t prior_cwnd;
	uint32_t prior_ssthresh;

	struct cubic_state cubic;
};

extern const struct congestion_ops congestion_reno;
extern const struct congestion_ops congestion_cubic;

/* An algorithm by the name of TCP_CONGESTION; NULL if there is none. */
const struct congestion_ops *congestion_find(const char *name);

void congestion_init(struct congestion *cc, const struct congestion_ops *ops,
		     uint32_t mss);

/* The path's segment size became known or changed. */
void congestion_set_mss(struct congestion *cc, uint32_t mss);

/* The algorithm is replaced on a living connection. */
void congestion_switch(struct congestion *cc, const struct congestion_ops *ops);

/* CC_OPEN: new data was acknowledged; grow if the window was in use. */
void congestion_acked(struct congestion *cc, uint32_t acked, nsec_t srtt,
		      nsec_t now);

/* A loss was detected before any timeout. `nxt` is snd.nxt. */
void congestion_enter_recovery(struct congestion *cc, uint32_t flight,
			       seq_t nxt);

/*
 * In recovery: `delivered` bytes were newly acknowledged or SACKed and `pipe`
 * are now in flight. Sets cwnd so that PRR's share may be sent.
 */
void congestion_prr(struct congestion *cc, uint32_t delivered, uint32_t pipe,
		    bool progress);

/* Bytes went out while in recovery. */
void congestion_sent(struct congestion *cc, uint32_t bytes);

/* The recovery point was acknowledged. */
void congestion_exit_recovery(struct congestion *cc);

/* The retransmission timer expired. `first`: not a repetition. */
void congestion_timeout(struct congestion *cc, uint32_t flight, seq_t nxt,
			bool first);

/* The reduction was a mistake (D-SACK, timestamps): take it back. */
void congestion_undo(struct congestion *cc);

/* Nothing was sent for `idle`: halve once per timeout (RFC 7661, Linux). */
void congestion_idle(struct congestion *cc, nsec_t idle, nsec_t rto);

/* IW10 (RFC 6928). */
uint32_t congestion_initial_window(uint32_t mss);

static inline bool congestion_slow_start(const struct congestion *cc)
{
	return cc->cwnd < cc->ssthresh;
}
