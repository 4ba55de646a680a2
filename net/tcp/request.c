// SPDX-License-Identifier: MIT
/*
 * Half-open connections; see request.h.
 *
 * The SYN-ACK goes out again after 1, 2, 4 ... seconds, tcp_synack_retries times
 * (or TCP_SYNCNT's); less often when more than half of the queue is filled with
 * requests that have been answered before. With TCP_DEFER_ACCEPT an ACK without
 * data is not enough: it is remembered, and asked for again at the end.
 */
#include "net/tcp/request.h"

#include "lib/string.h"
#include "net/tcp/ecn.h"
#include "net/tcp/handshake.h"
#include "net/tcp/listen.h"
#include "net/tcp/reply.h"
#include "net/tcp/window.h"

#define TIMEOUT_FIRST (1 * NSEC_PER_SEC)
#define TIMEOUT_MOST (120 * NSEC_PER_SEC)

/* ---- The answer ---- */

static const struct net_tunables *tunables_of(const struct tcp_request *request)
{
	return &request->listener->net->tunables;
}

/* Options that the peer offered and the settings allow (RFC 7323 1.3). */
static void take_options(struct tcp_request *request, const struct segment *syn)
{
	const struct net_tunables *tunables = tunables_of(request);
	const struct tcp_options *opt = &syn->h.opt;

	request->peer_mss = opt->mss;
	request->sack_ok = tunables->tcp_sack && opt->sack_permitted;
	request->wscale_ok = tunables->tcp_window_scaling && opt->has_wscale;
	request->snd_wscale = request->wscale_ok ? opt->wscale : 0;
	request->stamp_on = tunables->tcp_timestamps && opt->has_timestamp;
	request->stamp_recent = request->stamp_on ? opt->ts_val : 0;
	request->ecn_ok =
		ecn_accepts(request->listener->net, syn, request->wants_ecn);
}

void request_choose_window(struct tcp_request *request)
{
	const struct tcp_conn *listener = request->listener;
	uint32_t mss = request->offered_mss;

	if (request->stamp_on)
		mss -= TCP_TIMESTAMP_SPACE;
	request->window = window_initial(listener, mss, request->advice);
	request->rcv_wscale =
		request->wscale_ok ?
			window_choose_scale(listener, request->advice) :
			0;
}

int request_fill(struct tcp_request *request, struct tcp_conn *listener,
		 const struct segment *syn)
{
	struct net *net = listener->net;
	struct net_path path;
	int err;

	*request = (struct tcp_request){
		.entry = { .kind = DEMUX_REQUEST,
			   .local = syn->local,
			   .remote = syn->remote },
		.listener = listener,
		.irs = syn->seq,
	};
	err = path_find(net, &syn->remote.addr, &syn->local.addr,
			endpoint_netif(listener->ep), &path);
	if (err)
		return err;
	request->offered_mss =
		conn_receive_mss(&listener->set, &path, &syn->remote.addr);
	request->advice =
		(struct window_advice){ path_advice(&path, METRIC_WINDOW),
					path_advice(&path, METRIC_INITRWND) };
	request->wants_ecn = path_advice(&path, METRIC_FEATURES) & FEATURE_ECN;
	request->stamp_offset = stamp_offset(net, &syn->local, &syn->remote);
	take_options(request, syn);
	request_choose_window(request);
	return 0;
}

static void fill_options(const struct tcp_request *request,
			 struct tcp_options *opt)
{
	opt->mss = request->offered_mss;
	opt->sack_permitted = request->sack_ok;
	opt->has_wscale = request->wscale_ok;
	opt->wscale = request->rcv_wscale;
	opt->has_timestamp = request->stamp_on;
	opt->cookie_length = request->cookie_length;
	opt->has_cookie = request->cookie_length > 0 && request->timeouts == 0;
	opt->cookie_old_kind = request->cookie_old_kind;
	memcpy(opt->cookie, request->cookie, sizeof(opt->cookie));
}

