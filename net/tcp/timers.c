// SPDX-License-Identifier: MIT
/*
 * A connection's timers; see timers.h.
 *
 * Keepalive is RFC 9293 3.8.4: off by default, only on an idle connection with
 * nothing outstanding, and one unanswered probe proves nothing (MUST-24 to 29).
 */
#include "net/tcp/timers.h"

#include "net/tcp/fold.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/output.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/state.h"
#include "net/tcp/user.h"

static nsec_t idle_since(const struct tcp_conn *conn)
{
	return MAX(conn->rcv.last_at, conn->snd.last_at);
}

static ON_NET_THREAD void keepalive(struct tcp_conn *conn)
{
	nsec_t idle = conn->net->now - idle_since(conn);
	nsec_t limit = (nsec_t)conn->set.user_timeout * NSEC_PER_MSEC;

	if (idle < conn->set.keep_idle * NSEC_PER_SEC)
		conn->keep_probes = 0;
	else if (limit ? idle >= limit && conn->keep_probes > 0 :
			 conn->keep_probes >= conn->set.keep_count) {
		conn->net->stats.tcp_ext.abort_on_timeout++;
		tcp_abort(conn, ETIMEDOUT, WHY_RESET_ABORT);
		return;
	} else if (conn_outstanding(conn) == 0) {
		conn->keep_probes++;
		conn->net->stats.tcp_ext.keepalive++;
		tcp_send_probe(conn, WHY_KEEPALIVE);
	}
	timers_keep(conn);
}

static ON_NET_THREAD void on_keep(struct tcp_conn *conn)
{
	if (conn->state == TCP_FIN_WAIT_2 && conn->user_gone)
		conn_end(conn);
	else if (conn->ep->opt.keepalive && state_is_synchronized(conn->state))
		keepalive(conn);
}

/* ---- The one timer of the wheel ---- */

static ON_NET_THREAD void expired(struct tcp_conn *conn, enum conn_timer which)
{
	switch (which) {
	case RETRANSMIT_TIMER:
		retransmit_expired(conn);
		break;
	case ACK_TIMER:
		ack_timeout(conn); /* MUST-40 */
		break;
	case PACING_TIMER:
		tcp_output(conn);
		break;
	default:
		on_keep(conn);
		break;
	}
}

static void on_timer(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	struct tcp_conn *conn = container_of(timer, struct tcp_conn, timer);
	nsec_t next = 0;

	for (int i = 0; i < CONN_TIMERS; i++) {
		if (!conn->due[i] || conn->due[i] > net->now)
			continue;
		conn->due[i] = 0;
		expired(conn, i);
	}
	if (fold_conn(conn))
		return;
	if (fold_allowed(conn) && !conn->due[KEEP_TIMER])
		conn->due[KEEP_TIMER] = net->now + FOLD_AFTER;
	/* Whatever was armed meanwhile has seen to the wheel. */
	for (int i = 0; i < CONN_TIMERS; i++)
		if (conn->due[i] && (!next || conn->due[i] < next))
			next = conn->due[i];
	if (next && !timer_is_armed(timer))
		timer_arm(net, timer, next);
	conn_reap(net);
}

void timers_arm(struct tcp_conn *conn, enum conn_timer which, nsec_t when)
{
	conn->due[which] = when;
	if (!timer_is_armed(&conn->timer) || when < conn->timer.expires)
		timer_arm(conn->net, &conn->timer, when);
}

void timers_init(struct tcp_conn *conn)
{
	timer_init(&conn->timer, on_timer);
}

void timers_cancel(struct tcp_conn *conn)
{
	for (int i = 0; i < CONN_TIMERS; i++)
		conn->due[i] = 0;
	timer_cancel(conn->net, &conn->timer);
	conn->purpose = FOR_NOTHING;
}

static nsec_t keepalive_due(const struct tcp_conn *conn)
{
	nsec_t idle = conn->set.keep_idle * NSEC_PER_SEC;

	if (conn->keep_probes > 0)
		return conn->net->now + conn->set.keep_interval * NSEC_PER_SEC;
	/* Busy, and quiet only because the peer owes an ACK: look later. */
	return MAX(idle_since(conn) + idle, conn->net->now + NSEC_PER_SEC);
}

static nsec_t fin_timeout(const struct tcp_conn *conn)
{
	int32_t seconds = conn->set.linger2 > 0 ?
				  conn->set.linger2 :
				  conn->net->tunables.tcp_fin_timeout;

	return seconds * NSEC_PER_SEC;
}

void timers_keep(struct tcp_conn *conn)
{
	nsec_t now = conn->net->now;

	if (conn->state == TCP_FIN_WAIT_2 && conn->user_gone)
		timers_arm(conn, KEEP_TIMER, now + fin_timeout(conn));
	else if (conn->ep->opt.keepalive && state_is_synchronized(conn->state))
		timers_arm(conn, KEEP_TIMER, keepalive_due(conn));
	else if (!fold_allowed(conn))
		timers_disarm(conn, KEEP_TIMER);
	else if (!timers_armed(conn, KEEP_TIMER) ||
		 conn->due[KEEP_TIMER] > now + FOLD_AFTER)
		timers_arm(conn, KEEP_TIMER, now + FOLD_AFTER);
}
