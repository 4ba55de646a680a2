// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Opening (RFC 9293 3.5, 3.10.1): the active side, what
 * both sides negotiate in their SYNs, and the step to ESTABLISHED. What a
 * listener does is in listen.c.
 */
#pragma once

#include "net/tcp/conn.h"

/* Chooses names and ISN and sends the SYN. -EINPROGRESS, or an error; the
 * connection is unchanged then. With Fast Open (`fast`, or TCP_FASTOPEN_CONNECT)
 * and a cookie the SYN waits for data: as many bytes as it may hold, or 0. */
int handshake_connect(struct tcp_conn *conn, const struct net_name *remote,
		      bool fast) ON_NET_THREAD;

/* The options of our SYN or SYN-ACK, without the timestamp's values. */
void handshake_options(const struct tcp_conn *conn, struct tcp_options *opt);

/* Takes the peer's SYN: irs, MSS, scale, timestamps, SACK. */
void handshake_negotiate(struct tcp_conn *conn,
			 const struct segment *syn) ON_NET_THREAD;

/* Our SYN is acknowledged and theirs is known. `seg` carries the window. */
void handshake_complete(struct tcp_conn *conn,
			const struct segment *seg) ON_NET_THREAD;

/* Both names are set: a fresh ISN (`isn` if not 0) and clean counters. */
void handshake_start(struct tcp_conn *conn, seq_t isn) ON_NET_THREAD;

/* RFC 6528, and the origin of our timestamps. */
seq_t seq_initial(const struct net *net, const struct net_name *local,
		  const struct net_name *remote);
uint32_t stamp_offset(const struct net *net, const struct net_name *local,
		      const struct net_name *remote);

/* A listener's child takes over what its request has agreed on. */
struct tcp_request;
void handshake_adopt(struct tcp_conn *child,
		     const struct tcp_request *request) ON_NET_THREAD;