static ON_NET_THREAD void send_reply(struct tcp_request *request,
				     struct reply *reply)
{
	struct tcp_conn *listener = request->listener;
	const struct endpoint_options *opt = &listener->ep->opt;
	bool four = addr_is_ip4(&request->entry.remote.addr);

	reply->local = request->entry.local;
	reply->remote = request->entry.remote;
	reply->ack = request->irs + 1;
	reply->opt.ts_val = (uint32_t)(listener->net->now / NSEC_PER_MSEC) +
			    request->stamp_offset;
	reply->opt.ts_ecr = request->stamp_recent;
	reply->tos = four ? opt->tos : opt->tclass;
	reply->ttl = opt->ttl > 0 ? opt->ttl : 0;
	reply->bound = endpoint_netif(listener->ep);
	reply->state = TCP_SYN_RECEIVED;
	reply_send(listener->net, reply);
}

void request_send_syn_ack(struct tcp_request *request, enum why_sent why)
{
	struct reply reply = {
		.seq = request->iss,
		.flags = TCP_SYN | TCP_ACK | (request->ecn_ok ? TCP_ECE : 0),
		.window = MIN(request->window, 65535u),
		.why = why,
	};

	fill_options(request, &reply.opt);
	send_reply(request, &reply);
	if (why != WHY_SYN_ACK)
		request->resent += request->resent < UINT8_MAX;
	else
		request->sent_at = request->listener->net->now;
}

/* An ACK that repeats what we know (RFC 9293 3.10.7.4, first). */
static ON_NET_THREAD void send_ack(struct tcp_request *request,
				   enum why_sent why)
{
	struct reply reply = {
		.seq = request->iss + 1,
		.flags = TCP_ACK,
		.window = MIN(request->window >> (request->wscale_ok ?
							  request->rcv_wscale :
							  0),
			      65535u),
		.why = why,
	};

	reply.opt.has_timestamp = request->stamp_on;
	send_reply(request, &reply);
}

void request_note(const struct tcp_request *request, struct packet *packet)
{
	struct packet_note *note = &packet->note;

	packet_note_endpoint(packet, request->listener->ep);
	note->flags = NOTE_TCP;
	note->tcp_state = TCP_SYN_RECEIVED;
	note->snd_una = request->iss;
	note->snd_nxt = request->iss + 1;
	note->rcv_nxt = request->irs + 1;
	note->rcv_wnd = request->window;
}

/* ---- Its life ---- */

static nsec_t timeout_after(const struct tcp_request *request)
{
	uint8_t shift = MIN(request->timeouts, 7);

	return MIN(TIMEOUT_FIRST << shift, TIMEOUT_MOST);
}

static ON_NET_THREAD void arm(struct tcp_request *request)
{
	struct net *net = request->listener->net;

	timer_arm(net, &request->timer, net->now + timeout_after(request));
}

/* How often the SYN-ACK is sent again: less when old requests crowd the
 * queue, so that young ones find room. */
static uint32_t most_timeouts(const struct tcp_request *request)
{
	const struct tcp_conn *conn = request->listener;
	const struct tcp_listener *listener = conn->listener;
	uint32_t most =
		conn->set.syn_retries ?
			conn->set.syn_retries :
			(uint32_t)tunables_of(request)->tcp_synack_retries;
	uint32_t count = listener->request_count;
	uint32_t young = listener->young_count * 2;

	if (count * 2 <= MAX(8u, (uint32_t)listener->backlog))
		return most;
	for (; most > 2 && count >= young; most--)
		young *= 2;
	return most;
}

