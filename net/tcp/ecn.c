// SPDX-License-Identifier: MIT
/*
 * Explicit congestion notification; see ecn.h. Only new data is sent as
 * ECN-capable: a mark on a pure ACK or a retransmission would say nothing that
 * the sender could act on, and would let an attacker hide (RFC 3168 6.1.4 to
 * 6.1.6).
 */
#include "net/tcp/ecn.h"

#include "net/tcp/advice.h"
#include "net/tcp/delayed_ack.h"

static bool by_route(const struct tcp_conn *conn)
{
	return advice(conn, METRIC_FEATURES) & FEATURE_ECN;
}

uint8_t ecn_syn_flags(struct tcp_conn *conn, bool again)
{
	const struct net_tunables *tunables = &conn->net->tunables;

	conn->ecn &= ~ECN_ASKED;
	/* A router on the way may drop such SYNs (6.1.1.1). */
	if ((tunables->tcp_ecn != 1 && !by_route(conn)) ||
	    (again && tunables->tcp_ecn_fallback))
		return 0;
	conn->ecn |= ECN_ASKED;
	return TCP_ECE | TCP_CWR;
}

bool ecn_accepts(const struct net *net, const struct segment *syn, bool wanted)
{
	uint8_t both = TCP_ECE | TCP_CWR;

	/* A SYN must not be ECN-capable itself. */
	return (syn->h.flags & both) == both &&
	       (net->tunables.tcp_ecn || wanted) &&
	       !(syn->packet->tos & ECN_MASK);
}

void ecn_negotiate(struct tcp_conn *conn, const struct segment *syn)
{
	bool ok;

	if (syn->h.flags & TCP_ACK)
		ok = (conn->ecn & ECN_ASKED) &&
		     (syn->h.flags & (TCP_ECE | TCP_CWR)) == TCP_ECE;
	else
		ok = ecn_accepts(conn->net, syn, by_route(conn));
	conn->ecn = ok ? ECN_OK : 0;
}

uint8_t ecn_mark(struct tcp_conn *conn, bool fresh, uint8_t *codepoint)
{
	uint8_t flags = 0;

	*codepoint = 0;
	if (!(conn->ecn & ECN_OK))
		return 0;
	if (fresh) {
		*codepoint = ECN_ECT0;
		if (conn->ecn & ECN_SEND_CWR)
			flags |= TCP_CWR;
		conn->ecn &= ~ECN_SEND_CWR;
	}
	if (conn->ecn & ECN_SEND_ECE)
		flags |= TCP_ECE;
	return flags;
}

void ecn_take(struct tcp_conn *conn, const struct segment *seg)
{
	if (!(conn->ecn & ECN_OK))
		return;
	if (seg->h.flags & TCP_CWR) {
		conn->ecn &= ~ECN_SEND_ECE;
		/* Its window may be very small now. */
		ack_want(conn, true, WHY_ACK);
	}
	switch (seg->packet->tos & ECN_MASK) {
	case 0:
		/* Not capable, but others were: a retransmission. */
		if (conn->ecn & ECN_SEEN)
			ack_be_quick(conn);
		break;
	case ECN_CE:
		conn->net->stats.tcp_ext.ce_marks++;
		if (!(conn->ecn & ECN_SEND_ECE))
			ack_be_quick(conn);
		conn->ecn |= ECN_SEND_ECE | ECN_SEEN;
		break;
	default:
		conn->ecn |= ECN_SEEN;
		break;
	}
}
