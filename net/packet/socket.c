// SPDX-License-Identifier: MIT
/*
 * Packet sockets: binding, sending, options. See packet.h.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/packet/packet.h"
#include "net/packet/ring.h"
#include "net/wire/ethernet.h"

#define SOL_PACKET 263
#define PACKET_ADD_MEMBERSHIP 1
#define PACKET_DROP_MEMBERSHIP 2
#define PACKET_RX_RING 5
#define PACKET_STATISTICS 6
#define PACKET_AUXDATA 8
#define PACKET_ORIGDEV 9
#define PACKET_VERSION 10
#define PACKET_HDRLEN 11
#define PACKET_RESERVE 12
#define PACKET_FANOUT 18
#define PACKET_QDISC_BYPASS 20
#define PACKET_IGNORE_OUTGOING 23

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

/* ---- Sending ---- */

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

static int add_link_header(struct packet *packet, const struct netif *netif,
			   const struct datagram *datagram, uint16_t ethertype)
{
	uint8_t *at;

	if (netif->type != NETIF_ETHERNET)
		return 0;
	at = packet_push(packet, ETHERNET_HEADER);
	if (!at)
		return -ENOBUFS;
	ethernet_emit(at, datagram->remote.addr.b + 8, netif->mac, ethertype);
	return 0;
}

/* The loopback carries bare IP: off with what stands in front of it. */
static int check_frame(struct packet *packet, const struct netif *netif,
		       bool cooked)
{
	uint32_t header = netif->type == NETIF_ETHERNET ||
					  netif->type == NETIF_TYPE_LOOPBACK ?
				  ETHERNET_HEADER :
				  0;

	if (!cooked && packet->length < header)
		return -EINVAL;
	if (packet->length > netif->mtu + header)
		return -EMSGSIZE;
	if (!cooked && netif->type == NETIF_TYPE_LOOPBACK)
		packet_pull(packet, ETHERNET_HEADER);
	return 0;
}

static int send(struct packet_socket *socket,
		struct datagram *datagram) ON_NET_THREAD
{
	struct net *net = socket->ep->net;
	bool named = datagram->flags & DATAGRAM_HAS_NAME;
	struct netif *netif = netif_by_index(
		net, named ? datagram->remote.addr.w[0] : socket->netif);
	struct packet *packet;
	int err;

	if (!netif)
		return -ENXIO;
	if (!(netif->flags & NETIF_UP))
		return -ENETDOWN;
	packet = packet_of(net, datagram);
	if (!packet)
		return -ENOBUFS;
	err = check_frame(packet, netif, socket->cooked);
	if (!err && socket->cooked)
		err = add_link_header(packet, netif, datagram,
				      named && datagram->remote.port ?
					      datagram->remote.port :
					      socket->ethertype);
	if (err) {
		packet_free(net, packet);
		return err;
	}
	packet->netif = netif;
	packet->l2 = 0;
	packet->l3 = netif->type == NETIF_ETHERNET ? ETHERNET_HEADER : 0;
	packet->priority = socket->ep->opt.priority;
	packet->note.why = WHY_DATAGRAM;
	packet_note_endpoint(packet, socket->ep);
	packet->stage = socket->qdisc_bypass ? STAGE_DEVICE_OUT :
					       STAGE_NETIF_OUT;
	net_submit(net, packet);
	return 0;
}

static void kick(struct endpoint *ep) NET_THREAD_ROOT
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
		else if (result)
			endpoint_set_error(ep, -result);
	}
}

/* ---- Options ---- */

static int set_number(struct packet_socket *socket, int name,
		      uint32_t value) ON_NET_THREAD
{
	switch (name) {
	case PACKET_AUXDATA:
		socket->aux_data = value;
		socket->ep->opt.recv_pktinfo = value; /* the user side looks */
		return 0;
	case PACKET_ORIGDEV:
		socket->original_device = value;
		return 0;
	case PACKET_VERSION:
		if (socket->ring)
			return -EBUSY;
		if (value > TPACKET_V3)
			return -EINVAL;
		socket->ring_version = value;
		return 0;
	case PACKET_RESERVE:
		if (socket->ring)
			return -EBUSY;
		if (value > INT32_MAX)
			return -EINVAL;
		socket->reserve = value;
		return 0;
	case PACKET_FANOUT:
		return fanout_join(socket, value);
	case PACKET_QDISC_BYPASS:
		socket->qdisc_bypass = value;
		return 0;
	case PACKET_IGNORE_OUTGOING:
		if (value > 1)
			return -EINVAL;
		socket->ignore_outgoing = value;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int set_option(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length) NET_THREAD_ROOT
{
	struct packet_socket *socket = socket_of(ep);

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	if (name == PACKET_ADD_MEMBERSHIP || name == PACKET_DROP_MEMBERSHIP)
		return member_change(socket, value, length,
				     name == PACKET_ADD_MEMBERSHIP);
	if (name == PACKET_RX_RING)
		return ring_set(socket, value, length);
	if (length < 4)
		return -EINVAL;
	return set_number(socket, name, get_le32(value));
}

/* struct tpacket_stats(_v3); reading it begins anew. */
static int get_statistics(struct packet_socket *socket, void *value,
			  uint32_t length)
{
	uint8_t stats[12];
	uint32_t n = socket->ring_version == TPACKET_V3 ? 12 : 8;

	put_le32(stats, socket->packets);
	put_le32(stats + 4, socket->drops);
	put_le32(stats + 8, ring_freezes(socket));
	socket->packets = socket->drops = 0;
	n = MIN(n, length);
	memcpy(value, stats, n);
	return (int)n;
}

static int header_length(const uint8_t *value, uint32_t length)
{
	static const int lengths[] = { 32, 32, 48 };
	uint32_t version;

	if (length < 4)
		return -EINVAL;
	version = get_le32(value);
	return version > TPACKET_V3 ? -EINVAL : lengths[version];
}

static int get_option(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length) NET_THREAD_ROOT
{
	struct packet_socket *socket = socket_of(ep);
	int v;

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	switch (name) {
	case PACKET_STATISTICS:
		return get_statistics(socket, value, length);
	case PACKET_AUXDATA:
		v = socket->aux_data;
		break;
	case PACKET_ORIGDEV:
		v = socket->original_device;
		break;
	case PACKET_VERSION:
		v = (int)socket->ring_version;
		break;
	case PACKET_HDRLEN:
		v = header_length(value, length);
		if (v < 0)
			return v;
		break;
	case PACKET_RESERVE:
		v = (int)socket->reserve;
		break;
	case PACKET_FANOUT:
		v = fanout_value(socket);
		break;
	case PACKET_QDISC_BYPASS:
		v = socket->qdisc_bypass;
		break;
	case PACKET_IGNORE_OUTGOING:
		v = socket->ignore_outgoing;
		break;
	default:
		return -ENOPROTOOPT;
	}
	length = MIN(length, (uint32_t)sizeof v);
	memcpy(value, &v, length);
	return (int)length;
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
	port_free(socket);
	endpoint_half_done(ep);
}

#define PACKET_PROTOCOL(type_)                                           \
	{                                                                \
		.name = "PACKET", .family = NET_PACKET, .type = (type_), \
		.own_names = true, .attach = attach, .bind = bind,       \
		.close = close, .setsockopt = set_option,                \
		.getsockopt = get_option, .kick = kick                   \
	}

const struct protocol packet_raw_protocol = PACKET_PROTOCOL(NET_SOCK_RAW);
const struct protocol packet_dgram_protocol = PACKET_PROTOCOL(NET_SOCK_DGRAM);
