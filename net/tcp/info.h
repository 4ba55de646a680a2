// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. TCP_INFO as Linux lays it out (x86-64): what ss, iperf
 * and nginx's $tcpinfo_ variables read. Fields without a meaning here are 0.
 */
#pragma once

#include "net/tcp/conn.h"

struct tcp_info {
	uint8_t state, ca_state, retransmits, probes, backoff, options;
	uint8_t wscales; /* send: low half, receive: high half */
	uint8_t flags; /* bit 0: delivery_rate_app_limited; 1, 2: Fast Open */
	uint32_t rto, ato, snd_mss, rcv_mss; /* us, us, bytes */
	uint32_t unacked, sacked, lost, retrans, fackets; /* segments */
	uint32_t last_data_sent, last_ack_sent; /* ms ago */
	uint32_t last_data_recv, last_ack_recv;
	uint32_t pmtu, rcv_ssthresh, rtt, rttvar; /* us */
	uint32_t snd_ssthresh, snd_cwnd, advmss, reordering; /* segments */
	uint32_t rcv_rtt, rcv_space, total_retrans;
	uint64_t pacing_rate, max_pacing_rate;
	uint64_t bytes_acked, bytes_received;
	uint32_t segs_out, segs_in, notsent_bytes, min_rtt;
	uint32_t data_segs_in, data_segs_out;
	uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
	uint32_t delivered, delivered_ce;
	uint64_t bytes_sent, bytes_retrans;
	uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
	uint32_t rcv_wnd, rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time; /* ms */
	/* Accurate ECN, which we do not speak. */
	uint32_t received_ce, accecn_bytes[6];
	uint16_t accecn_fail_mode, accecn_opt_seen;
};

STATIC_ASSERT(sizeof(struct tcp_info) == 280);
STATIC_ASSERT(offsetof(struct tcp_info, rto) == 8);
STATIC_ASSERT(offsetof(struct tcp_info, pacing_rate) == 104);
STATIC_ASSERT(offsetof(struct tcp_info, bytes_sent) == 200);

struct socket_info;

/* A line of /proc/net/tcp. */
void info_describe(struct demux_entry *entry,
		   struct socket_info *out) ON_NET_THREAD;

void info_fill(const struct tcp_conn *conn,
	       struct tcp_info *info) ON_NET_THREAD;
