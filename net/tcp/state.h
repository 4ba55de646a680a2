// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The states of a connection and the one place where they
 * change (RFC 9293 3.3.2, figure 5).
 */
#pragma once

#include "net/tcp/conn.h"

/*
 * Changes the state, which must be a legal transition, and publishes it:
 * status bits, readiness, the counters of RFC 1213.
 */
void state_set(struct tcp_conn *conn, enum tcp_state next) ON_NET_THREAD;

/*
 * The active closer's end: what is left of the connection becomes a TIME-WAIT
 * object, and the connection itself is CLOSED.
 */
void enter_time_wait(struct tcp_conn *conn) ON_NET_THREAD;

/* The handshake is complete: ESTABLISHED and all states after it. */
static inline bool state_is_synchronized(enum tcp_state state)
{
	return state != TCP_CLOSED && state != TCP_LISTEN &&
	       state != TCP_SYN_SENT && state != TCP_SYN_RECEIVED;
}

/* The peer may still send data. */
static inline bool state_can_receive(enum tcp_state state)
{
	return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT_1 ||
	       state == TCP_FIN_WAIT_2;
}

const char *tcp_state_name(enum tcp_state state);
