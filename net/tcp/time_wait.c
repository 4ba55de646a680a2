// SPDX-License-Identifier: MIT
/*
 * TIME-WAIT (RFC 9293 3.6.1, 3.10.7.4; RFC 6191); see time_wait.h.
 */
#include "net/tcp/time_wait.h"

#include "net/tcp/reply.h"

static void expire(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	(void)net;
	time_wait_free(container_of(timer, struct time_wait, timer));
}

static struct hlist *port_chain(struct net *net, uint16_t port)
{
	return &tcp_of(net)->time_wait_ports[port & 255];
}

struct time_wait *time_wait_new(const struct tcp_conn *conn)
{
	struct time_wait *wait = port_alloc(sizeof(*wait));

	if (!wait)
		return NULL;
	wait->entry.kind = DEMUX_TIME_WAIT;
	wait->entry.local = conn->ep->local;
	wait->entry.remote = conn->ep->remote;
	wait->net = conn->net;
	wait->since = conn->net->now;
	wait->snd_nxt = conn->snd.nxt;
	wait->rcv_nxt = conn->rcv.nxt;
	wait->rcv_wnd = seq_gt(conn->rcv.edge, conn->rcv.nxt) ?
				conn->rcv.edge - conn->rcv.nxt :
				0;
	wait->rcv_wscale = conn->wscale_ok ? conn->rcv.wscale : 0;
	wait->stamp_on = conn->stamp.on;
	wait->stamp_recent = conn->stamp.recent;
	wait->stamp_offset = conn->stamp.offset;
	wait->uid = conn->ep->uid;
	wait->family = conn->ep->family;
	wait->tos = conn->ep->opt.tos;
	wait->ttl = conn->ep->opt.ttl > 0 ? conn->ep->opt.ttl : 0;
	timer_init(&wait->timer, expire);
	return wait;
}

void time_wait_start(struct time_wait *wait)
{
	struct net *net = wait->net;
	struct tcp_stack *tcp = tcp_of(net);

	/* Enough of them: this one is forgotten at once (Linux). */
	if (tcp->time_wait_count >=
	    (uint32_t)net->tunables.tcp_max_tw_buckets) {
		net->stats.tcp_ext.tw_overflow++;
		port_free(wait);
		return;
	}
	if (demux_add_pair(&tcp->demux, &wait->entry)) {
		port_free(wait);
		return;
	}
	hlist_add(port_chain(net, wait->entry.local.port), &wait->by_port);
	list_push_back(&tcp->time_waits, &wait->list);
	tcp->time_wait_count++;
	net->stats.tcp_ext.tw++;
	timer_arm(net, &wait->timer, net->now + 2 * TCP_MSL);
}

void time_wait_free(struct time_wait *wait)
{
	struct tcp_stack *tcp = tcp_of(wait->net);

	timer_cancel(wait->net, &wait->timer);
	demux_remove_pair(&tcp->demux, &wait->entry);
	hlist_remove(&wait->by_port);
	list_remove(&wait->list);
	tcp->time_wait_count--;
	port_free(wait);
}

static ON_NET_THREAD void answer(struct time_wait *wait,
				 const struct segment *seg, enum why_sent why)
{
	struct reply reply = {
		.local = wait->entry.local,
		.remote = wait->entry.remote,
		.seq = wait->snd_nxt,
		.ack = wait->rcv_nxt,
		.flags = TCP_ACK,
		.window = MIN(wait->rcv_wnd >> wait->rcv_wscale, 0xffffu),
		.opt = { .has_timestamp = wait->stamp_on,
			 .ts_val = (uint32_t)(wait->net->now / NSEC_PER_MSEC) +
				   wait->stamp_offset,
			 .ts_ecr = wait->stamp_recent },
		.tos = wait->tos,
		.ttl = wait->ttl,
		.why = why,
		.state = TCP_TIME_WAIT,
	};

	/* Not more often than that: two TIME-WAITs could talk for ever. */
	if (seg->length == 0 && !(seg->h.flags & (TCP_SYN | TCP_FIN)) &&
	    wait->answered_at &&
	    wait->net->now - wait->answered_at <
		    (nsec_t)wait->net->tunables.tcp_invalid_ratelimit *
			    NSEC_PER_MSEC)
		return;
	wait->answered_at = wait->net->now;
	reply_send(wait->net, &reply);
}

