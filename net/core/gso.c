// SPDX-License-Identifier: MIT
/*
 * Segmentation in software; see gso.h. Each segment has a copy of the headers
 * and shares the payload's buffers. What differs between them: lengths, IPv4
 * identification, and of TCP the sequence number; FIN and PSH are on the last, CWR on the
 * first only (RFC 3168 6.1.2).
 */
#include "net/core/gso.h"

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/netif.h"
#include "net/core/sockopt.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/ip4.h"
#include "net/wire/tcp.h"
#include "net/wire/udp.h"

#define IP4_LENGTH 2
#define IP4_ID 4
#define IP4_CHECKSUM 10
#define IP6_LENGTH 4
#define IP6_FIXED 40
#define TCP_SEQ 4
#define TCP_OFFSET 12 /* in the high four bits */
#define TCP_FLAGS 13
#define PIECES_MAX 1024 /* of one packet */

bool gso_needed(const struct netif *netif, const struct packet *packet)
{
	uint32_t can = packet->gso_type == GSO_TCP6 ? NETIF_TSO6 :
		       packet->gso_type == GSO_UDP  ? NETIF_USO :
						      NETIF_TSO4;

	if (!packet->gso_size || (netif->flags & NETIF_LOOPBACK))
		return false;
	/* Who cuts it has sums to complete, or it is not his (virtio 5.1.6.2). */
	return !(netif->features & can) ||
	       !(packet->flags & PACKET_CSUM_PARTIAL);
}

static void set_ip4(struct packet *segment, uint16_t id)
{
	uint8_t *ip = packet_header(segment, segment->l3, IP4_HEADER_MIN);
	uint16_t sum;

	put_be16(ip + IP4_LENGTH, (uint16_t)(segment->length - segment->l3));
	put_be16(ip + IP4_ID, id);
	put_be16(ip + IP4_CHECKSUM, 0);
	sum = checksum_finish(checksum_add(0, ip, segment->l4 - segment->l3));
	checksum_store(ip + IP4_CHECKSUM, sum);
}

static void set_ip6(struct packet *segment)
{
	uint8_t *ip = packet_header(segment, segment->l3, IP6_FIXED);

	put_be16(ip + IP6_LENGTH,
		 (uint16_t)(segment->length - segment->l3 - IP6_FIXED));
}

static void set_tcp(struct packet *segment, uint32_t at, bool last)
{
	uint8_t *tcp = packet_header(segment, segment->l4, TCP_HEADER_MIN);
	uint64_t sum = checksum_pseudo(&segment->src, &segment->dst,
				       segment->protocol,
				       segment->length - segment->l4);

	put_be32(tcp + TCP_SEQ, get_be32(tcp + TCP_SEQ) + at);
	if (!last)
		tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (at > 0)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
	checksum_store(tcp + TCP_CHECKSUM_OFFSET, checksum_fold(sum));
}

static void set_udp(struct packet *segment)
{
	uint8_t *udp = packet_header(segment, segment->l4, UDP_HEADER);
	uint32_t length = segment->length - segment->l4;
	uint64_t sum = checksum_pseudo(&segment->src, &segment->dst,
				       segment->protocol, length);

	put_be16(udp + UDP_LENGTH_OFFSET, (uint16_t)length);
	checksum_store(udp + UDP_CHECKSUM_OFFSET, checksum_fold(sum));
}

/* The bytes [at, at + n) of the payload, behind a copy of the headers. */
static struct packet *make_segment(struct net *net, const struct packet *packet,
				   uint32_t at, uint32_t n) ON_NET_THREAD
{
	struct packet *segment = packet_new(net);
	int count;

	if (!segment)
		return NULL;
	memcpy(segment, packet, offsetof(struct packet, fragments));
	list_init(&segment->list);
	segment->refs = 1;
	segment->id = 0;
	segment->charged = NULL;
	segment->gso_size = 0;
	segment->head_start = PACKET_HEADROOM - packet->payload;
	segment->head_end = segment->head_start + packet->payload;
	packet_copy(packet, 0, segment->head + segment->head_start,
		    packet->payload);
	count = packet_slice(packet, packet->payload + at, n,
			     segment->fragments, PACKET_FRAGMENTS);
	segment->fragment_count = (uint8_t)count;
	segment->length = packet->payload + n;
	if (count > 0)
		return segment;
	segment->fragment_count = 0;
	packet_free(net, segment);
	return NULL;
}

/* Of the transport's header, 0: there is none. */
static uint32_t header_length(struct packet *packet)
{
	const uint8_t *tcp;
	uint32_t header;

	if (packet->gso_type == GSO_UDP)
		return UDP_HEADER;
	if (packet->gso_type != GSO_TCP4 && packet->gso_type != GSO_TCP6)
		return 0;
	tcp = packet_header(packet, packet->l4, TCP_HEADER_MIN);
	if (!tcp)
		return 0;
	header = (uint32_t)(tcp[TCP_OFFSET] >> 4) * 4;
	return header < TCP_HEADER_MIN ? 0 : header;
}

uint32_t gso_segment_length(struct packet *packet)
{
	uint32_t header = header_length(packet);

	/* Each segment has all headers in its head. */
	if (!header || packet->l4 + header > PACKET_HEADROOM ||
	    !packet_header(packet, packet->l4, header) ||
	    packet->length <= packet->l4 + header)
		return 0;
	packet->payload = (uint16_t)(packet->l4 + header);
	if (packet->length - packet->payload >
	    (uint32_t)packet->gso_size * PIECES_MAX)
		return 0;
	return packet->payload - packet->l3 + packet->gso_size;
}

