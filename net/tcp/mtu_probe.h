// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Packetization-layer path MTU discovery (RFC 4821): finds
 * the path's MTU by sending a segment larger than the others, without help of
 * ICMP. net.ipv4.tcp_mtu_probing: 0 never, 1 when a black hole is suspected
 * (timeouts go on), 2 always, from tcp_base_mss upwards.
 */
#pragma once

#include "net/tcp/conn.h"

/* The connection is established: what is the range to search? */
void mtu_probe_start(struct tcp_conn *conn);

/* The payload of a probe that should go out now, instead of plain segments; 0:
 * none. *wait: hold everything back, a probe will be possible soon. */
uint32_t mtu_probe_due(struct tcp_conn *conn, bool *wait);
/* It was sent as [seq, end). */
void mtu_probe_sent(struct tcp_conn *conn, seq_t seq, seq_t end);
/* snd.una has moved: perhaps it arrived. */
void mtu_probe_acked(struct tcp_conn *conn);
/* What was lost is the probe: it is sent again in small segments, and that is
 * no congestion. */
bool mtu_probe_was_lost(struct tcp_conn *conn) ON_NET_THREAD;
/* Timeouts go on: perhaps large packets vanish. */
void mtu_probe_suspect(struct tcp_conn *conn);

static inline bool mtu_probe_in_flight(const struct tcp_conn *conn)
{
	return conn->mtu_probe.size != 0;
}

/* The packet size that segments may have for now. */
static inline uint32_t mtu_probe_limit(const struct tcp_conn *conn,
				       uint32_t mtu)
{
	return conn->mtu_probe.on ? MIN(mtu, (uint32_t)conn->mtu_probe.low) :
				    mtu;
}
