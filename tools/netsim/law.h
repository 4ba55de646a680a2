// SPDX-License-Identifier: MIT
/*
 * How long may a stream stand still? An upper bound by RFC 6298 and what the
 * wires do, computed without a look into the stack.
 *
 * Let RTT be the longest round trip that the wires allow. SRTT and RTTVAR cannot
 * exceed it, so RTO <= SRTT + 4 RTTVAR <= 5 RTT, or the least RTO that is
 * allowed (1 s; 3 s after a lost SYN). Within R = RTO + 2 RTT + the time an
 * ACK may be delayed, a stream whose frames get through makes progress. If a
 * frame of it was lost meanwhile the timer may have backed off: from then on
 * 2 R is allowed, and so on up to the RFC's limit. No frame lost and no
 * progress: the law is broken.
 */
#pragma once

#include "tools/netsim/sim.h"

struct law {
	struct alarm alarm;
	struct sim *sim;
	const char *what; /* "up", "down", "handshake" */
	struct flow *flow;
	bool watching;
	bool excused; /* a frame of it was lost in this epoch */
	nsec_t since; /* start of the epoch */
	nsec_t allowed, base;
	nsec_t longest; /* measured, for --verbose */
	nsec_t started;
};

void law_init(struct law *law, struct sim *sim, struct flow *flow,
	      const char *what);
/* Something is outstanding (again): from now on progress is due. `idle`: how
 * long the receiver had kept the sender waiting before. */
void law_watch(struct law *law, nsec_t idle);
/* Progress was made; `more`: something is outstanding still. */
void law_progress(struct law *law, bool more);
/* A frame of the flow was lost. */
void law_excuse(struct law *law);
void law_stop(struct law *law);
