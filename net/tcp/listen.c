// SPDX-License-Identifier: MIT
/*
 * The passive side; see listen.h.
 *
 * Two queues, as in Linux. Half-open connections (request.h) are as many as the
 * backlog says; for more, SYN cookies take over (tcp_syncookies), or SYNs are
 * dropped. The accept queue holds backlog + 1; when it is full, new SYNs are
 * dropped, and the last ACK of a handshake is ignored, so that the peer's data
 * or our SYN-ACK's timer brings another chance.
 */
#include "net/tcp/listen.h"

#include "net/tcp/cookie.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/fold.h"
#include "net/tcp/handshake.h"
#include "net/tcp/output.h"
#include "net/tcp/reply.h"
#include "net/tcp/request.h"
#include "net/tcp/state.h"
#include "net/tcp/user.h"

/* ---- The listener ---- */

static ON_NET_THREAD int begin(struct tcp_conn *conn)
{
	struct tcp_listener *listener = port_alloc(sizeof(*listener));
	struct demux *demux = &tcp_of(conn->net)->demux;
	int err;

	if (!listener)
		return -ENOMEM;
	err = binding_listen(conn->ep);
	if (err) {
		port_free(listener);
		return err;
	}
	list_init(&listener->requests);
	list_init(&listener->fast_children);
	conn->listener = listener;
	state_set(conn, TCP_LISTEN);
	demux_add_local(demux, &conn->ep->entry);
	return 0;
}

int listen_start(struct tcp_conn *conn, int backlog)
{
	int err = 0;

	if (conn->state != TCP_LISTEN)
		err = begin(conn);
	if (err)
		return err;
	conn->listener->backlog = backlog;
	atomic_store(&conn->ep->extra->backlog, (uint32_t)backlog);
	return 0;
}

static ON_NET_THREAD void abort_unaccepted(struct tcp_conn *conn,
					   enum why_sent why)
{
	struct endpoint *ep;

	while ((ep = endpoint_unaccepted(conn->ep))) {
		struct tcp_conn *child = conn_of(ep);

		/* NULL: net_destroy() came to it before. */
		if (child)
			user_abandon(child, why);
		else if (ep->folded)
			fold_discard(ep);
		endpoint_put(ep);
	}
}

void listen_stop(struct tcp_conn *conn, enum why_sent why)
{
	struct tcp_listener *listener = conn->listener;
	struct tcp_request *request;

	while ((request = LIST_FIRST(&listener->requests, struct tcp_request,
				     list)))
		request_free(request);
	fast_open_forget_children(conn);
	abort_unaccepted(conn, why);
	conn_end(conn);
	conn->listener = NULL;
	port_free(listener);
}

/* ---- The queues ---- */

bool listen_queue_full(const struct tcp_conn *listener)
{
	return endpoint_accepts(listener->ep) >
	       (uint32_t)listener->listener->backlog;
}

static bool syn_queue_full(const struct tcp_conn *listener)
{
	return listener->listener->request_count >
	       (uint32_t)listener->listener->backlog;
}

/* Without cookies the last quarter of tcp_max_syn_backlog stays free. */
static bool syn_backlog_scarce(const struct tcp_conn *listener)
{
	const struct net_tunables *tunables = &listener->net->tunables;
	uint32_t most = (uint32_t)tunables->tcp_max_syn_backlog;
	uint32_t count = listener->listener->request_count;

	return !tunables->tcp_syncookies && most - MIN(count, most) < most >> 2;
}

/* ---- A SYN ---- */

static ON_NET_THREAD enum reason drop_syn(struct tcp_conn *listener,
					  enum reason why)
{
	listener->net->stats.tcp_ext.listen_drops++;
	return why;
}

static ON_NET_THREAD enum reason give_cookie(struct tcp_request *request,
					     const struct segment *seg)
{
	struct net *net = request->listener->net;

	cookie_make(request);
	request_send_syn_ack(request, WHY_SYN_ACK);
	request_note(request, seg->packet);
	net->stats.tcp_ext.syncookies_sent++;
	return REASON_NONE;
}

static ON_NET_THREAD enum reason take_syn(struct tcp_conn *listener,
					  struct segment *seg)
{
	struct net *net = listener->net;
	struct tcp_request request;
	struct tcp_conn *child = NULL;
	bool cookie = false;

