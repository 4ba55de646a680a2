// SPDX-License-Identifier: MIT
/*
 * What packet sockets send: frames as the program made them, or, of cooked
 * sockets, what goes behind a link header of ours. A virtio header in front
 * says what is still to be done to a frame (PACKET_VNET_HDR).
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/gso.h"
#include "net/core/vnet.h"
#include "net/packet/packet.h"
#include "net/wire/ethernet.h"

#define TAG 4

static struct packet_socket *socket_of(const struct endpoint *ep)
{
	return ep->half;
}

static int add_link_header(struct packet *packet, const struct outgoing *way)
{
	uint8_t *at;

	if (way->netif->type != NETIF_ETHERNET)
		return 0;
	if (!way->has_address && !(way->netif->flags & NETIF_NOARP))
		return -EINVAL;
	at = packet_push(packet, ETHERNET_HEADER);
	if (!at)
		return -ENOBUFS;
	ethernet_emit(at, way->address, way->netif->mac, way->ethertype);
	return 0;
}

/* The MTU, and a tag, which is not counted. */
static uint32_t longest(const struct netif *netif, const struct packet *packet,
			uint32_t header)
{
	uint8_t type[2];

	if (header && packet_copy(packet, 12, type, 2) == 2 &&
	    get_be16(type) == ETHERTYPE_VLAN)
		header += TAG;
	return netif->mtu + header;
}

static int check_frame(struct packet *packet, const struct netif *netif,
		       bool cooked)
{
	uint32_t header = !cooked && (netif->type == NETIF_ETHERNET ||
				      netif->type == NETIF_TYPE_LOOPBACK) ?
				  ETHERNET_HEADER :
				  0;

	if (packet->length < header)
		return -EINVAL;
	return packet->length > longest(netif, packet, header) ? -EMSGSIZE : 0;
}

/* Where its headers are, for who must cut it. */
static int look_inside(struct packet *packet, const struct netif *netif)
{
	if (!packet->gso_size || netif->type == NETIF_TYPE_LOOPBACK)
		return 0;
	return gso_dissect(packet, netif->type == NETIF_TYPE_NONE) ? 0 :
								     -EINVAL;
}

static int prepare(struct packet_socket *socket, const struct outgoing *way,
		   struct packet *packet, const uint8_t *vnet) ON_NET_THREAD
{
	struct netif *netif = way->netif;
	bool large = vnet && vnet[1];
	int err = 0;

	if (!large)
		err = check_frame(packet, netif, socket->cooked);
	if (!err && vnet)
		err = vnet_apply(packet, vnet);
	/* It may turn out to be one that nobody will cut. */
	if (!err && large && !packet->gso_size)
		err = check_frame(packet, netif, socket->cooked);
	if (!err && socket->cooked)
		err = add_link_header(packet, way);
	if (err)
		return err;
	packet->l2 = 0;
	packet->l3 = netif->type == NETIF_ETHERNET ? ETHERNET_HEADER : 0;
	err = look_inside(packet, netif);
	/* The loopback carries bare IP: off with what stands in front. */
	if (!err && !socket->cooked && netif->type == NETIF_TYPE_LOOPBACK)
		packet_pull(packet, ETHERNET_HEADER);
	return err;
}

int packet_send(struct packet_socket *socket, const struct outgoing *way,
		struct packet *packet, const uint8_t *vnet)
{
	struct net *net = socket->ep->net;
	int err = prepare(socket, way, packet, vnet);

	if (err) {
		packet_free(net, packet);
		return err;
	}
	packet->netif = way->netif;
	packet->priority = socket->ep->opt.priority;
	packet->note.why = WHY_DATAGRAM;
	packet_note_endpoint(packet, socket->ep);
	packet->stage = socket->qdisc_bypass ? STAGE_DEVICE_OUT :
					       STAGE_NETIF_OUT;
	net_submit(net, packet);
	return 0;
}

/* ---- Datagrams ---- */

static struct packet *packet_of(struct net *net,
				struct datagram *datagram) ON_NET_THREAD
{
	struct packet *packet = packet_new(net);

	for (int i = 0; packet && i < datagram->fragment_count; i++) {
		const struct fragment *f = &datagram->fragments[i];

		if (packet_add_fragment(packet, buf_get(f->buf), f->offset,
					f->length))
			continue;
		buf_put(f->buf);
		packet_free(net, packet);
		packet = NULL;
	}
	return packet;
}

static int find_way(const struct packet_socket *socket,
		    const struct datagram *datagram,
		    struct outgoing *way) ON_NET_THREAD
{
	bool named = datagram->flags & DATAGRAM_HAS_NAME;

	way->netif = netif_by_index(socket->ep->net,
				    named ? datagram->remote.addr.w[0] :
					    socket->netif);
	way->ethertype = named && datagram->remote.port ?
				 datagram->remote.port :
				 socket->ethertype;
	way->has_address = named;
	memcpy(way->address, datagram->remote.addr.b + 8, 8);
	if (!way->netif)
		return -ENXIO;
	return way->netif->flags & NETIF_UP ? 0 : -ENETDOWN;
}

/* The virtio header off the packet. */
static int take_vnet(const struct packet_socket *socket, struct packet *packet,
		     uint8_t vnet[VNET_HEADER])
{
	if (packet->length < socket->vnet_size)
		return -EINVAL;
	packet_copy(packet, 0, vnet, VNET_HEADER);
	packet_pull(packet, socket->vnet_size);
	return vnet_header_length(vnet) > packet->length ? -EINVAL : 0;
}

static int send(struct packet_socket *socket,
		struct datagram *datagram) ON_NET_THREAD
{
	struct net *net = socket->ep->net;
	uint8_t vnet[VNET_HEADER];
	struct packet *packet;
	struct outgoing way;
	int err = find_way(socket, datagram, &way);

	if (err)
		return err;
	if (socket->tx_ring)
		return tx_ring_send(socket, &way);
	packet = packet_of(net, datagram);
	if (!packet)
		return -ENOBUFS;
	err = socket->vnet_size ? take_vnet(socket, packet, vnet) : 0;
	if (!err)
		return packet_send(socket, &way, packet,
				   socket->vnet_size ? vnet : NULL);
	packet_free(net, packet);
	return err;
}

void packet_kick(struct endpoint *ep)
{
	struct packet_socket *socket = socket_of(ep);
	struct datagram *datagram;

	while ((datagram = endpoint_next_datagram(ep))) {
		struct request *answer = datagram->answer;
		int result = send(socket, datagram);

		atomic_fetch_sub(&ep->tx_charged, datagram->charge);
		datagram_free(datagram);
		endpoint_writable(ep);
		if (answer)
			request_finish(answer, result);
		else if (result < 0)
			endpoint_set_error(ep, -result);
	}
}
