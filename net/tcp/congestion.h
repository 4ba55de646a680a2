// SPDX-License-Identifier: MIT
/*
 * Congestion control: how much may be in flight.
 *
 * Two halves. This file's part is the same for every algorithm: the window in
 * recovery (PRR, RFC 6937), slow start, whether the window was in use, the
 * restart after idle, the undo of a spurious reduction. What differs - how the
 * window grows, how far it shrinks - is a table of functions: reno.c, cubic.c.
 *
 * All windows count packets of one MSS, and the arithmetic is Linux's, so that
 * TCP_INFO and packet scripts show the same numbers. Nothing here knows a
 * connection, a timer or a packet; time comes as an argument. Which phase comes
 * when is decided in recovery.c.
 */
#pragma once

#include "lib/types.h"
#include "net/tcp/seq.h"

#define SSTHRESH_INFINITE 0x7fffffffu
#define CWND_MAX 0x00ffffffu

struct congestion;

/* What an ACK tells an algorithm. */
struct congestion_ack {
	uint32_t acked; /* packets newly acknowledged or SACKed */
	nsec_t rtt; /* of the newest of them; 0: not measured */
	nsec_t srtt;
	nsec_t now;
	seq_t una, nxt;
};

/* One algorithm. */
struct congestion_ops {
	const char *name;
	bool restricted; /* only for who may change the network */
	void (*init)(struct congestion *cc);
	/* The window after a loss. */
	uint32_t (*reduce)(struct congestion *cc);
	/* `acked` packets left the network, and the window was in use. */
	void (*grow)(struct congestion *cc, const struct congestion_ack *ack);
	/* Each ACK with a measured round trip; may be NULL. */
	void (*measure)(struct congestion *cc,
			const struct congestion_ack *ack);
	/* The timer expired; may be NULL. */
	void (*timeout)(struct congestion *cc);
	/* Sending begins again after `idle` without a packet in flight; may be
	 * NULL. */
	void (*resume)(struct congestion *cc, nsec_t idle, nsec_t now);
};

/* Linux's numbers: tcpi_ca_state. */
enum congestion_phase {
	CC_OPEN, /* no loss known */
	CC_DISORDER, /* duplicate ACKs or SACKs, perhaps only reordering */
	CC_CWR, /* reducing because of an ECN mark */
	CC_RECOVERY, /* repairing what SACK, RACK or dupacks told */
	CC_LOSS, /* after a timeout: everything is suspect */
};

struct cubic_state {
	nsec_t epoch; /* start of this growth curve; 0: none */
	nsec_t last_at; /* when cnt was computed */
	uint32_t last_cwnd;
	uint32_t last_max; /* window at the last reduction */
	uint32_t prior; /* cwnd when ssthresh was last set */
	uint32_t origin; /* plateau of the curve */
	uint32_t k; /* time from epoch to the plateau, in 1/1024 s */
	uint32_t cnt; /* ACKed packets for one more in the window */
	uint32_t ack_cnt;
	uint32_t reno; /* what Reno would have (RFC 9438 4.3) */
	nsec_t delay_min;
};

/* HyStart++ (RFC 9406). */
struct hystart {
	seq_t round_end;
	uint32_t samples; /* in this round */
	nsec_t round_min, last_min; /* 0: none */
	nsec_t baseline;
	uint8_t css_rounds;
	bool in_css, has_round, done;
	uint32_t css_credit; /* quarters of a packet */
};

/*
 * Invariants: mss > 0; cwnd > 0. From CC_DISORDER on, `recover` is snd.nxt as
 * it was on entry: the phase ends when it is acknowledged.
 */
struct congestion {
	const struct congestion_ops *ops;
	uint32_t cwnd;
	uint32_t ssthresh;
	uint32_t mss;
	enum congestion_phase phase;
	seq_t recover;
	uint32_t acked; /* packets towards the next step of cwnd */
	uint32_t most; /* the route's cwnd, locked; 0: none */
	uint16_t initial; /* its initcwnd; 0: by the MSS */

