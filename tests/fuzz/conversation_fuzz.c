// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: conversations with a TCP. A valid handshake comes first, as
 * client or server, with options of the input's choice; then each step of the
 * input is a segment, a user's action or a time that passes. Segments are made
 * relative to what the peer would send next, with right lengths and checksums,
 * so the fuzzer's work goes into what TCP decides and not into headers.
 *
 * The input is a first step (the handshake) and further steps of STEP bytes.
 * The mutator keeps that shape: it inserts, removes, repeats and exchanges
 * steps, and changes fields of one, mostly by a little.
 *
 * What must hold: the stack's own assertions, no leak, and that the window it
 * offers never moves left.
 */
#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/net.h"
#include "net/wire/checksum.h"
#include "net/wire/ip4.h"
#include "net/wire/tcp.h"
#include "tools/netsim/port_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
			       unsigned int seed);

#define STEP 12
#define STEPS 120
#define OWN 0x0a000001u
#define PEER 0x0a000002u
#define OWN_PORT 80
#define PEER_PORT 5000
#define FRAME 4096

/* A step's bytes. */
enum {
	WHAT,
	FLAGS,
	SEQ_LOW,
	SEQ_HIGH,
	ACK_LOW,
	ACK_HIGH,
	WINDOW_LOW,
	WINDOW_HIGH,
	LENGTH_LOW,
	LENGTH_HIGH,
	OPTIONS,
	MORE
};

static struct {
	struct net *net;
	struct net_config config;
	struct netif netif;
	nsec_t now;
	struct endpoint *listener, *ep;
	uint16_t own_port;
	/* The peer's view. */
	uint32_t next; /* it would send next */
	uint32_t seen; /* everything before this has come from the stack */
	uint32_t stamp, echo;
	bool known, stamps;
	uint32_t edge;
	bool edge_known;
	uint8_t scale; /* the stack's */
	bool peer_scales; /* else nobody does */
} f;

#define MUST(cond)               \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

/* ---- the stack's side of the wire ---- */

static void check_edge(const struct tcp_header *h)
{
	uint8_t scale = f.peer_scales ? f.scale : 0;
	uint32_t edge = h->ack + ((uint32_t)h->window << scale);

	if (!(h->flags & TCP_ACK) || (h->flags & TCP_RST))
		return;
	/* A scaled window is rounded down: by less than its unit. */
	MUST(!f.edge_known || (int32_t)(edge + (1u << scale) - f.edge) > 0);
	if (!f.edge_known || (int32_t)(edge - f.edge) > 0)
		f.edge = edge;
	f.edge_known = true;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	static uint8_t bytes[FRAME];
	uint32_t n = packet_copy(packet, 0, bytes, sizeof bytes), ip, end;
	struct tcp_header h;

	if (n < 40 || bytes[0] >> 4 != 4 || bytes[9] != 6)
		return 0;
	ip = (bytes[0] & 15) * 4u;
	MUST(tcp_header_parse(bytes + ip, n - ip, &h) == 0);
	end = h.seq + (packet->length - ip - (bytes[ip + 12] >> 4) * 4u) +
	      !!(h.flags & TCP_SYN) + !!(h.flags & TCP_FIN);
	if (h.flags & TCP_RST) {
		f.edge_known = false;
		return 0;
	}
	if (h.flags & TCP_SYN) {
		f.seen = end;
		f.own_port = h.src_port;
		f.known = true;
		f.scale = h.opt.has_wscale ? h.opt.wscale : 0;
		f.edge_known = false;
	} else if ((int32_t)(end - f.seen) > 0) {
		f.seen = end;
	}
	if (h.opt.has_timestamp) {
		f.echo = h.opt.ts_val;
		f.stamps = true;
	}
	if (!(h.flags & TCP_SYN))
		check_edge(&h);
	return 0;
}

static int poll(struct netif *netif, int budget)
{
	return 0;
}

static const struct netif_ops ops = { .transmit = transmit, .poll = poll };

static void settle(void)
{
	for (int i = 0; i < 200 && net_run(f.net, f.now) <= f.now; i++)
		;
}

/* ---- the peer's segments ---- */

static uint32_t number(const uint8_t *step, int at)
{
	return (uint32_t)step[at] | (uint32_t)step[at + 1] << 8;
}

