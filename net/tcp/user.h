// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What the user side asks for (RFC 9293 3.10.1 to 3.10.6),
 * as the functions behind tcp_protocol.
 */
#pragma once

#include "net/tcp/conn.h"

/*
 * ABORT (3.10.5): resets the peer (WHY_NONE: does not) and ends the connection;
 * the user sees `error` (positive errno, 0: none).
 */
void tcp_abort(struct tcp_conn *conn, int error,
	       enum why_sent why) ON_NET_THREAD;

/* The user is gone and wants nothing to be saved: abort and free. Not for a
 * listener: listen_stop(). */
void user_abandon(struct tcp_conn *conn, enum why_sent why) ON_NET_THREAD;

int tcp_setsockopt(struct endpoint *ep, int level, int name, const void *value,
		   uint32_t length);
int tcp_getsockopt(struct endpoint *ep, int level, int name, void *value,
		   uint32_t length);
int tcp_ioctl(struct endpoint *ep, unsigned int command, int *value);

/* An ICMP error about one of our segments. */
void tcp_error(struct net *net, const struct icmp_error *error);
