// SPDX-License-Identifier: MIT
/*
 * Fragmentation (RFC 791 3.2, RFC 8200 4.5). The pieces refer to the packet's
 * buffers. An IPv4 packet is cut behind its header, which is the pattern for
 * those of the pieces: also one that is a fragment already, on its way through
 * this host. An IPv6 packet is cut by its sender alone.
 */
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/ip/extension.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"
#include "net/wire/checksum.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define FRAGMENT_HEADER 8

static struct packet *piece(struct net *net, const struct packet *packet,
			    uint32_t offset, uint32_t length) ON_NET_THREAD
{
	struct packet *out = packet_new(net);
	int n;

	if (!out)
		return NULL;
	n = packet_slice(packet, offset, length, out->fragments,
			 PACKET_FRAGMENTS);
	if (n == 0) {
		packet_free(net, out);
		return NULL;
	}
	out->fragment_count = (uint8_t)n;
	out->length = length;
	out->src = packet->src;
	out->dst = packet->dst;
	out->protocol = packet->protocol;
	out->ttl = packet->ttl;
	out->tos = packet->tos;
	out->priority = packet->priority;
	out->flow = packet->flow;
	out->netif = packet->netif;
	out->next_hop = packet->next_hop;
	out->ethertype = packet->ethertype;
	out->flags = packet->flags & PACKET_FORWARDED;
	out->note = packet->note;
	out->time = packet->time;
	return out;
}

static void submit(struct net *net, struct packet *out) ON_NET_THREAD
{
	out->stage = STAGE_NEIGHBOUR_OUT;
	ip_count(net, out, IP_STAT(frag_creates));
	ip_count_transmit(net, out);
	net_submit(net, out);
}

static verdict_t failed(struct net *net, const struct packet *packet)
{
	ip_count(net, packet, IP_STAT(frag_fails));
	return packet_dropped(REASON_NO_MEMORY);
}

/* The pattern's header in front of a piece that begins at `at`. */
static bool push_copy4(struct packet *out, const uint8_t *pattern,
		       uint32_t header, uint32_t at, bool more)
{
	uint8_t *ip = packet_push(out, header);
	uint16_t word = get_be16(pattern + 6);
	uint16_t offset = (uint16_t)((word & IP4_OFFSET_MASK) + at / 8);

	if (!ip)
		return false;
	memcpy(ip, pattern, header);
	if (offset)
		options_for_fragment(ip + IP4_HEADER_MIN,
				     header - IP4_HEADER_MIN);
	if (more || (word & IP4_MORE_FRAGMENTS))
		offset |= IP4_MORE_FRAGMENTS;
	put_be16(ip + 2, (uint16_t)out->length);
	put_be16(ip + 6, offset);
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, header)));
	out->l3 = 0;
	out->l4 = (uint16_t)header;
	return true;
}

verdict_t ip4_fragment(struct net *net, struct packet *packet, uint32_t mtu)
{
	uint8_t pattern[IP4_HEADER_MAX];
	uint32_t header, step, length;

	packet_checksum_complete(packet);
	if (packet_copy(packet, 0, pattern, IP4_HEADER_MIN) < IP4_HEADER_MIN)
		return packet_dropped(REASON_IP_BAD_HEADER);
	header = (pattern[0] & 15) * 4u;
	packet_copy(packet, 0, pattern, header);
	if (mtu < header + 8)
		return packet_dropped(REASON_IP_TOO_BIG);
	step = (mtu - header) & ~7u;
	length = packet->length - header;
	for (uint32_t at = 0; at < length; at += step) {
		uint32_t n = MIN(step, length - at);
		struct packet *out = piece(net, packet, header + at, n);

		if (!out)
			return failed(net, packet);
		if (!push_copy4(out, pattern, header, at, at + n < length)) {
			packet_free(net, out);
			return failed(net, packet);
		}
		submit(net, out);
	}
	ip_count(net, packet, IP_STAT(frag_oks));
	return packet_consumed();
}

static bool push_headers6(struct packet *out, const struct packet *whole,
			  uint32_t id, uint32_t at, bool more)
{
	uint8_t *h = packet_push(out, FRAGMENT_HEADER);
	uint8_t protocol = out->protocol;

	if (!h)
		return false;
	h[0] = protocol;
	h[1] = 0;
	put_be16(h + 2, (uint16_t)(at | more));
	put_be32(h + 4, id);
	out->options_first = whole->options_first;
	out->options_length = whole->options_length;
	memcpy(out->options, whole->options, whole->options_length);
	out->protocol = IP6_NEXT_FRAGMENT;
	if (!ip6_push_header(out))
		return false;
	out->protocol = protocol;
	out->l4 = (uint16_t)(IP6_HEADER_LENGTH + out->options_length +
			     FRAGMENT_HEADER);
	return true;
}

verdict_t ip6_fragment(struct net *net, struct packet *packet, uint32_t mtu)
{
	uint32_t header = IP6_HEADER_LENGTH + (uint32_t)packet->options_length;
	uint32_t step = (mtu - header - FRAGMENT_HEADER) & ~7u;
	uint32_t length = packet->length;
	uint32_t id = net_random32();

	if (mtu < header + FRAGMENT_HEADER + 8)
		return packet_dropped(REASON_IP_TOO_BIG);
	packet_checksum_complete(packet);
	for (uint32_t at = 0; at < length; at += step) {
		uint32_t n = MIN(step, length - at);
		struct packet *out = piece(net, packet, at, n);

		if (!out)
			return failed(net, packet);
		if (!push_headers6(out, packet, id, at, at + n < length)) {
			packet_free(net, out);
			return failed(net, packet);
		}
		submit(net, out);
	}
	ip_count(net, packet, IP_STAT(frag_oks));
	return packet_consumed();
}
