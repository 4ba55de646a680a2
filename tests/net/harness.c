// SPDX-License-Identifier: MIT
/*
 * The host harness; see harness.h.
 */
#include "tests/net/harness.h"

#include <stdlib.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/udp.h"
#include "tests/net/port_host.h"
#include "tests/unit/test.h"

#define START (1000 * NSEC_PER_SEC)

struct net_addr host_addr(const char *text)
{
	struct net_addr addr;

	CHECK_EQ(addr_parse(text, &addr), 0);
	return addr;
}

/* ---- the world ---- */

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof *w);

	port_host_seed(seed);
	port_host_fail_after(-1);
	w->now = START;
	w->seed = seed ? seed : 1;
	w->in_use = port_host_in_use();
	list_init(&w->hosts);
	list_init(&w->frames);
	return w;
}

uint32_t world_random(struct world *w, uint32_t below)
{
	return (uint32_t)(test_random(&w->seed) >> 32) % below;
}

static void free_frames(struct list *list)
{
	struct frame *frame;

	while ((frame = LIST_POP(list, struct frame, list)))
		free(frame);
}

void world_free(struct world *w)
{
	long in_use = w->in_use;
	struct host *h;

	while ((h = LIST_POP(&w->hosts, struct host, list))) {
		net_destroy(h->net);
		free_frames(&h->sent);
		free(h);
	}
	free_frames(&w->frames);
	free(w);
	CHECK_EQ(port_host_in_use(), in_use);
}

static bool deliver_due(struct world *w)
{
	struct frame *frame = LIST_FIRST(&w->frames, struct frame, list);

	if (!frame || frame->time > w->now)
		return false;
	list_remove(&frame->list);
	host_inject(frame->to, frame->bytes, frame->length);
	free(frame);
	return true;
}

void world_settle(struct world *w)
{
	bool again = true;

	while (again) {
		struct host *h;

		again = false;
		while (deliver_due(w))
			again = true;
		LIST_FOR_EACH(h, &w->hosts, list) {
			h->deadline = net_run(h->net, w->now);
			if (h->deadline <= w->now)
				again = true;
		}
	}
	struct host *h;
	LIST_FOR_EACH(h, &w->hosts, list)
		if (!mailbox_empty(&h->net->events))
			world_settle(w);
}

