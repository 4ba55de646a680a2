// SPDX-License-Identifier: MIT
/*
 * The users of TCP connections; see flow.h. They use an endpoint as the kernel's
 * sockets do: look, and if there is nothing to be done, wait to be woken.
 */
#include "tools/netsim/flow.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/conn.h"

#define SHUT_WR 1
#define PATIENCE (30 * NSEC_PER_SEC)

static void wake(void *owner, uint32_t events);

static const struct endpoint_notify notify = { .wake = wake };

static uint8_t byte_at(uint64_t i, uint8_t salt)
{
	return (uint8_t)(i * 131 + (i >> 8) * 17 + (i >> 16) + salt);
}

static const char *who(const struct side *side)
{
	return side == &side->flow->client ? "client" : "server";
}

static void make_ready(struct side *side)
{
	if (list_empty(&side->ready))
		list_push_back(&side->flow->sim->ready, &side->ready);
}

static void wake(void *owner, uint32_t events)
{
	make_ready(owner);
}

static void ring(struct alarm *alarm)
{
	struct side *side = container_of(alarm, struct side, alarm);
	struct flow *flow = side->flow;

	make_ready(side);
	if (flow->reset_asked && flow->give_up_at > flow->sim->w->now)
		alarm_set(flow->sim->w, alarm, flow->give_up_at);
}

static void wait_until(struct side *side, nsec_t at)
{
	if (!heap_linked(&side->alarm.due) || side->alarm.due.key > at)
		alarm_set(side->flow->sim->w, &side->alarm, at);
}

/* ---- requests ---- */

static void answered(struct request *request)
{
	struct side *side = request->context;
	int result = request->result;

	side->requested = false;
	make_ready(side);
	if (side->request.op == EP_OP_CONNECT)
		endpoint_names(side->ep, &side->flow->name, NULL);
	if (result && result != -EINPROGRESS && !side->flow->reset_asked &&
	    !(side->request.op == EP_OP_SHUTDOWN && result == -ENOTCONN))
		sim_fail(side->flow->sim, "flow %d: %s: request %d gave %d",
			 side->flow->number, who(side), side->request.op,
			 result);
}

static void ask(struct side *side, enum endpoint_op op)
{
	side->requested = true;
	side->request.op = op;
	side->request.request.done = answered;
	side->request.request.context = side;
	endpoint_request(side->ep, &side->request);
}

static void close_side(struct side *side)
{
	law_stop(&side->law);
	alarm_stop(side->flow->sim->w, &side->alarm);
	endpoint_close(side->ep);
	side->ep = NULL;
	side->closed = true;
}

/* ---- bytes ---- */

/* Whether anything is still on its way towards this side. */
static bool outstanding(const struct side *side)
{
	return side->peer->sent > side->got ||
	       (side->peer->shut && !side->at_end);
}

/*
 * The reader has nothing to read: now the sender is due. A slow reader may have
 * closed the window for as long as it takes to read a segment, and probes of a
 * closed window back off like the RTO.
 */
static void watch_reader(struct side *side)
{
	struct sim *sim = side->flow->sim;
	nsec_t idle = side->read_pause * (2 + 66000 / side->read_size);

	if (!side->ep || !side->connected || side->flow->reset_asked ||
	    side->at_end || frag_ring_used(&side->ep->rx))
		return;
	if (side->read_at <= sim->w->now && outstanding(side))
		law_watch(&side->law, idle);
}

static void write_some(struct side *side)
{
	struct sim *sim = side->flow->sim;
	struct endpoint *ep = side->ep;
	bool any = false;

	if (side->ending == END_AFTER_PEER && !side->at_end)
		return;
	while (side->sent < side->to_send && side->write_at <= sim->w->now) {
		struct frag_span span;
		uint32_t n = (uint32_t)MIN(side->to_send - side->sent,
					   (uint64_t)side->write_size);

		if (frag_ring_reserve(&ep->tx, n, &span)) {
			/* As a writer who is about to sleep. */
			if (endpoint_poll(ep) & NET_POLLOUT)
				continue;
			break;
		}
		n = MIN(n, span.length);
		for (uint32_t i = 0; i < n; i++)
			span.data[i] = byte_at(side->sent + i, side->salt);
		frag_ring_commit(&ep->tx, n);
		side->sent += n;
		any = true;
		if (side->write_pause)
			side->write_at = sim->w->now + side->write_pause;
	}
	if (side->sent < side->to_send && side->write_at > sim->w->now)
		wait_until(side, side->write_at);
	if (!any)
		return;
	endpoint_kick(ep);
	watch_reader(side->peer);
}

