// SPDX-License-Identifier: MIT
/*
 * Writing the event record; see record.h. Every function here notes what comes
 * in and lets it in. It costs copies and checksums while a record is taken, and
 * a branch at each door when none is.
 */
#include "net/core/record.h"

#include "lib/crc.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/packet_ring.h"
#include "net/net.h"

static void put_bytes(struct recorder *r, const void *bytes, size_t length)
{
	if (!length)
		return;
	r->sum = crc32c(r->sum, bytes, length);
	r->write(r, bytes, length);
}

static void put_head(struct recorder *r, enum record_kind kind, size_t length)
{
	struct record_head head = { .kind = kind, .length = (uint32_t)length };

	head.sum = crc32c(r->sum, &head, offsetof(struct record_head, sum));
	put_bytes(r, &head, sizeof head);
}

static void put(struct recorder *r, enum record_kind kind, const void *bytes,
		size_t length)
{
	put_head(r, kind, length);
	put_bytes(r, bytes, length);
}

static void put_number(struct recorder *r, enum record_kind kind, uint32_t n)
{
	put(r, kind, &n, sizeof n);
}

static void put_pair(struct recorder *r, enum record_kind kind, uint32_t a,
		     uint32_t b)
{
	uint32_t pair[2] = { a, b };

	put(r, kind, pair, sizeof pair);
}

static void put_string(struct recorder *r, const char *text)
{
	put_bytes(r, text ? text : "", text ? strlen(text) + 1 : 1);
}

static size_t string_size(const char *text)
{
	return text ? strlen(text) + 1 : 1;
}

uint64_t record_layout(void)
{
	uint64_t layout = sizeof(struct endpoint_request);

	layout = layout * 4099 + sizeof(struct config_request);
	layout = layout * 4099 + sizeof(struct datagram);
	return layout * 4099 + sizeof(struct net_tunables);
}

/* The first time that an endpoint is spoken of. */
static uint32_t id_of(struct recorder *r, struct endpoint *ep)
{
	struct record_endpoint e = { .id = ep->id,
				     .family = ep->family,
				     .type = ep->type,
				     .number = ep->number,
				     .pid = ep->pid,
				     .uid = ep->uid,
				     .inode = ep->inode };

	if (!ep->recorded)
		put(r, RECORD_ENDPOINT, &e, sizeof e);
	ep->recorded = true;
	return ep->id;
}

/* ---- events ---- */

static void put_known_request(struct recorder *r,
			      const struct endpoint_request *q)
{
	uint32_t id = id_of(r, q->endpoint);
	uint32_t value = q->op == EP_OP_SETSOCKOPT ||
					 q->op == EP_OP_GETSOCKOPT ?
				 q->length :
			 q->op == EP_OP_IOCTL ? sizeof(int) :
						0;

	if (!q->value)
		value = 0;
	put_head(r, RECORD_REQUEST, sizeof id + sizeof *q + value);
	put_bytes(r, &id, sizeof id);
	put_bytes(r, q, sizeof *q);
	put_bytes(r, q->value, value);
}

/* What points to memory that a replay has not: a ring's, a filter's. */
static bool is_unknown(const struct endpoint_request *q)
{
	if (q->endpoint->family == NET_TUN)
		return q->op == EP_OP_IOCTL;
	return q->endpoint->family == NET_PACKET && q->op == EP_OP_SETSOCKOPT &&
	       (q->option == PACKET_RX_RING || q->option == PACKET_TX_RING);
}

static void put_request(struct recorder *r, const struct endpoint_request *q)
{
	if (is_unknown(q)) {
		put(r, RECORD_UNKNOWN, NULL, 0);
		return;
	}
	put_known_request(r, q);
}

static void put_attach(struct recorder *r, const struct netif *netif)
{
	struct record_netif n = { .type = netif->type,
				  .features = netif->features,
				  .gso_max = netif->gso_max,
				  .headroom = netif->headroom,
				  .mtu = netif->mtu,
				  .max_mtu = netif->max_mtu,
				  .link_up = atomic_load(&netif->link_up) };

	string_copy(n.name, netif->name, sizeof n.name);
	memcpy(n.mac, netif->mac, 6);
	put(r, RECORD_ATTACH, &n, sizeof n);
}

static void put_config(struct recorder *r, const struct config_request *q)
{
	put_head(r, RECORD_CONFIG,
		 sizeof *q + string_size(q->name) + string_size(q->text));
	put_bytes(r, q, sizeof *q);
	put_string(r, q->name);
	put_string(r, q->text);
}

