// SPDX-License-Identifier: MIT
/*
 * Replays an event record (net/core/record.h): the same events, frames, ring
 * fillings, random numbers and times come in again, and every packet that the
 * stack sends is compared with the checksum of the one it sent then.
 *
 *	replay RECORD [--capture FILE] [--wire FILE]
 *
 * --capture writes what the stack's own tap says now (pcapng, with today's
 * verdicts and variables), --wire the frames sent (pcap). Exit status 0: the
 * same bytes in the same order; 1: it says where the run is another one.
 *
 * A recorder's doors are called by the stack; in a replay each takes the record
 * that must come next. What users did shows in the events and samples: the
 * replay opens sockets, fills and empties rings and accepts just before.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crc.h"
#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/core/record.h"
#include "net/net.h"
#include "tools/netsim/capture.h"
#include "tools/netsim/port_host.h"
#include "tools/netsim/record_check.h"

#define NETIFS 16

struct known {
	struct endpoint *ep;
	struct endpoint *parent; /* of a child that nobody has accepted yet */
};

static struct {
	const uint8_t *bytes, *at, *end;
	struct recorder recorder;
	struct net_config config;
	struct net *net;
	struct known *known;
	uint32_t known_count;
	struct netif netifs[NETIFS];
	int netif_count;
	nsec_t now;
	uint64_t records, runs, sent, frames;
	FILE *wire;
	struct capture *capture;
	struct event silent;
} r;

/* ---- the record ---- */

