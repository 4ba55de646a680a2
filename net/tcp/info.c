// SPDX-License-Identifier: MIT
/*
 * What TCP tells about itself: TCP_INFO, the lines of /proc/net/tcp[6], and
 * its part of /proc/net/sockstat. Reads only.
 */
#include "net/tcp/info.h"

#include "net/core/listing.h"
#include "net/tcp/ecn.h"
#include "net/tcp/fold.h"
#include "net/tcp/memory.h"
#include "net/tcp/output.h"
#include "net/tcp/request.h"
#include "net/tcp/window.h"
#include "net/tcp/state.h"
#include "net/tcp/tcp.h"
#include "net/tcp/time_wait.h"

enum {
	OPTION_TIMESTAMPS = 1,
	OPTION_SACK = 2,
	OPTION_WSCALE = 4,
	OPTION_ECN = 8,
	OPTION_ECN_SEEN = 16,
	OPTION_SYN_DATA = 32,
};
enum { TIMER_NONE, TIMER_RETRANSMIT, TIMER_KEEP, TIMER_WAIT, TIMER_PROBE };

#define STAMP_BYTES 12 /* that the option takes from each segment */

static uint32_t to_us(nsec_t t)
{
	return t / NSEC_PER_USEC;
}

/* What was measured is never shown as if it had not been. */
static uint32_t measured_us(nsec_t t)
{
	return t ? MAX(to_us(t), 1u) : 0;
}

/* What never happened counts from the handshake on, as with Linux. */
static uint32_t ms_since(const struct tcp_conn *conn, nsec_t then)
{
	nsec_t from = MAX(then, conn->handshake_at);

	return (conn->net->now - (from ? from : conn->rcv.last_at)) /
	       NSEC_PER_MSEC;
}

static uint8_t options(const struct tcp_conn *conn)
{
	return (conn->stamp.on ? OPTION_TIMESTAMPS : 0) |
	       (conn->sack_ok ? OPTION_SACK : 0) |
	       (conn->wscale_ok ? OPTION_WSCALE : 0) |
	       (conn->ecn & ECN_OK ? OPTION_ECN : 0) |
	       (conn->ecn & ECN_SEEN ? OPTION_ECN_SEEN : 0) |
	       (conn->syn_data_acked ? OPTION_SYN_DATA : 0);
}

static void fill_state(const struct tcp_conn *conn, struct tcp_info *info)
{
	info->state = conn->state;
	info->ca_state = conn->cc.phase;
	info->retransmits = conn->retransmits;
	info->probes = conn->unanswered ? conn->unanswered : conn->keep_probes;
	info->backoff = conn->rtt.backoff;
	info->options = options(conn);
	if (conn->wscale_ok)
		info->wscales = conn->snd.wscale | conn->rcv.wscale << 4;
	info->snd_wnd = conn->snd.wnd;
	info->pmtu = conn->path.mtu;
}

static void fill_times(const struct tcp_conn *conn, struct tcp_info *info)
{
	info->rto = to_us(rtt_timeout(&conn->rtt));
	info->ato = to_us(conn->ack.ato);
	info->rtt = measured_us(conn->rtt.srtt);
	info->rttvar = to_us(conn->rtt.mdev);
	info->min_rtt = conn->rtt.min ? measured_us(conn->rtt.min) : UINT32_MAX;
	info->rcv_rtt = to_us(conn->rcv.rtt);
	info->last_data_sent = ms_since(conn, conn->snd.last_at);
	info->last_data_recv = ms_since(conn, conn->rcv.data_at);
	info->last_ack_recv = ms_since(conn, conn->rcv.last_at);
}

static bool is_open(const struct tcp_conn *conn)
{
	return state_is_synchronized(conn->state);
}