static void check_bytes(struct side *side, const struct frag_span *span)
{
	for (uint32_t i = 0; i < span->length; i++)
		if (span->data[i] != byte_at(side->got + i, side->peer->salt))
			sim_fail(side->flow->sim,
				 "flow %d: byte %llu to the %s is wrong",
				 side->flow->number,
				 (unsigned long long)(side->got + i),
				 who(side));
}

static void read_some(struct side *side)
{
	struct sim *sim = side->flow->sim;
	struct endpoint *ep = side->ep;
	uint32_t taken = 0;

	while (taken < side->read_size && side->read_at <= sim->w->now) {
		struct frag_span span;

		frag_ring_span(&ep->rx, side->got, &span);
		span.length = MIN(span.length, side->read_size - taken);
		if (side->ending == END_RUDE)
			span.length = (uint32_t)MIN(
				(uint64_t)span.length,
				side->stop_at - MIN(side->stop_at, side->got));
		if (span.length == 0)
			break;
		check_bytes(side, &span);
		side->got += span.length;
		taken += span.length;
		frag_ring_release(&ep->rx, side->got);
	}
	if (side->got > side->to_get)
		sim_fail(sim, "flow %d: more bytes than were sent",
			 side->flow->number);
	if (!taken) {
		if (side->read_at > sim->w->now)
			wait_until(side, side->read_at);
		return;
	}
	endpoint_consumed(ep);
	law_progress(&side->law, outstanding(side) && !side->flow->reset_asked);
	if (side->read_pause) {
		side->read_at = sim->w->now + side->read_pause;
		law_stop(&side->law);
		wait_until(side, side->read_at);
	} else if (frag_ring_used(&ep->rx)) {
		make_ready(side);
	}
}

static void see_end(struct side *side)
{
	if (side->at_end || !(endpoint_status(side->ep) & EP_RX_EOF) ||
	    frag_ring_used(&side->ep->rx))
		return;
	side->at_end = true;
	law_stop(&side->law);
	if (side->got != side->peer->to_send && !side->flow->reset_asked)
		sim_fail(side->flow->sim,
			 "flow %d: the %s's stream ends after %llu of %llu",
			 side->flow->number, who(side),
			 (unsigned long long)side->got,
			 (unsigned long long)side->peer->to_send);
}

/* ---- ends ---- */

/* A reset may be lost, and then nobody tells the peer: it loses patience. */
static void reset_asked(struct flow *flow, struct side *by)
{
	struct world *w = flow->sim->w;

	flow->reset_asked = true;
	flow->give_up_at = w->now + PATIENCE;
	law_stop(&flow->handshake);
	law_stop(&by->law);
	law_stop(&by->peer->law);
	alarm_set(w, &by->peer->alarm, flow->give_up_at);
}

void flow_doom(struct flow *flow)
{
	flow->doomed = true;
	flow->sim->doomed += !flow->sim->cookies;
	reset_asked(flow, &flow->client);
	alarm_set(flow->sim->w, &flow->client.alarm, flow->give_up_at);
}

/* An error is right only after someone has asked for a reset. */
static void take_error(struct side *side)
{
	int error = endpoint_take_error(side->ep);

	if (!error)
		return;
	if (side->flow->sim->cookies && error == -ECONNRESET)
		flow_doom(side->flow);
	if (!side->flow->reset_asked)
		sim_fail(side->flow->sim,
			 "flow %d: the %s got error %d, nobody asked for it",
			 side->flow->number, who(side), -error);
	if (error != -ECONNRESET && error != -EPIPE &&
	    !(error == -ETIMEDOUT && side->flow->doomed))
		sim_fail(side->flow->sim, "flow %d: the %s got error %d",
			 side->flow->number, who(side), -error);
	close_side(side);
}

static void abort_side(struct side *side)
{
	reset_asked(side->flow, side);
	if (side->ending == END_ABORT) {
		static const int linger[2] = { 1, 0 };

		side->request.level = NET_SOL_SOCKET;
		side->request.option = NET_SO_LINGER;
		side->request.value = (void *)linger;
		side->request.length = sizeof linger;
		ask(side, EP_OP_SETSOCKOPT);
		side->stop_at = UINT64_MAX;
		return;
	}
	close_side(side);
}

