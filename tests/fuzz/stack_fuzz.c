// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: the whole stack. The input is a script of what may happen
 * to a stack: frames arrive (checksums made right, or not), time passes, the
 * user opens, binds, connects, listens, sends, receives and closes, memory runs
 * out. At the end net_destroy() asserts the sum rule, and nothing may leak.
 *
 * To reach deep states the target mirrors the stack: a frame can be made from
 * the last one that the stack sent, turned round.
 */
#include <stdlib.h>

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/net.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/ip4.h"
#include "tools/netsim/port_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOCKETS 6
#define FRAME 2048

static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 0, 9 };

static struct {
	struct net *net;
	struct net_config config;
	struct netif netif;
	nsec_t now;
	struct endpoint *sockets[SOCKETS];
	uint8_t last[FRAME]; /* sent by the stack */
	uint32_t last_length;
	const uint8_t *at, *end;
} f;

static uint32_t take(uint32_t n)
{
	uint32_t v = 0;

	while (n-- && f.at < f.end)
		v = v << 8 | *f.at++;
	return v;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	f.last_length = packet_copy(packet, 0, f.last, FRAME);
	return 0;
}

static const struct netif_ops ops = { .transmit = transmit };

static void settle(void)
{
	for (int i = 0; i < 100 && net_run(f.net, f.now) <= f.now; i++)
		;
}

/* ---- frames ---- */

static void receive(const uint8_t *bytes, uint32_t length, bool split)
{
	struct packet *packet = packet_new(f.net);
	uint32_t first = split ? length / 3 + 1 : length, at = 0;

	if (!packet)
		return;
	while (at < length) {
		uint32_t n = MIN(first, length - at);
		struct buf *buf = port_buf_alloc(n);

		if (!buf) {
			packet_free(f.net, packet);
			return;
		}
		memcpy(buf->data, bytes + at, n);
		packet_add_fragment(packet, buf, 0, n);
		at += n;
	}
	netif_receive(&f.netif, packet);
	settle();
}

/* Makes IPv4's and the transport's checksums right. */
static void repair(uint8_t *frame, uint32_t length)
{
	uint8_t *ip = frame + 14;
	uint32_t header, total, field;
	struct net_addr src, dst;
	uint64_t sum;

	if (length < 34 || get_be16(frame + 12) != 0x0800)
		return;
	header = (ip[0] & 15) * 4u;
	total = MIN((uint32_t)get_be16(ip + 2), length - 14);
	if (header < 20 || header > total)
		return;
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, header)));
	field = ip[9] == 6 ? 16 : ip[9] == 17 ? 6 : 2;
	if (total - header < field + 2)
		return;
	src = addr_ip4(get_be32(ip + 12));
	dst = addr_ip4(get_be32(ip + 16));
	sum = ip[9] == 1 ? 0 :
			   checksum_pseudo(&src, &dst, ip[9], total - header);
	put_be16(ip + header + field, 0);
	checksum_store(ip + header + field,
		       checksum_finish(
			       checksum_add(sum, ip + header, total - header)));
}

static void turn_round(uint8_t *frame)
{
	uint8_t hold[6];

	memcpy(hold, frame, 6);
	memcpy(frame, frame + 6, 6);
	memcpy(frame + 6, hold, 6);
	memcpy(hold, frame + 26, 4);
	memcpy(frame + 26, frame + 30, 4);
	memcpy(frame + 30, hold, 4);
	memcpy(hold, frame + 34, 2);
	memcpy(frame + 34, frame + 36, 2);
	memcpy(frame + 36, hold, 2);
}

/* What a peer might answer to the last segment, with the script's changes. */
static void answer_last(void)
{
	uint8_t frame[FRAME];
	uint32_t length = f.last_length, payload, seq, ack;

	if (length < 54 || get_be16(f.last + 12) != 0x0800 || f.last[23] != 6)
		return;
	memcpy(frame, f.last, length);
	turn_round(frame);
	seq = get_be32(frame + 38);
	ack = get_be32(frame + 42);
	payload = length - 34 - (frame[46] >> 4) * 4u;
	if (frame[47] & 3)
		payload++;
	put_be32(frame + 38, ack + (uint32_t)(int8_t)take(1));
	put_be32(frame + 42, seq + payload + (uint32_t)(int8_t)take(1));
	frame[47] = (uint8_t)take(1); /* flags */
	put_be16(frame + 48, (uint16_t)take(2)); /* window */
	length = 34 + (frame[46] >> 4) * 4u;
	payload = take(1);
	memset(frame + length, 'x', payload);
	length += payload;
	put_be16(frame + 16, (uint16_t)(length - 14));
	repair(frame, length);
	receive(frame, length, take(1) & 1);
}