static void on_timeout(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	struct tcp_request *request =
		container_of(timer, struct tcp_request, timer);
	uint32_t defer = request->listener->set.defer_accept;
	uint32_t most = most_timeouts(request);
	bool expired = request->timeouts >= most;
	bool resend = true;

	if (defer) {
		expired = expired &&
			  (!request->acked || request->timeouts >= defer);
		resend = !request->acked || request->timeouts + 1u >= defer;
	}
	if (expired) {
		net->stats.tcp.attempt_fails++;
		request_free(request);
		return;
	}
	if (request->timeouts++ == 0)
		request->listener->listener->young_count--;
	if (resend) {
		net->stats.tcp.retrans_segs++;
		net->stats.tcp_ext.syn_retrans++;
		request_send_syn_ack(request, WHY_RETRANSMIT_TIMEOUT);
	}
	arm(request);
}

static struct saved_syn *save(const struct tcp_request *request,
			      const struct segment *syn)
{
	uint8_t how = request->listener->set.save_syn;
	const struct packet *packet = syn->packet;
	uint32_t from = how > 1 ? packet->l2 : packet->l3;
	uint32_t length = packet->l4 + syn->h.length - from;
	struct saved_syn *saved;

	if (!how)
		return NULL;
	saved = port_alloc(sizeof(*saved) + length);
	if (saved)
		saved->length = packet_copy(packet, from, saved->bytes, length);
	return saved;
}

enum reason request_start(const struct tcp_request *from,
			  const struct segment *syn)
{
	struct tcp_listener *listener = from->listener->listener;
	struct net *net = from->listener->net;
	struct tcp_request *request = port_alloc(sizeof(*request));

	if (!request)
		return REASON_NO_MEMORY;
	*request = *from;
	if (demux_add_pair(&tcp_of(net)->demux, &request->entry)) {
		port_free(request);
		return REASON_NO_MEMORY;
	}
	timer_init(&request->timer, on_timeout);
	list_push_back(&listener->requests, &request->list);
	listener->request_count++;
	listener->young_count++;
	tcp_of(net)->requests++;
	request->saved = save(request, syn);
	request_send_syn_ack(request, WHY_SYN_ACK);
	arm(request);
	request_note(request, syn->packet);
	return REASON_NONE;
}

void request_free(struct tcp_request *request)
{
	struct tcp_listener *listener = request->listener->listener;
	struct net *net = request->listener->net;

	timer_cancel(net, &request->timer);
	demux_remove_pair(&tcp_of(net)->demux, &request->entry);
	list_remove(&request->list);
	listener->request_count--;
	if (request->timeouts == 0)
		listener->young_count--;
	tcp_of(net)->requests--;
	port_free(request->saved);
	port_free(request);
}

/* ---- A segment arrives ---- */

/* tcp_invalid_ratelimit: what carries no data is not answered more often. */
static bool may_answer(struct tcp_request *request, const struct segment *seg)
{
	nsec_t limit = (nsec_t)tunables_of(request)->tcp_invalid_ratelimit *
		       NSEC_PER_MSEC;
	struct net *net = request->listener->net;

	if (seg->length > 0 && !(seg->h.flags & TCP_SYN))
		return true;
	if (request->answered_at && net->now - request->answered_at < limit) {
		net->stats.tcp_ext.acks_skipped++;
		return false;
	}
	request->answered_at = net->now;
	return true;
}

static bool is_old_stamp(const struct tcp_request *request,
			 const struct segment *seg)
{
	return request->stamp_on && seg->h.opt.has_timestamp &&
	       seq_lt(seg->h.opt.ts_val, request->stamp_recent);
}

static bool is_acceptable(const struct tcp_request *request,
			  const struct segment *seg)
{
	seq_t next = request->irs + 1;

	if (seg->end == seg->seq)
		return seg->seq == next ||
		       seq_in_window(seg->seq, next, request->window);
	return seq_in_window(seg->seq, next, request->window) ||
	       seq_in_window(seg->end - 1, next, request->window);
}

/* The peer's SYN once more: our answer was lost. */
static ON_NET_THREAD enum reason repeated_syn(struct tcp_request *request,
					      const struct segment *seg)
{
	if (may_answer(request, seg)) {
		request->listener->net->stats.tcp_ext.syn_retrans++;
		request_send_syn_ack(request, WHY_RETRANSMIT_TIMEOUT);
		arm(request);
	}
	return REASON_TCP_OLD_DUPLICATE;
}

