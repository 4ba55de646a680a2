// SPDX-License-Identifier: MIT
/*
 * Frames to packet sockets: who wants it, what its filter says, and a copy.
 */
#include "net/packet/packet.h"

#include "lib/string.h"
#include "net/core/filter.h"
#include "net/core/vnet.h"
#include "net/wire/ethernet.h"

#define FRONT_MAX 32 /* of what is put in front of a packet */

static enum packet_kind kind_of(const struct packet *packet,
				const struct netif *netif,
				enum tap_direction direction)
{
	uint8_t dst[6];

	if (direction == TAP_OUT)
		return KIND_OUTGOING;
	if (netif->type != NETIF_ETHERNET ||
	    packet_copy(packet, packet->l2, dst, 6) < 6)
		return KIND_HOST;
	if (mac_is_broadcast(dst))
		return KIND_BROADCAST;
	if (mac_is_multicast(dst))
		return KIND_MULTICAST;
	return mac_equal(dst, netif->mac) ? KIND_HOST : KIND_OTHERHOST;
}

static uint16_t ethertype_of(const struct packet *packet, uint32_t offset)
{
	uint8_t b[2] = { 0 };

	packet_copy(packet, offset, b, 2);
	return get_be16(b);
}

static uint16_t ethertype_of_ip(const struct packet *packet)
{
	uint8_t version = 0;

	packet_copy(packet, 0, &version, 1);
	return version >> 4 == 6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4;
}

/* Linux's loopback speaks Ethernet with addresses of zeros. */
static void make_up_header(struct sighting *s)
{
	s->made_up = s->link_length = ETHERNET_HEADER;
	memset(s->link, 0, sizeof s->link);
	put_be16(s->link + 12, s->ethertype);
}

/* The first tag goes beside the frame. */
static void take_tag(struct sighting *s, const struct packet *packet)
{
	uint16_t type = s->ethertype;

	if (type != ETHERTYPE_VLAN && type != ETHERTYPE_SERVICE_VLAN)
		return;
	if (packet->length < packet->l2 + ETHERNET_HEADER + 4u)
		return;
	s->tag_protocol = type;
	s->tag = ethertype_of(packet, packet->l2 + ETHERNET_HEADER);
	s->ethertype = ethertype_of(packet, packet->l2 + ETHERNET_HEADER + 2);
	s->status |= TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
	s->cut = 4;
	packet_copy(packet, packet->l2, s->link, 12);
	put_be16(s->link + 12, s->ethertype);
}

static void look(struct sighting *s, const struct packet *packet,
		 enum tap_direction direction)
{
	memset(s, 0, sizeof *s);
	s->packet = packet;
	s->netif = packet->netif;
	s->kind = kind_of(packet, s->netif, direction);
	if (s->netif->type == NETIF_ETHERNET) {
		s->link_length = ETHERNET_HEADER;
		s->ethertype = ethertype_of(packet, packet->l2 + 12);
		take_tag(s, packet);
	} else {
		s->ethertype = ethertype_of_ip(packet);
		if (s->netif->type == NETIF_TYPE_LOOPBACK)
			make_up_header(s);
	}
	if (packet->flags & PACKET_CSUM_PARTIAL)
		s->status |= TP_STATUS_CSUM_NOT_READY;
	else if (packet->flags & PACKET_CSUM_GOOD)
		s->status |= TP_STATUS_CSUM_VALID;
}

static bool wants(const struct packet_socket *socket, const struct sighting *s)
{
	if (socket->netif && socket->netif != s->netif->index)
		return false;
	if (s->kind == KIND_OUTGOING)
		return socket->ethertype == ETHERTYPE_ALL &&
		       !socket->ignore_outgoing;
	return socket->ethertype == ETHERTYPE_ALL ||
	       (socket->ethertype && socket->ethertype == s->ethertype);
}

/* Bytes that the program's view of the frame has in front of the packet's
 * `offset`: 0 for cooked sockets. */
static uint32_t view_front(const struct packet_socket *socket,
			   const struct sighting *s, uint32_t *offset)
{
	*offset = sighting_start(s, socket->cooked);
	if (socket->cooked)
		return 0;
	return s->cut ? s->link_length : s->made_up;
}