static void raw_frame(void)
{
	uint8_t frame[FRAME];
	uint32_t how = take(1), length = MIN(take(2), FRAME - 1u), n;

	memset(frame, 0, sizeof frame);
	n = MIN(length, (uint32_t)(f.end - f.at));
	memcpy(frame, f.at, n);
	f.at += n;
	if (how & 1) {
		memcpy(frame, f.netif.mac, 6);
		memcpy(frame + 6, peer_mac, 6);
	}
	if (how & 2) {
		put_be16(frame + 12, 0x0800);
		frame[14] = (uint8_t)(0x40 | ((how & 4) ? frame[14] & 15 : 5));
		put_be32(frame + 26, 0x0a000002);
		put_be32(frame + 30, 0x0a000001);
		if (how & 8)
			put_be16(frame + 16, (uint16_t)(length - 14));
	}
	if (how & 16)
		repair(frame, length);
	receive(frame, length, how & 32);
}

/* ---- the user ---- */

static void done(struct request *request)
{
	*(bool *)request->context = true;
}

static void request(struct endpoint *ep, struct endpoint_request *r)
{
	bool finished = false;

	r->request.done = done;
	r->request.context = &finished;
	endpoint_request(ep, r);
	settle();
	if (!finished)
		abort();
}

static struct net_name some_name(void)
{
	static const uint32_t addresses[] = { 0x0a000001, 0x0a000002,
					      0x7f000001, 0,
					      0x0a0000ff, 0x08080808 };
	struct net_name name = { 0 };
	uint32_t which = take(1);

	name.addr = addr_ip4(addresses[which % ARRAY_LEN(addresses)]);
	if (which & 64)
		name.addr = addr_loopback6();
	if (which & 128)
		name.addr = addr_any6();
	name.port = (uint16_t)(take(1) % 4 + 1000);
	return name;
}

static void open_socket(struct endpoint **ep)
{
	static const int kinds[][2] = { { NET_SOCK_STREAM, 0 },
					{ NET_SOCK_DGRAM, 0 },
					{ NET_SOCK_DGRAM, 1 },
					{ NET_SOCK_RAW, 1 } };
	uint32_t k = take(1);

	if (!*ep)
		net_socket(f.net, k & 8 ? NET_IP6 : NET_IP4, kinds[k & 3][0],
			   kinds[k & 3][1], ep);
}

static void send_some(struct endpoint *ep)
{
	uint32_t n = take(2);
	struct frag_span span;

	if (ep->type == NET_SOCK_STREAM) {
		if (!(ep->status & EP_CONNECTED) || (ep->status & EP_TX_SHUT))
			return;
		while (n && frag_ring_reserve(&ep->tx, n, &span) == 0) {
			memset(span.data, 'y', span.length);
			frag_ring_commit(&ep->tx, span.length);
			n -= span.length;
		}
		endpoint_kick(ep);
	} else {
		struct datagram *d = datagram_new(n);
		uint32_t at = 0, len;
		uint8_t *bytes;

		if (!d)
			return;
		while ((len = datagram_span(d, at, &bytes)) > 0) {
			memset(bytes, 8, len);
			at += len;
		}
		d->flags = take(1) & DATAGRAM_HAS_NAME;
		d->remote = some_name();
		if (endpoint_send_datagram(ep, d))
			datagram_free(d);
	}
	settle();
}

static void receive_some(struct endpoint *ep)
{
	struct frag_span span;

	if (ep->type == NET_SOCK_STREAM) {
		frag_ring_span(&ep->rx, ep->rx.head, &span);
		frag_ring_release(&ep->rx,
				  ep->rx.head + MIN(span.length, take(2)));
		endpoint_consumed(ep);
	} else {
		struct datagram *d = endpoint_receive_datagram(ep);

		if (d)
			datagram_free(d);
	}
	settle();
}

