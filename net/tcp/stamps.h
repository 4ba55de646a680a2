// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. SO_TIMESTAMPING on what is sent: the user marks the last
 * byte of a send (struct stream_stamp); here is noticed when that byte is given
 * to the network and when it is acknowledged, and the error queue is told.
 *
 * Keys count bytes since the option was set (OPT_ID), so that a program can tell
 * which send a stamp is about.
 */
#pragma once

#include "net/core/stream.h"
#include "net/tcp/conn.h"

/* New marks of the user's; before anything is sent. */
void stamps_collect(struct tcp_conn *conn) ON_NET_THREAD;
/* Everything before the ring position has been sent, or acknowledged. */
void stamps_sent_slow(struct tcp_conn *conn, uint64_t end) ON_NET_THREAD;
void stamps_acked_slow(struct tcp_conn *conn, uint64_t end) ON_NET_THREAD;
void stamps_clear(struct tcp_conn *conn) ON_NET_THREAD;
/* OPT_ID was set: keys begin here. -EINVAL: not connected. */
int stamps_start_keys(struct endpoint *ep, uint32_t flags);

static ON_NET_THREAD inline void stamps_sent(struct tcp_conn *conn,
					     uint64_t end)
{
	if (conn->stamps)
		stamps_sent_slow(conn, end);
}

static ON_NET_THREAD inline void stamps_acked(struct tcp_conn *conn,
					      uint64_t end)
{
	if (conn->stamps)
		stamps_acked_slow(conn, end);
}
