// SPDX-License-Identifier: MIT
/*
 * Packets through the file: with the protocol information in front unless
 * IFF_NO_PI, and with a virtio header in front of the packet if IFF_VNET_HDR.
 * What the program gets of them is for its filters to say.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/filter.h"
#include "net/tun/tun_private.h"
#include "net/wire/ethernet.h"

#define FRONT_MAX 256 /* of what stands in front of a packet */

/* ---- To the program ---- */

static uint16_t ethertype_of(const struct tun *tun, const struct packet *packet)
{
	uint8_t b[2] = { 0 };

	if (tun->state->flags & TUN_IFF_TAP) {
		packet_copy(packet, 12, b, 2);
		return get_be16(b);
	}
	packet_copy(packet, 0, b, 1);
	return b[0] >> 4 == 6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4;
}

static uint32_t make_front(const struct tun *tun, const struct packet *packet,
			   uint8_t *front)
{
	const struct tun_state *state = tun->state;
	uint32_t n = 0;

	if (!(state->flags & TUN_IFF_NO_PI)) {
		put_le16(front, 0);
		put_be16(front + 2, ethertype_of(tun, packet));
		n = TUN_PI;
	}
	if (!(state->flags & TUN_IFF_VNET_HDR))
		return n;
	memset(front + n, 0, FRONT_MAX - n);
	vnet_describe(packet, 0, front + n);
	return n + state->vnet_size;
}

uint32_t tun_group_bit(const uint8_t mac[6])
{
	uint32_t crc = UINT32_MAX;

	for (int i = 0; i < 6; i++) {
		for (uint8_t byte = mac[i], bit = 0; bit < 8; bit++, byte >>= 1)
			crc = crc << 1 ^
			      ((crc >> 31 ^ byte) & 1 ? 0x04c11db7 : 0);
	}
	return crc >> 26;
}

static bool is_chosen(const struct tun_filter *chosen,
		      const struct packet *packet)
{
	uint8_t mac[6];

	if (!chosen->count)
		return true;
	packet_copy(packet, 0, mac, sizeof mac);
	for (uint32_t i = 0; i < chosen->count; i++)
		if (mac_equal(mac, chosen->exact[i]))
			return true;
	return mac_is_multicast(mac) &&
	       (chosen->groups >> tun_group_bit(mac) & 1);
}

/* How much of it the program's filter keeps. */
static uint32_t kept_of(const struct tun *tun, const struct packet *packet)
{
	struct filter_input input = {
		.packet = packet,
		.length = packet->length,
		.network = ETHERNET_HEADER,
		.protocol = ethertype_of(tun, packet),
		.kind = 4, /* PACKET_OUTGOING */
		.netif = tun->netif.index,
		.hardware = (uint16_t)tun->netif.type,
	};

	if (!tun->state->filter)
		return packet->length;
	return MIN(filter_run(tun->state->filter, &input), packet->length);
}

static struct datagram *datagram_of(const struct packet *packet,
				    const uint8_t *front, uint32_t n,
				    uint32_t kept)
{
	struct datagram *datagram = datagram_new(n + kept);
	uint32_t done = 0;

	while (datagram && done < datagram->length) {
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
	return datagram;
}

int tun_transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT
{
	struct tun *tun = tun_of(netif);
	struct tun_state *state = tun->state;
	uint8_t front[FRONT_MAX];
	struct datagram *datagram;
	uint32_t n, kept;

	if (!state || !state->ep || state->vnet_size > FRONT_MAX - TUN_PI)
		return -ENETDOWN;
	kept = is_chosen(&state->chosen, packet) ? kept_of(tun, packet) : 0;
	if (!kept)
		return -EACCES;
	if (endpoint_sample_queued(state->ep) >= netif->queue_length)
		return -ENOBUFS;
	n = make_front(tun, packet, front);
	datagram = datagram_of(packet, front, n, kept);
	if (!datagram)
		return -ENOMEM;
	datagram->charge = 0; /* bounded by the queue's length */
	datagram->tos = state->flags & TUN_IFF_NO_PI ? 0 : TUN_PI;
	datagram->mark = n - datagram->tos;
	endpoint_deliver(state->ep, datagram, REASON_NETIF_QUEUE_FULL);
	return 0;
}

/* ---- From the program ---- */

struct arrived {
	uint32_t skip; /* bytes before the packet */
	uint32_t info; /* of them struct tun_pi's */
	bool has_vnet;
	uint8_t front[TUN_PI + VNET_HEADER];
};

/* Copies `n` bytes from `at` on. */
static void take(const struct datagram *datagram, uint32_t at, uint8_t *to,
		 uint32_t n)
{
	for (uint32_t done = 0; done < n;) {
		uint8_t *from;
		uint32_t part = datagram_span(datagram, at + done, &from);

		part = MIN(part, n - done);
		memcpy(to + done, from, part);
		done += part;
	}
}

static int read_front(const struct tun_state *state,
		      const struct datagram *datagram, struct arrived *a)
{
	uint32_t vnet;

	a->info = state->flags & TUN_IFF_NO_PI ? 0 : TUN_PI;
	a->has_vnet = state->flags & TUN_IFF_VNET_HDR;
	vnet = a->has_vnet ? state->vnet_size : 0;
	if (datagram->length < a->info || datagram->length - a->info < vnet)
		return -EINVAL;
	a->skip = a->info + vnet;
	take(datagram, 0, a->front, a->info + (vnet ? VNET_HEADER : 0));
	if (a->has_vnet &&
	    vnet_header_length(a->front + a->info) > datagram->length - a->skip)
		return -EINVAL;
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

/* Ethernet frames, and IP packets of a version that there is. */
static int check_bytes(const struct tun *tun, struct packet *packet,
		       const struct arrived *a)
{
	uint32_t said = a->has_vnet ? vnet_header_length(a->front + a->info) :
				      0;
	uint8_t version = 0;

	if (tun->state->flags & TUN_IFF_TAP)
		return packet->length < ETHERNET_HEADER ||
				       (said && said < ETHERNET_HEADER) ?
			       -EINVAL :
			       0;
	packet_copy(packet, 0, &version, 1);
	return !a->info && version >> 4 != 4 && version >> 4 != 6 ? -EINVAL : 0;
}

/* struct tun_pi says what it is, whatever its first byte. */
static bool is_ip(const struct tun *tun, const struct arrived *a)
{
	uint16_t type = get_be16(a->front + 2);

	return !a->info || (tun->state->flags & TUN_IFF_TAP) ||
	       type == ETHERTYPE_IP4 || type == ETHERTYPE_IP6;
}

int tun_write(struct tun *tun, struct datagram *datagram)
{
	struct net *net = tun->netif.net;
	struct packet *packet;
	struct arrived a;
	int err = read_front(tun->state, datagram, &a);

	if (err)
		return err;
	packet = packet_of(net, datagram, a.skip);
	if (!packet)
		return -ENOMEM;
	err = check_bytes(tun, packet, &a);
	if (!err && a.has_vnet)
		err = vnet_apply(packet, a.front + a.info);
	if (!err && !(tun->netif.flags & NETIF_UP))
		err = -EIO;
	if (err || !packet->length || !is_ip(tun, &a)) {
		if (err != 0 || !packet->length)
			tun->netif.stats.rx_errors += err != -EIO;
		else
			tun->netif.stats.rx_dropped++;
		packet_free(net, packet);
		return err;
	}
	netif_receive(&tun->netif, packet);
	return 0;
}
