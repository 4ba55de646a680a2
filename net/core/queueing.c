// SPDX-License-Identifier: MIT
/*
 * Queueing disciplines, whatever their kind: see queueing.h.
 */
#include "net/core/queueing.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link.h"

#define FIRST_HANDLE 0x80000000u
#define HANDLE_STEP 0x10000u

uint32_t packet_wire_length(const struct packet *packet, uint32_t *packets)
{
	bool bare = packet->netif->flags & NETIF_LOOPBACK;
	uint32_t front = packet->payload, n = 1;

	if (packet->gso_size && front < packet->length)
		n = DIV_ROUND_UP(packet->length - front, packet->gso_size);
	*packets = n;
	/* As if the loopback had Ethernet headers: Linux's has. */
	return packet->length + (n - 1) * front + (bare ? n * 14 : 0);
}

/* ---- For kinds ---- */

void qdisc_add(struct qdisc *q, const struct packet *packet)
{
	uint32_t n;

	q->length++;
	q->backlog += packet_wire_length(packet, &n);
}

void qdisc_remove(struct qdisc *q, const struct packet *packet)
{
	uint32_t n;

	q->length--;
	q->backlog -= packet_wire_length(packet, &n);
}

static void count_sent(struct qdisc *q, const struct packet *packet)
{
	uint32_t n;

	q->bytes += packet_wire_length(packet, &n);
	q->packets += n;
}

void qdisc_sent(struct qdisc *q, const struct packet *packet)
{
	qdisc_remove(q, packet);
	count_sent(q, packet);
}

/* It does not cross the edge, but whoever reads the capture misses it. */
static void tell_tap(struct net *net, struct packet *packet,
		     enum reason why) ON_NET_THREAD
{
	if (!packet->id)
		packet->id = ++net->tap.last_id;
	tap_packet(net, packet, TAP_OUT, packet_dropped(why));
}

void qdisc_drop(struct qdisc *q, struct packet *packet, enum reason why)
{
	struct net *net = q->netif->net;

	q->drops++;
	tell_tap(net, packet, why);
	packet_drop(net, packet, why);
}

void qdisc_purge(struct qdisc *q, struct list *queue)
{
	struct packet *packet;

	while ((packet = LIST_POP(queue, struct packet, list))) {
		qdisc_remove(q, packet);
		packet_drop(q->netif->net, packet, REASON_QDISC_PURGED);
	}
}

/* ---- The way out ---- */

/* To the front of the work list, for the driver. */
static void let_go(struct netif *netif, struct packet *packet) ON_NET_THREAD
{
	struct list one;

	packet->flags |= PACKET_QUEUED;
	packet->stage = STAGE_DEVICE_OUT;
	netif->leaving++;
	list_init(&one);
	list_push_back(&one, &packet->list);
	net_submit_first(netif->net, &one, 1);
}

void qdisc_run(struct netif *netif)
{
	struct qdisc *q = netif->qdisc;
	struct packet *packet;

	if (netif->leaving || netif->stopped || !q || !q->kind->dequeue)
		return;
	packet = q->kind->dequeue(q);
	if (packet)
		let_go(netif, packet);
}

static bool passes_by(const struct netif *netif, const struct qdisc *q)
{
	return q->length == 0 && !netif->stopped && !netif->leaving &&
	       q->kind->may_pass && q->kind->may_pass(q);
}

verdict_t queueing_out(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	struct qdisc *q = netif->qdisc;
	verdict_t verdict;

	if (!q || !q->kind->enqueue || !(netif->flags & NETIF_UP))
		return next_stage(STAGE_DEVICE_OUT);
	if (passes_by(netif, q)) {
		count_sent(q, packet);
		packet->flags |= PACKET_QUEUED;
		netif->leaving++;
		return next_stage(STAGE_DEVICE_OUT);
	}
	verdict = q->kind->enqueue(q, packet);
	if (verdict_is_drop(verdict)) {
		q->drops++;
		tell_tap(net, packet, verdict_reason(verdict));
	}
	qdisc_run(netif);
	return verdict;
}

/* ---- Making and ending ---- */

const struct qdisc_kind *qdisc_kind_find(struct net *net, const char *name)
{
	for (size_t i = 0; net->qdisc_kinds[i]; i++)
		if (string_equal(net->qdisc_kinds[i]->name, name))
			return net->qdisc_kinds[i];
	return NULL;
}

