// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What the route to the peer advises (the metrics of
 * ip-route(8)): initcwnd, initrwnd, window, advmss, rto_min, rtt, ssthresh, cwnd
 * (locked), reordering, quickack, features ecn, congctl, fastopen_no_cookie.
 * mtu and hoplimit are IP's (net/core/path.c). A connection keeps a copy if
 * there is any; most routes have none.
 */
#pragma once

#include "net/tcp/conn.h"

/* How METRIC_WINDOW and METRIC_INITRWND bound a first window. */
struct window_advice {
	uint32_t clamp; /* bytes; 0: none */
	uint32_t segments; /* 0: none */
};

/* One metric; 0: not given. */
static inline uint32_t path_advice(const struct net_path *path,
				   enum route_metric which)
{
	return path->metrics ? path->metrics->value[which] : 0;
}

static inline uint32_t advice(const struct tcp_conn *conn,
			      enum route_metric which)
{
	return conn->advice ? conn->advice->value[which] : 0;
}

static inline bool advice_locked(const struct tcp_conn *conn,
				 enum route_metric which)
{
	return advice(conn, METRIC_LOCK) & 1u << which;
}

static inline struct window_advice window_advice(const struct tcp_conn *conn)
{
	return (struct window_advice){ advice(conn, METRIC_WINDOW),
				       advice(conn, METRIC_INITRWND) };
}

/* The way is known: keeps its metrics, chooses the congestion control. */
void advice_take(struct tcp_conn *conn,
		 const struct net_path *path) ON_NET_THREAD;
/* Congestion control begins: its first values. */
void advice_apply(struct tcp_conn *conn);
/* The first round trip was measured: the timeout of a path known to be
 * slower. */
void advice_first_timeout(struct tcp_conn *conn);
