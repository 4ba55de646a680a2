// SPDX-License-Identifier: MIT
/*
 * ICMP errors about our segments (RFC 9293 3.9.2.2, RFC 5461, RFC 5927).
 *
 * An error counts only if the quoted sequence number is in flight: that is all
 * the authenticity there is. While a connection is being opened, every
 * unreachable ends the attempt, as on Linux (RFC 5461 4.1). Once it is open none
 * does: the error is remembered and told if we give up (MUST-56).
 */
#include "net/tcp/user.h"

#include "net/core/error_queue.h"
#include "net/tcp/output.h"
#include "net/tcp/recovery.h"
#include "net/tcp/request.h"
#include "net/tcp/state.h"

static bool quotes_flight(const struct tcp_conn *conn,
			  const struct icmp_error *error)
{
	seq_t seq;

	if (error->quoted_length < 8)
		return false;
	seq = get_be32(error->quoted + 4);
	return seq_geq(seq, conn->snd.una) && seq_leq(seq, conn->snd.nxt);
}

/* RFC 1191: what was too big is cut anew and sent again; no congestion. */
static ON_NET_THREAD void shrink_path(struct tcp_conn *conn, uint32_t mtu)
{
	uint32_t before = conn->snd.mss;
	struct net_path path;

	if (path_find(conn->net, &conn->ep->remote.addr, &conn->ep->local.addr,
		      endpoint_netif(conn->ep), &path))
		return;
	path.mtu = MIN(path.mtu, mtu);
	conn_set_path(conn, &path);
	if (conn->snd.mss >= before || !state_is_synchronized(conn->state))
		return;
	recovery_resend_all(conn);
	tcp_output(conn);
}

static ON_NET_THREAD void take_error(struct tcp_conn *conn,
				     const struct icmp_error *error)
{
	if (conn->state == TCP_SYN_SENT ||
	    (conn->state == TCP_SYN_RECEIVED && !conn->passive)) {
		if (conn->ep->opt.tell & TELL_ERRORS)
			error_queue_icmp(conn->ep, error, 0);
		conn_fail(conn, error->error);
	} else if (conn->ep->opt.tell & TELL_ERRORS) {
		conn_report(conn, error->error);
	} else {
		conn->soft_error = error->error;
	}
}

/* A hard error about our SYN-ACK: nobody is there. */
static ON_NET_THREAD void end_request(struct tcp_request *request,
				      const struct icmp_error *error)
{
	if (!error->hard || get_be32(error->quoted + 4) != request->iss)
		return;
	request->listener->net->stats.tcp_ext.listen_drops++;
	request_free(request);
}

void tcp_error(struct net *net, const struct icmp_error *error) NET_THREAD_ROOT
{
	struct demux_entry *entry = demux_find_pair(
		&tcp_of(net)->demux, &error->local, &error->remote);
	struct tcp_conn *conn;

	if (!entry || entry->kind == DEMUX_TIME_WAIT)
		return;
	if (entry->kind == DEMUX_REQUEST) {
		end_request(request_of(entry), error);
		return;
	}
	conn = conn_of(entry_endpoint(entry));
	if (!conn || !quotes_flight(conn, error))
		return;
	if (error->mtu)
		shrink_path(conn, error->mtu);
	else if (error->error)
		take_error(conn, error);
	conn_reap(net);
}