static uint32_t run_filter(const struct packet_socket *socket,
			   const struct sighting *s, uint32_t offset,
			   uint32_t front, uint32_t length)
{
	struct filter_input input = {
		.packet = s->packet,
		.offset = offset,
		.length = length,
		.front = s->link,
		.front_length = front,
		.network = socket->cooked ? 0 : (int32_t)s->link_length,
		.protocol = s->ethertype,
		.tag = s->tag,
		.tag_protocol = s->tag_protocol,
		.kind = (uint8_t)s->kind,
		.netif = s->netif->index,
		.hardware = (uint16_t)s->netif->type,
	};

	if (!socket->ep->filter)
		return length;
	return MIN(filter_run(socket->ep->filter, &input), length);
}

static void describe(struct datagram *datagram, const struct sighting *s,
		     const struct packet_socket *socket, uint32_t length)
{
	bool ethernet = s->netif->type == NETIF_ETHERNET ||
			s->netif->type == NETIF_TYPE_LOOPBACK;

	datagram->netif = s->netif->index;
	datagram->time = s->packet->time;
	datagram->remote.port = s->ethertype;
	datagram->remote.scope = s->netif->type;
	datagram->tos = (uint8_t)s->kind;
	datagram->mark = length;
	datagram->priority = s->status;
	datagram->own.w[1] = socket->cooked ? 0 : s->link_length;
	datagram->own.w[2] = s->tag | (uint32_t)s->tag_protocol << 16;
	if (!ethernet)
		return;
	datagram->ttl = 6;
	if (s->made_up)
		memset(datagram->remote.addr.b, 0, 6);
	else
		packet_copy(s->packet, s->packet->l2 + 6,
			    datagram->remote.addr.b, 6);
}

/* Copies what stands in front of the packet's own bytes: the virtio header, if
 * the program wants it, and what the link header was made to be. */
static uint32_t make_front(const struct packet_socket *socket,
			   const struct sighting *s, uint32_t offset,
			   uint32_t front, uint8_t *to)
{
	if (socket->vnet_size) {
		memset(to, 0, socket->vnet_size);
		vnet_describe(s->packet, (int32_t)front - (int32_t)offset, to);
	}
	memcpy(to + socket->vnet_size, s->link, front);
	return socket->vnet_size + front;
}

bool packet_queue(struct packet_socket *socket, const struct sighting *s,
		  uint32_t front, uint32_t kept, uint32_t length)
{
	struct datagram *datagram = datagram_new(socket->vnet_size + kept);
	uint32_t offset = sighting_start(s, socket->cooked), done = 0, ready;
	uint8_t first[FRONT_MAX];

	ready = make_front(socket, s, offset, front, first);
	while (datagram && done < datagram->length) {
		uint8_t *to;
		uint32_t n = datagram_span(datagram, done, &to);

		if (done < ready) {
			n = MIN(n, ready - done);
			memcpy(to, first + done, n);
		} else {
			packet_copy(s->packet, offset + done - ready, to, n);
		}
		done += n;
	}
	if (!datagram)
		return false;
	describe(datagram, s, socket, length);
	datagram->segment_size = (uint16_t)socket->vnet_size;
	return endpoint_deliver(socket->ep, datagram, REASON_RAW_RCVBUF_FULL) ==
	       REASON_NONE;
}

static void deliver(struct packet_socket *socket,
		    const struct sighting *s) ON_NET_THREAD
{
	uint32_t offset, front = view_front(socket, s, &offset);
	uint32_t length = s->packet->length - offset + front;
	uint32_t kept = run_filter(socket, s, offset, front, length);
	bool done;

	if (kept == 0)
		return;
	done = socket->ring ? ring_deliver(socket, s, front, kept, length) :
			      packet_queue(socket, s, front, kept, length);
	socket->packets++;
	if (!done)
		socket->drops++;
}

static void offer(struct net *net, const struct sighting *s) ON_NET_THREAD
{
	struct packet_socket *socket;

	LIST_FOR_EACH(socket, &net->packet_sockets, list)
		if (wants(socket, s) &&
		    (!socket->fanout || fanout_chooses(socket, s)))
			deliver(socket, s);
}

void packet_tap(struct net *net, struct packet *packet,
		enum tap_direction direction)
{
	struct sighting s;

	look(&s, packet, direction);
	/* What goes out by the loopback comes in by it: both are seen. */
	if (packet->netif->flags & NETIF_LOOPBACK) {
		enum packet_kind kind = s.kind;

		s.kind = KIND_OUTGOING;
		offer(net, &s);
		s.kind = kind;
	}
	offer(net, &s);
}