/* Mostly near, seldom far. */
static uint32_t offset(const uint8_t *step, int at)
{
	int32_t v = (int16_t)number(step, at);

	return (uint32_t)(step[MORE] & 0x40 ? v * 65536 : v);
}

static void set_options(struct tcp_header *h, const uint8_t *step)
{
	uint8_t o = step[OPTIONS];

	if (h->flags & TCP_SYN) {
		if (o & 1)
			h->opt.mss = o & 2 ? 1460 :
					     (uint16_t)(100 + step[MORE]);
		h->opt.has_wscale = !!(o & 4);
		h->opt.wscale = step[MORE] & 15;
		h->opt.sack_permitted = !!(o & 8);
		h->opt.has_timestamp = !!(o & 16);
	} else {
		h->opt.has_timestamp = f.stamps && !(o & 16);
		h->opt.sack_count = o & 3;
		for (int i = 0; i < h->opt.sack_count; i++) {
			uint32_t left = f.seen - (uint32_t)step[MORE] * 40 +
					(uint32_t)i * 3000;

			h->opt.sack[i].left = left;
			h->opt.sack[i].right = left + 1 + step[LENGTH_LOW] * 8u;
		}
	}
	h->opt.ts_val = f.stamp + (o & 32 ? (uint32_t)-100 : 0);
	h->opt.ts_ecr = f.echo - (o & 64 ? 50 : 0);
}

static void deliver(const uint8_t *bytes, uint32_t length)
{
	struct packet *packet = packet_new(f.net);
	struct buf *buf = packet ? port_buf_alloc(length) : NULL;

	if (!packet)
		return;
	if (!buf) {
		packet_free(f.net, packet);
		return;
	}
	memcpy(buf->data, bytes, length);
	packet_add_fragment(packet, buf, 0, length);
	netif_receive(&f.netif, packet);
	settle();
}

static void send_segment(struct tcp_header *h, uint32_t payload)
{
	static uint8_t bytes[FRAME];
	struct net_addr peer = addr_ip4(PEER), own = addr_ip4(OWN);
	uint32_t header = (uint32_t)tcp_header_size(h), length;
	struct ip4_header ip = {
		.ttl = 64, .protocol = 6, .src = PEER, .dst = OWN
	};

	if (header > TCP_HEADER_MAX)
		return;
	length = header + payload;
	ip.total_length = (uint16_t)(20 + length);
	ip4_emit(bytes, &ip);
	tcp_header_emit(bytes + 20, h);
	memset(bytes + 20 + header, 'x', payload);
	put_be16(bytes + 36, 0);
	checksum_store(bytes + 36,
		       checksum_finish(checksum_add(checksum_pseudo(&peer, &own,
								    6, length),
						    bytes + 20, length)));
	deliver(bytes, 20 + length);
}

static void segment(const uint8_t *step)
{
	uint32_t payload = number(step, LENGTH_LOW) % 3000;
	struct tcp_header h = { .src_port = PEER_PORT,
				.dst_port = f.own_port,
				.flags = step[FLAGS],
				.window = (uint16_t)number(step, WINDOW_LOW) };

	if (step[WHAT] & 0x80)
		payload = 0;
	h.seq = f.next + offset(step, SEQ_LOW);
	h.ack = f.seen + offset(step, ACK_LOW);
	set_options(&h, step);
	if (h.flags & TCP_URG)
		h.urgent = step[MORE];
	f.stamp++;
	send_segment(&h, payload);
	/* What was in order moves the peer on. */
	if (h.seq == f.next && !(h.flags & TCP_RST))
		f.next +=
			payload + !!(h.flags & TCP_SYN) + !!(h.flags & TCP_FIN);
}

/* ---- the user ---- */

static void done(struct request *request)
{
	*(bool *)request->context = true;
}

static int request(struct endpoint *ep, struct endpoint_request *r)
{
	bool finished = false;

	r->request.done = done;
	r->request.context = &finished;
	endpoint_request(ep, r);
	settle();
	MUST(finished);
	return r->request.result;
}

static void set(struct endpoint *ep, int level, int name, int value)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = &value,
				      .length = sizeof value };

	request(ep, &r);
}