static ON_NET_THREAD enum reason unacceptable(struct tcp_request *request,
					      const struct segment *seg)
{
	bool old_stamp = is_old_stamp(request, seg);

	if (old_stamp)
		request->listener->net->stats.tcp_ext.paws_estab++;
	if (!(seg->h.flags & TCP_RST) && may_answer(request, seg))
		send_ack(request, WHY_DUPLICATE_ACK);
	return old_stamp ? REASON_TCP_PAWS : REASON_TCP_OUT_OF_WINDOW;
}

/* RST or a new SYN inside the window: back to LISTEN (RFC 9293 3.10.7.4). A
 * reset must hit exactly (RFC 5961 3.2). */
static ON_NET_THREAD enum reason take_end(struct tcp_request *request,
					  const struct segment *seg)
{
	struct net *net = request->listener->net;
	bool reset = seg->h.flags & TCP_RST;

	if (reset && seg->seq != request->irs + 1) {
		if (reply_challenge_allowed(net))
			send_ack(request, WHY_CHALLENGE_ACK);
		return REASON_TCP_CHALLENGED_RESET;
	}
	reply_reset(net, seg, WHY_RESET_BAD_SYN);
	net->stats.tcp.attempt_fails++;
	net->stats.tcp_ext.embryonic_rsts++;
	request_free(request);
	return reset ? REASON_NONE : REASON_TCP_BAD_SYN;
}

/* The listener's queue has no room. */
static ON_NET_THREAD enum reason overflow(struct tcp_request *request,
					  const struct segment *seg)
{
	struct net *net = request->listener->net;

	net->stats.tcp_ext.listen_overflows++;
	net->stats.tcp_ext.listen_drops++;
	if (!net->tunables.tcp_abort_on_overflow) {
		request->acked = true;
		return REASON_TCP_BACKLOG_FULL;
	}
	reply_reset(net, seg, WHY_RESET_OVERFLOW);
	request_free(request);
	return REASON_TCP_BACKLOG_FULL;
}

static bool is_deferred(const struct tcp_request *request,
			const struct segment *seg)
{
	return request->timeouts < request->listener->set.defer_accept &&
	       seg->end == request->irs + 1;
}

enum reason request_segment(struct tcp_request *request, struct segment *seg,
			    struct tcp_conn **child)
{
	struct net *net = request->listener->net;
	uint8_t flags = seg->h.flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);

	request_note(request, seg->packet);
	if (flags == TCP_SYN && seg->seq == request->irs &&
	    !is_old_stamp(request, seg))
		return repeated_syn(request, seg);
	if ((flags & TCP_ACK) && seg->h.ack != request->iss + 1) {
		reply_reset(net, seg, WHY_RESET_BAD_ACK);
		return REASON_TCP_BAD_ACK;
	}
	if (is_old_stamp(request, seg) || !is_acceptable(request, seg))
		return unacceptable(request, seg);
	if (request->stamp_on && seg->h.opt.has_timestamp &&
	    !seq_gt(seg->seq, request->irs + 1))
		request->stamp_recent = seg->h.opt.ts_val;
	/* The SYN-ACK of a simultaneous open: the SYN is old news. */
	if (seg->seq == request->irs)
		seg->h.flags &= ~TCP_SYN;
	if (seg->h.flags & (TCP_RST | TCP_SYN))
		return take_end(request, seg);
	if (!(flags & TCP_ACK))
		return REASON_TCP_NO_ACK;
	if (is_deferred(request, seg)) {
		request->acked = true;
		net->stats.tcp_ext.deferred_accepts++;
		return REASON_TCP_DEFERRED;
	}
	if (listen_queue_full(request->listener))
		return overflow(request, seg);
	*child = listen_accept(request);
	if (!*child)
		return REASON_NO_MEMORY;
	request_free(request);
	return REASON_NONE;
}
