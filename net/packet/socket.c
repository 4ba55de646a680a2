// SPDX-License-Identifier: MIT
/*
 * Packet sockets: binding, beginning and end. See packet.h.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/packet/packet.h"

static struct packet_socket *socket_of(const struct endpoint *ep)
{
	return ep->half;
}

/* ---- Names ---- */

static void publish(struct packet_socket *socket) ON_NET_THREAD
{
	struct net_name name = { .addr.w = { socket->netif },
				 .port = socket->ethertype };
	struct netif *netif = netif_by_index(socket->ep->net, socket->netif);

	if (netif && netif->type != NETIF_TYPE_NONE) {
		name.addr.w[1] = 6;
		if (netif->type == NETIF_ETHERNET)
			memcpy(name.addr.b + 8, netif->mac, 6);
	}
	if (netif)
		name.scope = netif->type;
	endpoint_set_names(socket->ep, &name, NULL);
}

static int bind(struct endpoint *ep,
		const struct net_name *name) NET_THREAD_ROOT
{
	struct packet_socket *socket = socket_of(ep);
	struct netif *netif = NULL;

	if (name->addr.w[0]) {
		netif = netif_by_index(ep->net, name->addr.w[0]);
		if (!netif)
			return -ENODEV;
	}
	if (socket->fanout)
		return -EINVAL;
	socket->netif = name->addr.w[0];
	if (name->port)
		socket->ethertype = name->port;
	publish(socket);
	if (netif && !(netif->flags & NETIF_UP))
		endpoint_set_error(ep, ENETDOWN);
	return 0;
}

/* ---- Life ---- */

static int attach(struct endpoint *ep) NET_THREAD_ROOT
{
	struct packet_socket *socket = port_alloc(sizeof *socket);

	if (!socket)
		return -ENOMEM;
	socket->ep = ep;
	socket->cooked = ep->type == NET_SOCK_DGRAM;
	list_init(&socket->members);
	list_push_back(&ep->net->packet_sockets, &socket->list);
	ep->net->packet_tap = packet_tap;
	ep->half = socket;
	return 0;
}

static void close(struct endpoint *ep, bool abort) NET_THREAD_ROOT
{
	struct packet_socket *socket = socket_of(ep);

	list_remove(&socket->list);
	if (list_empty(&ep->net->packet_sockets))
		ep->net->packet_tap = NULL;
	fanout_leave(socket);
	member_drop_all(socket);
	ring_free(socket);
	tx_ring_free(socket);
	port_free(socket);
	endpoint_half_done(ep);
}

#define PACKET_PROTOCOL(type_)                                           \
	{                                                                \
		.name = "PACKET", .family = NET_PACKET, .type = (type_), \
		.own_names = true, .attach = attach, .bind = bind,       \
		.close = close, .setsockopt = packet_set_option,         \
		.getsockopt = packet_get_option, .kick = packet_kick     \
	}

const struct protocol packet_raw_protocol = PACKET_PROTOCOL(NET_SOCK_RAW);
const struct protocol packet_dgram_protocol = PACKET_PROTOCOL(NET_SOCK_DGRAM);
