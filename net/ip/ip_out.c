// SPDX-License-Identifier: MIT
/*
 * The stage IP_OUT: which way, from which address, with which header, in one
 * piece or several; and copies for ourselves of what goes to groups that we are
 * in and of broadcasts.
 */
#include "lib/errno.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/extension.h"
#include "net/ip/flow_label.h"
#include "net/ip/group.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"
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

bool ip4_push_header(struct net *net, struct packet *packet, uint16_t id)
{
	uint32_t size = IP4_HEADER_MIN + (uint32_t)packet->options_length;
	struct ip4_header h = {
		.tos = packet->tos,
		.ttl = packet->ttl,
		.protocol = packet->protocol,
		.total_length = (uint16_t)(packet->length + size),
		.id = id,
		.dont_fragment = packet->flags & PACKET_DONT_FRAGMENT,
		.src = addr_to_ip4(&packet->src),
		.dst = addr_to_ip4(&packet->dst),
	};
	uint8_t *bytes = packet_push(packet, size), problem;

	if (!bytes)
		return false;
	packet->l3 = 0;
	packet->ethertype = ETHERTYPE_IP4;
	ip4_emit(bytes, &h);
	if (!packet->options_length)
		return true;
	options_record(net, packet, &packet->src, &problem);
	memcpy(bytes + IP4_HEADER_MIN, packet->options, packet->options_length);
	bytes[0] = (uint8_t)(0x40 | size / 4);
	put_be16(bytes + 10, 0);
	checksum_store(bytes + 10,
		       checksum_finish(checksum_add(0, bytes, size)));
	return true;
}

