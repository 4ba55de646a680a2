// SPDX-License-Identifier: MIT
/*
 * Packets through the file: with the protocol information in front unless
 * IFF_NO_PI, and with a virtio header in front of the packet if IFF_VNET_HDR.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tun/tun_private.h"
#include "net/wire/ethernet.h"

#define VNET_NEEDS_CSUM 1
#define VNET_DATA_VALID 2
#define VNET_GSO_TCP4 1
#define VNET_GSO_UDP 3
#define VNET_GSO_TCP6 4
#define VNET_GSO_UDP_L4 5
#define VNET_GSO_ECN 0x80

/* ---- To the program ---- */

static uint16_t ethertype_of(const struct tun *tun, const struct packet *packet)
{
	uint8_t b[2] = { 0 };

	if (tun->flags & TUN_IFF_TAP) {
		packet_copy(packet, 12, b, 2);
		return get_be16(b);
	}
	packet_copy(packet, 0, b, 1);
	return b[0] >> 4 == 6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4;
}

static uint8_t vnet_gso(const struct packet *packet)
{
	switch (packet->gso_size ? packet->gso_type : GSO_NONE) {
	case GSO_TCP4:
		return VNET_GSO_TCP4;
	case GSO_TCP6:
		return VNET_GSO_TCP6;
	case GSO_UDP:
		return VNET_GSO_UDP_L4;
	default:
		return 0;
	}
}

static uint32_t make_front(const struct tun *tun, const struct packet *packet,
			   uint8_t *front)
{
	uint32_t n = 0;

	if (!(tun->flags & TUN_IFF_NO_PI)) {
		put_le16(front, 0);
		put_be16(front + 2, ethertype_of(tun, packet));
		n = TUN_PI;
	}
	if (!(tun->flags & TUN_IFF_VNET_HDR))
		return n;
	memset(front + n, 0, tun->vnet_size);
	if (packet->flags & PACKET_CSUM_PARTIAL) {
		front[n] = VNET_NEEDS_CSUM;
		put_le16(front + n + 6, packet->csum_start);
		put_le16(front + n + 8, packet->csum_offset);
	} else if (packet->flags & PACKET_CSUM_GOOD) {
		front[n] = VNET_DATA_VALID;
	}
	front[n + 1] = vnet_gso(packet);
	if (front[n + 1]) {
		put_le16(front + n + 2, (uint16_t)packet->payload);
		put_le16(front + n + 4, packet->gso_size);
	}
	return n + tun->vnet_size;
}

int tun_transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT
{
	struct tun *tun = tun_of(netif);
	uint8_t front[TUN_PI + 32];
	uint32_t n = make_front(tun, packet, front), done = 0;
	struct datagram *datagram;

	if (!tun->ep)
		return -ENETDOWN;
	if (endpoint_sample_queued(tun->ep) >= netif->queue_length)
		return -ENOBUFS;
	datagram = datagram_new(n + packet->length);
	if (!datagram)
		return -ENOMEM;
	while (done < datagram->length) {
		uint8_t *to;
		uint32_t part = datagram_span(datagram, done, &to);

		if (done < n) {
			part = MIN(part, n - done);
			memcpy(to, front + done, part);
		} else {
			packet_copy(packet, done - n, to, part);
		}
		done += part;
	}
	datagram->charge = 0; /* bounded by the queue's length */
	endpoint_deliver(tun->ep, datagram, REASON_NETIF_QUEUE_FULL);
	return 0;
}

/* ---- From the program ---- */

struct arrived {
	const uint8_t *vnet; /* or NULL */
	uint32_t skip; /* bytes before the packet */
	uint8_t front[TUN_PI + 32];
};

static int read_front(const struct tun *tun, const struct datagram *datagram,
		      struct arrived *a)
{
	uint32_t pi = tun->flags & TUN_IFF_NO_PI ? 0 : TUN_PI;
	uint32_t vnet = tun->flags & TUN_IFF_VNET_HDR ? tun->vnet_size : 0;
	uint32_t done = 0;

	a->skip = pi + vnet;
	a->vnet = vnet ? a->front + pi : NULL;
	if (datagram->length < a->skip)
		return -EINVAL;
	while (done < a->skip) {
		uint8_t *from;
		uint32_t part = datagram_span(datagram, done, &from);

		part = MIN(part, a->skip - done);
		memcpy(a->front + done, from, part);
		done += part;
	}
	return 0;
}

static struct packet *packet_of(struct net *net,
				const struct datagram *datagram,
				uint32_t skip) ON_NET_THREAD
{
	struct packet *packet = packet_new(net);

	for (int i = 0; packet && i < datagram->fragment_count; i++) {
		const struct fragment *f = &datagram->fragments[i];
		uint32_t off = MIN(skip, f->length);

		skip -= off;
		if (off == f->length)
			continue;
		if (packet_add_fragment(packet, buf_get(f->buf),
					f->offset + off, f->length - off))
			continue;
		buf_put(f->buf);
		packet_free(net, packet);
		return NULL;
	}
	return packet;
}

/* What the program says of checksum and segments. */
static int apply_vnet(struct packet *packet, const uint8_t *vnet)
{
	static const uint8_t types[] = {
		[VNET_GSO_TCP4] = GSO_TCP4, [VNET_GSO_TCP6] = GSO_TCP6
	};
	uint8_t gso = vnet[1] & (uint8_t)~VNET_GSO_ECN;
	uint16_t start = get_le16(vnet + 6), offset = get_le16(vnet + 8);

	if (vnet[0] & VNET_NEEDS_CSUM) {
		if ((uint32_t)start + offset + 2 > packet->length)
			return -EINVAL;
		packet->csum_start = start;
		packet->csum_offset = offset;
		packet->flags |= PACKET_CSUM_PARTIAL;
	} else if (vnet[0] & VNET_DATA_VALID) {
		packet->flags |= PACKET_CSUM_GOOD;
	}
	if (!gso)
		return 0;
	if (gso >= ARRAY_LEN(types) || !types[gso] || !get_le16(vnet + 4))
		return -EINVAL;
	packet->gso_type = types[gso];
	packet->gso_size = get_le16(vnet + 4);
	return 0;
}

int tun_write(struct tun *tun, struct datagram *datagram)
{
	struct net *net = tun->netif.net;
	struct packet *packet;
	struct arrived a;
	uint32_t least = tun->flags & TUN_IFF_TAP ? ETHERNET_HEADER : 1;
	int err = read_front(tun, datagram, &a);

	if (err)
		return err;
	if (!(tun->netif.flags & NETIF_UP))
		return -EIO;
	if (datagram->length - a.skip < least)
		return -EINVAL;
	packet = packet_of(net, datagram, a.skip);
	if (!packet)
		return -ENOMEM;
	if (a.vnet)
		err = apply_vnet(packet, a.vnet);
	if (err) {
		packet_free(net, packet);
		return err;
	}
	netif_receive(&tun->netif, packet);
	return 0;
}
