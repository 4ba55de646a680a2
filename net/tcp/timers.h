// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A connection's three timers: retransmission (which also
 * serves loss probes, RACK and window probes, one purpose at a time), delayed
 * ACK, and the slow one (keepalive, FIN-WAIT-2, deferred accept). What each
 * expiry does is told here; when they are armed is decided where the reason is.
 */
#pragma once

#include "net/tcp/conn.h"

void timers_init(struct tcp_conn *conn);
void timers_cancel(struct tcp_conn *conn) ON_NET_THREAD;

/* (Re-)arms the slow timer for whatever it has to do in this state. */
void timers_keep(struct tcp_conn *conn) ON_NET_THREAD;