static nsec_t next_time(struct world *w)
{
	struct frame *frame = LIST_FIRST(&w->frames, struct frame, list);
	nsec_t next = frame ? frame->time : NSEC_NEVER;
	struct host *h;

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

	for (;;) {
		nsec_t next;

		world_settle(w);
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

/* ---- interfaces and wires ---- */

static void arrive(struct world *w, struct frame *frame)
{
	struct frame *at;

	LIST_FOR_EACH_REVERSE(at, &w->frames, list) {
		if (at->time <= frame->time) {
			list_insert_after(&at->list, &frame->list);
			return;
		}
	}
	list_push_front(&w->frames, &frame->list);
}

static bool chance(struct world *w, uint32_t millionths)
{
	return millionths && world_random(w, 1000000) < millionths;
}

static struct frame *copy_frame(const struct frame *frame)
{
	struct frame *copy = malloc(sizeof *copy + frame->length);

	memcpy(copy, frame, sizeof *copy + frame->length);
	list_init(&copy->list);
	return copy;
}

static void put_on_wire(struct host *h, struct frame *frame)
{
	struct wire *wire = &h->wire;
	struct world *w = h->world;
	nsec_t start = MAX(w->now, wire->busy_until), took = 0;

	wire->sent++;
	if ((wire->drop && wire->drop(wire, frame)) || chance(w, wire->loss)) {
		wire->lost++;
		free(frame);
		return;
	}
	if (wire->bits_per_second) {
		took = (nsec_t)(frame->length * 8ull * 1000000000ull /
				wire->bits_per_second);
		if (wire->queue_bytes && (uint64_t)(start - w->now) *
							 wire->bits_per_second /
							 8 / 1000000000ull >
						 wire->queue_bytes) {
			wire->lost++;
			free(frame);
			return;
		}
		wire->busy_until = start + took;
	}
	frame->to = h->peer;
	frame->time = start + took + wire->delay;
	if (chance(w, wire->reorder))
		frame->time += wire->reorder_delay;
	if (chance(w, wire->duplicate))
		arrive(w, copy_frame(frame));
	arrive(w, frame);
}

/* A frame that an offloading sender left unfinished, as a receiver would see
 * it. (Segmentation is left as it is: the peer takes it whole.) */
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

static int transmit(struct netif *netif, struct packet *packet)
{
	struct host *h = container_of(netif, struct host, netif);
	struct frame *frame;

	if (h->busy_after == 0)
		return -EBUSY;
	if (h->busy_after > 0)
		h->busy_after--;
	frame = malloc(sizeof *frame + packet->length);
	memset(frame, 0, sizeof *frame);
	list_init(&frame->list);
	frame->time = h->world->now;
	frame->order = ++h->world->order;
	frame->length = packet->length;
	frame->checksum_partial = !!(packet->flags & PACKET_CSUM_PARTIAL);
	frame->csum_start = packet->csum_start;
	frame->csum_offset = packet->csum_offset;
	frame->gso_size = packet->gso_size;
	frame->gso_type = packet->gso_type;
	frame->why = packet->note.why;
	CHECK_EQ(packet_copy(packet, 0, frame->bytes, packet->length),
		 packet->length);
	finish_checksum(frame);
	if (h->peer) {
		put_on_wire(h, frame);
	} else {
		list_push_back(&h->sent, &frame->list);
		h->sent_count++;
	}
	return 0;
}

static int poll(struct netif *netif, int budget)
{
	return 0;
}

static const struct netif_ops ops = { .transmit = transmit, .poll = poll };

/* A frame comes in as an event, like an interrupt's. */
struct injection {
	struct event event;
	struct host *host;
	uint32_t length;
	uint8_t bytes[];
};

static void run_injection(struct net *net, struct event *event)
{
	struct injection *in = container_of(event, struct injection, event);
	struct packet *packet = packet_new(net);
	uint32_t at = 0;

	CHECK(packet != NULL);
	/* In buffers of 4 KiB, as a driver with mergeable buffers has them. */
	do {
		uint32_t n = MIN(in->length - at, 4032u);
		struct buf *buf = port_buf_alloc(4032);

		CHECK(buf != NULL);
		memcpy(buf->data, in->bytes + at, n);
		packet_add_fragment(packet, buf, 0, n);
		at += n;
	} while (at < in->length);
	netif_receive(&in->host->netif, packet);
	free(in);
}

void host_inject(struct host *h, const void *frame, uint32_t length)
{
	struct injection *in = malloc(sizeof *in + length);

	memset(in, 0, sizeof *in);
	in->event.handle = run_injection;
	in->host = h;
	in->length = length;
	memcpy(in->bytes, frame, length);
	net_post(h->net, &in->event);
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

struct host *host_with(struct world *w, const char *text, unsigned int bits,
		       uint32_t features, uint32_t mtu)
{
	struct host *h = calloc(1, sizeof *h);
	struct config_request r = { .op = CONFIG_ADD_ADDRESS, .bits = bits };

	h->world = w;
	h->busy_after = -1;
	list_init(&h->sent);
	h->config.port_data = h;
	h->config.now = w->now;
	h->config.lease = take_lease;
	h->net = net_create(&h->config);
	CHECK(h->net != NULL);
	h->netif.ops = &ops;
	string_copy(h->netif.name, "eth%d", sizeof h->netif.name);
	h->netif.type = NETIF_ETHERNET;
	h->netif.mtu = mtu;
	h->netif.features = features;
	h->netif.gso_max = features & NETIF_TSO4 ? 65535 : 0;
	h->netif.link_up = 1;
	h->netif.mac[0] = 2;
	h->netif.mac[5] = (uint8_t)(list_length(&w->hosts) + 1);
	list_push_back(&w->hosts, &h->list);
	net_attach(h->net, &h->netif);
	world_settle(w);
	if (text) {
		h->addr = r.addr = host_addr(text);
		r.name = "eth0";
		CHECK_EQ(host_configure(h, &r), 0);
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

struct frame *host_next(struct host *h)
{
	struct frame *frame;

	world_settle(h->world);
	frame = LIST_POP(&h->sent, struct frame, list);
	if (frame)
		h->sent_count--;
	return frame;
}

void host_expect_nothing(struct host *h)
{
	struct frame *frame = host_next(h);

	if (frame)
		test_fail(__FILE__, __LINE__,
			  "nothing expected, %u bytes sent, type %04x",
			  frame->length, get_be16(frame->bytes + 12));
}

/* ---- frames ---- */

void peer_init(struct peer *p, struct host *h, const char *text)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 1, 1 };

	memcpy(p->mac, mac, 6);
	memcpy(p->host_mac, h->netif.mac, 6);
	p->addr = host_addr(text);
	p->host_addr = h->addr;
}

uint32_t frame_arp(uint8_t *frame, uint16_t operation, const uint8_t *src_mac,
		   uint32_t src, const uint8_t *dst_mac, uint32_t dst)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	struct arp_packet arp = { .operation = operation,
				  .sender = src,
				  .target = dst };

	memcpy(arp.sender_mac, src_mac, 6);
	if (dst_mac)
		memcpy(arp.target_mac, dst_mac, 6);
	ethernet_emit(frame, dst_mac ? dst_mac : all, src_mac, ETHERTYPE_ARP);
	arp_emit(frame + 14, &arp);
	return 14 + ARP_LENGTH;
}

void peer_introduce(struct peer *p, struct host *h)
{
	uint8_t frame[64];
	uint32_t n = frame_arp(frame, ARP_REQUEST, p->mac,
			       addr_to_ip4(&p->addr), p->host_mac,
			       addr_to_ip4(&p->host_addr));

	host_inject(h, frame, n);
	free(host_next(h));
	n = frame_arp(frame, ARP_REPLY, p->mac, addr_to_ip4(&p->addr),
		      p->host_mac, addr_to_ip4(&p->host_addr));
	host_inject(h, frame, n);
	world_settle(h->world);
}

uint32_t frame_ip4_fragment(uint8_t *frame, const struct peer *p,
			    uint8_t protocol, uint16_t id, uint32_t offset,
			    bool more, const void *payload, uint32_t length)
{
	struct ip4_header h = {
		.ttl = 64,
		.protocol = protocol,
		.total_length = (uint16_t)(20 + length),
		.id = id,
		.more_fragments = more,
		.offset = (uint16_t)offset,
		.src = addr_to_ip4(&p->addr),
		.dst = addr_to_ip4(&p->host_addr),
	};

	ethernet_emit(frame, p->host_mac, p->mac, ETHERTYPE_IP4);
	ip4_emit(frame + 14, &h);
	memcpy(frame + 34, payload, length);
	return 34 + length;
}

uint32_t frame_ip4(uint8_t *frame, const struct peer *p, uint8_t protocol,
		   const void *payload, uint32_t length)
{
	return frame_ip4_fragment(frame, p, protocol, 7, 0, false, payload,
				  length);
}

uint32_t frame_udp(uint8_t *frame, const struct peer *p, uint16_t from,
		   uint16_t to, const void *payload, uint32_t length)
{
	struct udp_header h = { from, to, (uint16_t)(8 + length), 0 };
	static uint8_t udp[FRAME_MAX];
	uint64_t sum;

	udp_emit(udp, &h);
	memcpy(udp + 8, payload, length);
	sum = checksum_pseudo(&p->addr, &p->host_addr, 17, 8 + length);
	checksum_store(udp + 6,
		       checksum_finish(checksum_add(sum, udp, 8 + length)));
	return frame_ip4(frame, p, 17, udp, 8 + length);
}

uint32_t frame_echo(uint8_t *frame, const struct peer *p, uint16_t id,
		    uint16_t sequence, const void *payload, uint32_t length)
{
	static uint8_t icmp[FRAME_MAX];

	icmp_emit(icmp, ICMP_ECHO, 0, (uint32_t)id << 16 | sequence);
	memcpy(icmp + 8, payload, length);
	checksum_store(icmp + 2,
		       checksum_finish(checksum_add(0, icmp, 8 + length)));
	return frame_ip4(frame, p, 1, icmp, 8 + length);
}

/* ---- requests ---- */

static void request_done(struct request *r)
{
	*(bool *)r->context = true;
}

int host_configure(struct host *h, struct config_request *r)
{
	bool done = false;

	r->request.done = request_done;
	r->request.context = &done;
	net_configure(h->net, r);
	world_settle(h->world);
	CHECK(done);
	return r->request.result;
}

static int tune(struct host *h, const char *path, bool write, char *text,
		uint32_t size)
{
	struct tunable_request r = { .tunable = tunable_find(path),
				     .write = write,
				     .text = text,
				     .size = size };
	bool done = false;

	if (!r.tunable)
		return -ENOENT;
	r.request.done = request_done;
	r.request.context = &done;
	net_tune(h->net, &r);
	world_settle(h->world);
	CHECK(done);
	return r.request.result;
}

int host_tune(struct host *h, const char *path, const char *value)
{
	return tune(h, path, true, (char *)value, 0);
}

int host_tuned(struct host *h, const char *path, char *text, uint32_t size)
{
	return tune(h, path, false, text, size);
}

int host_list(struct host *h, enum list_kind kind, void *array,
	      uint32_t capacity, uint32_t *total)
{
	struct list_request r = { .kind = kind,
				  .array = array,
				  .capacity = capacity };
	bool done = false;

	r.request.done = request_done;
	r.request.context = &done;
	net_list(h->net, &r);
	world_settle(h->world);
	CHECK(done);
	if (total)
		*total = r.total;
	return r.request.result;
}

struct endpoint *host_socket(struct host *h, int family, int type, int number)
{
	struct endpoint *ep = NULL;

	CHECK_EQ(net_socket(h->net, family, type, number, &ep), 0);
	ep->pid = 42;
	return ep;
}

int host_request(struct host *h, struct endpoint *ep,
		 struct endpoint_request *r)
{
	bool done = false;

	r->request.done = request_done;
	r->request.context = &done;
	endpoint_request(ep, r);
	world_settle(h->world);
	CHECK(done);
	return r->request.result;
}

static int named(struct host *h, struct endpoint *ep, enum endpoint_op op,
		 const char *text, uint16_t port)
{
	struct endpoint_request r = { .op = op };

	r.name.addr = host_addr(text);
	r.name.port = port;
	return host_request(h, ep, &r);
}

int host_bind(struct host *h, struct endpoint *ep, const char *text,
	      uint16_t port)
{
	return named(h, ep, EP_OP_BIND, text, port);
}

int host_connect(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port)
{
	return named(h, ep, EP_OP_CONNECT, text, port);
}

int host_listen(struct host *h, struct endpoint *ep, int backlog)
{
	struct endpoint_request r = { .op = EP_OP_LISTEN, .number = backlog };

	return host_request(h, ep, &r);
}

int host_set(struct host *h, struct endpoint *ep, int level, int name,
	     int value)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = &value,
				      .length = sizeof value };

	return host_request(h, ep, &r);
}