struct qdisc *qdisc_find(const struct netif *netif, uint32_t handle)
{
	for (struct qdisc *q = netif->qdisc; q; q = q->child)
		if (q->handle == handle)
			return q;
	return NULL;
}

static uint32_t free_handle(struct netif *netif) ON_NET_THREAD
{
	struct net *net = netif->net;

	do {
		net->last_qdisc += HANDLE_STEP;
		if (net->last_qdisc < FIRST_HANDLE)
			net->last_qdisc = FIRST_HANDLE + HANDLE_STEP;
	} while (net->last_qdisc == (QDISC_ROOT & QDISC_MAJOR) ||
		 qdisc_find(netif, net->last_qdisc));
	return net->last_qdisc;
}

static int make(struct netif *netif, const struct qdisc_kind *kind,
		struct qdisc_request *request, struct qdisc **out) ON_NET_THREAD
{
	struct qdisc *q = port_alloc(kind->size);
	int err;

	if (!q)
		return -ENOMEM;
	q->kind = kind;
	q->netif = netif;
	q->parent = QDISC_ROOT;
	err = kind->init ? kind->init(q, request) : 0;
	if (err) {
		port_free(q);
		return err;
	}
	*out = q;
	return 0;
}

int qdisc_create(struct netif *netif, const struct qdisc_kind *kind,
		 uint32_t handle, uint32_t parent,
		 struct qdisc_request *request, struct qdisc **out)
{
	int err = make(netif, kind, request, out);

	if (err)
		return err;
	(*out)->parent = parent;
	(*out)->handle = handle ? handle : free_handle(netif);
	return 0;
}

static void end_one(struct qdisc *q) ON_NET_THREAD
{
	if (q->kind->reset)
		q->kind->reset(q);
	if (q->kind->destroy)
		q->kind->destroy(q);
	port_free(q);
}

void qdisc_destroy(struct qdisc *q)
{
	if (!q)
		return;
	if (q->child)
		end_one(q->child);
	q->child = NULL;
	end_one(q);
}

/* Interfaces of software have no queue, for nothing in them is ever busy. The
 * default may fail, and then there is none, as in Linux. */
static void attach_default(struct netif *netif) ON_NET_THREAD
{
	const struct qdisc_kind *none = netif->net->qdisc_kinds[0];
	const struct qdisc_kind *kind = netif->net->default_qdisc;
	struct qdisc_request nothing = { .error_text = NULL };

	if (netif->flags & NETIF_LOOPBACK ||
	    (netif->kind && !netif->kind->with_queue))
		kind = none;
	if (make(netif, kind, &nothing, &netif->qdisc) &&
	    make(netif, none, &nothing, &netif->qdisc))
		netif->qdisc = NULL;
}

struct qdisc *qdisc_graft(struct netif *netif, struct qdisc *parent,
			  struct qdisc *q)
{
	struct qdisc *old = parent ? parent->child : netif->qdisc;

	if (parent) {
		if (old)
			parent->length -= old->length;
		if (old)
			parent->backlog -= old->backlog;
		parent->child = q;
		return old;
	}
	netif->qdisc = q;
	if (!q && netif->flags & NETIF_UP)
		attach_default(netif);
	return old;
}

/* ---- For interfaces ---- */

const char *netif_queueing(const struct netif *netif)
{
	return netif->qdisc ? netif->qdisc->kind->name : "noop";
}

void queueing_up(struct netif *netif)
{
	if (!netif->qdisc)
		attach_default(netif);
}

void queueing_down(struct netif *netif)
{
	struct packet *packet;

	while ((packet = LIST_POP(&netif->queue, struct packet, list)))
		packet_drop(netif->net, packet, REASON_NETIF_DOWN);
	for (struct qdisc *q = netif->qdisc; q; q = q->child)
		if (q->kind->reset)
			q->kind->reset(q);
}

void queueing_leave(struct netif *netif)
{
	queueing_down(netif);
	qdisc_destroy(netif->qdisc);
	netif->qdisc = NULL;
}

/* ---- net/core/default_qdisc ---- */

void queueing_read_default(struct net *net, struct text *text)
{
	text_add(text, "%s", net->default_qdisc->name);
}

int queueing_write_default(struct net *net, const char *name) NET_THREAD_ROOT
{
	const struct qdisc_kind *kind = qdisc_kind_find(net, name);

	if (!kind)
		return -ENOENT;
	net->default_qdisc = kind;
	return 0;
}