static void put_tune(struct recorder *r, const struct tunable_request *q)
{
	if (!q->write) {
		put(r, RECORD_SILENT, NULL, 0);
		return;
	}
	put_head(r, RECORD_TUNE,
		 sizeof q->netif + string_size(q->tunable->path) +
			 string_size(q->text));
	put_bytes(r, &q->netif, sizeof q->netif);
	put_string(r, q->tunable->path);
	put_string(r, q->text);
}

static void put_event(struct recorder *r, struct event *event)
{
	struct netif *netif;

	switch ((enum event_kind)event->kind) {
	case EVENT_ENDPOINT:
		put_pair(r, RECORD_ENDPOINT_EVENT,
			 id_of(r, container_of(event, struct endpoint, event)),
			 event->asked);
		return;
	case EVENT_REQUEST:
		put_request(r, container_of(event, struct endpoint_request,
					    request.event));
		return;
	case EVENT_ATTACH:
		put_attach(r, container_of(event, struct netif, attach_event));
		return;
	case EVENT_SCHEDULE:
		netif = container_of(event, struct netif, schedule_event);
		put_number(r, RECORD_SCHEDULE, netif->index);
		return;
	case EVENT_LINK:
		netif = container_of(event, struct netif, link_event);
		put_pair(r, RECORD_LINK, netif->index,
			 atomic_load(&netif->link_up));
		return;
	case EVENT_CONFIG:
		put_config(r, container_of(event, struct config_request,
					   request.event));
		return;
	case EVENT_TUNE:
		put_tune(r, container_of(event, struct tunable_request,
					 request.event));
		return;
	case EVENT_SILENT:
		put(r, RECORD_SILENT, NULL, 0);
		return;
	case EVENT_UNKNOWN:
		break;
	}
	put(r, RECORD_UNKNOWN, NULL, 0);
}

static struct event *record_event(struct net *net)
{
	struct event *event = event_take(net);

	if (event)
		put_event(net->recorder, event);
	else
		put(net->recorder, RECORD_NO_EVENT, NULL, 0);
	return event;
}

static void record_run(struct net *net, nsec_t now)
{
	put(net->recorder, RECORD_RUN, &now, sizeof now);
}

/* ---- what users did meanwhile ---- */

/* The next piece of tx from `from` on, with a reference; its length. */
static uint32_t next_piece(struct endpoint *ep, uint64_t from, uint64_t to,
			   struct fragment *f)
{
	uint32_t n = (uint32_t)MIN(to - from, (uint64_t)1 << 30);
	int count = 0;

	n = frag_ring_peek(&ep->tx, from, n, to, f, 1, &count);
	NET_ASSERT(n && count == 1);
	return n;
}

static size_t measure_pieces(struct endpoint *ep, uint64_t from, uint64_t to,
			     uint32_t *pieces)
{
	size_t size = to > from ? (size_t)(to - from) : 0;
	struct fragment f;

	while (from < to) {
		from += next_piece(ep, from, to, &f);
		buf_put(f.buf);
		size += sizeof(struct record_written);
		++*pieces;
	}
	return size;
}

static void put_pieces(struct recorder *r, struct endpoint *ep, uint64_t from,
		       uint64_t to)
{
	struct endpoint_extra none = { .recorded_end = NULL };
	struct endpoint_extra *extra = endpoint_extra(ep);

	/* Without memory each piece is a new buffer. */
	if (!extra)
		extra = &none;
	while (from < to) {
		struct fragment f;
		struct record_written w;

		w.length = next_piece(ep, from, to, &f);
		w.size = f.offset && fragment_data(&f) == extra->recorded_end ?
				 0 :
				 f.buf->size;
		put_bytes(r, &w, sizeof w);
		put_bytes(r, fragment_data(&f), w.length);
		extra->recorded_end = fragment_data(&f) + w.length;
		buf_put(f.buf);
		from += w.length;
	}
}

static void record_sample(struct endpoint *ep)
{
	struct recorder *r = ep->net->recorder;
	struct record_sample s = { .tail = atomic_load(&ep->tx.tail),
				   .head = atomic_load(&ep->rx.head) };
	size_t size;

	s.id = id_of(r, ep);
	s.held = atomic_load(&ep->tx_more);
	s.start = MAX(ep->tx_tail, atomic_load(&ep->tx.head));
	size = measure_pieces(ep, s.start, s.tail, &s.pieces);
	put_head(r, RECORD_SAMPLE, sizeof s + size);
	put_bytes(r, &s, sizeof s);
	put_pieces(r, ep, s.start, s.tail);
	ep->tx_tail = s.tail;
	ep->rx_head = s.head;
	ep->tx_held = s.held;
}

static void record_accepts(struct endpoint *ep)
{
	struct recorder *r = ep->net->recorder;

	put_pair(r, RECORD_ACCEPTS, id_of(r, ep),
		 atomic_load(&ep->extra->accept_count));
}

