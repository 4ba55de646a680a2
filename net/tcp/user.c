// SPDX-License-Identifier: MIT
/*
 * What the user side asks for; see user.h. Each request is an event: it finds
 * the connection in some state, and the switch over the states is RFC 9293's
 * (3.10.1 OPEN, 3.10.4 CLOSE, 3.10.5 ABORT). SEND and RECEIVE need no request:
 * the rings carry the bytes, and kick() is told that they have moved.
 */
#include "net/tcp/user.h"

#include "lib/errno.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/fold.h"
#include "net/tcp/handshake.h"
#include "net/tcp/listen.h"
#include "net/tcp/memory.h"
#include "net/tcp/output.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/stamps.h"
#include "net/tcp/state.h"
#include "net/tcp/tcp.h"
#include "net/tcp/time_wait.h"
#include "net/tcp/timers.h"

#define SHUT_READ 1
#define SHUT_WRITE 2

/* ---- Beginning ---- */

static int attach(struct endpoint *ep) NET_THREAD_ROOT
{
	if (!conn_new(ep))
		return -ENOMEM;
	endpoint_set_buffers(ep, (uint32_t)ep->net->tunables.tcp_wmem[1],
			     (uint32_t)ep->net->tunables.tcp_rmem[1]);
	return 0;
}

static int do_bind(struct endpoint *ep,
		   const struct net_name *name) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn || conn->state != TCP_CLOSED)
		return conn ? -EINVAL : -ENOMEM;
	/* IP_BIND_ADDRESS_NO_PORT: connect() will choose it, by the pair. */
	if (!name->port && ep->opt.no_port_at_bind && !ep->binding) {
		endpoint_set_names(ep, name, NULL);
		return 0;
	}
	if (!ep->opt.reuse_addr && time_wait_holds(ep->net, name))
		return -EADDRINUSE;
	return binding_acquire(ep->net, ep, name);
}

static ON_NET_THREAD int open_active(struct endpoint *ep,
				     const struct net_name *name, bool fast)
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn)
		return -ENOMEM;
	switch (conn->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
		return -EALREADY;
	case TCP_CLOSED:
		break;
	default:
		return -EISCONN;
	}
	if (endpoint_status(ep) & EP_WAS_CONNECTED)
		return -EISCONN;
	if (name->port == 0)
		return -EADDRNOTAVAIL;
	return handshake_connect(conn, name, fast);
}

static int do_connect(struct endpoint *ep,
		      const struct net_name *name) NET_THREAD_ROOT
{
	return open_active(ep, name, false);
}

static int do_fast_open(struct endpoint *ep,
			const struct net_name *name) NET_THREAD_ROOT
{
	if (!(ep->net->tunables.tcp_fastopen & FAST_OPEN_CLIENT))
		return -EOPNOTSUPP;
	return open_active(ep, name, true);
}

static int do_listen(struct endpoint *ep, int backlog) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);
	int err = 0;

	if (!conn)
		return -ENOMEM;
	if (conn->state != TCP_CLOSED && conn->state != TCP_LISTEN)
		return -EINVAL;
	if (!ep->binding) {
		struct net_name any = { .addr = ep->local.addr };

		err = binding_acquire(ep->net, ep, &any);
	}
	/* A negative backlog is the most, too. */
	if ((uint32_t)backlog > (uint32_t)ep->net->tunables.somaxconn)
		backlog = ep->net->tunables.somaxconn;
	return err ? err : listen_start(conn, backlog);
}

/* ---- Ending ---- */

void tcp_abort(struct tcp_conn *conn, int error, enum why_sent why)
{
	if (why != WHY_NONE && (state_is_synchronized(conn->state) ||
				conn->state == TCP_SYN_RECEIVED))
		tcp_send_reset(conn, why);
	conn_fail(conn, error);
}

void user_abandon(struct tcp_conn *conn, enum why_sent why)
{
	if (conn->user_gone)
		return;
	conn->user_gone = true;
	if (conn->state == TCP_CLOSED)
		list_push_back(&tcp_of(conn->net)->dying, &conn->dying);
	else
		tcp_abort(conn, 0, why);
}

static ON_NET_THREAD void close_listener(struct tcp_conn *conn,
					 enum why_sent why)
{
	conn->user_gone = true;
	listen_stop(conn, why);
}

/* The user's direction ends after what is in the ring (3.10.4). */
static ON_NET_THREAD void send_fin(struct tcp_conn *conn)
{
	if (conn->fin_wanted)
		return;
	conn_sample(conn);
	conn->fin_wanted = true;
	if (conn->state == TCP_ESTABLISHED)
		state_set(conn, TCP_FIN_WAIT_1);
	else if (conn->state == TCP_CLOSE_WAIT)
		state_set(conn, TCP_LAST_ACK);
	tcp_output(conn);
}

/* connect() with AF_UNSPEC: as new. */
static int do_disconnect(struct endpoint *ep) NET_THREAD_ROOT
{
	static const struct net_name nobody;
	struct tcp_conn *conn = conn_of(ep);

	if (!conn)
		return -ENOMEM;
	if (conn->state == TCP_LISTEN)
		listen_stop(conn, WHY_RESET_ABORT);
	else if (conn->state != TCP_CLOSED)
		tcp_abort(conn, 0, WHY_RESET_ABORT);
	endpoint_set_status(ep, 0,
			    EP_DEAD | EP_WAS_CONNECTED | EP_RX_EOF | EP_RX_FIN |
				    EP_TX_DONE | EP_RX_SHUT | EP_TX_SHUT |
				    EP_URGENT);
	endpoint_set_names(ep, NULL, &nobody);
	conn_reap(ep->net);
	return 0;
}

