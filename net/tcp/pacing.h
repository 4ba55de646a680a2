// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The rate at which a connection sends, and how large its
 * super-segments are.
 *
 * The rate is cwnd (or what is in flight) per smoothed RTT, times
 * tcp_pacing_ss_ratio in slow start and tcp_pacing_ca_ratio afterwards, and at
 * most SO_MAX_PACING_RATE. It always decides how much is cut at once (a
 * millisecond's worth); segments are spread over time only if
 * SO_MAX_PACING_RATE was set, or tcp_pace_initial_window: then the
 * connection's pacing timer says when the next may go.
 */
#pragma once

#include "net/tcp/conn.h"

#define PACING_UNLIMITED UINT64_MAX

/* The window or the RTT has changed. */
void pacing_update(struct tcp_conn *conn);

/* May something go now? If not, the timer is set. */
bool pacing_allows(struct tcp_conn *conn) ON_NET_THREAD;

/* `bytes` went out. */
void pacing_sent(struct tcp_conn *conn, uint32_t bytes);

/* How many segments of `mss` bytes one packet may have (TSO autosizing). */
uint32_t pacing_tso_segments(const struct tcp_conn *conn, uint32_t mss);
