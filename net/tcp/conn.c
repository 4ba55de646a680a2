// SPDX-License-Identifier: MIT
/*
 * The life of a connection object: how it is made, how it ends, what it tells
 * the tap. See conn.h for the rules of its ending.
 */
#include "net/tcp/conn.h"

#include "net/ip/ip.h"
#include "net/tcp/advice.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/memory.h"
#include "net/tcp/metrics.h"
#include "net/tcp/mtu_probe.h"
#include "net/tcp/stamps.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"

static void default_settings(struct tcp_settings *set,
			     const struct net_tunables *tunables)
{
	set->keep_count = (uint8_t)tunables->tcp_keepalive_probes;
	set->keep_idle = (uint32_t)tunables->tcp_keepalive_time;
	set->keep_interval = (uint32_t)tunables->tcp_keepalive_intvl;
	if (tunables->tcp_notsent_lowat != UINT32_MAX)
		set->notsent_lowat = tunables->tcp_notsent_lowat;
}

void conn_publish_unsent(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint32_t sent = conn_outstanding(conn);

	/* The SYN, or a FIN, is no byte of the ring. */
	if (!state_is_synchronized(conn->state))
		sent = 0;
	sent = MIN(sent, (uint32_t)(conn->snd.tail_pos - conn->snd.una_pos));
	if (!endpoint_extra(ep))
		conn->set.notsent_lowat = 0;
	if (ep->extra)
		atomic_store(&ep->extra->tx_sent, conn->snd.una_pos + sent);
	atomic_store(&ep->tx_unsent_most, conn->set.notsent_lowat);
}

void conn_init(struct tcp_conn *conn, struct net *net)
{
	conn->net = net;
	conn->state = TCP_CLOSED;
	default_settings(&conn->set, &net->tunables);
	conn->set.congestion = tcp_of(net)->congestion;
	list_init(&conn->dying);
	list_init(&conn->charged_link);
	flight_init(&conn->flight);
	reassembly_init(&conn->ooo);
	rtt_init(&conn->rtt);
	rack_init(&conn->rack);
	timers_init(conn);
}

struct tcp_conn *conn_new(struct endpoint *ep)
{
	struct tcp_conn *conn = port_alloc(sizeof(*conn));

	if (!conn)
		return NULL;
	conn_init(conn, ep->net);
	conn->ep = ep;
	ep->half = conn;
	if (conn->set.notsent_lowat)
		conn_publish_unsent(conn);
	tcp_of(conn->net)->alive++;
	return conn;
}

static ON_NET_THREAD void leave_tables(struct tcp_conn *conn)
{
	struct demux *demux = &tcp_of(conn->net)->demux;

	if (!demux_linked(&conn->ep->entry))
		return;
	if (conn->state == TCP_LISTEN)
		demux_remove_local(demux, &conn->ep->entry);
	else
		demux_remove_pair(demux, &conn->ep->entry);
}

void conn_end(struct tcp_conn *conn)
{
	if (conn->state == TCP_CLOSED)
		return;
	timers_cancel(conn);
	if (state_is_synchronized(conn->state))
		metrics_save(conn);
	leave_tables(conn);
	fast_open_leave(conn);
	tcp_of(conn->net)->orphans -= conn->counted;
	conn->counted = false;
	flight_clear(&conn->flight);
	stamps_clear(conn);
	reassembly_clear(conn->net, &conn->ooo);
	frag_ring_release(&conn->ep->tx, atomic_load(&conn->ep->tx.tail));
	state_set(conn, TCP_CLOSED);
	/* The user's next read tells that memory is free again. */
	atomic_store(&conn->ep->rx_kick_at, conn->ep->rx_head + 1);
	memory_update(conn);
	if (conn->ep->port_origin == PORT_AUTOMATIC)
		binding_release(conn->ep);
	if (conn->user_gone)
		list_push_back(&tcp_of(conn->net)->dying, &conn->dying);
}

void conn_report(struct tcp_conn *conn, int error)
{
	if (error)
		endpoint_set_error(conn->ep, error);
}

void conn_fail(struct tcp_conn *conn, int error)
{
	conn_report(conn, error);
	conn_end(conn);
}