	/* Is the window in use? */
	bool limited; /* it held us back in this round trip */
	uint32_t most_packets; /* in flight in this round trip */
	seq_t usage_end; /* of this round trip */
	uint32_t used; /* most in flight while it was not limited */
	nsec_t used_at; /* when it was last limited */

	/* PRR, valid in CC_CWR and CC_RECOVERY (RFC 6937 3). */
	uint32_t prior_cwnd; /* RecoverFS */
	uint32_t prr_delivered;
	uint32_t prr_out;
	uint32_t prior_ssthresh; /* 0: nothing to undo */

	struct cubic_state cubic;
	struct hystart hystart;
};

extern const struct congestion_ops congestion_reno;
extern const struct congestion_ops congestion_cubic;

/* An algorithm by the name of TCP_CONGESTION; NULL if there is none. */
const struct congestion_ops *congestion_find(const char *name);
/* The n-th, NULL at the end. */
const struct congestion_ops *congestion_at(size_t n);

void congestion_init(struct congestion *cc, const struct congestion_ops *ops,
		     uint32_t mss);

/* The path's segment size became known or changed. */
void congestion_set_mss(struct congestion *cc, uint32_t mss);

/* The algorithm is replaced on a living connection. */
void congestion_switch(struct congestion *cc, const struct congestion_ops *ops);

/* An ACK outside of a reduction: grows if the window was in use. */
void congestion_acked(struct congestion *cc, const struct congestion_ack *ack);

/* After sending: `limited` by cwnd, with `packets` outstanding. `rto` is the
 * pause after which an unused window shrinks, 0: it does not. */
void congestion_validate(struct congestion *cc, bool limited, uint32_t packets,
			 seq_t una, seq_t nxt, nsec_t now, nsec_t rto);

/* Begins a reduction to what the algorithm says; the caller sets the phase. */
void congestion_begin_reduction(struct congestion *cc, seq_t nxt);

/*
 * While reducing: `delivered` packets were newly acknowledged or SACKed and
 * `pipe` are now in flight. Sets cwnd so that PRR's share may be sent.
 * `progress`: snd.una moved and nothing was newly lost.
 */
void congestion_prr(struct congestion *cc, uint32_t delivered, uint32_t pipe,
		    bool progress);

/* Packets went out. */
void congestion_sent(struct congestion *cc, uint32_t packets);

/* The reduction is complete. */
void congestion_end_reduction(struct congestion *cc, nsec_t now);

/* The timer expired. `first`: not a repetition; then ssthresh falls, too. */
void congestion_timeout(struct congestion *cc, uint32_t pipe, seq_t nxt,
			bool first, nsec_t now);

/* The reduction was a mistake (D-SACK, timestamps, F-RTO). True: ssthresh was
 * given back. */
bool congestion_undo(struct congestion *cc, nsec_t now);

/* Nothing was sent for `idle`: halve once per timeout (RFC 7661, Linux). */
void congestion_idle(struct congestion *cc, nsec_t idle, nsec_t rto,
		     nsec_t now);

/* IW10 (RFC 6928), packets. */
uint32_t congestion_initial_window(uint32_t mss);

/* The same with what the route says. */
uint32_t congestion_initial(const struct congestion *cc);

/* What undo would give back. */
uint32_t congestion_current_ssthresh(const struct congestion *cc);

/* HyStart++'s part of slow start: how much of `acked` may be used. Sets
 * ssthresh when it is time to leave. */
uint32_t hystart_share(struct congestion *cc, uint32_t acked);
void hystart_measure(struct congestion *cc, const struct congestion_ack *ack);

static inline bool congestion_slow_start(const struct congestion *cc)
{
	return cc->cwnd < cc->ssthresh;
}

static inline bool congestion_reducing(const struct congestion *cc)
{
	return cc->phase == CC_CWR || cc->phase == CC_RECOVERY;
}

/* Adds one packet for every `window` packets acknowledged (RFC 5681 3.1). */
void congestion_avoid(struct congestion *cc, uint32_t window, uint32_t acked);
/* Slow start; what is left of `acked`. */
uint32_t congestion_double(struct congestion *cc, uint32_t acked);
