// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The passive side: a listener, its half-open children and
 * its accept queue.
 */
#pragma once

#include "net/tcp/conn.h"

/* Enters LISTEN, or changes the backlog. -EADDRINUSE, -ENOMEM. */
int listen_start(struct tcp_conn *conn, int backlog) ON_NET_THREAD;

/* Ends the listener and every child that nobody has accepted, these with a
 * reset (`why`; WHY_NONE: silently). */
void listen_stop(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* RFC 9293 3.10.7.2: a segment for LISTEN. */
enum reason segment_to_listener(struct tcp_conn *listener,
				struct segment *seg) ON_NET_THREAD;

/* A child's handshake is complete: may it enter the accept queue? */
bool listen_has_room(const struct tcp_conn *child);

/* The child is ESTABLISHED: announces it to the accept queue, or, with
 * TCP_DEFER_ACCEPT, later. */
void listen_established(struct tcp_conn *child) ON_NET_THREAD;

/* Announces a deferred child now (data came, or the time is over). */
void listen_announce(struct tcp_conn *child) ON_NET_THREAD;
