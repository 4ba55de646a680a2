// SPDX-License-Identifier: MIT
/*
 * The stage IP_OUT: which way, from which address, with which header, in one
 * piece or several.
 */
#include "net/ip/ip.h"

#include "lib/errno.h"
#include "lib/hash.h"
#include "net/core/instance.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

void transport_checksum(struct packet *packet, uint8_t protocol, uint32_t field)
{
	uint8_t *at = packet_header(packet, field, 2);
	uint64_t sum = checksum_pseudo(&packet->src, &packet->dst, protocol,
				       packet->length);

	if (!at)
		return;
	checksum_store(at, checksum_fold(sum));
	packet->csum_start = packet->l4;
	packet->csum_offset = (uint16_t)field;
	packet->flags |= PACKET_CSUM_PARTIAL;
}

void ip_output(struct net *net, struct packet *packet)
{
	packet->stage = STAGE_IP_OUT;
	packet->time = net->now;
	net_submit(net, packet);
}

uint16_t ip4_next_id(struct net *net, const struct net_addr *dst)
{
	uint64_t h = hash_pair(net->secret.k0, dst->q[0] ^ dst->q[1]);

	return ++net->ip->ids[h & 255];
}

bool ip4_push_header(struct net *net, struct packet *packet, uint16_t id,
		     uint16_t offset, bool more)
{
	struct ip4_header h = {
		.tos = packet->tos,
		.ttl = packet->ttl,
		.protocol = packet->protocol,
		.total_length = (uint16_t)(packet->length + IP4_HEADER),
		.id = id,
		.dont_fragment = packet->flags & PACKET_DONT_FRAGMENT,
		.more_fragments = more,
		.offset = offset,
		.src = addr_to_ip4(&packet->src),
		.dst = addr_to_ip4(&packet->dst),
	};
	uint8_t *bytes = packet_push(packet, IP4_HEADER);

	if (!bytes)
		return false;
	packet->l3 = 0;
	packet->ethertype = ETHERTYPE_IP4;
	ip4_emit(bytes, &h);
	return true;
}

static int find_way(struct net *net, struct packet *packet) ON_NET_THREAD
{
	struct net_path path;
	int err;

	if (packet->flags & PACKET_ROUTED)
		return 0;
	err = path_find(net, &packet->dst, &packet->src, packet->bound, &path);
	if (err)
		return err;
	if (addr_is_any(&packet->src))
		packet->src = path.source;
	packet_set_path(packet, &path);
	return 0;
}

static verdict_t too_big(struct net *net, struct packet *packet,
			 uint32_t mtu) ON_NET_THREAD
{
	net->stats.ip.frag_fails++;
	if (addr_is_ip4(&packet->dst) &&
	    ip4_push_header(net, packet, 0, 0, false))
		icmp_local_error(net, packet, ICMP_DEST_UNREACHABLE,
				 ICMP_FRAGMENTATION_NEEDED, mtu);
	return packet_dropped(REASON_IP_TOO_BIG);
}

static verdict_t ip4_out(struct net *net, struct packet *packet) ON_NET_THREAD
{
	uint32_t mtu = packet->netif->mtu, length = packet->length;
	bool whole = packet->flags & PACKET_DONT_FRAGMENT;

	if (packet->flags & PACKET_HEADER_INCLUDED) {
		packet->ethertype = ETHERTYPE_IP4;
		packet->l3 = 0;
		return next_stage(STAGE_NEIGHBOUR_OUT);
	}
	mtu = path_mtu(net, &packet->dst, mtu);
	length += IP4_HEADER;
	if (length > PACKET_MAX)
		return too_big(net, packet, mtu);
	if (length > mtu && !packet->gso_size) {
		if (whole)
			return too_big(net, packet, mtu);
		return ip4_fragment(net, packet, mtu);
	}
	if (!ip4_push_header(net, packet,
			     whole && !packet->gso_size ?
				     0 :
				     ip4_next_id(net, &packet->dst),
			     0, false))
		return packet_dropped(REASON_NO_MEMORY);
	return next_stage(STAGE_NEIGHBOUR_OUT);
}

static verdict_t ip6_out(struct net *net, struct packet *packet)
{
	struct ip6_header h = {
		.traffic_class = packet->tos,
		.next_header = packet->protocol,
		.hop_limit = packet->ttl,
		.payload_length = (uint16_t)packet->length,
		.src = packet->src,
		.dst = packet->dst,
	};
	uint32_t length = packet->length + IP6_HEADER;
	uint8_t *bytes;

	if (packet->length > PACKET_MAX - IP6_HEADER ||
	    (length > packet->netif->mtu && !packet->gso_size))
		return packet_dropped(REASON_IP_TOO_BIG);
	bytes = packet_push(packet, IP6_HEADER);
	if (!bytes)
		return packet_dropped(REASON_NO_MEMORY);
	packet->l3 = 0;
	packet->ethertype = ETHERTYPE_IP6;
	ip6_emit(bytes, &h);
	return next_stage(STAGE_NEIGHBOUR_OUT);
}

verdict_t ip_out(struct net *net, struct packet *packet)
{
	net->stats.ip.out_requests++;
	net->stats.ip.out_octets += packet->length;
	if (find_way(net, packet)) {
		net->stats.ip.out_no_routes++;
		return packet_dropped(REASON_IP_NO_ROUTE);
	}
	if (!packet->ttl)
		packet->ttl = (uint8_t)net->tunables.ip_default_ttl;
	return addr_is_ip4(&packet->dst) ? ip4_out(net, packet) :
					   ip6_out(net, packet);
}
