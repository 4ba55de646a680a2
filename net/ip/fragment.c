// SPDX-License-Identifier: MIT
/*
 * IPv4 fragmentation on the way out (RFC 791 3.2): a datagram larger than the
 * MTU leaves as several packets that share its buffers.
 */
#include "net/ip/ip.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/wire/ip4.h"

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
	out->netif = packet->netif;
	out->next_hop = packet->next_hop;
	out->note = packet->note;
	out->time = packet->time;
	return out;
}

verdict_t ip4_fragment(struct net *net, struct packet *packet, uint32_t mtu)
{
	uint32_t step = (mtu - IP4_HEADER) & ~7u, length = packet->length;
	uint16_t id = ip4_next_id(net, &packet->dst);
	uint32_t count = 0;

	packet_checksum_complete(packet);
	for (uint32_t at = 0; at < length; at += step) {
		uint32_t n = MIN(step, length - at);
		struct packet *out = piece(net, packet, at, n);

		if (!out) {
			net->stats.ip.frag_fails++;
			return packet_dropped(REASON_NO_MEMORY);
		}
		ip4_push_header(net, out, id, (uint16_t)at, at + n < length);
		out->stage = STAGE_NEIGHBOUR_OUT;
		net_submit(net, out);
		count++;
	}
	net->stats.ip.frag_oks++;
	net->stats.ip.frag_creates += count;
	return packet_consumed();
}
