// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Explicit congestion notification (RFC 3168): routers mark
 * instead of dropping, the receiver echoes the mark (ECE) until the sender says
 * that it has slowed down (CWR). net.ipv4.tcp_ecn: 0 never, 1 ask for it, 2 (the
 * default) use it when the peer asks.
 */
#pragma once

#include "net/tcp/conn.h"

/* tcp_conn.ecn */
enum ecn_flags {
	ECN_OK = 1 << 0, /* both sides agreed */
	ECN_SEND_CWR = 1 << 1, /* with the next new data */
	ECN_SEND_ECE = 1 << 2, /* until the peer's CWR */
	ECN_SEEN = 1 << 3, /* a packet of the peer was ECN-capable */
	ECN_ASKED = 1 << 4, /* our SYN did */
};

#define ECN_MASK 3 /* of the TOS byte */
#define ECN_ECT0 2
#define ECN_CE 3

/* ---- The handshake (RFC 3168 6.1.1) ---- */

/* ECE and CWR of our SYN; `again`: not its first transmission. */
uint8_t ecn_syn_flags(struct tcp_conn *conn, bool again) ON_NET_THREAD;
/* Whether to agree to what a SYN asks for; `wanted` by the route. */
bool ecn_accepts(const struct net *net, const struct segment *syn, bool wanted);
/* The SYN or SYN-ACK of the peer. */
void ecn_negotiate(struct tcp_conn *conn, const struct segment *syn);

/* ---- Sending ---- */

/* The header flags of a segment, and the codepoint for its IP header; `fresh`:
 * it carries data that was never sent. */
uint8_t ecn_mark(struct tcp_conn *conn, bool fresh, uint8_t *codepoint);

/* The window was reduced: say so (only if ECN is in use). */
static inline void ecn_queue_cwr(struct tcp_conn *conn)
{
	if (conn->ecn & ECN_OK)
		conn->ecn |= ECN_SEND_CWR;
}

/* It was a mistake. */
static inline void ecn_withdraw_cwr(struct tcp_conn *conn)
{
	conn->ecn &= ~ECN_SEND_CWR;
}

/* ---- Receiving ---- */

/* The peer says that a packet of ours was marked. */
static inline bool ecn_was_echoed(const struct tcp_conn *conn,
				  const struct segment *seg)
{
	return (conn->ecn & ECN_OK) && (seg->h.flags & TCP_ECE) &&
	       !(seg->h.flags & TCP_SYN);
}

/* A segment with payload has arrived. */
void ecn_take(struct tcp_conn *conn, const struct segment *seg) ON_NET_THREAD;