/* Beyond everything that the old connection can have sent. */
static seq_t successor_isn(const struct time_wait *wait)
{
	seq_t isn = wait->snd_nxt + 65535 + 2;

	return isn ? isn : 1;
}

/* RFC 6191 2, and RFC 1122 4.2.2.13 for peers without timestamps. */
static bool newer_syn(const struct time_wait *wait, const struct segment *seg)
{
	if ((seg->h.flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (wait->stamp_on && seg->h.opt.has_timestamp &&
	    seg->h.opt.ts_val != wait->stamp_recent)
		return seq_gt(seg->h.opt.ts_val, wait->stamp_recent);
	return seq_gt(seg->seq, wait->rcv_nxt);
}

static bool old_timestamp(const struct time_wait *wait,
			  const struct segment *seg)
{
	return wait->stamp_on && seg->h.opt.has_timestamp &&
	       seq_lt(seg->h.opt.ts_val, wait->stamp_recent);
}

enum reason time_wait_segment(struct time_wait *wait, struct segment *seg,
			      bool *reopen)
{
	struct net *net = wait->net;
	uint8_t flags = seg->h.flags;

	if (newer_syn(wait, seg)) {
		*reopen = true;
		seg->isn = successor_isn(wait);
		wait->net->stats.tcp_ext.tw_recycled++;
		time_wait_free(wait);
		return REASON_NONE;
	}
	if (old_timestamp(wait, seg)) {
		if (!(flags & TCP_RST))
			answer(wait, seg, WHY_DUPLICATE_ACK);
		return REASON_TCP_PAWS;
	}
	if (flags & TCP_RST) {
		/* Only the exact one ends it (RFC 5961 3.2), or none at all
		 * (RFC 1337). */
		if (seg->seq != wait->rcv_nxt || net->tunables.tcp_rfc1337)
			return REASON_TCP_BAD_RESET;
		time_wait_free(wait);
		return REASON_NONE;
	}
	if (flags & TCP_FIN)
		/* The peer did not get our ACK: two MSL from now. */
		timer_arm(wait->net, &wait->timer,
			  wait->net->now + 2 * TCP_MSL);
	if (seg->end != seg->seq || seg->seq != wait->rcv_nxt)
		answer(wait, seg,
		       flags & TCP_SYN ? WHY_CHALLENGE_ACK : WHY_DUPLICATE_ACK);
	return REASON_TCP_TIME_WAIT;
}

bool time_wait_holds(struct net *net, const struct net_name *name)
{
	struct time_wait *wait;

	HLIST_FOR_EACH(wait, port_chain(net, name->port), by_port)
		if (wait->entry.local.port == name->port &&
		    (addr_is_any(&name->addr) ||
		     addr_equal(&name->addr, &wait->entry.local.addr)))
			return true;
	return false;
}

/* tcp_tw_reuse: 2 is for our own addresses alone. */
static bool may_reuse(struct net *net, const struct net_name *remote)
{
	int32_t reuse = net->tunables.tcp_tw_reuse;

	return reuse == 1 || (reuse == 2 && addr_is_loopback(&remote->addr));
}

bool time_wait_yield(struct net *net, const struct net_name *local,
		     const struct net_name *remote, seq_t *isn)
{
	struct demux_entry *entry =
		demux_find_pair(&tcp_of(net)->demux, local, remote);
	struct time_wait *wait;

	if (!entry || entry->kind != DEMUX_TIME_WAIT)
		return false;
	wait = time_wait_of(entry);
	if (!wait->stamp_on || net->now - wait->since < NSEC_PER_SEC ||
	    !may_reuse(net, remote))
		return false;
	*isn = successor_isn(wait);
	time_wait_free(wait);
	return true;
}