int host_get(struct host *h, struct endpoint *ep, int level, int name)
{
	int value = 0, n;
	struct endpoint_request r = { .op = EP_OP_GETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = &value,
				      .length = sizeof value };

	n = host_request(h, ep, &r);
	return n < 0 ? n : value;
}

void host_close(struct host *h, struct endpoint *ep)
{
	endpoint_close(ep, NULL, NULL);
	world_settle(h->world);
}

int host_send_to(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port, const void *data, uint32_t length)
{
	struct datagram *d = datagram_new(length);
	uint32_t at = 0;
	int err;

	if (!d)
		return -ENOMEM;
	while (at < length) {
		uint8_t *to;
		uint32_t n = datagram_span(d, at, &to);

		memcpy(to, (const uint8_t *)data + at, n);
		at += n;
	}
	if (text) {
		d->flags |= DATAGRAM_HAS_NAME;
		d->remote.addr = host_addr(text);
		d->remote.port = port;
	}
	err = endpoint_send_datagram(ep, d);
	if (err)
		datagram_free(d);
	world_settle(h->world);
	return err;
}

int host_receive(struct host *h, struct endpoint *ep, void *data,
		 uint32_t length, struct net_name *from)
{
	struct datagram *d;
	uint32_t at = 0, total;

	world_settle(h->world);
	d = endpoint_receive_datagram(ep);
	if (!d)
		return -EAGAIN;
	if (from)
		*from = d->remote;
	total = d->length;
	while (at < length) {
		uint8_t *bytes;
		uint32_t n = datagram_span(d, at, &bytes);

		if (!n)
			break;
		n = MIN(n, length - at);
		memcpy((uint8_t *)data + at, bytes, n);
		at += n;
	}
	datagram_free(d);
	return (int)total;
}