static void end_side(struct side *side)
{
	bool written = side->sent == side->to_send;
	bool read = side->got == side->to_get;

	switch (side->ending) {
	case END_ABORT:
		if (side->stop_at == UINT64_MAX)
			close_side(side); /* SO_LINGER is set */
		else if (side->sent + side->got >= side->stop_at ||
			 (written && read))
			abort_side(side);
		return;
	case END_RUDE:
		if (frag_ring_used(&side->ep->rx) && side->got >= side->stop_at)
			abort_side(side);
		else if (written && (side->at_end || read))
			close_side(side);
		return;
	case END_CLOSE:
		if (written && read) {
			side->shut = true;
			watch_reader(side->peer);
			close_side(side);
		}
		return;
	default:
		break;
	}
	if (written && !side->shut &&
	    (side->ending != END_AFTER_PEER || side->at_end)) {
		side->shut = true;
		watch_reader(side->peer);
		side->request.number = SHUT_WR;
		ask(side, EP_OP_SHUTDOWN);
		return;
	}
	if (side->shut && side->at_end)
		close_side(side);
}

static bool impatient(const struct side *side)
{
	const struct flow *flow = side->flow;

	return flow->reset_asked && flow->sim->w->now >= flow->give_up_at;
}

static void act(struct side *side)
{
	uint32_t status;

	if (impatient(side) && !side->ep)
		side->closed = true;
	if (!side->ep || side->requested)
		return;
	if (impatient(side)) {
		close_side(side);
		return;
	}
	status = endpoint_status(side->ep);
	if (!side->connected && (status & (EP_CONNECTED | EP_WAS_CONNECTED)))
		side->connected = true;
	if (side->connected)
		read_some(side);
	if (!frag_ring_used(&side->ep->rx))
		take_error(side);
	if (!side->ep || !side->connected)
		return;
	see_end(side);
	if (!(status & EP_DEAD))
		write_some(side);
	watch_reader(side);
	if (status & EP_DEAD) {
		/* All that will come has come. */
		if (!frag_ring_used(&side->ep->rx) &&
		    (side->at_end || side->flow->reset_asked))
			close_side(side);
		return;
	}
	end_side(side);
}

/* ---- opening ---- */

static void start(struct alarm *alarm)
{
	struct flow *flow = container_of(alarm, struct flow, start_alarm);
	struct side *side = &flow->client;

	flow->started = true;
	side->request.name.addr = flow->server.host->addr;
	side->request.name.port = flow->port;
	ask(side, EP_OP_CONNECT);
	law_watch(&flow->handshake, 0);
}

void flow_open(struct flow *flow)
{
	struct side *sides[2] = { &flow->client, &flow->server };
	struct sim *sim = flow->sim;

	for (int i = 0; i < 2; i++) {
		sides[i]->flow = flow;
		sides[i]->peer = sides[!i];
		list_init(&sides[i]->ready);
		sides[i]->alarm.ring = ring;
		heap_node_init(&sides[i]->alarm.due);
		law_init(&sides[i]->law, sim, flow, i ? "up" : "down");
	}
	law_init(&flow->handshake, sim, flow, "handshake");
	endpoint_adopt(flow->client.ep, &notify, &flow->client);
	flow->start_alarm.ring = start;
	heap_node_init(&flow->start_alarm.due);
	alarm_set(sim->w, &flow->start_alarm, flow->start);
}

struct flow *flow_of_name(struct sim *sim, const struct net_name *client)
{
	for (int i = 0; i < sim->flow_count; i++) {
		struct flow *flow = sim->flows[i];

		if (!flow->started)
			continue;
		if (flow->name.port == client->port &&
		    addr_equal(&flow->name.addr, &client->addr))
			return flow;
	}
	return NULL;
}

/* ---- listeners ---- */

static void accept_ring(struct alarm *alarm);

static void accept_some(struct listening *listening)
{
	struct endpoint *child = endpoint_accept(listening->ep);
	struct sim *sim = listening->sim;
	struct net_name remote;
	struct flow *flow;

	if (!child)
		return;
	endpoint_names(child, NULL, &remote);
	flow = flow_of_name(sim, &remote);
	if (flow && flow->accepted && sim->cookies) {
		endpoint_close(child);
		flow_doom(flow);
		return;
	}
	if (!flow || flow->accepted)
		sim_fail(sim, "a connection that nobody opened, or opened once "
			      "and accepted twice");
	flow->accepted = true;
	flow->server.ep = child;
	law_stop(&flow->handshake);
	if (flow->server.closed) {
		flow->server.ep = NULL;
		endpoint_close(child);
	} else {
		endpoint_adopt(child, &notify, &flow->server);
		make_ready(&flow->server);
	}
	alarm_set(sim->w, &listening->alarm,
		  sim->w->now + listening->accept_pause);
}

