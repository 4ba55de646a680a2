// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: netlink messages to the stack, as ip(8) and others send
 * them. The input is a run of messages; lengths are made right, so that what is
 * inside is read, and what the stack answers must be well-formed. Memory may run
 * out on the way.
 */
#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/net.h"
#include "net/wire/netlink.h"
#include "tools/netsim/port_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NETLINK_FAMILY 16
#define MESSAGE_MAX 512

#define MUST(cond)               \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static int transmit(struct netif *netif, struct packet *packet)
{
	return 0;
}

static int poll(struct netif *netif, int budget)
{
	return 0;
}

static const struct netif_ops ops = { .transmit = transmit, .poll = poll };

static void settle(struct net *net, nsec_t now)
{
	for (int i = 0; i < 50 && net_run(net, now) <= now; i++)
		;
}

/* Whole messages, one after the other. */
static void check_answer(const struct datagram *d)
{
	static uint8_t bytes[1 << 17];
	uint32_t at = 0, n;
	uint8_t *from;
	struct nl_header h;

	MUST(d->length <= sizeof bytes);
	for (; at < d->length; at += n) {
		n = datagram_span(d, at, &from);
		memcpy(bytes + at, from, n);
	}
	for (at = 0; at < d->length; at += (h.length + 3) & ~3u)
		MUST(nl_read_header(bytes + at, d->length - at, &h));
}

/* Sockets to be asked about, and to be ended: a TCP and a UDP one, listening,
 * and one of packets. */
static void open_others(struct net *net, struct endpoint *others[3])
{
	static const struct {
		int family, type, number;
	} kinds[] = { { NET_IP4, NET_SOCK_STREAM, 0 },
		      { NET_IP6, NET_SOCK_DGRAM, 0 },
		      { NET_PACKET, NET_SOCK_RAW, 0 } };

	for (int i = 0; i < 3; i++)
		if (net_socket(net, kinds[i].family, kinds[i].type,
			       kinds[i].number, &others[i]))
			others[i] = NULL;
}

static void done(struct request *request)
{
}

static void ask(struct net *net, struct endpoint *ep, enum endpoint_op op,
		nsec_t now)
{
	struct endpoint_request r = { .op = op,
				      .name = { .port = 4711 },
				      .number = 5 };

	if (!ep)
		return;
	r.name.addr = ep->family == NET_IP4 ? addr_ip4(0) : addr_any6();
	r.request.done = done;
	endpoint_request(ep, &r);
	settle(net, now);
}

static void send(struct endpoint *ep, const uint8_t *bytes, uint32_t length)
{
	struct datagram *d = datagram_new(length);
	uint32_t at = 0, n;
	uint8_t *to;

	if (!d)
		return;
	for (; at < length; at += n) {
		n = datagram_span(d, at, &to);
		memcpy(to, bytes + at, n);
	}
	d->flags |= DATAGRAM_ADMIN;
	if (endpoint_send_datagram(ep, d))
		datagram_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { 0, 4, 16, 15 };
	static struct netif netif;
	struct net_config config = { .now = NSEC_PER_SEC };
	long in_use = port_host_in_use();
	uint8_t message[MESSAGE_MAX];
	struct endpoint *ep = NULL, *others[3];
	struct datagram *d;
	struct net *net;

	if (size < 4)
		return 0;
	port_host_seed(1);
	port_host_fail_after(-1);
	net = net_create(&config);
	memset(&netif, 0, sizeof netif);
	netif.ops = &ops;
	memcpy(netif.name, "eth0", 5);
	netif.type = NETIF_ETHERNET;
	netif.mtu = 1500;
	netif.link_up = 1;
	netif.mac[0] = 2;
	net_attach(net, &netif);
	settle(net, config.now);
	open_others(net, others);
	ask(net, others[0], EP_OP_BIND, config.now);
	ask(net, others[0], EP_OP_LISTEN, config.now);
	ask(net, others[1], EP_OP_BIND, config.now);
	if (net_socket(net, NETLINK_FAMILY, NET_SOCK_RAW, families[data[0] & 3],
		       &ep) == 0) {
		if (data[0] & 0x80)
			port_host_fail_after(data[1]);
		for (size_t at = 2; at + 2 < size;) {
			uint32_t n = MIN((size_t)data[at] * 2, size - at - 1);

			memset(message, 0, NL_HEADER);
			memcpy(message + 4, data + at + 1,
			       MIN(n, MESSAGE_MAX - 4u));
			n = MIN(MAX(n + 4, (uint32_t)NL_HEADER),
				(uint32_t)MESSAGE_MAX);
			put_le32(message, n);
			send(ep, message, n);
			settle(net, config.now);
			/* Dumps go on as they are read. */
			while ((d = endpoint_receive_datagram(ep))) {
				if (families[data[0] & 3] != 15)
					check_answer(d);
				datagram_free(d);
				endpoint_kick(ep);
				settle(net, config.now += 2 * NSEC_PER_MSEC);
			}
			at += 1 + (size_t)data[at] * 2;
		}
		port_host_fail_after(-1);
		endpoint_close(ep);
		settle(net, config.now);
	}
	port_host_fail_after(-1);
	for (int i = 0; i < 3; i++)
		if (others[i])
			endpoint_close(others[i]);
	settle(net, config.now);
	net_destroy(net);
	MUST(port_host_in_use() == in_use);
	return 0;
}