static void set_option(struct endpoint *ep)
{
	static const int options[][2] = {
		{ 1, NET_SO_REUSEADDR }, { 1, NET_SO_REUSEPORT },
		{ 1, NET_SO_KEEPALIVE }, { 1, NET_SO_SNDBUF },
		{ 1, NET_SO_RCVBUF },	 { 1, NET_SO_BROADCAST },
		{ 6, 1 /* NODELAY */ },	 { 6, 3 /* CORK */ },
		{ 6, 2 /* MAXSEG */ },	 { 6, 18 /* USER_TIMEOUT */ },
		{ 0, NET_IP_TTL },	 { 41, NET_IPV6_V6ONLY },
		{ 0, NET_IP_RECVERR },
	};
	uint32_t which = take(1) % ARRAY_LEN(options);
	int value = (int)take(2);
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = options[which][0],
				      .option = options[which][1],
				      .value = &value,
				      .length = sizeof value };

	request(ep, &r);
}

static void user(uint32_t what, struct endpoint **slot)
{
	struct endpoint_request r = { 0 };
	struct endpoint *ep = *slot, *child;

	if (!ep) {
		open_socket(slot);
		return;
	}
	switch (what % 9) {
	case 0:
		r.op = EP_OP_BIND;
		r.name = some_name();
		request(ep, &r);
		break;
	case 1:
		r.op = EP_OP_CONNECT;
		r.name = some_name();
		request(ep, &r);
		break;
	case 2:
		r.op = EP_OP_LISTEN;
		r.number = (int)take(1);
		request(ep, &r);
		break;
	case 3:
		r.op = EP_OP_SHUTDOWN;
		r.number = (int)(take(1) % 3);
		request(ep, &r);
		break;
	case 4:
		send_some(ep);
		break;
	case 5:
		receive_some(ep);
		break;
	case 6:
		set_option(ep);
		break;
	case 7:
		child = endpoint_accept(ep);
		for (int i = 0; child && i < SOCKETS; i++) {
			if (!f.sockets[i]) {
				f.sockets[i] = child;
				child = NULL;
			}
		}
		if (child)
			endpoint_close(child);
		break;
	default:
		endpoint_close(ep);
		*slot = NULL;
		settle();
		break;
	}
}

/* ---- the script ---- */

static void start(void)
{
	struct net_addr own = addr_ip4(0x0a000001), peer = addr_ip4(0x0a000002);

	memset(&f, 0, sizeof f);
	port_host_seed(1);
	port_host_fail_after(-1);
	f.now = f.config.now = 1000 * NSEC_PER_SEC;
	f.net = net_create(&f.config);
	f.netif.ops = &ops;
	memcpy(f.netif.name, "eth0", 5);
	f.netif.type = NETIF_ETHERNET;
	f.netif.mtu = 1500;
	f.netif.link_up = 1;
	f.netif.mac[0] = 2;
	net_attach(f.net, &f.netif);
	settle();
	netif_add_address(&f.netif, &own, 24);
	neighbour_learn(f.net, &f.netif, &peer, peer_mac, true, true);
}

static void step(void)
{
	uint32_t what = take(1);

	switch (what & 7) {
	case 0:
		raw_frame();
		break;
	case 1:
	case 2:
		answer_last();
		break;
	case 3:
		f.now += (nsec_t)take(2) * NSEC_PER_MSEC;
		settle();
		break;
	case 4:
		port_host_fail_after(what & 128 ? (long)take(1) : -1);
		break;
	default:
		user(take(1), &f.sockets[(what >> 3) % SOCKETS]);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	long in_use = port_host_in_use();

	if (size > 4096)
		return 0;
	start();
	f.at = data;
	f.end = data + size;
	while (f.at < f.end)
		step();
	port_host_fail_after(-1);
	for (int i = 0; i < SOCKETS; i++)
		if (f.sockets[i])
			endpoint_close(f.sockets[i]);
	settle();
	net_destroy(f.net);
	if (port_host_in_use() != in_use)
		abort();
	return 0;
}