static ON_NET_THREAD void destroy(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;

	NET_ASSERT(conn->state == TCP_CLOSED);
	if (unlikely(conn->net->watch.socket_gone))
		conn->net->watch.socket_gone(conn->net, ep);
	binding_release(ep);
	ep->half = NULL;
	tcp_of(conn->net)->alive--;
	memory_release(conn);
	port_free(conn->saved_syn);
	port_free(conn->advice);
	port_free(conn->fast);
	port_free(conn);
	endpoint_half_done(ep);
}

void conn_reap(struct net *net)
{
	struct list *dying = &tcp_of(net)->dying;
	struct tcp_conn *conn;

	while ((conn = LIST_POP(dying, struct tcp_conn, dying)))
		destroy(conn);
}

/* Bytes of IP and TCP header without options. */
static uint32_t fixed_headers(const struct tcp_conn *conn)
{
	return ip_header_length(&conn->ep->remote.addr) + TCP_HEADER_MIN;
}

static uint32_t default_mss(const struct tcp_conn *conn)
{
	return addr_is_ip4(&conn->ep->remote.addr) ? TCP_DEFAULT_MSS4 :
						     TCP_DEFAULT_MSS6;
}

uint16_t conn_receive_mss(const struct tcp_settings *set,
			  const struct net_path *path,
			  const struct net_addr *remote)
{
	uint32_t mss = MIN(path->netif->mtu, (uint32_t)PACKET_MAX);
	uint32_t headers = ip_header_length(remote) + TCP_HEADER_MIN;

	if (path_advice(path, METRIC_MTU))
		mss = MIN(mss, path_advice(path, METRIC_MTU));
	mss = mss > headers ? mss - headers : 0;
	if (path_advice(path, METRIC_ADVMSS))
		mss = MIN(mss, path_advice(path, METRIC_ADVMSS));
	if (set->max_segment && mss > set->max_segment)
		mss = set->max_segment;
	return CLAMP(mss, TCP_MIN_MSS, 65535u);
}

/* MUST-16: the least of what the peer, the path and the user allow. */
static uint32_t send_mss(const struct tcp_conn *conn)
{
	uint32_t mss = conn->snd.peer_mss ? conn->snd.peer_mss :
					    default_mss(conn);
	uint32_t mtu = mtu_probe_limit(conn, MIN(conn->path.mtu,
						 (uint32_t)PACKET_MAX));
	uint32_t path = mtu > fixed_headers(conn) ? mtu - fixed_headers(conn) :
						    0;

	mss = MIN(mss, path);
	if (conn->set.max_segment)
		mss = MIN(mss, (uint32_t)conn->set.max_segment);
	mss = MAX(mss, (uint32_t)TCP_MIN_MSS);
	return conn->stamp.on ? mss - 12 : mss;
}

void conn_update_mss(struct tcp_conn *conn)
{
	conn->snd.mss = send_mss(conn);
	congestion_set_mss(&conn->cc, conn->snd.mss);
}

void conn_set_path(struct tcp_conn *conn, const struct net_path *path)
{
	conn->path.mtu = path->mtu;
	conn->path.gso_max = path->gso_max;
	conn->rcv.offered_mss =
		conn_receive_mss(&conn->set, path, &conn->ep->remote.addr);
	advice_take(conn, path);
	conn_update_mss(conn);
}

void conn_note(const struct tcp_conn *conn, struct packet *packet)
{
	struct packet_note *note = &packet->note;

	packet_note_endpoint(packet, conn->ep);
	note->flags = NOTE_TCP;
	note->tcp_state = conn->state;
	note->snd_una = conn->snd.una;
	note->snd_nxt = conn->snd.nxt;
	note->snd_wnd = conn->snd.wnd;
	note->rcv_nxt = conn->rcv.nxt;
	note->rcv_wnd = seq_gt(conn->rcv.edge, conn->rcv.nxt) ?
				conn->rcv.edge - conn->rcv.nxt :
				0;
	note->cwnd = conn->cc.cwnd * conn->snd.mss;
	note->ssthresh = conn->cc.ssthresh == SSTHRESH_INFINITE ?
				 SSTHRESH_INFINITE :
				 conn->cc.ssthresh * conn->snd.mss;
	note->srtt_us = conn->rtt.srtt / NSEC_PER_USEC;
	note->rto_us = rtt_timeout(&conn->rtt) / NSEC_PER_USEC;
	note->in_flight = conn_pipe(conn);
}
