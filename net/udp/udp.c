// SPDX-License-Identifier: MIT
/*
 * UDP (RFC 768, RFC 1122 4.1): datagrams in, datagrams out. What all datagram
 * sockets have in common is in net/ip/dgram.c.
 */
#include "net/udp/udp.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"
#include "net/wire/udp.h"

struct udp_stack {
	struct demux demux;
	struct list all;
};

int udp_create(struct net *net)
{
	struct udp_stack *udp = port_alloc(sizeof *udp);

	if (!udp)
		return -ENOMEM;
	if (demux_init(&udp->demux)) {
		port_free(udp);
		return -ENOMEM;
	}
	list_init(&udp->all);
	net->udp = udp;
	return 0;
}

void udp_destroy(struct net *net)
{
	if (!net->udp)
		return;
	demux_destroy(&net->udp->demux);
	port_free(net->udp);
	net->udp = NULL;
}

/* ---- in ---- */

static struct endpoint *find_socket(struct net *net,
				    const struct net_name *local,
				    const struct net_name *remote,
				    const struct netif *netif)
{
	struct demux *demux = &net->udp->demux;
	struct demux_entry *entry = demux_find_pair(demux, local, remote);

	if (!entry)
		entry = demux_find_local(demux, local, remote, netif);
	if (!entry)
		return NULL;
	/* A connected socket that had to stay among the locals. */
	if ((entry->endpoint->status & EP_CONNECTED) &&
	    (entry->endpoint->remote.port != remote->port ||
	     !addr_equal(&entry->endpoint->remote.addr, &remote->addr)))
		return NULL;
	return entry->endpoint;
}

static verdict_t deliver(struct net *net, struct endpoint *ep,
			 struct packet *packet,
			 const struct udp_header *h) ON_NET_THREAD
{
	verdict_t verdict;

	if (ep->status & EP_RX_SHUT)
		return packet_dropped(REASON_UDP_SOCKET_SHUT);
	verdict = dgram_deliver(ep, packet, packet->payload, h->src_port,
				h->dst_port, REASON_UDP_RCVBUF_FULL);
	if (verdict_is_drop(verdict)) {
		net->stats.udp.in_errors++;
		net->stats.udp.rcvbuf_errors++;
	} else {
		net->stats.udp.in_datagrams++;
	}
	return verdict;
}

/* Broadcast and multicast: a copy for every socket that matches. */
static verdict_t deliver_to_all(struct net *net, struct packet *packet,
				const struct udp_header *h) ON_NET_THREAD
{
	struct net_name local = { .addr = packet->dst, .port = h->dst_port };
	verdict_t verdict = packet_dropped(REASON_UDP_NO_SOCKET);
	struct dgram *half;

	LIST_FOR_EACH(half, &net->udp->all, list) {
		struct endpoint *ep = half->ep;

		if (!ep->binding.held || ep->local.port != local.port)
			continue;
		if (!addr_is_any(&ep->local.addr) &&
		    !addr_equal(&ep->local.addr, &local.addr))
			continue;
		if (ep->family == NET_IP6 && ep->opt.v6only)
			continue;
		if ((ep->status & EP_CONNECTED) &&
		    (!addr_equal(&ep->remote.addr, &packet->src) ||
		     ep->remote.port != h->src_port))
			continue;
		if (ep->opt.bound_netif &&
		    ep->opt.bound_netif != packet->netif->index)
			continue;
		verdict = deliver(net, ep, packet, h);
	}
	return verdict;
}

/* Header and checksum; REASON_NONE when all is well. */
static enum reason check(struct net *net, struct packet *packet,
			 struct udp_header *h)
{
	const uint8_t *bytes = packet_header(packet, packet->l4, UDP_HEADER);

	if (!bytes || udp_parse(bytes, UDP_HEADER, h) ||
	    h->length > packet->length - packet->l4)
		return REASON_UDP_MALFORMED;
	packet_trim(packet, (uint32_t)packet->l4 + h->length);
	packet->payload = packet->l4 + UDP_HEADER;
	/* 0 means "no checksum", which IPv6 forbids (RFC 8200 8.1). */
	if (h->checksum == 0 && addr_is_ip4(&packet->dst))
		return REASON_NONE;
	if (h->checksum == 0 || !packet_checksum_ok(packet, NET_IPPROTO_UDP)) {
		net->stats.udp.in_csum_errors++;
		return REASON_UDP_BAD_CHECKSUM;
	}
	return REASON_NONE;
}

