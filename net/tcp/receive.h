// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The receiver: payload into the user's ring, the window
 * that we offer, and when an ACK is due.
 */
#pragma once

#include "net/tcp/conn.h"

/* The handshake fixed rcv.nxt: chooses the first window. */
void receive_start(struct tcp_conn *conn) ON_NET_THREAD;

/* The window scale for our SYN (RFC 7323 2.2). */
uint8_t receive_choose_scale(const struct tcp_conn *conn);

/*
 * Takes the payload of a segment that is within the window: into the ring, or
 * the reassembly queue. Advances rcv.nxt, decides about the ACK. Not REASON_NONE
 * when nothing was taken.
 */
enum reason receive_payload(struct tcp_conn *conn,
			    struct segment *seg) ON_NET_THREAD;

/* An ACK is due: at once or with the delay. */
void receive_want_ack(struct tcp_conn *conn, bool now, enum why_sent why);

/* Sends the ACK that is due now, or starts the delay. */
void receive_send_ack(struct tcp_conn *conn) ON_NET_THREAD;

/* The window field for a segment that is about to go; moves rcv.edge. */
uint16_t receive_window_field(struct tcp_conn *conn, bool syn) ON_NET_THREAD;

/* A segment with ACK went out: nothing is owed any more. */
void receive_ack_sent(struct tcp_conn *conn) ON_NET_THREAD;

/* The user has taken bytes: more window, perhaps told at once. */
void receive_user_read(struct tcp_conn *conn) ON_NET_THREAD;

/* How much the peer may send beyond rcv.nxt. */
static inline uint32_t receive_window(const struct tcp_conn *conn)
{
	return seq_gt(conn->rcv.edge, conn->rcv.nxt) ?
		       conn->rcv.edge - conn->rcv.nxt :
		       0;
}
