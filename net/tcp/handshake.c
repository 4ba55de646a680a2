// SPDX-License-Identifier: MIT
/*
 * Opening a connection; see handshake.h.
 *
 * In a SYN we offer everything; in a SYN-ACK only what the peer has offered
 * (RFC 7323 1.3, RFC 2018 2). The window field of a SYN is never scaled.
 */
#include "net/tcp/handshake.h"

#include "net/core/count.h"
#include "net/tcp/advice.h"
#include "net/tcp/ecn.h"
#include "net/tcp/mtu_probe.h"
#include "net/core/urgent.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/metrics.h"
#include "net/tcp/output.h"
#include "net/tcp/pacing.h"
#include "net/tcp/receive.h"
#include "net/tcp/request.h"
#include "net/tcp/window.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/state.h"
#include "net/tcp/time_wait.h"
#include "net/tcp/timers.h"

/* ---- Negotiation ---- */

void handshake_options(const struct tcp_conn *conn, struct tcp_options *opt)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	bool asking = conn->state == TCP_SYN_SENT;

	opt->mss = conn->rcv.offered_mss; /* SHLD-5 */
	opt->has_timestamp = asking ? tunables->tcp_timestamps : conn->stamp.on;
	opt->sack_permitted = asking ? tunables->tcp_sack : conn->sack_ok;
	opt->has_wscale = asking ? tunables->tcp_window_scaling :
				   conn->wscale_ok;
	opt->wscale = conn->rcv.wscale;
	fast_open_option(conn, opt);
}

void handshake_negotiate(struct tcp_conn *conn, const struct segment *syn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	const struct tcp_options *opt = &syn->h.opt;
	uint32_t promised = window_now(conn); /* in our SYN */

	conn->rcv.irs = syn->seq;
	conn->rcv.nxt = syn->seq + 1;
	conn->snd.peer_mss = opt->mss;
	conn->sack_ok = tunables->tcp_sack && opt->sack_permitted;
	conn->wscale_ok = tunables->tcp_window_scaling && opt->has_wscale;
	conn->snd.wscale = conn->wscale_ok ? opt->wscale : 0;
	conn->stamp.on = tunables->tcp_timestamps && opt->has_timestamp;
	ecn_negotiate(conn, syn);
	if (conn->stamp.on) {
		conn->stamp.recent = opt->ts_val;
		conn->stamp.recent_at = conn->net->now;
	}
	conn_update_mss(conn);
	congestion_init(&conn->cc, conn->set.congestion, conn->snd.mss);
	advice_apply(conn);
	receive_start(conn);
	conn->rcv.edge += promised;
}

/* ---- Start and end ---- */

void handshake_start(struct tcp_conn *conn, seq_t isn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	const struct endpoint *ep = conn->ep;

	conn->stamp.offset = stamp_offset(conn->net, &ep->local, &ep->remote);
	conn->snd.iss = isn ? isn :
			      seq_initial(conn->net, &ep->local, &ep->remote);
	conn->snd.una = conn->snd.iss;
	conn->snd.nxt = conn->snd.iss + 1;
	conn->snd.small_end = conn->snd.iss;
	conn->snd.una_pos = conn->ep->tx.head;
	conn->snd.tail_pos = conn->snd.una_pos;
	conn->rcv.wscale = window_choose_scale(conn, window_advice(conn));
	conn->handshake_at = conn->net->now;
	rtt_init(&conn->rtt);
	rack_init(&conn->rack);
	conn->loss.reordering = (uint16_t)tunables->tcp_reordering;
	conn->rtt.rto_least = tunables->tcp_rto_min_us * NSEC_PER_USEC;
	conn->rtt.rto_most = tunables->tcp_rto_max_ms * NSEC_PER_MSEC;
	conn_update_mss(conn);
	congestion_init(&conn->cc, conn->set.congestion, conn->snd.mss);
	advice_apply(conn);
}

/* The first round trip; behind a cookie nobody knows when it began. */
static ON_NET_THREAD void sample_handshake(struct tcp_conn *conn)
{
	nsec_t took = conn->net->now - conn->handshake_at;

	if (conn->handshake_at) {
		rtt_note_min(&conn->rtt, took, conn->net->now, 0);
		rtt_sample(&conn->rtt, took, conn->snd.una, conn->snd.nxt);
	}
	metrics_apply(conn);
	advice_first_timeout(conn);
}

void handshake_adopt(struct tcp_conn *child, const struct tcp_request *request)
{
	handshake_start(child, request->iss);
	child->passive = true;
	child->rcv.irs = request->irs;
	child->rcv.nxt = request->irs + 1;
	child->rcv.wscale = request->rcv_wscale;
	child->snd.peer_mss = request->peer_mss;
	child->sack_ok = request->sack_ok;
	child->wscale_ok = request->wscale_ok;
	child->snd.wscale = request->snd_wscale;
	child->ecn = request->ecn_ok ? ECN_OK : 0;
	child->stamp.on = request->stamp_on;
	child->stamp.recent = request->stamp_recent;
	child->stamp.recent_at = child->net->now;
	child->stamp.offset = request->stamp_offset;
	child->handshake_at = request->sent_at;
	child->retransmits = request->timeouts;
	child->count.retransmissions = request->resent;
	conn_update_mss(child);
	congestion_init(&child->cc, child->set.congestion, child->snd.mss);
	advice_apply(child);
	receive_start(child);
	child->rcv.edge += request->window;
}

/* RFC 6298 5.7: a SYN that timed out leaves a cautious window. */
static void after_lost_syn(struct tcp_conn *conn)
{
	conn->rtt.backoff = 0;
	conn->rtt.rto = 3 * NSEC_PER_SEC;
	conn->cc.cwnd = 1;
}