static void shut(struct endpoint *ep, int how)
{
	struct endpoint_request r = { .op = EP_OP_SHUTDOWN, .number = how };

	request(ep, &r);
}

static void user_writes(uint32_t n)
{
	struct frag_span span;

	if (!(f.ep->status & EP_CONNECTED) || (f.ep->status & EP_TX_SHUT))
		return;
	while (n && frag_ring_reserve(&f.ep->tx, n, &span) == 0) {
		memset(span.data, 'y', span.length);
		frag_ring_commit(&f.ep->tx, span.length);
		n -= span.length;
	}
	endpoint_kick(f.ep);
	settle();
}

static void user_reads(uint32_t n)
{
	struct frag_span span;

	frag_ring_span(&f.ep->rx, f.ep->rx.head, &span);
	frag_ring_release(&f.ep->rx, f.ep->rx.head + MIN(span.length, n));
	endpoint_consumed(f.ep);
	settle();
}

static void user(const uint8_t *step)
{
	static const int options[][2] = {
		{ 6, 1 },
		{ 6, 3 },
		{ 6, 2 },
		{ 6, 12 },
		{ 6, 18 },
		{ 6, 25 },
		{ 6, 10 },
		{ 1, NET_SO_SNDBUF },
		{ 1, NET_SO_RCVBUF },
		{ 1, NET_SO_KEEPALIVE },
		{ 6, 4 },
	};
	uint32_t which = step[OPTIONS] % ARRAY_LEN(options);

	if (!f.ep)
		return;
	switch (step[FLAGS] % 5) {
	case 0:
		user_writes(number(step, LENGTH_LOW) * 4);
		break;
	case 1:
		user_reads(number(step, LENGTH_LOW));
		break;
	case 2:
		shut(f.ep, step[OPTIONS] % 3);
		break;
	case 3:
		set(f.ep, options[which][0], options[which][1],
		    (int)number(step, WINDOW_LOW));
		break;
	default:
		endpoint_close(f.ep);
		f.ep = NULL;
		settle();
		break;
	}
}

/* ---- the conversation ---- */

static void start(void)
{
	struct net_addr own = addr_ip4(OWN);

	memset(&f, 0, sizeof f);
	port_host_seed(1);
	port_host_fail_after(-1);
	f.now = f.config.now = 1000 * NSEC_PER_SEC;
	f.net = net_create(&f.config);
	f.netif.ops = &ops;
	memcpy(f.netif.name, "tun0", 5);
	f.netif.type = NETIF_TYPE_NONE;
	f.netif.mtu = 1500;
	f.netif.link_up = 1;
	net_attach(f.net, &f.netif);
	settle();
	netif_add_address(&f.netif, &own, 24);
	f.next = 7000;
	f.stamp = 500000;
	f.own_port = OWN_PORT;
}

/* The peer's SYN or SYN-ACK, as the first step has its options. */
static void say_hello(const uint8_t *step, uint8_t flags)
{
	uint8_t hello[STEP];

	memcpy(hello, step, STEP);
	hello[FLAGS] = flags;
	hello[WHAT] = 0x80;
	memset(hello + SEQ_LOW, 0, 4);
	f.peer_scales = step[OPTIONS] & 4;
	segment(hello);
}

static void be_called(const uint8_t *step)
{
	static const uint8_t ack[STEP] = {
		[WHAT] = 0x80, [FLAGS] = TCP_ACK, [WINDOW_HIGH] = 0xff
	};
	struct endpoint_request r = { .op = EP_OP_BIND };

	r.name.addr = addr_ip4(0);
	r.name.port = OWN_PORT;
	MUST(net_socket(f.net, NET_IP4, NET_SOCK_STREAM, 0, &f.listener) == 0);
	request(f.listener, &r);
	r = (struct endpoint_request){ .op = EP_OP_LISTEN, .number = 5 };
	request(f.listener, &r);
	say_hello(step, TCP_SYN);
	segment(ack);
	f.ep = endpoint_accept(f.listener);
}

