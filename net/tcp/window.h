// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The window that we offer: how large it begins, how it
 * grows with what the peer sends and the user reads (Linux's dynamic
 * right-sizing), and what goes into the header.
 *
 * Invariant: rcv.edge never moves left, unless tcp_shrink_window allows it.
 */
#pragma once

#include "net/tcp/advice.h"
#include "net/tcp/conn.h"

/* The handshake fixed rcv.nxt, or is about to. */
void window_start(struct tcp_conn *conn);

/* The window scale for our SYN (RFC 7323 2.2). */
uint8_t window_choose_scale(const struct tcp_conn *conn,
			    struct window_advice advice);

/* The first window for a peer whose segments have this size, by the buffer of
 * `conn`, which may be a listener. */
uint32_t window_initial(const struct tcp_conn *conn, uint32_t mss,
			struct window_advice advice);

/* The window field for a segment that is about to go; moves rcv.edge. */
uint16_t window_field(struct tcp_conn *conn, bool syn) ON_NET_THREAD;

/* The window that would be offered now, in bytes. */
uint32_t window_select(struct tcp_conn *conn);

/* Memory is short: it grows no more beyond a few segments. */
void window_shorten(struct tcp_conn *conn);

/* Data has come: measures its round trip, lets the window grow. */
void window_data_arrived(struct tcp_conn *conn, const struct segment *seg);

/* The user may have read: the buffer follows what he takes in a round trip. */
void window_tune(struct tcp_conn *conn) ON_NET_THREAD;

/* TCP_WINDOW_CLAMP. -EINVAL: 0 on an open connection. */
int window_set_clamp(struct tcp_conn *conn, uint32_t clamp);

/* Bytes that wait for the user. */
static inline uint32_t window_unread(const struct tcp_conn *conn)
{
	return (uint32_t)(atomic_load_relaxed(&conn->ep->rx.tail) -
			  conn->ep->rx_head);
}

/* How much of a buffer of this size is offered as window: the rest pays for
 * what packets cost beside their payload. */
uint32_t window_from_space(const struct net *net, uint32_t space);

/* How much the peer may send beyond rcv.nxt. */
static inline uint32_t window_now(const struct tcp_conn *conn)
{
	return seq_gt(conn->rcv.edge, conn->rcv.nxt) ?
		       conn->rcv.edge - conn->rcv.nxt :
		       0;
}
