// SPDX-License-Identifier: MIT
/*
 * How long may a stream stand still? An upper bound by RFC 6298 and what the
 * wires do, computed without a look into the stack.
 *
 * Let RTT be the longest round trip that the wires allow. SRTT and RTTVAR cannot
 * exceed it, so RTO <= SRTT + 4 RTTVAR <= 5 RTT, or the least RTO that is
 * allowed (1 s; 3 s after a lost SYN). Within R = 2 RTO + 2 RTT + the time an
 * ACK may be delayed, a stream whose frames get through makes progress (twice,
 * since a late ACK of older bytes may have restarted the timer). If a
 * frame of it was lost meanwhile the timer may have backed off: from then on
 * 2 R is allowed, and so on up to the RFC's limit. No frame lost and no
 * progress: the law is broken.
 *
 * A stall S is itself a possible sample: by RFC 7323 the echo of a first copy
 * counts, however often it was repeated and its ACK lost. The first sample makes
 * an RTO of 3 S, and each further one takes an eighth off.
 *
 * When loss excuses three epochs in a row the users lose patience: what retries
 * are counted (orphans, keepalive) may end the connection by right.
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
	int excuses; /* epochs in a row */
	nsec_t lost_at; /* the last one: what was lost before counts, too */
	nsec_t since; /* start of the epoch */
	nsec_t allowed, base;
	nsec_t started; /* of this stall */
	nsec_t echo; /* what earlier stalls may have added to the RTO */
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