void handshake_complete(struct tcp_conn *conn, const struct segment *seg)
{
	bool lost_syn = conn->retransmits > 0;

	conn->snd.una = conn->snd.iss + 1;
	fast_open_leave(conn);
	if (conn->state == TCP_SYN_SENT)
		fast_open_synack(conn, seg);
	conn->snd.wl1 = seg->seq;
	conn->snd.wl2 = seg->h.ack;
	/* The window of a SYN is not scaled (RFC 7323 2.2). */
	conn->snd.wnd = seg->h.flags & TCP_SYN ?
				seg->h.window :
				(uint32_t)seg->h.window << conn->snd.wscale;
	conn->snd.max_wnd = conn->snd.wnd;
	if (!lost_syn)
		sample_handshake(conn);
	else
		after_lost_syn(conn);
	conn->retransmits = 0;
	conn->soft_error = 0;
	conn->rcv.last_at = conn->net->now;
	timers_disarm(conn, RETRANSMIT_TIMER);
	conn->purpose = FOR_NOTHING;
	state_set(conn, TCP_ESTABLISHED);
	if (conn->fin_wanted) /* closed in SYN-RECEIVED (3.10.4) */
		state_set(conn, TCP_FIN_WAIT_1);
	mtu_probe_start(conn);
	pacing_update(conn);
	tcp_tune_send_buffer(conn);
	conn_sample(conn);
	timers_keep(conn);
}

/* ---- The active open ---- */

/* Forgets whatever an earlier connection of this socket has left. */
static ON_NET_THREAD void forget_past(struct tcp_conn *conn)
{
	conn->passive = conn->fin_wanted = conn->fin_acked = false;
	conn->fin_received = conn->fin_seen = false;
	conn->snd.urgent = conn->rcv.urgent = conn->rcv.urgent_coming = false;
	urgent_reset(conn->ep);
	conn->snd.peer_mss = 0;
	conn->stamp.on = conn->sack_ok = conn->wscale_ok = false;
	conn->retransmits = conn->probes = conn->keep_probes = 0;
	conn->unanswered = 0;
	conn->stalled_at = 0;
	conn->soft_error = 0;
	conn->loss = (struct loss){ 0 };
	conn->ecn = 0;
	conn->syn_data_acked = false;
	port_free(conn->fast);
	conn->fast = NULL;
}

static bool is_taken(struct net *net, const struct net_name *local,
		     const struct net_name *remote)
{
	return demux_find_pair(&tcp_of(net)->demux, local, remote) != NULL;
}

/* A port if there is none yet, and the names are published. */
static ON_NET_THREAD int set_names(struct tcp_conn *conn,
				   const struct net_addr *source,
				   const struct net_name *remote)
{
	struct endpoint *ep = conn->ep;
	struct net_name local = ep->local;
	int err = 0;

	if (!ep->binding)
		err = binding_automatic(conn->net, ep, source, remote,
					is_taken);
	if (err)
		return err;
	local.addr = *source;
	local.port = ep->local.port;
	endpoint_set_names(ep, &local, remote);
	return 0;
}

/* The names of both ends; MUST-44, MUST-45, MUST-46. */
static ON_NET_THREAD int choose_names(struct tcp_conn *conn,
				      const struct net_name *remote)
{
	struct endpoint *ep = conn->ep;
	struct path_key key;
	struct net_path path;
	int err;

	if (addr_is_multicast(&remote->addr) ||
	    addr_is_limited_broadcast(&remote->addr))
		return -ENETUNREACH;
	key = (struct path_key){ .dst = remote->addr,
				 .source = ep->local.addr,
				 .bound = endpoint_netif(ep),
				 .any_source = true,
				 .wish = ep->opt.source_wish };
	err = path_find_for(conn->net, &key, &path);
	if (err == -ENETUNREACH)
		ip_count_no_route(conn->net, &key.dst);
	if (err)
		return err;
	if (path.broadcast || path.multicast)
		return -ENETUNREACH;
	err = set_names(conn, &path.source, remote);
	if (!err)
		conn_set_path(conn, &path);
	return err;
}

/* Enters the table of pairs; a TIME-WAIT may have to make way. */
static ON_NET_THREAD int enter_table(struct tcp_conn *conn, seq_t *isn)
{
	struct demux *demux = &tcp_of(conn->net)->demux;
	int err = demux_add_pair(demux, &conn->ep->entry);

	if (err == -EADDRINUSE && time_wait_yield(conn->net, &conn->ep->local,
						  &conn->ep->remote, isn))
		err = demux_add_pair(demux, &conn->ep->entry);
	return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
}

int handshake_connect(struct tcp_conn *conn, const struct net_name *remote,
		      bool fast)
{
	struct net_name local = conn->ep->local, nobody = conn->ep->remote;
	seq_t isn = 0;
	int err = choose_names(conn, remote);

	if (!err)
		err = enter_table(conn, &isn);
	if (err) {
		if (conn->ep->port_origin == PORT_AUTOMATIC)
			binding_release(conn->ep);
		endpoint_set_names(conn->ep, &local, &nobody);
		return err;
	}
	forget_past(conn);
	handshake_start(conn, isn);
	receive_start(conn);
	state_set(conn, TCP_SYN_SENT);
	if (fast_open_prepare(conn, fast)) {
		/* The SYN waits for the first bytes. */
		endpoint_set_status(conn->ep, EP_CONNECTED, EP_CONNECTING);
		endpoint_wake(conn->ep, NET_POLLOUT);
		return fast ? (int)conn->fast->most : 0;
	}
	conn->net->stats.tcp.active_opens++;
	tcp_send_syn(conn);
	retransmit_arm_handshake(conn);
	return -EINPROGRESS;
}