static uint32_t record_charge(struct endpoint *ep, uint32_t charged)
{
	struct recorder *r = ep->net->recorder;

	put_pair(r, RECORD_CHARGE, id_of(r, ep), charged);
	return charged;
}

static uint32_t record_queued(struct endpoint *ep, uint32_t queued)
{
	struct recorder *r = ep->net->recorder;

	put_pair(r, RECORD_QUEUED, id_of(r, ep), queued);
	return queued;
}

static struct datagram *record_datagram(struct endpoint *ep)
{
	struct recorder *r = ep->net->recorder;
	struct mail *mail = mailbox_pop(&ep->tx_box);
	uint32_t id = id_of(r, ep), at = 0, n;
	struct datagram *d;
	uint8_t *bytes;

	if (!mail) {
		put_number(r, RECORD_DATAGRAM, id);
		return NULL;
	}
	d = container_of(mail, struct datagram, mail);
	put_head(r, RECORD_DATAGRAM, sizeof id + sizeof *d + d->length);
	put_bytes(r, &id, sizeof id);
	put_bytes(r, d, sizeof *d);
	for (; at < d->length; at += n) {
		n = datagram_span(d, at, &bytes);
		put_bytes(r, bytes, n);
	}
	return d;
}

static void record_child(struct endpoint *parent, struct endpoint *child)
{
	struct recorder *r = parent->net->recorder;

	put_pair(r, RECORD_CHILD, id_of(r, parent), child->id);
	child->recorded = true;
}

/* ---- devices ---- */

static void record_frame(struct netif *netif, const struct packet *packet)
{
	struct recorder *r = netif->net->recorder;
	struct record_frame f = { .netif = netif->index,
				  .length = packet->length,
				  .flags = packet->flags,
				  .pieces = packet->fragment_count,
				  .csum_start = packet->csum_start,
				  .csum_offset = packet->csum_offset,
				  .gso_size = packet->gso_size,
				  .gso_type = packet->gso_type };

	NET_ASSERT(packet->head_start == packet->head_end);
	put_head(r, RECORD_FRAME,
		 sizeof f + f.pieces * sizeof(struct record_piece) + f.length);
	put_bytes(r, &f, sizeof f);
	for (uint32_t i = 0; i < f.pieces; i++) {
		const struct fragment *from = &packet->fragments[i];
		struct record_piece piece = { from->offset, from->length,
					      from->buf->size,
					      from->buf->truesize };

		put_bytes(r, &piece, sizeof piece);
	}
	for (uint32_t i = 0; i < f.pieces; i++)
		put_bytes(r, fragment_data(&packet->fragments[i]),
			  packet->fragments[i].length);
}

static void record_wake(struct netif *netif)
{
	put_number(netif->net->recorder, RECORD_WAKE, netif->index);
}

static int record_poll(struct netif *netif, int budget)
{
	struct recorder *r = netif->net->recorder;
	int n = netif->ops->poll(netif, budget);

	put_pair(r, RECORD_POLLED, netif->index, (uint32_t)n);
	return n;
}

static uint32_t checksum(const struct packet *packet)
{
	uint32_t crc = crc32c(0, packet->head + packet->head_start,
			      (uint32_t)packet->head_end - packet->head_start);

	for (uint32_t i = 0; i < packet->fragment_count; i++)
		crc = crc32c(crc, fragment_data(&packet->fragments[i]),
			     packet->fragments[i].length);
	return crc;
}

static int record_sent(struct netif *netif, const struct packet *packet,
		       int err)
{
	uint32_t sent[3] = { (uint32_t)err, packet->length, checksum(packet) };

	put(netif->net->recorder, RECORD_SENT, sent, sizeof sent);
	return err;
}

void record_random(struct recorder *r, const void *bytes, size_t length)
{
	put(r, RECORD_RANDOM, bytes, length);
}

static const struct recorder_ops recording = {
	.run = record_run,
	.event = record_event,
	.sample = record_sample,
	.accepts = record_accepts,
	.charge = record_charge,
	.queued = record_queued,
	.datagram = record_datagram,
	.child = record_child,
	.frame = record_frame,
	.wake = record_wake,
	.poll = record_poll,
	.sent = record_sent,
};

void record_init(struct recorder *r, nsec_t now, nsec_t epoch, bool kernel)
{
	struct record_start start = { .magic = RECORD_MAGIC,
				      .layout = record_layout(),
				      .now = now,
				      .epoch = epoch,
				      .kernel = kernel };

	r->ops = &recording;
	r->sum = 0;
	put_bytes(r, &start, sizeof start);
}
