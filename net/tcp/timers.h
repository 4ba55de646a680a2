// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A connection's three timers: retransmission (which also
 * serves loss probes, RACK and window probes, one purpose at a time), delayed
 * ACK, and the slow one (keepalive, FIN-WAIT-2, folding). What each
 * expiry does is told here; when they are armed is decided where the reason is.
 *
 * All three share one timer of the wheel. It is moved only to an earlier time:
 * an ACK that puts the retransmission off, or makes a delayed ACK needless,
 * costs a store. A timer that rings too early looks what is due, and is set to
 * the next date.
 */
#pragma once

#include "net/tcp/conn.h"

void timers_init(struct tcp_conn *conn);
/* (Re-)arms one for the absolute time `when`. */
void timers_arm(struct tcp_conn *conn, enum conn_timer which,
		nsec_t when) ON_NET_THREAD;

static inline void timers_disarm(struct tcp_conn *conn, enum conn_timer which)
{
	conn->due[which] = 0;
}

static inline bool timers_armed(const struct tcp_conn *conn,
				enum conn_timer which)
{
	return conn->due[which] != 0;
}

void timers_cancel(struct tcp_conn *conn) ON_NET_THREAD;

/* (Re-)arms the slow timer for whatever it has to do in this state. */
void timers_keep(struct tcp_conn *conn) ON_NET_THREAD;
