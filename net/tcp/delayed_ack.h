// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. When an ACK goes out: at once, with data, or after a
 * while (RFC 9293 3.8.6.3, RFC 5681 4.2).
 *
 * Data asks for an ACK with ack_want(); tcp_output() ends with ack_send_due(),
 * which sends it if no segment has carried it meanwhile, or starts the delay.
 */
#pragma once

#include "net/tcp/conn.h"

/* The handshake fixed rcv.nxt. */
void ack_start(struct tcp_conn *conn);

/* An ACK is due: at once, or as the rules below say. */
void ack_want(struct tcp_conn *conn, bool now, enum why_sent why);

/* Payload has come: learns the peer's segment size and rhythm. */
void ack_data_arrived(struct tcp_conn *conn, const struct segment *seg);

/* The next ones are not delayed: something is wrong, or new. */
void ack_be_quick(struct tcp_conn *conn);

/* Sends the ACK that is due now, or starts the delay. */
void ack_send_due(struct tcp_conn *conn) ON_NET_THREAD;

/* A segment with ACK went out: nothing is owed any more. */
void ack_sent(struct tcp_conn *conn) ON_NET_THREAD;

/* Data goes out: is this a dialogue, in which ACKs ride on answers? */
void ack_data_sent(struct tcp_conn *conn);

/* The delay is over. */
void ack_timeout(struct tcp_conn *conn) ON_NET_THREAD;

/* The user may have read: an ACK if that made it due, or if the window has
 * opened well. */
void ack_user_read(struct tcp_conn *conn) ON_NET_THREAD;

/* Tells the user side at which point of its reading we want to hear of it. */
void ack_set_kick(struct tcp_conn *conn) ON_NET_THREAD;

/* TCP_QUICKACK. */
void ack_set_quick(struct tcp_conn *conn, int value) ON_NET_THREAD;

/* ACKs wait for data of ours. */
bool ack_in_dialogue(const struct tcp_conn *conn);
