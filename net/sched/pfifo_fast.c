// SPDX-License-Identifier: MIT
/*
 * pfifo_fast (tc-pfifo_fast(8)): three bands, each first in, first out; a band
 * is served when those before it are empty. A packet's priority (SO_PRIORITY,
 * or made from IP_TOS) chooses its band. Each band holds as many packets as the
 * interface's queue is long. The default for interfaces with a device.
 */
#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/netif.h"
#include "net/sched/kinds.h"

#define BANDS 3
#define PRIORITIES 16

struct pfifo_fast {
	struct qdisc q;
	struct list bands[BANDS];
	uint32_t lengths[BANDS];
};

static const uint8_t band_of[PRIORITIES] = { 1, 2, 2, 2, 1, 2, 0, 0,
					     1, 1, 1, 1, 1, 1, 1, 1 };

static struct pfifo_fast *self_of(struct qdisc *q)
{
	return container_of(q, struct pfifo_fast, q);
}

static int init(struct qdisc *q, struct qdisc_request *request)
{
	for (int i = 0; i < BANDS; i++)
		list_init(&self_of(q)->bands[i]);
	return 0;
}

/* struct tc_prio_qopt */
static void describe(const struct qdisc *q, struct nl_writer *w)
{
	uint8_t *at = nl_room(w, 4 + PRIORITIES);

	if (!at)
		return;
	put_le32(at, BANDS);
	memcpy(at + 4, band_of, PRIORITIES);
}

static verdict_t enqueue(struct qdisc *q, struct packet *packet) NET_THREAD_ROOT
{
	struct pfifo_fast *self = self_of(q);
	uint32_t band = band_of[packet->priority % PRIORITIES];

	if (self->lengths[band] >= q->netif->queue_length)
		return packet_dropped(REASON_QDISC_OVERLIMIT);
	self->lengths[band]++;
	list_push_back(&self->bands[band], &packet_hold(packet)->list);
	qdisc_add(q, packet);
	return packet_held();
}

static struct packet *dequeue(struct qdisc *q) NET_THREAD_ROOT
{
	struct pfifo_fast *self = self_of(q);

	for (int i = 0; i < BANDS; i++) {
		if (!self->lengths[i])
			continue;
		struct packet *packet =
			LIST_POP(&self->bands[i], struct packet, list);

		self->lengths[i]--;
		qdisc_sent(q, packet);
		return packet;
	}
	return NULL;
}

static void reset(struct qdisc *q) NET_THREAD_ROOT
{
	struct pfifo_fast *self = self_of(q);

	for (int i = 0; i < BANDS; i++) {
		qdisc_purge(q, &self->bands[i]);
		self->lengths[i] = 0;
	}
}

static bool may_pass(const struct qdisc *q)
{
	return true;
}

const struct qdisc_kind pfifo_fast_kind = {
	.name = "pfifo_fast",
	.size = sizeof(struct pfifo_fast),
	.init = init,
	.reset = reset,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.describe = describe,
	.may_pass = may_pass,
};