/* Behind Ethernet and at most two tags. */
static bool find_behind_ethernet(struct packet *packet, uint16_t *type,
				 uint16_t *at)
{
	*at = ETHERNET_HEADER;
	for (int i = 0; i < 3; i++, *at += 4) {
		const uint8_t *bytes = packet_header(packet, *at - 2u, 2);

		if (!bytes)
			return false;
		*type = get_be16(bytes);
		if (*type == ETHERTYPE_IP4 || *type == ETHERTYPE_IP6)
			return true;
		if (*type != ETHERTYPE_VLAN && *type != ETHERTYPE_SERVICE_VLAN)
			return false;
	}
	return false;
}

bool gso_find_ip(struct packet *packet, bool bare, uint16_t *type, uint16_t *at)
{
	const uint8_t *ip;

	if (!bare)
		return find_behind_ethernet(packet, type, at);
	*at = 0;
	ip = packet_header(packet, 0, 1);
	if (!ip || (*ip >> 4 != 4 && *ip >> 4 != 6))
		return false;
	*type = *ip >> 4 == 4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6;
	return true;
}

/* What is to be cut is what the packet says it is. */
static bool take_protocol(struct packet *packet, uint8_t protocol,
			  uint8_t tcp_type)
{
	packet->protocol = protocol;
	if (packet->gso_type == GSO_UDP)
		return protocol == NET_IPPROTO_UDP;
	packet->gso_type = tcp_type;
	return protocol == NET_IPPROTO_TCP;
}

static bool dissect_ip4(struct packet *packet)
{
	const uint8_t *ip = packet_header(packet, packet->l3, IP4_HEADER_MIN);
	uint16_t length;

	if (!ip || !take_protocol(packet, ip[9], GSO_TCP4))
		return false;
	length = (uint16_t)((ip[0] & 15) * 4);
	if (length < IP4_HEADER_MIN || (get_be16(ip + 6) & 0x3fff))
		return false;
	packet->src = addr_ip4(get_be32(ip + 12));
	packet->dst = addr_ip4(get_be32(ip + 16));
	packet->l4 = packet->l3 + length;
	return true;
}

static bool dissect_ip6(struct packet *packet)
{
	const uint8_t *ip = packet_header(packet, packet->l3, IP6_FIXED);

	if (!ip || !take_protocol(packet, ip[6], GSO_TCP6))
		return false;
	memcpy(packet->src.b, ip + 8, 16);
	memcpy(packet->dst.b, ip + 24, 16);
	packet->l4 = packet->l3 + IP6_FIXED;
	return true;
}

bool gso_dissect(struct packet *packet, bool bare)
{
	uint16_t type, l3;

	if (!gso_find_ip(packet, bare, &type, &l3))
		return false;
	packet->l2 = 0;
	packet->l3 = l3;
	return type == ETHERTYPE_IP4 ? dissect_ip4(packet) :
				       dissect_ip6(packet);
}

/* Headers of the segment that holds the payload from `at` on. */
static void set_headers(struct packet *segment, uint16_t id, uint32_t at,
			bool last)
{
	if (addr_is_ip4(&segment->dst))
		set_ip4(segment, id);
	else
		set_ip6(segment);
	if (segment->gso_type == GSO_UDP) {
		set_udp(segment);
		segment->csum_offset = UDP_CHECKSUM_OFFSET;
	} else {
		set_tcp(segment, at, last);
		segment->csum_offset = TCP_CHECKSUM_OFFSET;
	}
	/* Even of one whose sum was whole: these are others. */
	segment->csum_start = segment->l4;
	segment->flags &= ~(uint32_t)PACKET_CSUM_GOOD;
	segment->flags |= PACKET_CSUM_PARTIAL;
	segment->gso_type = GSO_NONE;
}

uint32_t gso_segments(struct net *net, struct packet *packet, struct list *out,
		      enum reason *why)
{
	uint32_t total, n, count = 0;
	uint16_t id = 0;

	*why = REASON_TCP_MALFORMED;
	if (!gso_segment_length(packet))
		return 0;
	total = packet->length - packet->payload;
	if (addr_is_ip4(&packet->dst))
		id = get_be16(
			packet_header(packet, packet->l3, IP4_HEADER_MIN) +
			IP4_ID);
	for (uint32_t at = 0; at < total; at += n) {
		struct packet *segment;

		n = MIN(total - at, (uint32_t)packet->gso_size);
		segment = make_segment(net, packet, at, n);
		if (!segment)
			break;
		set_headers(segment, (uint16_t)(id + count), at,
			    at + n == total);
		list_push_back(out, &segment->list);
		count++;
	}
	*why = count < DIV_ROUND_UP(total, packet->gso_size) ?
		       REASON_NO_MEMORY :
		       REASON_NONE;
	return count;
}

verdict_t gso_cut(struct net *net, struct packet *packet)
{
	struct packet *segment;
	struct list cut;
	enum reason why;
	uint32_t count;

	list_init(&cut);
	count = gso_segments(net, packet, &cut, &why);
	LIST_FOR_EACH(segment, &cut, list)
		segment->stage = STAGE_DEVICE_OUT;
	if (packet->flags & PACKET_QUEUED)
		packet->netif->leaving += count;
	net_submit_first(net, &cut, count);
	return why ? packet_dropped(why) : packet_consumed();
}