	if (!seg->isn &&
	    (net->tunables.tcp_syncookies == 2 || syn_queue_full(listener))) {
		cookie = net->tunables.tcp_syncookies;
		if (!cookie) {
			net->stats.tcp_ext.req_q_full_drop++;
			return drop_syn(listener, REASON_TCP_SYN_QUEUE_FULL);
		}
		net->stats.tcp_ext.req_q_full_do_cookies++;
	}
	if (listen_queue_full(listener)) {
		net->stats.tcp_ext.listen_overflows++;
		return drop_syn(listener, REASON_TCP_BACKLOG_FULL);
	}
	if (request_fill(&request, listener, seg))
		return drop_syn(listener, REASON_IP_NO_ROUTE);
	if (cookie)
		return give_cookie(&request, seg);
	if (!seg->isn && syn_backlog_scarce(listener))
		return drop_syn(listener, REASON_TCP_SYN_QUEUE_FULL);
	request.iss = seg->isn ? seg->isn :
				 seq_initial(net, &seg->local, &seg->remote);
	fast_open_syn(&request, seg, &child);
	return child ? REASON_NONE : request_start(&request, seg);
}

/* MUST-57, MUST-63: a SYN that must not be answered. */
static bool is_bad_syn(const struct segment *seg)
{
	const struct packet *packet = seg->packet;

	return addr_is_multicast(&seg->local.addr) ||
	       addr_is_limited_broadcast(&seg->local.addr) ||
	       addr_is_multicast(&seg->remote.addr) ||
	       addr_is_any(&seg->remote.addr) ||
	       (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST)) ||
	       (packet->netif &&
		netif_is_broadcast(packet->netif, &seg->local.addr)) ||
	       (seg->h.flags & TCP_FIN);
}

/* An ACK: perhaps of a cookie, otherwise of nothing that we know. */
static ON_NET_THREAD enum reason take_ack(struct tcp_conn *listener,
					  struct segment *seg,
					  struct tcp_conn **child)
{
	struct tcp_request request;

	if (!cookie_take(&request, listener, seg)) {
		reply_reset(listener->net, seg, WHY_RESET_BAD_ACK);
		return REASON_TCP_NOT_SYN;
	}
	if (listen_queue_full(listener)) {
		listener->net->stats.tcp_ext.listen_overflows++;
		return drop_syn(listener, REASON_TCP_BACKLOG_FULL);
	}
	*child = listen_accept(&request);
	return *child ? REASON_NONE : REASON_NO_MEMORY;
}

enum reason segment_to_listener(struct tcp_conn *listener, struct segment *seg,
				struct tcp_conn **child)
{
	uint8_t flags = seg->h.flags;

	if (flags & TCP_RST)
		return REASON_TCP_BAD_RESET;
	if (flags & TCP_ACK)
		return take_ack(listener, seg, child);
	if (!(flags & TCP_SYN))
		return REASON_TCP_NOT_SYN;
	if (is_bad_syn(seg))
		return REASON_TCP_BAD_SYN;
	return take_syn(listener, seg);
}

/* ---- A child ---- */

static ON_NET_THREAD struct tcp_conn *make_child(struct tcp_conn *listener,
						 const struct net_name *local,
						 const struct net_name *remote)
{
	struct net *net = listener->net;
	struct endpoint *ep;
	struct tcp_conn *child;
	struct net_path path;

	if (path_find(net, &remote->addr, &local->addr,
		      endpoint_netif(listener->ep), &path))
		return NULL;
	ep = endpoint_child(listener->ep);
	if (!ep)
		return NULL;
	child = binding_inherit(ep, local) ? NULL : conn_new(ep);
	if (!child) {
		binding_release(ep);
		endpoint_half_done(ep);
		return NULL;
	}
	endpoint_set_names(ep, local, remote);
	child->set = listener->set;
	if (child->set.notsent_lowat || ep->tx_unsent_most)
		conn_publish_unsent(child);
	conn_set_path(child, &path);
	return child;
}

struct tcp_conn *listen_accept(struct tcp_request *request)
{
	struct tcp_conn *listener = request->listener;
	struct demux *demux = &tcp_of(listener->net)->demux;
	struct tcp_conn *child = make_child(listener, &request->entry.local,
					    &request->entry.remote);

	if (!child) {
		listener->net->stats.tcp_ext.listen_drops++;
		return NULL;
	}
	handshake_adopt(child, request);
	child->fast = NULL;
	child->saved_syn = request->saved;
	request->saved = NULL;
	state_set(child, TCP_SYN_RECEIVED);
	/* It takes the request's place: the pair is free. */
	demux_remove_pair(demux, &request->entry);
	demux_add_pair(demux, &child->ep->entry);
	listener->net->stats.tcp.passive_opens++;
	child->parent = listener;
	return child;
}

void listen_announce(struct tcp_conn *child)
{
	struct tcp_conn *parent = child->parent;

	child->parent = NULL;
	if (parent)
		endpoint_push_accepted(parent->ep, child->ep);
}
