// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What is sent, and how a segment is built. tcp_output() is
 * the only decider: whoever changed something that may allow a segment to go
 * (an ACK, a window, new data, a timer) calls it, and it sends all that may go.
 */
#pragma once

#include "net/tcp/conn.h"

/* Sends what may be sent now: repairs, new data, FIN, and the ACK that is due;
 * then sees to the timers. Harmless at any time. */
void tcp_output(struct tcp_conn *conn) ON_NET_THREAD;

/* Nagle, cork and sender's SWS avoidance have waited long enough: sends one
 * segment of new data within the peer's window, if there is any. True: sent. */
bool tcp_push_one(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* Lets the send buffer grow with the window, up to tcp_wmem[2], unless
 * SO_SNDBUF has fixed it. */
void tcp_tune_send_buffer(struct tcp_conn *conn);

/* A pure ACK, now. */
void tcp_send_ack(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* A segment that the peer must answer: one byte before its window
 * (keepalive, window probe). */
void tcp_send_probe(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* A challenge ACK (RFC 5961), unless there were too many. */
void tcp_send_challenge(struct tcp_conn *conn) ON_NET_THREAD;

/* SYN or SYN-ACK, first or again. */
void tcp_send_syn(struct tcp_conn *conn) ON_NET_THREAD;

/* RST for this connection. */
void tcp_send_reset(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* Sends the bytes of a record again. False: no memory. */
bool tcp_resend(struct tcp_conn *conn, struct sent *sent,
		enum why_sent why) ON_NET_THREAD;

/* Payload bytes per segment now, room for SACK blocks taken off. */
uint32_t tcp_current_mss(const struct tcp_conn *conn);