static void fill_segments(const struct tcp_conn *conn, struct tcp_info *info)
{
	info->snd_mss = conn->snd.mss;
	info->rcv_mss = conn->rcv.mss;
	info->advmss =
		conn->rcv.offered_mss - (conn->stamp.on ? STAMP_BYTES : 0);
	info->unacked = conn->flight.packets;
	info->sacked = conn->flight.sacked;
	info->lost = conn->flight.lost;
	info->retrans = conn->flight.resent;
	info->snd_cwnd = conn->cc.cwnd;
	info->snd_ssthresh = conn->cc.ssthresh;
	info->reordering = conn->loss.reordering;
	info->reord_seen = conn->count.reorderings;
	info->delivered = conn->flight.delivered + is_open(conn); /* SYN */
	info->delivered_ce = conn->count.delivered_ce;
	info->delivery_rate = rate_bytes(conn);
	info->flags = conn->rate.app_limited || !conn->rate.interval;
	info->pacing_rate = conn->pacing.rate;
	info->max_pacing_rate = conn->ep->opt.pacing_rate;
	info->rcv_ssthresh = conn->rcv.ssthresh;
	info->rcv_space = conn->rcv.space;
}

static void fill_counts(const struct tcp_conn *conn, struct tcp_info *info)
{
	info->total_retrans = conn->count.retransmissions;
	/* Linux counts what it sent beside data, too: our SYN, and a FIN. */
	info->bytes_acked = conn->count.bytes_acked + conn->fin_acked +
			    (!conn->passive && is_open(conn));
	info->bytes_received = conn->count.bytes_received;
	info->bytes_sent = conn->count.bytes_sent;
	info->bytes_retrans = conn->count.bytes_retransmitted;
	info->segs_out = conn->count.segments_out;
	info->segs_in = conn->count.segments_in;
	info->data_segs_out = conn->count.data_segments_out;
	info->data_segs_in = conn->count.data_segments_in;
	info->dsack_dups = conn->count.dsacks;
	info->rcv_ooopack = conn->count.out_of_order;
	info->total_rto = conn->count.timeouts;
	info->total_rto_recoveries = conn->count.timeout_recoveries;
	info->total_rto_time = conn->count.timeout_ms;
	info->rcv_wnd = conn->rcv.edge - conn->ack.nxt;
	info->busy_time = busy_time(conn);
	info->rwnd_limited = busy_time_with(conn, BUSY_PEER_WINDOW);
	info->sndbuf_limited = busy_time_with(conn, BUSY_BUFFER);
	if (state_is_synchronized(conn->state) &&
	    seq_lt(conn->snd.nxt, conn_data_end(conn)))
		info->notsent_bytes = conn_data_end(conn) - conn->snd.nxt;
}

/* A socket that was never connected: where a connection would begin. */
static void fill_unused(const struct tcp_conn *conn, struct tcp_info *info)
{
	info->rto = to_us(RTO_INITIAL);
	info->rttvar = to_us(RTO_INITIAL) / 4;
	info->snd_mss = TCP_DEFAULT_MSS4;
	info->snd_ssthresh = 0x7fffffff;
	info->snd_cwnd = 10;
	info->reordering = conn->net->tunables.tcp_reordering;
	info->pacing_rate = UINT64_MAX;
	info->max_pacing_rate = conn->ep->opt.pacing_rate;
	info->min_rtt = UINT32_MAX;
}

void info_fill(const struct tcp_conn *conn, struct tcp_info *info)
{
	*info = (struct tcp_info){ 0 };
	fill_state(conn, info);
	if (conn->state == TCP_LISTEN) {
		/* Linux's double use: queue length and backlog. */
		info->unacked = atomic_load(&conn->ep->extra->accept_count);
		info->sacked = conn->listener->backlog;
		info->snd_cwnd = 10;
		info->reordering = conn->net->tunables.tcp_reordering;
		return;
	}
	if (conn->state == TCP_CLOSED && !conn->snd.mss) {
		fill_unused(conn, info);
		return;
	}
	fill_times(conn, info);
	fill_segments(conn, info);
	fill_counts(conn, info);
}

/* ---- /proc/net/tcp ---- */

