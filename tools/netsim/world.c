// SPDX-License-Identifier: MIT
/*
 * The world: hosts, the clock, the switch and the interfaces; see world.h. What
 * a user does with a host is in host.c.
 */
#include "tools/netsim/world.h"

#include <stdlib.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/wire/checksum.h"
#include "tools/netsim/capture.h"
#include "tools/netsim/port_host.h"
#include "tools/netsim/record_file.h"

/* ---- the world ---- */

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof *w);

	port_host_seed(seed);
	port_host_fail_after(-1);
	w->now = WORLD_START;
	/* Small seeds are spread, or the first numbers would be small, too. */
	w->seed = (seed + 1) * 0x9e3779b97f4a7c15ull;
	w->in_use = port_host_in_use();
	list_init(&w->hosts);
	heap_init(&w->frames);
	heap_init(&w->alarms);
	return w;
}

uint32_t world_random(struct world *w, uint32_t below)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (uint32_t)(w->seed >> 32) % below;
}

static void free_frames(struct list *list)
{
	struct frame *frame;

	while ((frame = LIST_POP(list, struct frame, list)))
		free(frame);
}

static void free_incoming(struct host *h)
{
	struct list *entry;

	while ((entry = list_pop_front(&h->incoming)))
		free(entry); /* the list is its first field */
}

long world_end(struct world *w)
{
	long in_use = w->in_use;
	struct heap_node *node;
	struct host *h;

	while ((h = LIST_POP(&w->hosts, struct host, list))) {
		record_end(h->record);
		net_destroy(h->net);
		capture_end(h->capture);
		free_incoming(h);
		wire_end(&h->wire);
		wire_end(&h->wire_in);
		free_frames(&h->sent);
		free(h);
	}
	while ((node = heap_pop(&w->frames)))
		free(container_of(node, struct frame, due));
	free(w);
	return port_host_in_use() - in_use;
}

void world_arrive(struct world *w, struct frame *frame)
{
	/* At one moment, in the order of sending. */
	frame->order = ++w->order;
	heap_insert(&w->frames, &frame->due, frame->time);
}

void alarm_set(struct world *w, struct alarm *alarm, nsec_t at)
{
	heap_remove(&w->alarms, &alarm->due);
	heap_insert(&w->alarms, &alarm->due, at);
}

void alarm_stop(struct world *w, struct alarm *alarm)
{
	heap_remove(&w->alarms, &alarm->due);
}

static bool before(const struct frame *a, const struct frame *b)
{
	return a->time < b->time || (a->time == b->time && a->order < b->order);
}

/* Equal times leave a heap in no particular order: the frames of one moment
 * are taken together, in the order of sending. */
static void take_due(struct world *w, struct list *due)
{
	struct heap_node *node;

	while ((node = heap_min(&w->frames)) && node->key <= w->now) {
		struct list *at = due->prev;
		struct frame *frame;

		heap_pop(&w->frames);
		frame = container_of(node, struct frame, due);
		while (at != due &&
		       before(frame, container_of(at, struct frame, list)))
			at = at->prev;
		list_insert_after(at, &frame->list);
	}
}

/* The switch knows every address from the start. */
static void through_switch(struct world *w, struct frame *frame)
{
	bool group = frame->bytes[0] & 1;
	struct host *h;

	LIST_FOR_EACH(h, &w->hosts, list) {
		struct frame *copy;

		if (!h->on_switch || h == frame->from ||
		    (!group && memcmp(frame->bytes, h->netif.mac, 6)))
			continue;
		copy = malloc(sizeof *copy + frame->length);
		memcpy(copy, frame, sizeof *copy + frame->length);
		list_init(&copy->list);
		heap_node_init(&copy->due);
		wire_send(w, &h->wire_in, h, copy);
	}
}

static bool deliver_due(struct world *w)
{
	struct frame *frame;
	struct list due;
	bool any = false;

	list_init(&due);
	take_due(w, &due);
	while ((frame = LIST_POP(&due, struct frame, list))) {
		if (frame->to)
			host_inject(frame->to, frame->bytes, frame->length);
		else
			through_switch(w, frame);
		free(frame);
		any = true;
	}
	return any;
}

