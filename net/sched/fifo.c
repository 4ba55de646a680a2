// SPDX-License-Identifier: MIT
/*
 * pfifo, bfifo and pfifo_head_drop (tc-pfifo(8)): first in, first out, at most
 * `limit` packets or bytes. What is more is refused; pfifo_head_drop drops the
 * oldest instead.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "net/core/netif.h"
#include "net/sched/kinds.h"

#define OPTIONS 4 /* struct tc_fifo_qopt */
#define LINK_HEADER 14 /* what Linux adds to the MTU */

struct fifo {
	struct qdisc q;
	struct list queue;
	uint32_t limit;
};

static struct fifo *fifo_of(struct qdisc *q)
{
	return container_of(q, struct fifo, q);
}

/* ---- Options ---- */

static uint32_t link_header(const struct netif *netif)
{
	return netif->type == NETIF_TYPE_NONE ? 0 : LINK_HEADER;
}

static int change(struct qdisc *q, struct qdisc_request *request)
{
	if (request->options.length < OPTIONS)
		return -EINVAL;
	fifo_of(q)->limit = get_le32(request->options.data);
	return 0;
}

static int init(struct qdisc *q, struct qdisc_request *request)
{
	struct fifo *fifo = fifo_of(q);

	list_init(&fifo->queue);
	if (request->options.data)
		return change(q, request);
	fifo->limit = q->netif->queue_length;
	if (q->kind == &bfifo_kind)
		fifo->limit *= q->netif->mtu + link_header(q->netif);
	return 0;
}

static void describe(const struct qdisc *q, struct nl_writer *w)
{
	const struct fifo *fifo = container_of(q, struct fifo, q);
	uint8_t *at = nl_room(w, OPTIONS);

	if (at)
		put_le32(at, fifo->limit);
}

/* ---- Packets ---- */

static verdict_t accept(struct fifo *fifo, struct packet *packet)
{
	list_push_back(&fifo->queue, &packet_hold(packet)->list);
	qdisc_add(&fifo->q, packet);
	return packet_held();
}

static verdict_t enqueue_packets(struct qdisc *q,
				 struct packet *packet) NET_THREAD_ROOT
{
	struct fifo *fifo = fifo_of(q);

	return q->length < fifo->limit ? accept(fifo, packet) :
					 packet_dropped(REASON_QDISC_OVERLIMIT);
}

static verdict_t enqueue_bytes(struct qdisc *q,
			       struct packet *packet) NET_THREAD_ROOT
{
	struct fifo *fifo = fifo_of(q);
	uint32_t n;

	return (uint64_t)q->backlog + packet_wire_length(packet, &n) <=
			       fifo->limit ?
		       accept(fifo, packet) :
		       packet_dropped(REASON_QDISC_OVERLIMIT);
}

static struct packet *dequeue(struct qdisc *q) NET_THREAD_ROOT
{
	struct fifo *fifo = fifo_of(q);
	struct packet *packet = LIST_POP(&fifo->queue, struct packet, list);

	if (packet)
		qdisc_sent(q, packet);
	return packet;
}

static verdict_t enqueue_drop_head(struct qdisc *q,
				   struct packet *packet) NET_THREAD_ROOT
{
	struct fifo *fifo = fifo_of(q);
	struct packet *oldest;

	if (!fifo->limit)
		return packet_dropped(REASON_QDISC_OVERLIMIT);
	if (q->length >= fifo->limit) {
		oldest = LIST_POP(&fifo->queue, struct packet, list);
		qdisc_remove(q, oldest);
		qdisc_drop(q, oldest, REASON_QDISC_OVERLIMIT);
	}
	return accept(fifo, packet);
}

static void reset(struct qdisc *q) NET_THREAD_ROOT
{
	qdisc_purge(q, &fifo_of(q)->queue);
}

static bool may_pass(const struct qdisc *q)
{
	const struct fifo *fifo = container_of(q, struct fifo, q);

	if (q->kind == &bfifo_kind)
		return fifo->limit >= q->netif->mtu + link_header(q->netif);
	return q->kind == &pfifo_kind && fifo->limit > 0;
}

#define FIFO(name_, enqueue_)                                                  \
	{                                                                      \
		.name = (name_), .size = sizeof(struct fifo), .init = init,    \
		.change = change, .reset = reset, .enqueue = (enqueue_),       \
		.dequeue = dequeue, .describe = describe, .may_pass = may_pass \
	}

const struct qdisc_kind pfifo_kind = FIFO("pfifo", enqueue_packets);
const struct qdisc_kind bfifo_kind = FIFO("bfifo", enqueue_bytes);
const struct qdisc_kind pfifo_head_drop_kind =
	FIFO("pfifo_head_drop", enqueue_drop_head);