static void list_timer(const struct tcp_conn *conn, struct socket_info *out)
{
	nsec_t due = conn->due[RETRANSMIT_TIMER];

	if (due) {
		out->timer = conn->purpose == FOR_WINDOW_PROBE ?
				     TIMER_PROBE :
				     TIMER_RETRANSMIT;
	} else if (conn->due[KEEP_TIMER] && !fold_allowed(conn)) {
		due = conn->due[KEEP_TIMER];
		out->timer = TIMER_KEEP;
	} else {
		return;
	}
	out->timer_ms = MAX(due - conn->net->now, (nsec_t)0) / NSEC_PER_MSEC;
}

static void list_queues(const struct tcp_conn *conn, struct socket_info *out)
{
	const struct endpoint *ep = conn->ep;

	if (conn->state == TCP_LISTEN) {
		out->rx_queue = atomic_load(&ep->extra->accept_count);
		out->tx_queue = 0;
		out->cwnd = 10; /* what its children begin with */
		return;
	}
	/* As sequence numbers: SYN and FIN count. */
	out->rx_queue = frag_ring_used(&ep->rx) + conn->fin_received;
	if (state_is_synchronized(conn->state))
		out->tx_queue = frag_ring_used(&ep->tx) +
				(conn->fin_wanted && !conn->fin_acked);
	else
		out->tx_queue = conn->state != TCP_CLOSED;
}

static void list_conn(const struct tcp_conn *conn, struct socket_info *out)
{
	const struct endpoint *ep = conn->ep;

	*out = (struct socket_info){
		.local = ep->local,
		.remote = ep->remote,
		.family = ep->family,
		.state = conn->state,
		.retransmits = conn->retransmits,
		.probes = conn->unanswered ? conn->unanswered :
					     conn->keep_probes,
		.uid = ep->uid,
		.inode = conn->user_gone ? 0 : ep->inode,
		.id = ep->id,
		.refs = refcount_read(&ep->refs),
		.rto_ms = rtt_timeout(&conn->rtt) / NSEC_PER_MSEC,
		.ato_ms = conn->ack.ato / NSEC_PER_MSEC,
		.cwnd = conn->cc.cwnd,
		.ssthresh = conn->cc.ssthresh,
		.pid = ep->pid,
	};
	list_timer(conn, out);
	list_queues(conn, out);
}

static void list_time_wait(const struct time_wait *wait,
			   struct socket_info *out)
{
	*out = (struct socket_info){
		.local = wait->entry.local,
		.remote = wait->entry.remote,
		.family = wait->family,
		.state = TCP_TIME_WAIT,
		.timer = TIMER_WAIT,
		.timer_ms =
			MAX(wait->timer.expires - wait->net->now, (nsec_t)0) /
			NSEC_PER_MSEC,
		.refs = 1,
	};
}

static void list_request(const struct tcp_request *request,
			 struct socket_info *out)
{
	const struct endpoint *ep = request->listener->ep;

	*out = (struct socket_info){
		.local = request->entry.local,
		.remote = request->entry.remote,
		.family = ep->family,
		.state = TCP_SYN_RECEIVED,
		.timer = TIMER_RETRANSMIT,
		.timer_ms =
			MAX(request->timer.expires - ep->net->now, (nsec_t)0) /
			NSEC_PER_MSEC,
		.retransmits = request->timeouts,
		.uid = ep->uid,
		.refs = 1,
	};
}

void info_describe(struct demux_entry *entry, struct socket_info *out)
{
	switch (entry->kind) {
	case DEMUX_SOCKET:
		list_conn(fold_peek(entry_endpoint(entry)), out);
		break;
	case DEMUX_TIME_WAIT:
		list_time_wait(time_wait_of(entry), out);
		break;
	default:
		list_request(request_of(entry), out);
		break;
	}
}

void tcp_sockstat(struct net *net, struct sockstat_info *out)
{
	const struct tcp_stack *tcp = tcp_of(net);

	out->tcp_alloc = tcp->alive;
	out->tcp_tw = tcp->time_wait_count;
	out->tcp_mem_pages = memory_pages(tcp);
	out->tcp_orphan = tcp->orphans;
	out->tcp_inuse =
		tcp->demux.pairs.sockets[0] + tcp->demux.locals.sockets[0];
	out->tcp6_inuse =
		tcp->demux.pairs.sockets[1] + tcp->demux.locals.sockets[1];
}