static bool ring_due(struct world *w)
{
	struct heap_node *node;
	bool any = false;

	while ((node = heap_min(&w->alarms)) && node->key <= w->now) {
		struct alarm *alarm = container_of(node, struct alarm, due);

		heap_pop(&w->alarms);
		alarm->ring(alarm);
		any = true;
	}
	return any;
}

/* `all`: also the hosts that know of nothing to do: a test may have given one
 * work by another way than an event. */
static void settle(struct world *w, bool all)
{
	bool again = true;

	while (again) {
		struct host *h;

		again = false;
		while (deliver_due(w))
			again = true;
		LIST_FOR_EACH(h, &w->hosts, list) {
			if (!all && h->deadline > w->now &&
			    mailbox_empty(&h->net->events))
				continue;
			port_host_record(h->config.recorder);
			h->deadline = net_run(h->net, w->now);
			w->steps++;
			again = true;
		}
		again |= ring_due(w);
		again |= w->work && w->work(w);
		all = false;
	}
}

void world_settle(struct world *w)
{
	settle(w, true);
}

static nsec_t next_time(struct world *w)
{
	nsec_t next = NSEC_NEVER;
	struct host *h;

	if (!heap_empty(&w->frames))
		next = heap_min(&w->frames)->key;
	if (!heap_empty(&w->alarms))
		next = MIN(next, heap_min(&w->alarms)->key);
	LIST_FOR_EACH(h, &w->hosts, list)
		next = MIN(next, h->deadline);
	return next;
}

static bool never(void *context)
{
	return false;
}

bool world_run_until(struct world *w, nsec_t limit, bool (*done)(void *),
		     void *context)
{
	nsec_t end = w->now + limit;
	bool first = true;

	for (;; first = false) {
		nsec_t next;

		settle(w, first);
		if (done(context))
			return true;
		next = next_time(w);
		if (next > end)
			break;
		w->now = MAX(next, w->now);
	}
	w->now = end;
	world_settle(w);
	return done(context);
}

void world_run(struct world *w, nsec_t time)
{
	world_run_until(w, time, never, NULL);
}

/* ---- interfaces ---- */

/* A frame that an offloading sender left unfinished, as a receiver would see
 * it. (A large segment stays whole here; the wire may cut it.) */
static void finish_checksum(struct frame *frame)
{
	uint8_t *at = frame->bytes + frame->csum_start;
	uint16_t sum;

	if (!frame->checksum_partial)
		return;
	sum = checksum_finish(
		checksum_add(0, at, frame->length - frame->csum_start));
	checksum_store(at + frame->csum_offset, sum ? sum : 0xffff);
}

static struct frame *make_frame(struct host *h, struct packet *packet)
{
	struct frame *frame = malloc(sizeof *frame + packet->length);

	memset(frame, 0, sizeof *frame);
	list_init(&frame->list);
	heap_node_init(&frame->due);
	frame->from = h;
	frame->time = h->world->now;
	frame->order = ++h->world->order;
	frame->length = packet->length;
	frame->checksum_partial = !!(packet->flags & PACKET_CSUM_PARTIAL);
	frame->csum_start = packet->csum_start;
	frame->csum_offset = packet->csum_offset;
	frame->gso_size = packet->gso_size;
	frame->gso_type = packet->gso_type;
	frame->why = packet->note.why;
	NET_ASSERT(packet_copy(packet, 0, frame->bytes, packet->length) ==
		   packet->length);
	finish_checksum(frame);
	return frame;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct host *h = container_of(netif, struct host, netif);
	struct world *w = h->world;
	struct frame *frame;

	if (h->busy_after == 0)
		return -EBUSY;
	if (h->busy_after > 0)
		h->busy_after--;
	frame = make_frame(h, packet);
	h->frames_out++;
	if (w->frame_sent)
		w->frame_sent(w, frame);
	if (h->peer || h->on_switch) {
		wire_send(w, &h->wire, h->peer, frame);
	} else {
		list_push_back(&h->sent, &frame->list);
		h->sent_count++;
	}
	return 0;
}

struct injection {
	struct list list;
	uint32_t length;
	uint8_t bytes[];
};