static ON_NET_THREAD int stop_opening(struct tcp_conn *conn)
{
	if (conn->state == TCP_LISTEN)
		return do_disconnect(conn->ep); /* as if it were new */
	conn_end(conn);
	return 0;
}

static int do_shutdown(struct endpoint *ep, int how) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);
	int halves = how + 1; /* SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2 */

	if (!conn)
		return -ENOMEM;
	if (conn->state == TCP_CLOSED)
		return -ENOTCONN;
	if (conn->state == TCP_SYN_SENT)
		return stop_opening(conn);
	if (conn->state == TCP_LISTEN)
		return halves & SHUT_READ ? stop_opening(conn) : 0;
	if (halves & SHUT_READ) {
		endpoint_set_status(ep, EP_RX_SHUT, 0);
		endpoint_wake(ep, NET_POLLIN | NET_POLLRDHUP);
	}
	if (halves & SHUT_WRITE) {
		endpoint_set_status(ep, EP_TX_SHUT, 0);
		endpoint_wake(ep, NET_POLLOUT);
		send_fin(conn);
	}
	conn_reap(ep->net);
	return 0;
}

static bool has_unread(const struct endpoint *ep)
{
	return atomic_load_relaxed(&ep->rx.tail) != ep->rx_head;
}

/* Why an orderly close is not possible, or WHY_NONE. */
static enum why_sent must_reset(struct tcp_conn *conn)
{
	const struct endpoint *ep = conn->ep;

	if (has_unread(ep)) { /* SHLD-3 */
		conn->net->stats.tcp_ext.abort_on_close++;
		return WHY_RESET_ABORT;
	}
	if (ep->opt.linger && ep->opt.linger_seconds == 0) {
		conn->net->stats.tcp_ext.abort_on_data++; /* Linux's name */
		return WHY_RESET_ABORT;
	}
	return WHY_NONE;
}

/* Both FINs are out: an abort needs no reset (RFC 9293 3.10.5). */
static bool has_said_all(const struct tcp_conn *conn)
{
	return !has_unread(conn->ep) &&
	       (conn->state == TCP_CLOSING || conn->state == TCP_LAST_ACK);
}

static ON_NET_THREAD void close_synchronized(struct tcp_conn *conn)
{
	struct tcp_stack *tcp = tcp_of(conn->net);
	enum why_sent why = must_reset(conn);

	if (why) {
		user_abandon(conn, has_said_all(conn) ? WHY_NONE : why);
		return;
	}
	if (tcp->orphans >= (uint32_t)conn->net->tunables.tcp_max_orphans) {
		conn->net->stats.tcp_ext.abort_on_memory++;
		user_abandon(conn, WHY_RESET_ABORT);
		return;
	}
	conn->user_gone = conn->counted = true;
	tcp->orphans++;
	endpoint_set_status(conn->ep, EP_RX_SHUT | EP_TX_SHUT, 0);
	send_fin(conn);
	timers_keep(conn);
}

static void do_close(struct endpoint *ep, bool abort) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn) {
		fold_discard(ep);
		return;
	}
	if (conn->state == TCP_LISTEN)
		close_listener(conn, abort ? WHY_NONE : WHY_RESET_ABORT);
	else if (abort || conn->state == TCP_CLOSED ||
		 conn->state == TCP_SYN_SENT)
		user_abandon(conn, WHY_NONE);
	else
		close_synchronized(conn);
	/* An orphan, and net_destroy() will not wait for it. */
	if (abort && conn->state != TCP_CLOSED)
		conn_end(conn);
	conn_reap(ep->net);
}

/* ---- While it lives ---- */

static void do_kick(struct endpoint *ep) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn)
		return;
	fast_open_kick(conn);
	if (!state_is_synchronized(conn->state) && !fast_open_is_early(conn)) {
		memory_update(conn);
		return;
	}
	rate_check_app_limited(conn);
	conn_sample(conn);
	stamps_collect(conn);
	if (state_can_receive(conn->state))
		ack_user_read(conn);
	tcp_output(conn);
	memory_update(conn);
}

/* The byte before `end` is urgent (RFC 9293 3.8.5, MUST-62). */
static void do_urgent(struct endpoint *ep, uint64_t end) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn || !state_is_synchronized(conn->state) || conn->fin_wanted)
		return;
	conn_sample(conn);
	stamps_collect(conn);
	conn->snd.urgent = true;
	conn->snd.up = conn->snd.una + (uint32_t)(end - conn->snd.una_pos);
	tcp_output(conn);
}

static void option_changed(struct endpoint *ep, int level,
			   int name) NET_THREAD_ROOT
{
	struct tcp_conn *conn = conn_of(ep);

	if (conn && level == NET_SOL_SOCKET && name == NET_SO_KEEPALIVE)
		timers_keep(conn);
}

const struct protocol tcp_protocol = {
	.name = "TCP",
	.number = NET_IPPROTO_TCP,
	.type = NET_SOCK_STREAM,
	.bindings = BINDINGS_TCP,
	.attach = attach,
	.bind = do_bind,
	.connect = do_connect,
	.fast_open = do_fast_open,
	.disconnect = do_disconnect,
	.listen = do_listen,
	.shutdown = do_shutdown,
	.close = do_close,
	.setsockopt = tcp_setsockopt,
	.getsockopt = tcp_getsockopt,
	.option_changed = option_changed,
	.kick = do_kick,
	.urgent = do_urgent,
	.start_stamp_keys = stamps_start_keys,
	.error = tcp_error,
	.ioctl = tcp_ioctl,
};