static void NORETURN PRINTF_LIKE(1, 2) differ(const char *fmt, ...)
{
	va_list args;

	printf("record %llu, at %lld.%06lld s: ", (unsigned long long)r.records,
	       (long long)(r.now / NSEC_PER_SEC),
	       (long long)(r.now % NSEC_PER_SEC / 1000));
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* The record was cut off here: the guest was switched off. */
static void NORETURN finish(void)
{
	printf("%llu records, %llu runs of the stack: %llu frames received, "
	       "%llu sent, all as recorded\n",
	       (unsigned long long)r.records, (unsigned long long)r.runs,
	       (unsigned long long)r.frames, (unsigned long long)r.sent);
	if (r.wire)
		fclose(r.wire);
	capture_flush(r.capture);
	exit(0);
}

static uint32_t peek_kind(void)
{
	struct record_head head;

	if ((size_t)(r.end - r.at) < sizeof head)
		finish();
	memcpy(&head, r.at, sizeof head);
	if ((size_t)(r.end - r.at) - sizeof head < head.length)
		finish();
	return head.kind;
}

/* The next record's bytes; it must be of this kind. */
static const uint8_t *take(enum record_kind kind, uint32_t *length)
{
	struct record_head head;
	const uint8_t *bytes;

	if (peek_kind() != kind)
		differ("a record of kind %u, the stack asks for %u",
		       peek_kind(), kind);
	memcpy(&head, r.at, sizeof head);
	bytes = r.at + sizeof head;
	r.at = bytes + head.length;
	r.records++;
	if (length)
		*length = head.length;
	return bytes;
}

static uint32_t number(const uint8_t *bytes, int i)
{
	uint32_t n;

	memcpy(&n, bytes + 4 * i, sizeof n);
	return n;
}

/* ---- endpoints ---- */

static void know(uint32_t id, struct endpoint *ep, struct endpoint *parent)
{
	if (id >= r.known_count) {
		uint32_t count = MAX(id + 1, r.known_count * 2);

		r.known = realloc(r.known, count * sizeof *r.known);
		memset(r.known + r.known_count, 0,
		       (count - r.known_count) * sizeof *r.known);
		r.known_count = count;
	}
	r.known[id] = (struct known){ ep, parent };
}

static void make_endpoint(void)
{
	struct record_endpoint e;
	struct endpoint *ep;
	int err;

	memcpy(&e, take(RECORD_ENDPOINT, NULL), sizeof e);
	err = net_socket(r.net, (int)e.family, (int)e.type, (int)e.number, &ep);
	if (err)
		differ("socket(%u, %u, %u) gives %d", e.family, e.type,
		       e.number, err);
	/* A raw socket kicks itself; the record says when. */
	mailbox_pop(&r.net->events);
	atomic_store(&ep->event.posted, 0);
	ep->id = e.id;
	ep->pid = e.pid;
	ep->uid = e.uid;
	ep->inode = e.inode;
	know(e.id, ep, NULL);
}

/* The user takes children in order, this one at last. */
static void accept_until(struct endpoint *child)
{
	struct endpoint *listener = r.known[child->id].parent;

	while (r.known[child->id].parent) {
		struct endpoint *got = endpoint_accept(listener);

		if (!got)
			differ("endpoint %u is used and was not accepted",
			       child->id);
		r.known[got->id].parent = NULL;
	}
}

static struct endpoint *by_id(uint32_t id)
{
	struct endpoint *ep = id < r.known_count ? r.known[id].ep : NULL;

	if (!ep)
		differ("endpoint %u is unknown", id);
	return ep;
}

/* One that a user speaks of. */
static struct endpoint *users(uint32_t id)
{
	struct endpoint *ep = by_id(id);

	accept_until(ep);
	return ep;
}

static void new_endpoints(void)
{
	while (peek_kind() == RECORD_ENDPOINT)
		make_endpoint();
}

/* ---- doors: users ---- */

/* Into a buffer of this size, or (0) into the one that is open. */
static void fill(struct frag_ring *ring, const uint8_t *bytes, uint32_t length,
		 uint32_t size)
{
	uint32_t limit = ring->limit;
	struct frag_span span;

	ring->limit = 1u << 30; /* it had room then */
	if (size && ring->open > FRAG_RING_EMPTY)
		ring->open = NULL; /* the reader had closed it */
	while (length) {
		uint32_t n;

		if (frag_ring_reserve(ring, MAX(size, length), &span))
			differ("no memory");
		n = MIN(length, span.length);
		if (bytes)
			memcpy(span.data, bytes, n);
		frag_ring_commit(ring, n);
		bytes = bytes ? bytes + n : NULL;
		length -= n;
	}
	ring->limit = limit;
}

static void fill_pieces(struct endpoint *ep, const struct record_sample *s,
			const uint8_t *bytes)
{
	/* What was released before it was seen: its end of the stream. */
	if (s->start > ep->tx.tail)
		fill(&ep->tx, NULL, (uint32_t)(s->start - ep->tx.tail), 0);
	for (uint32_t i = 0; i < s->pieces; i++) {
		struct record_written w;

		memcpy(&w, bytes, sizeof w);
		fill(&ep->tx, bytes + sizeof w, w.length, w.size);
		bytes += sizeof w + w.length;
	}
}

static void replay_sample(struct endpoint *ep)
{
	struct record_sample s;
	const uint8_t *bytes;

	new_endpoints();
	bytes = take(RECORD_SAMPLE, NULL);
	memcpy(&s, bytes, sizeof s);
	if (s.id != ep->id)
		differ("endpoint %u is looked at, it was %u", ep->id, s.id);
	if (s.tail < ep->tx.tail || s.head > ep->rx.tail)
		differ("endpoint %u: rings at %llu and %llu, were %llu and %llu",
		       ep->id, (unsigned long long)ep->tx.tail,
		       (unsigned long long)ep->rx.tail,
		       (unsigned long long)s.tail, (unsigned long long)s.head);
	fill_pieces(ep, &s, bytes + sizeof s);
	if (s.head > ep->rx.head)
		frag_ring_release(&ep->rx, s.head);
	ep->tx_tail = s.tail;
	ep->rx_head = s.head;
	ep->tx_held = s.held;
}

static void replay_accepts(struct endpoint *ep)
{
	const uint8_t *bytes;
	struct endpoint *child;

	new_endpoints();
	bytes = take(RECORD_ACCEPTS, NULL);
	if (number(bytes, 0) != ep->id ||
	    ep->extra->accept_count < number(bytes, 1))
		differ("listener %u has %u to accept, %u had %u", ep->id,
		       ep->extra->accept_count, number(bytes, 0),
		       number(bytes, 1));
	while (ep->extra->accept_count > number(bytes, 1) &&
	       (child = endpoint_accept(ep)))
		r.known[child->id].parent = NULL;
}

/* What this record says of the endpoint; what the user has read shows in it. */
static uint32_t replay_fill(struct endpoint *ep, enum record_kind kind)
{
	const uint8_t *bytes;

	new_endpoints();
	bytes = take(kind, NULL);
	if (number(bytes, 0) != ep->id)
		differ("endpoint %u is charged, it was %u", ep->id,
		       number(bytes, 0));
	return number(bytes, 1);
}

static bool read_one(struct endpoint *ep)
{
	struct datagram *d = ep->type == NET_SOCK_STREAM ?
				     NULL :
				     endpoint_receive_datagram(ep);

	if (d)
		datagram_free(d);
	return d;
}

static uint32_t replay_charge(struct endpoint *ep, uint32_t charged)
{
	uint32_t was = replay_fill(ep, RECORD_CHARGE);

	while (ep->rx_charged > was && read_one(ep))
		;
	return was;
}

static uint32_t replay_queued(struct endpoint *ep, uint32_t queued)
{
	uint32_t was = replay_fill(ep, RECORD_QUEUED);

	while (ep->rx_queued > was && read_one(ep))
		;
	return was;
}

static void copy_into(struct datagram *d, const uint8_t *bytes)
{
	uint32_t at = 0;

	while (at < d->length) {
		uint8_t *to;
		uint32_t n = datagram_span(d, at, &to);

		memcpy(to, bytes + at, n);
		at += n;
	}
}

static struct datagram *replay_datagram(struct endpoint *ep)
{
	struct datagram was, *d;
	const uint8_t *bytes;
	uint32_t length;

	new_endpoints();
	bytes = take(RECORD_DATAGRAM, &length);
	if (number(bytes, 0) != ep->id)
		differ("endpoint %u sends, it was %u", ep->id,
		       number(bytes, 0));
	if (length == 4)
		return NULL;
	memcpy(&was, bytes + 4, sizeof was);
	d = datagram_new(was.length);
	if (!d)
		differ("no memory");
	/* All that the user said, none of where it lay. */
	was.mail = d->mail;
	was.self = d->self;
	was.answer = NULL;
	was.fragment_count = d->fragment_count;
	memcpy(was.fragments, d->fragments, sizeof was.fragments);
	*d = was;
	copy_into(d, bytes + 4 + sizeof was);
	atomic_fetch_add(&ep->tx_charged, d->charge);
	return d;
}

static void replay_child(struct endpoint *parent, struct endpoint *child)
{
	const uint8_t *bytes;

	new_endpoints();
	bytes = take(RECORD_CHILD, NULL);
	if (number(bytes, 0) != parent->id)
		differ("listener %u has a child, it was %u", parent->id,
		       number(bytes, 0));
	child->id = number(bytes, 1);
	know(child->id, child, parent);
}

/* ---- doors: events ---- */

static void answered(struct request *request)
{
	free(request->context);
}

static void post_request(void)
{
	uint32_t length;
	const uint8_t *bytes = take(RECORD_REQUEST, &length);
	struct endpoint_request *q;
	struct endpoint *ep = users(number(bytes, 0));
	uint32_t value = length - 4 - (uint32_t)sizeof *q;

	q = calloc(1, sizeof *q + MAX(value, 64u));
	memcpy(q, bytes + 4, sizeof *q);
	memcpy(q + 1, bytes + 4 + sizeof *q, value);
	q->value = q->value ? q + 1 : NULL;
	memset(&q->request, 0, sizeof q->request);
	q->request.done = answered;
	q->request.context = q;
	endpoint_request(ep, q);
}

static bool discard(struct tap_sink *sink, const void *block, size_t length)
{
	return true;
}

static void post_config(void)
{
	static struct tap_sink nowhere = { .write = discard };
	uint32_t length;
	const uint8_t *bytes = take(RECORD_CONFIG, &length);
	struct config_request *q = calloc(1, sizeof *q + length);
	const char *strings = (const char *)(q + 1);

	memcpy(q, bytes, sizeof *q);
	memcpy(q + 1, bytes + sizeof *q, length - sizeof *q);
	memset(&q->request, 0, sizeof q->request);
	q->name = q->name ? strings : NULL;
	q->text = q->text ? strings + strlen(strings) + 1 : NULL;
	q->request.done = answered;
	q->request.context = q;
	if (q->op == CONFIG_CAPTURE) {
		q->sink = q->sink ? &nowhere : NULL;
		if (r.capture)
			q->sink = capture_sink(r.capture);
	}
	net_configure(r.net, q);
}

static void post_tune(void)
{
	const char *start = (const char *)take(RECORD_TUNE, NULL);
	struct tunable_request *q = calloc(1, sizeof *q);
	const char *path = start + sizeof q->netif;

	q->tunable = tunable_find(path);
	if (!q->tunable)
		differ("no setting %s", path);
	memcpy(&q->netif, start, sizeof q->netif);
	q->write = true;
	q->text = (char *)path + strlen(path) + 1;
	q->request.done = answered;
	q->request.context = q;
	net_tune(r.net, q);
}

static int transmit(struct netif *netif, struct packet *packet)
{
	return 0; /* replay_sent() says more */
}

static int poll(struct netif *netif, int budget)
{
	return 0; /* replay_poll() */
}

static const struct netif_ops ops = { .transmit = transmit, .poll = poll };

static void post_attach(void)
{
	struct record_netif n;
	struct netif *netif = &r.netifs[r.netif_count++];

	memcpy(&n, take(RECORD_ATTACH, NULL), sizeof n);
	if (r.netif_count == NETIFS)
		differ("too many interfaces");
	netif->ops = &ops;
	memcpy(netif->name, n.name, sizeof netif->name);
	memcpy(netif->mac, n.mac, 6);
	netif->type = n.type;
	netif->features = n.features;
	netif->gso_max = n.gso_max;
	netif->headroom = n.headroom;
	netif->mtu = n.mtu;
	netif->max_mtu = n.max_mtu;
	netif->link_up = n.link_up;
	net_attach(r.net, netif);
}

static struct netif *netif_of(uint32_t index)
{
	struct netif *netif = netif_by_index(r.net, index);

	if (!netif)
		differ("no interface %u", index);
	return netif;
}

static void nothing(struct net *net, struct event *event)
{
}

static void post_silent(void)
{
	take(RECORD_SILENT, NULL);
	r.silent.handle = nothing;
	net_post(r.net, &r.silent);
}

static void post_asked(void)
{
	const uint8_t *bytes = take(RECORD_ENDPOINT_EVENT, NULL);
	uint32_t id = number(bytes, 0), asked = number(bytes, 1);
	struct endpoint *ep = users(id);

	if (asked & ASKS_KICK)
		endpoint_kick(ep);
	if (!(asked & ASKS_CLOSE))
		return;
	r.known[id].ep = NULL;
	endpoint_close(ep);
}

/* Does what a user or driver did, through the same door. */
static bool post_next(void)
{
	const uint8_t *bytes;
	struct netif *netif;

	switch ((enum record_kind)peek_kind()) {
	case RECORD_NO_EVENT:
		take(RECORD_NO_EVENT, NULL);
		return false;
	case RECORD_ENDPOINT_EVENT:
		post_asked();
		return true;
	case RECORD_REQUEST:
		post_request();
		return true;
	case RECORD_ATTACH:
		post_attach();
		return true;
	case RECORD_SCHEDULE:
		netif = netif_of(number(take(RECORD_SCHEDULE, NULL), 0));
		netif_schedule(netif);
		return true;
	case RECORD_LINK:
		bytes = take(RECORD_LINK, NULL);
		netif_link_changed(netif_of(number(bytes, 0)),
				   number(bytes, 1));
		return true;
	case RECORD_CONFIG:
		post_config();
		return true;
	case RECORD_TUNE:
		post_tune();
		return true;
	case RECORD_SILENT:
		post_silent();
		return true;
	case RECORD_UNKNOWN:
		differ("an event that cannot be replayed");
	default:
		differ("a record of kind %u, the stack asks for an event",
		       peek_kind());
	}
}

static struct event *replay_event(struct net *net)
{
	struct event *event;

	new_endpoints();
	if (!post_next())
		return NULL;
	event = event_take(net);
	if (!event)
		differ("the event was posted before");
	return event;
}

static void replay_run(struct net *net, nsec_t now)
{
}

/* ---- doors: devices ---- */

static void add_piece(struct packet *packet, const struct record_piece *piece,
		      const uint8_t *bytes)
{
	struct buf *buf =
		port_buf_alloc(MAX(piece->size, piece->offset + piece->length));

	buf->size = piece->size;
	buf->truesize = piece->truesize;
	memcpy(buf->data + piece->offset, bytes, piece->length);
	if (!packet_add_fragment(packet, buf, piece->offset, piece->length))
		differ("a frame of too many pieces");
}

static void receive_frame(void)
{
	const uint8_t *bytes = take(RECORD_FRAME, NULL), *pieces;
	struct packet *packet = packet_new(r.net);
	struct record_frame f;

	memcpy(&f, bytes, sizeof f);
	pieces = bytes + sizeof f;
	bytes = pieces + f.pieces * sizeof(struct record_piece);
	for (uint32_t i = 0; i < f.pieces; i++) {
		struct record_piece piece;

		memcpy(&piece, pieces + i * sizeof piece, sizeof piece);
		add_piece(packet, &piece, bytes);
		bytes += piece.length;
	}
	packet->flags = f.flags;
	packet->csum_start = f.csum_start;
	packet->csum_offset = f.csum_offset;
	packet->gso_size = f.gso_size;
	packet->gso_type = (uint8_t)f.gso_type;
	r.frames++;
	netif_receive(netif_of(f.netif), packet);
}

static int replay_poll(struct netif *netif, int budget)
{
	const uint8_t *bytes;

	for (;;) {
		if (peek_kind() == RECORD_FRAME)
			receive_frame();
		else if (peek_kind() == RECORD_WAKE)
			netif_wake(
				netif_of(number(take(RECORD_WAKE, NULL), 0)));
		else
			break;
	}
	bytes = take(RECORD_POLLED, NULL);
	if (number(bytes, 0) != netif->index)
		differ("interface %u is polled, it was %u", netif->index,
		       number(bytes, 0));
	return (int)number(bytes, 1);
}

static void write_pcap(const struct packet *packet, const uint8_t *bytes)
{
	uint32_t head[4] = {
		(uint32_t)((r.now + r.config.epoch) / NSEC_PER_SEC),
		(uint32_t)((r.now + r.config.epoch) % NSEC_PER_SEC / 1000),
		packet->length, packet->length
	};

	fwrite(head, sizeof head, 1, r.wire);
	fwrite(bytes, 1, packet->length, r.wire);
}

static int replay_sent(struct netif *netif, const struct packet *packet,
		       int err)
{
	static uint8_t bytes[PACKET_MAX + 4096];
	const uint8_t *was = take(RECORD_SENT, NULL);
	uint32_t crc;

	packet_copy(packet, 0, bytes, packet->length);
	crc = crc32c(0, bytes, packet->length);
	if (packet->length != number(was, 1) || crc != number(was, 2))
		differ("sends %u bytes with CRC %08x, sent %u with %08x",
		       packet->length, crc, number(was, 1), number(was, 2));
	err = (int)number(was, 0);
	if (!err) {
		r.sent++;
		if (r.wire)
			write_pcap(packet, bytes);
	}
	return err;
}

static void replay_frame(struct netif *netif, const struct packet *packet)
{
}

static void replay_wake(struct netif *netif)
{
}

static const struct recorder_ops replaying = {
	.run = replay_run,
	.event = replay_event,
	.sample = replay_sample,
	.accepts = replay_accepts,
	.charge = replay_charge,
	.queued = replay_queued,
	.datagram = replay_datagram,
	.child = replay_child,
	.frame = replay_frame,
	.wake = replay_wake,
	.poll = replay_poll,
	.sent = replay_sent,
};

static void replay_random(void *to, size_t length)
{
	uint32_t had;
	const uint8_t *bytes = take(RECORD_RANDOM, &had);

	if (had != length)
		differ("%zu random bytes are drawn, it were %u", length, had);
	memcpy(to, bytes, length);
}

/* ---- the program ---- */

static bool load(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	long size;

	if (!file) {
		perror(path);
		return false;
	}
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (fread(bytes, 1, (size_t)size, file) != (size_t)size)
		return false;
	fclose(file);
	r.bytes = r.at = bytes;
	r.end = record_undamaged(bytes, bytes + size);
	if (!r.end)
		exit(1);
	return true;
}

static bool begin(void)
{
	struct record_start start;

	if ((size_t)(r.end - r.at) < sizeof start)
		return false;
	memcpy(&start, r.at, sizeof start);
	if (start.magic != RECORD_MAGIC)
		return false;
	if (start.layout != record_layout()) {
		fprintf(stderr, "the record is of another version\n");
		return false;
	}
	r.at += sizeof start;
	r.config.now = r.now = start.now;
	r.config.epoch = start.epoch;
	r.recorder.ops = &replaying;
	r.config.recorder = &r.recorder;
	port_host_random_from(replay_random);
	port_host_kernel_sizes(start.kernel);
	r.net = net_create(&r.config);
	/* The simulator's hosts begin so (host_with). */
	if (r.net && !start.kernel)
		r.net->tunables.ip.fresh6.addr_gen_mode = GENERATE_NONE;
	return r.net != NULL;
}

static void open_wire(const char *path)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0,
					  0,	      262144,	   1 };

	r.wire = fopen(path, "wb");
	if (r.wire)
		fwrite(head, sizeof head, 1, r.wire);
	else
		perror(path);
}

int main(int argc, char **argv)
{
	const char *path = NULL, *capture = NULL;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--capture") && i + 1 < argc)
			capture = argv[++i];
		else if (!strcmp(argv[i], "--wire") && i + 1 < argc)
			open_wire(argv[++i]);
		else
			path = argv[i];
	}
	if (!path || !load(path) || !begin()) {
		fprintf(stderr, "usage: replay RECORD [--capture FILE] "
				"[--wire FILE]\n");
		return 2;
	}
	if (capture)
		r.capture = capture_create(r.net, capture);
	for (;;) {
		memcpy(&r.now, take(RECORD_RUN, NULL), sizeof r.now);
		r.runs++;
		net_run(r.net, r.now);
	}
}