static void hand_over(struct host *h, const struct injection *in)
{
	struct packet *packet = packet_new(h->net);
	uint32_t at = 0;

	NET_ASSERT(packet != NULL);
	/* In buffers of 4 KiB, as a driver with mergeable buffers has them. */
	do {
		uint32_t n = MIN(in->length - at, 4032u);
		struct buf *buf = port_buf_alloc(4032);

		NET_ASSERT(buf != NULL);
		memcpy(buf->data, in->bytes + at, n);
		packet_add_fragment(packet, buf, 0, n);
		at += n;
	} while (at < in->length);
	netif_receive(&h->netif, packet);
}

static int poll(struct netif *netif, int budget)
{
	struct host *h = container_of(netif, struct host, netif);
	struct injection *in;
	int n = 0;

	while (n < budget &&
	       (in = LIST_POP(&h->incoming, struct injection, list))) {
		hand_over(h, in);
		free(in);
		n++;
	}
	return n;
}

static const struct netif_ops ops = { .transmit = transmit, .poll = poll };

void host_inject(struct host *h, const void *frame, uint32_t length)
{
	struct injection *in = malloc(sizeof *in + length);

	list_init(&in->list);
	in->length = length;
	h->frames_in++;
	memcpy(in->bytes, frame, length);
	list_push_back(&h->incoming, &in->list);
	netif_schedule(&h->netif);
}

/* ---- hosts ---- */

static void take_lease(struct net *net, const struct net_lease *lease)
{
	struct host *h = net_port_data(net);

	if (lease) {
		h->lease = *lease;
		h->leases++;
	} else {
		h->leases_lost++;
	}
}

static void describe(struct host *h, uint32_t features, uint32_t mtu)
{
	h->netif.ops = &ops;
	string_copy(h->netif.name, "eth%d", sizeof h->netif.name);
	h->netif.type = NETIF_ETHERNET;
	h->netif.mtu = mtu;
	h->netif.features = features;
	h->netif.gso_max = features & NETIF_TSO4 ? 65535 : 0;
	h->netif.link_up = 1;
	h->netif.mac[0] = 2;
	h->netif.mac[5] = (uint8_t)(list_length(&h->world->hosts) + 1);
}

struct host *host_with(struct world *w, const char *text, unsigned int bits,
		       uint32_t features, uint32_t mtu)
{
	struct host *h = calloc(1, sizeof *h);
	struct config_request r = { .op = CONFIG_ADD_ADDRESS, .bits = bits };

	h->world = w;
	h->busy_after = -1;
	list_init(&h->sent);
	list_init(&h->incoming);
	h->config.port_data = h;
	h->config.now = w->now;
	h->config.lease = take_lease;
	if (w->record)
		h->record = record_start_file(
			w->record, list_length(&w->hosts) + 1, &h->config);
	port_host_record(h->config.recorder);
	h->net = net_create(&h->config);
	/* Silent until it is spoken to: no link-local addresses. */
	h->net->tunables.ip.fresh6.addr_gen_mode = GENERATE_NONE;
	NET_ASSERT(h->net != NULL);
	describe(h, features, mtu);
	list_push_back(&w->hosts, &h->list);
	net_attach(h->net, &h->netif);
	world_settle(w);
	if (text) {
		h->addr = r.addr = host_addr(text);
		r.name = "eth0";
		NET_ASSERT(host_configure(h, &r) == 0);
	}
	/* The announcement of the address is nobody's business. */
	world_settle(w);
	free_frames(&h->sent);
	h->sent_count = 0;
	return h;
}

struct host *host_new(struct world *w, const char *text, unsigned int bits)
{
	return host_with(w, text, bits, 0, 1500);
}

void hosts_join(struct host *a, struct host *b)
{
	a->peer = b;
	b->peer = a;
}

void hosts_wire(struct host *a, struct host *b, const struct wire *wire)
{
	a->wire = *wire;
	b->wire = *wire;
	hosts_join(a, b);
}

void host_plug(struct host *h, const struct wire *out, const struct wire *in)
{
	h->on_switch = true;
	h->wire = *out;
	h->wire_in = *in;
}