bool ip6_push_header(struct packet *packet)
{
	struct ip6_header h = {
		.traffic_class = packet->tos,
		.flow_label = packet->flow,
		.next_header = packet->protocol,
		.hop_limit = packet->ttl,
		.src = packet->src,
		.dst = packet->dst,
	};
	uint8_t *bytes;

	if (!extension_push(packet, packet->options, packet->options_length,
			    packet->options_first, &h.next_header))
		return false;
	h.payload_length = (uint16_t)packet->length;
	bytes = packet_push(packet, IP6_HEADER_LENGTH);
	if (!bytes)
		return false;
	packet->l3 = 0;
	packet->ethertype = ETHERTYPE_IP6;
	ip6_emit(bytes, &h);
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

void ip_count_transmit(struct net *net, const struct packet *packet)
{
	ip_count_bytes(net, packet, IP_STAT(out_transmits), IP_STAT(out_octets),
		       packet->length);
	if (addr_is_multicast(&packet->dst))
		ip_count_bytes(net, packet, IP_STAT(out_mcast_pkts),
			       IP_STAT(out_mcast_octets), packet->length);
	else if (netif_is_broadcast(packet->netif, &packet->dst))
		ip_count_bytes(net, packet, IP_STAT(out_bcast_pkts),
			       IP_STAT(out_bcast_octets), packet->length);
}

static verdict_t too_big(struct net *net, struct packet *packet,
			 uint32_t mtu) ON_NET_THREAD
{
	ip_count(net, packet, IP_STAT(frag_fails));
	icmp_local_error(net, packet, ICMP_DEST_UNREACHABLE,
			 ICMP_FRAGMENTATION_NEEDED, mtu);
	return packet_dropped(REASON_IP_TOO_BIG);
}

/* A copy of a multicast or broadcast, come in by the interface that it leaves
 * by (RFC 1112 6.1). */
static void loop_back(struct net *net, struct packet *packet,
		      enum stage stage) ON_NET_THREAD
{
	bool group = addr_is_multicast(&packet->dst);
	struct packet *copy;

	if (packet->netif->flags & NETIF_LOOPBACK)
		return; /* comes back anyway */
	if (group ? (packet->flags & PACKET_NO_LOOP) ||
			    !group_joined(packet->netif, &packet->dst) :
		    !netif_is_broadcast(packet->netif, &packet->dst))
		return;
	copy = packet_clone(net, packet);
	if (!copy)
		return;
	copy->flags &= PACKET_CSUM_PARTIAL;
	copy->flags |= PACKET_LOOPBACK |
		       (group ? PACKET_MULTICAST : PACKET_BROADCAST);
	copy->options_length = 0;
	copy->note.why = WHY_LOOPED;
	copy->stage = (uint8_t)stage;
	net_submit(net, copy);
}

/* The MTU that this packet has to obey. */
static uint32_t mtu_of(struct net *net,
		       const struct packet *packet) ON_NET_THREAD
{
	uint32_t mtu = packet->netif->mtu;

	if (packet->flags & PACKET_IGNORE_MTU)
		return mtu;
	if (packet->mtu)
		mtu = MIN(mtu, packet->mtu);
	return path_mtu(net, &packet->dst, mtu);
}

/* With its header: copies for ourselves, then on, whole or in pieces. */
static verdict_t ip4_send(struct net *net, struct packet *packet,
			  uint32_t mtu) ON_NET_THREAD
{
	if (addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		loop_back(net, packet, STAGE_IP4_IN);
	if (packet->ttl == 0 && !(packet->netif->flags & NETIF_LOOPBACK))
		return packet_dropped(REASON_IP_LOCAL_ONLY);
	if (packet->length > mtu && !packet->gso_size)
		return ip4_fragment(net, packet, mtu);
	ip_count_transmit(net, packet);
	return next_stage(STAGE_NEIGHBOUR_OUT);
}

static verdict_t ip4_out(struct net *net, struct packet *packet) ON_NET_THREAD
{
	uint32_t mtu = mtu_of(net, packet), length = packet->length;
	bool whole = packet->flags & PACKET_DONT_FRAGMENT, fits;

	if (packet->flags & PACKET_HEADER_INCLUDED) {
		packet->ethertype = ETHERTYPE_IP4;
		packet->l3 = 0;
		return ip4_send(net, packet, packet->netif->mtu);
	}
	length += IP4_HEADER + (uint32_t)packet->options_length;
	if (length > PACKET_MAX)
		return too_big(net, packet, mtu);
	fits = length <= mtu || packet->gso_size;
	if (!fits && (whole || (packet->flags & PACKET_REFUSE_FRAGMENTS)))
		return too_big(net, packet, mtu);
	/* Nobody may cut it: no need of an identification (RFC 6864). */
	if (!ip4_push_header(net, packet,
			     whole && !packet->gso_size ?
				     0 :
				     ip4_next_id(net, &packet->dst)))
		return packet_dropped(REASON_NO_MEMORY);
	return ip4_send(net, packet, mtu);
}

static verdict_t ip6_send(struct net *net, struct packet *packet) ON_NET_THREAD
{
	if (addr_is_multicast(&packet->dst))
		loop_back(net, packet, STAGE_IP6_IN);
	if (packet->ttl == 0 && !(packet->netif->flags & NETIF_LOOPBACK))
		return packet_dropped(REASON_IP_LOCAL_ONLY);
	ip_count_transmit(net, packet);
	return next_stage(STAGE_NEIGHBOUR_OUT);
}

static verdict_t ip6_out(struct net *net, struct packet *packet) ON_NET_THREAD
{
	uint32_t mtu = mtu_of(net, packet);
	uint32_t length =
		packet->length + IP6_HEADER + (uint32_t)packet->options_length;

	if (packet->flags & PACKET_HEADER_INCLUDED) {
		packet->ethertype = ETHERTYPE_IP6;
		packet->l3 = 0;
		return ip6_send(net, packet);
	}
	if (!packet->flow)
		packet->flow = flow_label_auto(net, packet);
	if (length - IP6_HEADER > PACKET_MAX)
		return too_big(net, packet, mtu);
	if (length > mtu && !packet->gso_size) {
		if (packet->flags &
		    (PACKET_DONT_FRAGMENT | PACKET_REFUSE_FRAGMENTS))
			return too_big(net, packet, mtu);
		if (packet->fragment_size)
			mtu = MIN(mtu, (uint32_t)packet->fragment_size);
		return ip6_fragment(net, packet, mtu);
	}
	if (!ip6_push_header(packet))
		return packet_dropped(REASON_NO_MEMORY);
	return ip6_send(net, packet);
}

/* What its sender asked for: a packet, and a message of ICMP. */
static void count_request(struct net *net, struct packet *packet)
{
	bool six = !addr_is_ip4(&packet->dst);
	uint8_t protocol = packet->protocol;
	const uint8_t *bytes;
	uint32_t at = 0;

	if (!(packet->flags & PACKET_HEADER_INCLUDED)) {
		ip_count(net, packet, IP_STAT(out_requests));
	} else {
		bytes = packet_header(packet, 0, IP4_HEADER);
		if (six || !bytes)
			return;
		protocol = bytes[9];
		at = packet->l4;
	}
	if (protocol != (six ? NET_IPPROTO_ICMPV6 : NET_IPPROTO_ICMP))
		return;
	bytes = packet_header(packet, at, 1);
	if (bytes)
		icmp_count_out(net, packet->netif, six, *bytes);
}

verdict_t ip_out(struct net *net, struct packet *packet)
{
	if (find_way(net, packet)) {
		ip_count(net, packet, IP_STAT(out_no_routes));
		return packet_dropped(REASON_IP_NO_ROUTE);
	}
	count_request(net, packet);
	if (!packet->ttl && !(packet->flags & PACKET_LOCAL_TTL))
		packet->ttl = (uint8_t)(addr_is_ip4(&packet->dst) ?
						net->tunables.ip_default_ttl :
						packet->netif->conf6.hop_limit);
	if (addr_is_ip4(&packet->dst))
		return ip4_out(net, packet);
	if (packet->netif->conf6.disable_ipv6)
		return packet_dropped(REASON_IP_DISABLED);
	return ip6_out(net, packet);
}
