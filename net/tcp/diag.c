// SPDX-License-Identifier: MIT
/*
 * TCP for sock_diag: walking its tables, finding one by its names, TCP_INFO and
 * the name of the congestion control, and ending a connection by order of the
 * administrator (SOCK_DESTROY). Folded connections are read as they are
 * (fold.h); only the one that is ended is unfolded.
 */
#include "net/core/diag.h"

#include "net/core/listing.h"
#include "net/tcp/fold.h"
#include "net/tcp/info.h"
#include "net/tcp/listen.h"
#include "net/tcp/request.h"
#include "net/tcp/tcp.h"
#include "net/tcp/time_wait.h"
#include "net/tcp/user.h"
#include "net/wire/netlink.h"

static struct demux_entry *next(struct net *net,
				struct diag_walk *walk) ON_NET_THREAD
{
	return diag_next_in_demux(&tcp_of(net)->demux, walk);
}

static struct demux_entry *find(struct net *net, const struct net_name *local,
				const struct net_name *remote,
				const struct netif *netif,
				uint8_t number) ON_NET_THREAD
{
	const struct demux *demux = &tcp_of(net)->demux;
	struct demux_entry *entry = demux_find_pair(demux, local, remote);

	return entry ? entry : demux_find_local(demux, local, remote, netif);
}

static void put(const struct demux_entry *entry, uint32_t asked,
		struct nl_writer *w) ON_NET_THREAD
{
	const struct tcp_conn *conn = fold_peek(entry_endpoint(entry));
	struct tcp_info info;

	if (asked & 1u << (INET_DIAG_INFO - 1)) {
		info_fill(conn, &info);
		nl_put(w, INET_DIAG_INFO, &info, sizeof info);
	}
	if (asked & 1u << (INET_DIAG_CONG - 1) && conn->set.congestion)
		nl_put_text(w, INET_DIAG_CONG, conn->set.congestion->name);
}

static bool needs_no_reset(const struct tcp_conn *conn)
{
	return conn->state == TCP_CLOSING || conn->state == TCP_LAST_ACK;
}

static int end_conn(struct tcp_conn *conn) ON_NET_THREAD
{
	struct net *net = conn->net;

	if (conn->state == TCP_CLOSED)
		return -ENOENT;
	if (conn->state == TCP_LISTEN) {
		conn_report(conn, ECONNABORTED);
		listen_stop(conn, WHY_RESET_ABORT);
	} else {
		tcp_abort(conn, ECONNABORTED,
			  needs_no_reset(conn) ? WHY_NONE : WHY_RESET_ABORT);
	}
	conn_reap(net);
	return 0;
}

static int destroy(struct net *net, struct demux_entry *entry) ON_NET_THREAD
{
	struct tcp_conn *conn;

	switch (entry->kind) {
	case DEMUX_TIME_WAIT:
		time_wait_free(time_wait_of(entry));
		return 0;
	case DEMUX_REQUEST:
		request_free(request_of(entry));
		return 0;
	default:
		conn = conn_of(entry_endpoint(entry));
		return conn ? end_conn(conn) : -ENOMEM;
	}
}

const struct diag_inet tcp_diag = {
	.number = NET_IPPROTO_TCP,
	.next = next,
	.find = find,
	.describe = info_describe,
	.put = put,
	.destroy = destroy,
};
