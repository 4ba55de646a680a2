// SPDX-License-Identifier: MIT
/*
 * Ping sockets: SOCK_DGRAM with IPPROTO_ICMP(V6), as Linux has them. A program
 * sends echo requests without privilege; the port is the echo identifier, which
 * the stack puts in, and only replies with that identifier come back.
 */
#include "net/icmp/icmp.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"
#include "net/wire/icmp.h"

verdict_t ping_reply(struct net *net, struct packet *packet, uint16_t id)
{
	struct net_name local = { .addr = packet->dst, .port = id };
	struct net_name remote = { .addr = packet->src };
	struct demux_entry *entry = demux_find_local(&net->icmp->demux, &local,
						     &remote, packet->netif);
	struct endpoint *ep = entry ? entry_endpoint(entry) : NULL;

	if (ep && ep->family == addr_family(&packet->dst) &&
	    (!(ep->status & EP_CONNECTED) ||
	     addr_equal(&ep->remote.addr, &packet->src)))
		return dgram_deliver(ep, packet, packet->l4, 0, id,
				     REASON_RAW_RCVBUF_FULL);
	/* Raw sockets (an older ping) have had their copy already. */
	return list_empty(raw_chain(net, addr_family(&packet->dst),
				    packet->protocol)) ?
		       packet_dropped(REASON_ICMP_NO_SOCKET) :
		       packet_consumed();
}

static int attach(struct endpoint *ep) ON_NET_THREAD
{
	int err =
		dgram_attach(ep, &ep->net->icmp->demux, &ep->net->icmp->pings);

	if (!err)
		dgram_of(ep)->pairless = true;
	return err;
}

static int bind(struct endpoint *ep, const struct net_name *name) ON_NET_THREAD
{
	return dgram_bind(ep, name, true);
}

static int connect(struct endpoint *ep,
		   const struct net_name *name) ON_NET_THREAD
{
	return dgram_connect(ep, name, true);
}

/* Only echo requests; our identifier and checksum. */
static bool prepare(struct endpoint *ep, struct packet *packet)
{
	bool ip4 = ep->number == NET_IPPROTO_ICMP;
	uint8_t *icmp = packet_header_slow(packet, 0, ICMP_HEADER);

	if (!icmp || icmp[0] != (ip4 ? ICMP_ECHO : ICMP6_ECHO) || icmp[1])
		return false;
	put_be16(icmp + 2, 0);
	put_be16(icmp + 4, ep->local.port);
	packet->l4 = 0;
	packet->csum_start = 0;
	packet->csum_offset = 2;
	packet->flags |= PACKET_CSUM_PARTIAL;
	if (!ip4)
		transport_checksum(packet, NET_IPPROTO_ICMPV6, 2);
	return true;
}

static void send(struct endpoint *ep, struct datagram *datagram) ON_NET_THREAD
{
	struct net *net = ep->net;
	struct packet *packet;

	if (dgram_autobind(ep)) {
		dgram_refuse(ep, datagram, -EAGAIN);
		return;
	}
	packet = dgram_packet(ep, datagram, 0);
	if (!packet)
		return;
	if (!prepare(ep, packet)) {
		endpoint_set_error(ep, EINVAL);
		packet_free(net, packet);
		return;
	}
	ip_output(net, packet);
}

static void kick(struct endpoint *ep) ON_NET_THREAD
{
	struct datagram *datagram;

	while ((datagram = dgram_next(ep)))
		send(ep, datagram);
}

static void error(struct net *net, const struct icmp_error *e) ON_NET_THREAD
{
	struct dgram *half;

	if (e->quoted_length < 6)
		return;
	if (e->mtu && !e->here)
		path_mtu_learn(net, &e->remote.addr, e->mtu);
	LIST_FOR_EACH(half, &net->icmp->pings, list)
		if (half->ep->number == e->protocol &&
		    half->ep->local.port == get_be16(e->quoted + 4))
			dgram_error(half->ep, e, 0);
}

static struct demux_entry *entry_of(struct list *node)
{
	return &container_of(node, struct dgram, list)->ep->entry;
}

static struct demux_entry *next(struct net *net,
				struct diag_walk *walk) ON_NET_THREAD
{
	return diag_next_in_list(&net->icmp->pings, entry_of, walk);
}

/* Linux's sock_diag does not know these sockets: for /proc/net/icmp. */
const struct diag_inet ping_diag = {
	.number = NET_IPPROTO_ICMP,
	.next = next,
	.describe = dgram_describe,
};

const struct protocol ping4_protocol = {
	.name = "PING",
	.number = NET_IPPROTO_ICMP,
	.type = NET_SOCK_DGRAM,
	.bindings = BINDINGS_PING,
	.attach = attach,
	.bind = bind,
	.connect = connect,
	.disconnect = dgram_disconnect,
	.shutdown = dgram_shutdown,
	.close = dgram_close,
	.setsockopt = dgram_setsockopt,
	.getsockopt = dgram_getsockopt,
	.kick = kick,
	.error = error,
};

const struct protocol ping6_protocol = {
	.name = "PINGv6",
	.number = NET_IPPROTO_ICMPV6,
	.type = NET_SOCK_DGRAM,
	.bindings = BINDINGS_PING,
	.attach = attach,
	.bind = bind,
	.connect = connect,
	.disconnect = dgram_disconnect,
	.shutdown = dgram_shutdown,
	.close = dgram_close,
	.setsockopt = dgram_setsockopt,
	.getsockopt = dgram_getsockopt,
	.kick = kick,
	.error = error,
};
