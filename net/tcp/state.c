// SPDX-License-Identifier: MIT
/*
 * The states of a connection; see state.h. Nothing else writes conn->state.
 *
 * The table is figure 5 of RFC 9293, with CLOSED reachable from everywhere
 * (resets, timeouts, the user). TIME-WAIT is a state of its own object
 * (time_wait.c), so a connection goes from its last state to CLOSED.
 */
#include "net/tcp/state.h"

#include "net/core/endpoint.h"
#include "net/tcp/time_wait.h"

#define TO(state) (1u << (state))

static const uint16_t legal[] = {
	[TCP_CLOSED] = TO(TCP_LISTEN) | TO(TCP_SYN_SENT) | TO(TCP_SYN_RECEIVED),
	[TCP_LISTEN] = TO(TCP_CLOSED),
	[TCP_SYN_SENT] = TO(TCP_SYN_RECEIVED) | TO(TCP_ESTABLISHED) |
			 TO(TCP_CLOSED),
	[TCP_SYN_RECEIVED] = TO(TCP_ESTABLISHED) | TO(TCP_CLOSED),
	[TCP_ESTABLISHED] = TO(TCP_FIN_WAIT_1) | TO(TCP_CLOSE_WAIT) |
			    TO(TCP_CLOSED),
	[TCP_FIN_WAIT_1] = TO(TCP_FIN_WAIT_2) | TO(TCP_CLOSING) |
			   TO(TCP_CLOSED),
	[TCP_FIN_WAIT_2] = TO(TCP_CLOSED),
	[TCP_CLOSE_WAIT] = TO(TCP_LAST_ACK) | TO(TCP_CLOSED),
	[TCP_CLOSING] = TO(TCP_CLOSED),
	[TCP_LAST_ACK] = TO(TCP_CLOSED),
};

const char *tcp_state_name(enum tcp_state state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_SYN_SENT] = "SYN-SENT",
		[TCP_SYN_RECEIVED] = "SYN-RECEIVED",
		[TCP_FIN_WAIT_1] = "FIN-WAIT-1",
		[TCP_FIN_WAIT_2] = "FIN-WAIT-2",
		[TCP_TIME_WAIT] = "TIME-WAIT",
		[TCP_CLOSED] = "CLOSED",
		[TCP_CLOSE_WAIT] = "CLOSE-WAIT",
		[TCP_LAST_ACK] = "LAST-ACK",
		[TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	return state < ARRAY_LEN(names) && names[state] ? names[state] : "?";
}

/* RFC 1213's tcpCurrEstab. */
static bool counts_as_established(enum tcp_state state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}

static void count(struct tcp_conn *conn, enum tcp_state from, enum tcp_state to)
{
	struct net_stats *stats = &conn->net->stats;

	stats->tcp.curr_estab += counts_as_established(to);
	stats->tcp.curr_estab -= counts_as_established(from);
	if (to != TCP_CLOSED)
		return;
	if (counts_as_established(from))
		stats->tcp.estab_resets++;
	if ((from == TCP_SYN_SENT && !conn->user_gone) ||
	    from == TCP_SYN_RECEIVED)
		stats->tcp.attempt_fails++;
}

static ON_NET_THREAD void publish(struct tcp_conn *conn, enum tcp_state state)
{
	struct endpoint *ep = conn->ep;

	atomic_store(&ep->state, (uint8_t)state);
	switch (state) {
	case TCP_SYN_SENT:
		endpoint_set_status(ep, EP_CONNECTING,
				    EP_DEAD | EP_RX_EOF | EP_RX_SHUT |
					    EP_TX_SHUT);
		break;
	case TCP_LISTEN:
		endpoint_set_status(ep, EP_LISTENING, EP_DEAD);
		break;
	case TCP_ESTABLISHED:
		endpoint_set_status(ep, EP_CONNECTED | EP_WAS_CONNECTED,
				    EP_CONNECTING);
		endpoint_wake(ep, NET_POLLOUT);
		break;
	case TCP_CLOSED:
		endpoint_set_status(ep, EP_DEAD | EP_RX_EOF,
				    EP_CONNECTING | EP_CONNECTED |
					    EP_LISTENING);
		binding_update(ep); /* without memory it seems to listen */
		endpoint_wake(ep, NET_POLLIN | NET_POLLOUT | NET_POLLHUP |
					  NET_POLLRDHUP);
		break;
	default:
		break;
	}
}

void state_set(struct tcp_conn *conn, enum tcp_state next)
{
	enum tcp_state from = conn->state;

	NET_ASSERT(legal[from] & TO(next));
	conn->state = next;
	count(conn, from, next);
	publish(conn, next);
}

void enter_time_wait(struct tcp_conn *conn)
{
	/* Without memory the connection ends early: a risk, not a fault. */
	struct time_wait *wait = time_wait_new(conn);

	conn_end(conn);
	if (wait)
		time_wait_start(wait);
}
