// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The passive side: a listener, what it does with a SYN, and
 * its accept queue. Half-open connections are in request.h.
 */
#pragma once

#include "net/tcp/conn.h"

/* Enters LISTEN, or changes the backlog. -EADDRINUSE, -ENOMEM. */
int listen_start(struct tcp_conn *conn, int backlog) ON_NET_THREAD;

/* Ends the listener, its half-open connections silently, and every connection
 * that nobody has accepted with a reset (`why`; WHY_NONE: silently). */
void listen_stop(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

/* RFC 9293 3.10.7.2: a segment for LISTEN. *child is set when it completes a
 * handshake (SYN cookie): the child is to have it. */
enum reason segment_to_listener(struct tcp_conn *listener, struct segment *seg,
				struct tcp_conn **child) ON_NET_THREAD;

/* More than the backlog wait to be accepted. */
bool listen_queue_full(const struct tcp_conn *listener) ON_NET_THREAD;

/* The handshake is complete: a connection in SYN-RECEIVED takes the request's
 * place; its segment makes it ESTABLISHED. The request itself remains. NULL: no
 * memory, or no way back. */
struct tcp_request;
struct tcp_conn *listen_accept(struct tcp_request *request) ON_NET_THREAD;

/* It is ESTABLISHED: into the accept queue with it. Harmless for others. */
void listen_announce(struct tcp_conn *child) ON_NET_THREAD;
