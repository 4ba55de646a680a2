// SPDX-License-Identifier: MIT
/*
 * TCP Fast Open, the client's side; see fastopen.h. What the SYN carried counts
 * as sent only when the SYN-ACK acknowledges it; what it does not is sent as new
 * data, so that the flight knows nothing of SYNs.
 */
#include "net/tcp/fastopen.h"

#include "lib/string.h"
#include "net/tcp/advice.h"
#include "net/tcp/metrics.h"
#include "net/tcp/output.h"
#include "net/tcp/retransmit.h"

#define OPTION_SPACE 40 /* a SYN's options, at most */

/* Fast Open is switched off for a time after it seemed to break the path. */
static bool is_blocked(const struct net *net)
{
	return tcp_of(net)->fast_open_blocked_until > net->now;
}

static bool needs_no_cookie(const struct tcp_conn *conn)
{
	return (conn->net->tunables.tcp_fastopen &
		FAST_OPEN_CLIENT_NO_COOKIE) ||
	       conn->set.fast_open_no_cookie ||
	       advice(conn, METRIC_FASTOPEN_NO_COOKIE);
}

/* As much as the peer's segments held the last time. */
static uint32_t most_data(const struct tcp_conn *conn, const struct metrics *m)
{
	bool four = addr_is_ip4(&conn->ep->remote.addr);
	uint32_t usual = four ? TCP_DEFAULT_MSS4 : TCP_DEFAULT_MSS6;
	uint32_t mss = m && m->mss ? m->mss : usual;

	mss = MIN(mss, (uint32_t)conn->rcv.offered_mss);
	return mss > OPTION_SPACE ? mss - OPTION_SPACE : 0;
}

bool fast_open_prepare(struct tcp_conn *conn, bool now)
{
	const struct endpoint *ep = conn->ep;
	struct tcp_fast_open *fast;
	const struct metrics *m;

	if (!now && !conn->set.fast_open_connect)
		return false;
	if (!(conn->net->tunables.tcp_fastopen & FAST_OPEN_CLIENT) ||
	    is_blocked(conn->net))
		return false;
	fast = fast_open_get(conn);
	if (!fast)
		return false;
	m = metrics_find(conn->net, &ep->local.addr, &ep->remote.addr);
	fast->most = most_data(conn, m);
	if (needs_no_cookie(conn)) {
		fast->deferred = true;
		return true;
	}
	fast->asked = fast->has_cookie = true;
	fast->cookie_old_kind = m && m->try_old_kind;
	if (!m || !m->cookie_length)
		return false;
	fast->cookie_old_kind = m->cookie_old_kind;
	fast->cookie_length = m->cookie_length;
	memcpy(fast->cookie, m->cookie, m->cookie_length);
	fast->deferred = true;
	return true;
}

void fast_open_kick(struct tcp_conn *conn)
{
	struct tcp_fast_open *fast = conn->fast;

	if (!fast || !fast->deferred)
		return;
	conn_sample(conn);
	if (conn->snd.tail_pos == conn->snd.una_pos)
		return;
	fast->deferred = false;
	fast->syn_data = (uint32_t)MIN(conn->snd.tail_pos - conn->snd.una_pos,
				       (uint64_t)fast->most);
	endpoint_set_status(conn->ep, EP_CONNECTING, EP_CONNECTED);
	conn->handshake_at = conn->net->now;
	conn->net->stats.tcp.active_opens++;
	tcp_send_syn(conn);
	conn->snd.nxt = conn->snd.iss + 1 + fast->syn_data;
	retransmit_arm_handshake(conn);
}

/* What the SYN-ACK says about the next time. */
static ON_NET_THREAD void remember(struct tcp_conn *conn,
				   const struct tcp_options *opt)
{
	struct tcp_fast_open *fast = conn->fast;
	const struct endpoint *ep = conn->ep;
	struct metrics *m;

	if (!fast->asked)
		return;
	m = metrics_get(conn->net, &ep->local.addr, &ep->remote.addr);
	if (!m)
		return;
	if (opt->mss)
		m->mss = opt->mss;
	if (opt->has_cookie && opt->cookie_length) {
		m->cookie_length = opt->cookie_length;
		m->cookie_old_kind = opt->cookie_old_kind;
		memcpy(m->cookie, opt->cookie, sizeof(m->cookie));
	} else if (!fast->cookie_length && !conn->retransmits) {
		m->try_old_kind = !fast->cookie_old_kind;
	}
}

void fast_open_synack(struct tcp_conn *conn, const struct segment *seg)
{
	struct tcp_fast_open *fast = conn->fast;
	uint32_t acked = seg->h.ack - conn->snd.una;

	if (!fast)
		return;
	conn->snd.nxt = conn->snd.una;
	remember(conn, &seg->h.opt);
	acked = MIN(acked, fast->syn_data);
	if (fast->syn_data) {
		if (acked == fast->syn_data)
			conn->net->stats.tcp_ext.fast_open_active++;
		else
			conn->net->stats.tcp_ext.fast_open_active_fail++;
	}
	if (acked == 0)
		return;
	conn->syn_data_acked = true;
	conn->snd.una += acked;
	conn->snd.nxt = conn->snd.una;
	conn->snd.una_pos += acked;
	conn->count.bytes_acked += acked;
	frag_ring_release(&conn->ep->tx, conn->snd.una_pos);
	endpoint_writable(conn->ep);
}

void fast_open_timeout(struct tcp_conn *conn)
{
	struct tcp_stack *tcp = tcp_of(conn->net);
	int32_t pause = conn->net->tunables.tcp_fastopen_blackhole_timeout_sec;

	/* The SYN goes out again without data and option. */
	if (!conn->fast || !conn->fast->syn_data || conn->retransmits != 2 ||
	    pause == 0)
		return;
	conn->net->stats.tcp_ext.fast_open_blackhole++;
	tcp->fast_open_blocked_until =
		conn->net->now +
		((nsec_t)pause << MIN(tcp->fast_open_blocks, 6u)) *
			NSEC_PER_SEC;
	tcp->fast_open_blocks++;
}
