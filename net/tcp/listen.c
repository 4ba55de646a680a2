// SPDX-License-Identifier: MIT
/*
 * The passive side; see listen.h.
 *
 * Two queues, as in Linux. Half-open children are as many as the backlog says
 * (at least 16): when they are more, a SYN is dropped and the peer tries again.
 * The accept queue holds backlog + 1; when it is full, new SYNs are dropped,
 * and the last ACK of a handshake is ignored, so that the peer's data or our
 * SYN-ACK's timer brings another chance.
 */
#include "net/tcp/listen.h"

#include "net/tcp/handshake.h"
#include "net/tcp/output.h"
#include "net/tcp/reply.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/user.h"

#define HALF_OPEN_MIN 16

/* ---- The listener ---- */

static ON_NET_THREAD int begin(struct tcp_conn *conn)
{
	struct tcp_listener *listener = port_alloc(sizeof(*listener));
	struct demux *demux = &tcp_of(conn->net)->demux;
	int err;

	if (!listener)
		return -ENOMEM;
	err = binding_check_listen(conn->net, conn->ep);
	if (err) {
		port_free(listener);
		return err;
	}
	list_init(&listener->half_open);
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
	atomic_store(&conn->ep->backlog, (uint32_t)backlog);
	return 0;
}

static ON_NET_THREAD void abort_unaccepted(struct tcp_conn *conn,
					   enum why_sent why)
{
	struct endpoint *ep;

	while ((ep = endpoint_unaccepted(conn->ep))) {
		/* NULL: net_destroy() came to it before. */
		if (conn_of(ep))
			user_abandon(conn_of(ep), why);
		endpoint_put(ep);
	}
}

void listen_stop(struct tcp_conn *conn, enum why_sent why)
{
	struct tcp_listener *listener = conn->listener;
	struct tcp_conn *child;

	while ((child = LIST_FIRST(&listener->half_open, struct tcp_conn,
				   sibling)))
		tcp_abort(child, 0, why);
	abort_unaccepted(conn, why);
	conn_end(conn);
	conn->listener = NULL;
	port_free(listener);
}

/* ---- A SYN ---- */

static bool accept_queue_full(const struct tcp_conn *listener)
{
	return atomic_load(&listener->ep->accept_count) >
	       (uint32_t)listener->listener->backlog;
}

static bool half_open_full(const struct tcp_conn *listener)
{
	return listener->listener->half_open_count >=
	       (uint32_t)MAX(listener->listener->backlog, HALF_OPEN_MIN);
}

static ON_NET_THREAD void inherit(struct tcp_conn *child,
				  const struct tcp_conn *listener)
{
	child->set = listener->set;
	child->passive = true;
	child->parent = (struct tcp_conn *)listener;
	list_push_back(&listener->listener->half_open, &child->sibling);
	listener->listener->half_open_count++;
}

/* The child and its place in the table. NULL: no memory, or no way back. */
static ON_NET_THREAD struct tcp_conn *make_child(struct tcp_conn *listener,
						 const struct segment *seg)
{
	struct net *net = listener->net;
	struct endpoint *ep;
	struct tcp_conn *child;
	struct net_path path;

	if (path_find(net, &seg->remote.addr, &seg->local.addr,
		      endpoint_netif(listener->ep), &path))
		return NULL;
	ep = endpoint_child(listener->ep);
	if (!ep)
		return NULL;
	child = conn_new(ep);
	if (!child) {
		endpoint_half_done(ep);
		return NULL;
	}
	endpoint_set_names(ep, &seg->local, &seg->remote);
	binding_inherit(net, ep, &seg->local);
	inherit(child, listener);
	conn_set_path(child, &path);
	return child;
}

static ON_NET_THREAD enum reason take_syn(struct tcp_conn *listener,
					  struct segment *seg)
{
	struct net *net = listener->net;
	struct tcp_conn *child;

	if (accept_queue_full(listener) || half_open_full(listener)) {
		net->stats.tcp_ext.listen_drops++;
		if (accept_queue_full(listener))
			net->stats.tcp_ext.listen_overflows++;
		return REASON_TCP_BACKLOG_FULL;
	}
	child = make_child(listener, seg);
	if (!child) {
		net->stats.tcp_ext.listen_drops++;
		return REASON_NO_MEMORY;
	}
	handshake_start(child, seg->isn);
	handshake_negotiate(child, seg);
	state_set(child, TCP_SYN_RECEIVED);
	if (demux_add_pair(&tcp_of(net)->demux, &child->ep->entry)) {
		conn_end(child);
		return REASON_NO_MEMORY;
	}
	net->stats.tcp.passive_opens++;
	tcp_send_syn(child);
	retransmit_arm_handshake(child);
	conn_note(child, seg->packet);
	return REASON_NONE;
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

enum reason segment_to_listener(struct tcp_conn *listener, struct segment *seg)
{
	uint8_t flags = seg->h.flags;

	if (flags & TCP_RST)
		return REASON_TCP_BAD_RESET;
	if (flags & TCP_ACK) {
		reply_reset(listener->net, seg, WHY_RESET_BAD_ACK);
		return REASON_TCP_NOT_SYN;
	}
	if (!(flags & TCP_SYN))
		return REASON_TCP_NOT_SYN;
	if (is_bad_syn(seg))
		return REASON_TCP_BAD_SYN;
	return take_syn(listener, seg);
}

/* ---- The accept queue ---- */

bool listen_has_room(const struct tcp_conn *child)
{
	return !child->parent || !accept_queue_full(child->parent);
}

void listen_announce(struct tcp_conn *child)
{
	struct tcp_conn *parent = child->parent;

	child->deferred = false;
	child->parent = NULL;
	list_remove(&child->sibling);
	parent->listener->half_open_count--;
	endpoint_push_accepted(parent->ep, child->ep);
	timers_keep(child);
}

void listen_established(struct tcp_conn *child)
{
	if (!child->parent)
		return;
	if (child->set.defer_accept) {
		child->deferred = true;
		timers_keep(child);
	} else {
		listen_announce(child);
	}
}