static void call(const uint8_t *step)
{
	struct endpoint_request r = { .op = EP_OP_CONNECT };

	r.name.addr = addr_ip4(PEER);
	r.name.port = PEER_PORT;
	MUST(net_socket(f.net, NET_IP4, NET_SOCK_STREAM, 0, &f.ep) == 0);
	request(f.ep, &r);
	if (f.known)
		say_hello(step, TCP_SYN | TCP_ACK);
}

static void act(const uint8_t *step)
{
	switch (step[WHAT] & 7) {
	case 5:
		user(step);
		break;
	case 6:
		f.now += (nsec_t)number(step, LENGTH_LOW) * NSEC_PER_MSEC;
		settle();
		break;
	case 7:
		if (!f.ep && f.listener)
			f.ep = endpoint_accept(f.listener);
		break;
	default:
		segment(step);
		break;
	}
}

static void end(void)
{
	if (f.ep)
		endpoint_close(f.ep);
	if (f.listener)
		endpoint_close(f.listener);
	settle();
	net_destroy(f.net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	long in_use = port_host_in_use();

	if (size < STEP || size > STEP * STEPS)
		return 0;
	start();
	if (data[WHAT] & 1)
		be_called(data);
	else
		call(data);
	for (size_t at = STEP; at + STEP <= size; at += STEP)
		act(data + at);
	end();
	MUST(port_host_in_use() == in_use);
	return 0;
}

/* ---- the mutator ---- */

static uint32_t dice(unsigned int *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void vary(uint8_t *step, unsigned int *seed)
{
	static const uint8_t flags[] = { 0x10, 0x18, 0x11, 0x02, 0x12,
					 0x04, 0x14, 0x30, 0x00 };
	static const uint16_t values[] = { 0,	   1,	   536,	   1460,  2920,
					   0x7fff, 0xffff, 0xfffe, 0x8000 };
	int at = SEQ_LOW + 2 * (int)dice(seed, 4);
	uint16_t v = (uint16_t)number(step, at);

	switch (dice(seed, 6)) {
	case 0:
		step[FLAGS] = flags[dice(seed, ARRAY_LEN(flags))];
		return;
	case 1:
		step[WHAT] = (uint8_t)dice(seed, 256);
		return;
	case 2:
		step[OPTIONS] = (uint8_t)dice(seed, 256);
		return;
	case 3:
		v = values[dice(seed, ARRAY_LEN(values))];
		break;
	case 4:
		v = (uint16_t)(v + dice(seed, 5) - 2);
		break;
	default:
		LLVMFuzzerMutate(step, STEP, STEP);
		return;
	}
	step[at] = (uint8_t)v;
	step[at + 1] = (uint8_t)(v >> 8);
}

/* A segment in order, a user's step, or a pause: what most need first. */
static void fresh(uint8_t *step, unsigned int *seed)
{
	memset(step, 0, STEP);
	step[WHAT] = (uint8_t)dice(seed, 8);
	step[FLAGS] = step[WHAT] < 5 ? 0x10 : (uint8_t)dice(seed, 5);
	step[WINDOW_HIGH] = 0xff;
	step[LENGTH_LOW] = (uint8_t)dice(seed, 256);
	step[LENGTH_HIGH] = (uint8_t)dice(seed, 6);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
			       unsigned int seed)
{
	size_t steps = size / STEP, at, to;

	most = MIN(most, (size_t)STEP * STEPS) / STEP;
	if (steps == 0) {
		fresh(data, &seed);
		return STEP;
	}
	at = dice(&seed, (uint32_t)steps) * STEP;
	to = dice(&seed, (uint32_t)steps) * STEP;
	switch (dice(&seed, 8)) {
	case 0:
	case 1:
		if (steps >= most)
			break;
		memmove(data + at + STEP, data + at, steps * STEP - at);
		if (dice(&seed, 2))
			fresh(data + at, &seed);
		return (steps + 1) * STEP;
	case 2:
		if (steps < 2)
			break;
		memmove(data + at, data + at + STEP, (steps - 1) * STEP - at);
		return (steps - 1) * STEP;
	case 3:
		for (int i = 0; i < STEP; i++) {
			uint8_t hold = data[at + i];

			data[at + i] = data[to + i];
			data[to + i] = hold;
		}
		return steps * STEP;
	default:
		break;
	}
	vary(data + at, &seed);
	return steps * STEP;
}