verdict_t udp_in(struct net *net, struct packet *packet)
{
	struct net_name local = { .addr = packet->dst };
	struct net_name remote = { .addr = packet->src };
	struct endpoint *ep;
	struct udp_header h;
	enum reason why = check(net, packet, &h);

	if (why) {
		net->stats.udp.in_errors++;
		return packet_dropped(why);
	}
	if (net->own_udp_port && h.dst_port == net->own_udp_port)
		return net->own_udp_input(net, packet);
	if (addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		return deliver_to_all(net, packet, &h);
	local.port = h.dst_port;
	remote.port = h.src_port;
	ep = find_socket(net, &local, &remote, packet->netif);
	if (ep)
		return deliver(net, ep, packet, &h);
	net->stats.udp.no_ports++;
	icmp_send_port_unreachable(net, packet);
	return packet_dropped(REASON_UDP_NO_SOCKET);
}

/* ---- out ---- */

static void send(struct net *net, struct endpoint *ep, struct packet *packet,
		 const struct net_name *to) ON_NET_THREAD
{
	struct udp_header h = {
		.src_port = ep->local.port,
		.dst_port = to->port,
		.length = (uint16_t)(packet->length + UDP_HEADER),
	};
	uint8_t *bytes;

	if (packet->length > 65535 - UDP_HEADER - IP4_HEADER || to->port == 0) {
		endpoint_set_error(ep, to->port ? EMSGSIZE : EINVAL);
		packet_free(net, packet);
		return;
	}
	bytes = packet_push(packet, UDP_HEADER);
	packet->l4 = 0;
	packet->payload = UDP_HEADER;
	udp_emit(bytes, &h);
	if (!ep->opt.no_check || !addr_is_ip4(&packet->dst))
		transport_checksum(packet, NET_IPPROTO_UDP,
				   UDP_CHECKSUM_OFFSET);
	net->stats.udp.out_datagrams++;
	ip_output(net, packet);
}

static void kick(struct endpoint *ep) ON_NET_THREAD
{
	struct datagram *datagram;

	while ((datagram = dgram_next(ep))) {
		struct packet *packet;
		struct net_name to;

		if (dgram_autobind(ep)) {
			endpoint_set_error(ep, EAGAIN);
			dgram_discard(ep, datagram);
			continue;
		}
		packet = dgram_packet(ep, datagram, &to);
		if (packet)
			send(ep->net, ep, packet, &to);
	}
}

/* ---- the rest of the protocol's table ---- */

static int attach(struct endpoint *ep) ON_NET_THREAD
{
	return dgram_attach(ep, &ep->net->udp->demux, &ep->net->udp->all);
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

static void error(struct net *net, const struct icmp_error *e) ON_NET_THREAD
{
	struct endpoint *ep = find_socket(net, &e->local, &e->remote, NULL);

	if (e->mtu)
		path_mtu_learn(net, &e->remote.addr, e->mtu);
	if (ep)
		dgram_error(ep, e);
}

uint32_t udp_list(struct net *net, struct socket_info *out, uint32_t capacity)
{
	struct dgram *half;
	uint32_t n = 0;

	LIST_FOR_EACH(half, &net->udp->all, list) {
		if (!half->ep->binding.held)
			continue;
		if (n < capacity)
			dgram_info(half->ep, &out[n]);
		n++;
	}
	return n;
}

void udp_sockstat(struct net *net, struct sockstat_info *out)
{
	struct dgram *half;

	LIST_FOR_EACH(half, &net->udp->all, list) {
		if (half->ep->family == NET_IP4)
			out->udp_inuse++;
		else
			out->udp6_inuse++;
	}
}

const struct protocol udp_protocol = {
	.name = "UDP",
	.number = NET_IPPROTO_UDP,
	.type = NET_SOCK_DGRAM,
	.bindings = BINDINGS_UDP,
	.attach = attach,
	.bind = bind,
	.connect = connect,
	.disconnect = dgram_disconnect,
	.shutdown = dgram_shutdown,
	.close = dgram_close,
	.kick = kick,
	.error = error,
};
