// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Sending again: the retransmission timer and its other
 * purposes, and the repair of what the flight holds as lost.
 */
#pragma once

#include "net/tcp/conn.h"

/* Sends lost segments again, as far as the windows allow. */
void retransmit_lost(struct tcp_conn *conn) ON_NET_THREAD;

/* Sees to it that the timer runs for what it has to: called after anything was
 * sent or acknowledged. */
void retransmit_arm(struct tcp_conn *conn) ON_NET_THREAD;

/* New data was sent; nothing was in flight before if `first`. */
void retransmit_sent(struct tcp_conn *conn, bool first) ON_NET_THREAD;

/* After a burst of new data: the tail may need a probe. */
void retransmit_schedule_probe(struct tcp_conn *conn) ON_NET_THREAD;

/* New data was acknowledged: the timeout counts from now (RFC 6298 5.3). */
void retransmit_restart(struct tcp_conn *conn) ON_NET_THREAD;

/* RACK wants to look again after `wait`. */
void retransmit_arm_reordering(struct tcp_conn *conn,
			       nsec_t wait) ON_NET_THREAD;

/* The timeout is to come after `wait`, whatever the RTT says. */
void retransmit_arm_timeout(struct tcp_conn *conn, nsec_t wait) ON_NET_THREAD;

/* The timer fired. May end the connection. */
void retransmit_expired(struct tcp_conn *conn) ON_NET_THREAD;

/* The SYN or SYN-ACK is on its way: waits for the answer. */
void retransmit_arm_handshake(struct tcp_conn *conn) ON_NET_THREAD;