static void accept_ring(struct alarm *alarm)
{
	accept_some(container_of(alarm, struct listening, alarm));
}

static void listener_woken(void *owner, uint32_t events)
{
	struct listening *listening = owner;

	if (!heap_linked(&listening->alarm.due))
		alarm_set(listening->sim->w, &listening->alarm,
			  listening->sim->w->now + listening->accept_pause);
}

static const struct endpoint_notify listener_notify = { .wake = listener_woken };

struct listening *flow_listen(struct sim *sim, struct host *host, uint16_t port,
			      int family, int backlog, nsec_t accept_pause)
{
	struct listening *l = calloc(1, sizeof *l);

	l->sim = sim;
	l->host = host;
	l->port = port;
	l->accept_pause = accept_pause;
	l->alarm.ring = accept_ring;
	heap_node_init(&l->alarm.due);
	l->ep = host_socket(host, family, NET_SOCK_STREAM, 0);
	if (host_bind(host, l->ep,
		      family == NET_IP4 ? "0.0.0.0" : "::", port) ||
	    host_listen(host, l->ep, backlog))
		sim_fail(sim, "no listener");
	endpoint_adopt(l->ep, &listener_notify, l);
	l->next = sim->listeners;
	sim->listeners = l;
	return l;
}

void flow_unlisten(struct sim *sim)
{
	struct listening *l;

	while ((l = sim->listeners)) {
		sim->listeners = l->next;
		alarm_stop(sim->w, &l->alarm);
		endpoint_close(l->ep);
		world_settle(sim->w);
		free(l);
	}
}

/* Segments that its hosts dropped because tcp_mem was used up. */
static uint64_t without_memory(const struct flow *flow)
{
	const struct net *a = flow->client.host->net;
	const struct net *b = flow->server.host->net;

	return a->counters.dropped[REASON_TCP_MEMORY] +
	       b->counters.dropped[REASON_TCP_MEMORY];
}

bool flow_excused(struct flow *flow)
{
	const struct net_stats *s = &flow->server.host->net->stats;
	uint64_t n = s->tcp_ext.listen_drops + s->tcp_ext.listen_overflows;
	bool excused = n != flow->overflows && !flow->accepted;

	flow->overflows = n;
	n = without_memory(flow);
	excused |= n != flow->refused;
	flow->refused = n;
	return excused;
}

bool flows_work(struct sim *sim)
{
	struct list *entry;
	struct list round;

	list_init(&round);
	list_splice(&round, &sim->ready);
	entry = list_pop_front(&round);
	if (!entry)
		return false;
	do {
		struct side *side = container_of(entry, struct side, ready);

		list_init(&side->ready);
		act(side);
	} while ((entry = list_pop_front(&round)));
	return true;
}

bool flow_over(const struct flow *flow)
{
	return flow->client.closed && flow->server.closed;
}

/* ---- for a failure's report ---- */

static void describe(const struct side *side)
{
	const struct endpoint *ep = side->ep;
	const struct tcp_conn *c = ep ? ep->half : NULL;

	printf("  %s on %02x: ends by %d, sent %llu of %llu, got %llu of %llu, "
	       "status %x%s%s%s%s\n",
	       who(side), side->host->netif.mac[5], side->ending,
	       (unsigned long long)side->sent,
	       (unsigned long long)side->to_send, (unsigned long long)side->got,
	       (unsigned long long)side->to_get, ep ? endpoint_status(ep) : 0,
	       side->connected ? " connected" : "", side->shut ? " shut" : "",
	       side->at_end ? " at-end" : "", side->closed ? " closed" : "");
	if (!c)
		return;
	printf("    state %d una %u nxt +%u wnd %u end +%u cwnd %u pipe %u "
	       "rto %lld retransmits %d window %u ooo %u unread %u\n",
	       c->state, c->snd.una - c->snd.iss, conn_outstanding(c),
	       c->snd.wnd, conn_send_end(c) - c->snd.una, c->cc.cwnd,
	       conn_pipe(c), (long long)(rtt_timeout(&c->rtt) / NSEC_PER_MSEC),
	       c->retransmits, c->rcv.edge - c->rcv.nxt, c->ooo.bytes,
	       (uint32_t)frag_ring_used(&ep->rx));
}

void flow_describe(const struct flow *flow)
{
	printf("flow %d: port %u > %u%s%s\n", flow->number, flow->name.port,
	       flow->port, flow->started ? "" : ", not started",
	       flow->reset_asked ? ", reset asked for" : "");
	describe(&flow->client);
	describe(&flow->server);
}
