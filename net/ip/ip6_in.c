// SPDX-License-Identifier: MIT
/*
 * The stage IP6_IN (RFC 8200): is it well formed, whose is it, and what stands
 * behind the extension headers. Their number and that of the options in them is
 * bounded (max_hbh_opts_number, max_dst_opts_number): a stranger cannot make
 * the walk long.
 */
#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/anycast.h"
#include "net/ip/group.h"
#include "net/ip/ip.h"
#include "net/wire/ip6.h"

#define HEADERS_MAX 8
#define OPTION_PAD1 0
#define OPTION_ROUTER_ALERT 5
#define PARAMETER_FIELD 0
#define PARAMETER_NEXT_HEADER 1
#define PARAMETER_OPTION 2

/* RFC 8200 4.2, what the two top bits of an unknown option ask for. */
enum { SKIP, DISCARD, DISCARD_TELL, DISCARD_TELL_UNICAST };

static enum reason check_addresses(struct net *net,
				   const struct packet *packet) ON_NET_THREAD
{
	const struct net_addr *src = &packet->src, *dst = &packet->dst;

	/* Mapped addresses never appear on a wire (RFC 6890). */
	if (addr_is_ip4(src) || addr_is_multicast(src))
		return REASON_IP_MARTIAN_SOURCE;
	if (addr_is_ip4(dst) || addr_is_any6(dst))
		return REASON_IP_MARTIAN_DESTINATION;
	if (packet->flags & PACKET_LOOPBACK)
		return REASON_NONE;
	/* Our own address may come: its other holder says so (RFC 4862). */
	if (addr_is_loopback(src))
		return REASON_IP_MARTIAN_SOURCE;
	if (addr_is_loopback(dst))
		return REASON_IP_MARTIAN_DESTINATION;
	if (!addr_is_multicast(dst))
		return REASON_NONE;
	/* Scopes 0 and 1 never leave a host (RFC 4291 2.7). */
	if ((dst->b[1] & 15) < 2)
		return REASON_IP_MARTIAN_DESTINATION;
	return group_accepts(packet->netif, dst, src);
}

static bool is_anycast(struct net *net,
		       const struct packet *packet) ON_NET_THREAD
{
	if (!net->ip->anycasts ||
	    route_local_type(net, &packet->dst, NULL) != ROUTE_ANYCAST)
		return false;
	return !addr_is_link_local6(&packet->dst) ||
	       (packet->flags & PACKET_LOOPBACK) ||
	       anycast_find(packet->netif, &packet->dst);
}

/* Whether the packet is for us (a group has been checked). */
static bool is_ours(struct net *net, struct packet *packet) ON_NET_THREAD
{
	struct netif *owner;

	if (addr_is_multicast(&packet->dst))
		return true;
	if (is_anycast(net, packet)) {
		packet->flags |= PACKET_ANYCAST;
		return true;
	}
	if (packet->flags & PACKET_LOOPBACK)
		return true;
	owner = netif_of_address(net, &packet->dst);
	/* A link-local address counts on its own link alone. */
	return owner && (!addr_is_link_local6(&packet->dst) ||
			 netif_find_address(packet->netif, &packet->dst));
}

/* ---- options ---- */

/* An option that nobody knows; `at` counts from the IP header. */
static enum reason unknown_option(struct net *net, struct packet *packet,
				  uint8_t type, uint32_t at) ON_NET_THREAD
{
	switch (type >> 6) {
	case SKIP:
		return REASON_NONE;
	case DISCARD_TELL_UNICAST:
		if (addr_is_multicast(&packet->dst))
			break;
		icmp_send_parameter_problem(net, packet, PARAMETER_OPTION, at);
		break;
	case DISCARD_TELL:
		icmp_send_parameter_problem(net, packet, PARAMETER_OPTION, at);
		break;
	default:
		break;
	}
	return REASON_IP_UNKNOWN_OPTION;
}

/* The options of a hop-by-hop or destination header that stands at `at` from
 * the packet's first byte. */
static enum reason walk_options(struct net *net, struct packet *packet,
				uint32_t at, uint32_t length,
				int32_t most) ON_NET_THREAD
{
	const uint8_t *bytes = packet_header(packet, at, length);
	uint32_t i = 2, pads = 0;

	if (!bytes)
		return REASON_IP_BAD_OPTION;
	while (i < length) {
		uint8_t type = bytes[i];
		enum reason why = REASON_NONE;

		if (type == OPTION_PAD1) {
			if (++pads > 7)
				return REASON_IP_BAD_OPTION;
			i++;
			continue;
		}
		pads = 0;
		if (i + 2 > length || i + 2 + bytes[i + 1] > length)
			return REASON_IP_BAD_OPTION;
		if (type != 1 && most-- <= 0)
			return REASON_IP_TOO_MANY_HEADERS;
		if (type != 1 && type != OPTION_ROUTER_ALERT)
			why = unknown_option(net, packet, type,
					     at - packet->l3 + i);
		if (why)
			return why;
		i += 2 + (uint32_t)bytes[i + 1];
	}
	return REASON_NONE;
}

/* ---- headers ---- */

static bool is_extension(uint8_t next)
{
	return next == IP6_NEXT_HOP_BY_HOP || next == IP6_NEXT_ROUTING ||
	       next == IP6_NEXT_FRAGMENT || next == IP6_NEXT_DESTINATION;
}

static enum reason bad_field(struct net *net, struct packet *packet,
			     uint8_t code, uint32_t at) ON_NET_THREAD
{
	icmp_send_parameter_problem(net, packet, code, at - packet->l3);
	return REASON_IP_BAD_OPTION;
}

/* One header of type `next` at l4; `field` is where its type stood. */
static enum reason take_header(struct net *net, struct packet *packet,
			       uint8_t next, uint32_t field,
			       uint32_t length) ON_NET_THREAD
{
	const struct ip_tunables *t = &net->tunables.ip;
	const uint8_t *bytes = packet_header(packet, packet->l4, 8);

	switch (next) {
	case IP6_NEXT_HOP_BY_HOP:
		/* Only right behind the IPv6 header (RFC 8200 4.1). */
		if (field != packet->l3 + 6u)
			return bad_field(net, packet, PARAMETER_NEXT_HEADER,
					 field);
		return walk_options(net, packet, packet->l4, length,
				    t->max_hbh_opts);
	case IP6_NEXT_DESTINATION:
		return walk_options(net, packet, packet->l4, length,
				    t->max_dst_opts);
	default: /* routing: nothing is left to visit, or nobody we know */
		return bytes && bytes[3] == 0 ?
			       REASON_NONE :
			       bad_field(net, packet, PARAMETER_FIELD,
					 packet->l4 + 2u);
	}
}

/* RFC 6946, and RFC 8200 4.5: a first fragment holds all headers. */
static bool is_whole(struct packet *packet)
{
	const uint8_t *bytes = packet_header(packet, packet->l4, 8);

	return bytes && (get_be16(bytes + 2) & 0xfff9) == 0;
}

/*
 * Walks to the transport header: l4, payload and protocol are set. Stops before
 * a fragment header that needs reassembly, protocol being its number.
 */
static enum reason find_transport(struct net *net, struct packet *packet,
				  uint8_t next) ON_NET_THREAD
{
	uint32_t field = packet->l3 + 6u;

	packet->l4 = (uint16_t)(packet->l3 + IP6_HEADER_LENGTH);
	for (int n = 0; is_extension(next); n++) {
		const uint8_t *bytes = packet_header(packet, packet->l4, 8);
		uint32_t length = 8;
		enum reason why = REASON_NONE;

		if (n == HEADERS_MAX)
			return REASON_IP_TOO_MANY_HEADERS;
		if (!bytes)
			return REASON_PACKET_TOO_SHORT;
		if (next == IP6_NEXT_FRAGMENT) {
			if (!is_whole(packet))
				break;
		} else {
			length = (bytes[1] + 1u) * 8;
			if (length > packet->length - packet->l4)
				return bad_field(net, packet, PARAMETER_FIELD,
						 packet->l4 + 1u);
			why = take_header(net, packet, next, field, length);
		}
		if (why)
			return why;
		bytes = packet_header(packet, packet->l4, 8);
		if (!bytes)
			return REASON_PACKET_TOO_SHORT;
		next = bytes[0];
		field = packet->l4;
		packet->l4 = (uint16_t)(packet->l4 + length);
	}
	packet->protocol = next;
	packet->payload = packet->l4;
	packet->scratch[3] = field - packet->l3;
	return REASON_NONE;
}

static enum reason take_fields(struct packet *packet)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, IP6_HEADER_LENGTH);
	struct ip6_header h;

	if (!bytes)
		return REASON_PACKET_TOO_SHORT;
	if (ip6_parse(bytes, IP6_HEADER_LENGTH, &h))
		return REASON_IP_BAD_HEADER;
	if (h.payload_length > packet->length - packet->l3 - IP6_HEADER_LENGTH)
		return REASON_IP_BAD_LENGTH;
	packet_trim(packet, (uint32_t)packet->l3 + IP6_HEADER_LENGTH +
				    h.payload_length);
	packet->src = h.src;
	packet->dst = h.dst;
	packet->ttl = h.hop_limit;
	packet->tos = h.traffic_class;
	packet->flow = h.flow_label;
	packet->protocol = h.next_header;
	packet->options_length = 0; /* of its sender, over loopback */
	return REASON_NONE;
}

static verdict_t deliver(struct net *net, struct packet *packet) ON_NET_THREAD
{
	uint8_t next = net->transport_stage[packet->protocol];

	if (packet->protocol == IP6_NEXT_FRAGMENT)
		return ip6_reassemble(net, packet);
	if (packet->protocol == IP6_NEXT_NONE)
		return packet_consumed();
	/* Two segments of a connection may find two hosts (Linux). */
	if ((packet->flags & PACKET_ANYCAST) &&
	    packet->protocol == NET_IPPROTO_TCP)
		return packet_dropped(REASON_IP_NOT_FOR_US);
	if (next == STAGE_RAW_IN) /* counts what somebody takes */
		return next_stage((enum stage)next);
	ip6_count(net, packet->netif, IP_STAT(in_delivers), 1);
	if (!list_empty(raw_chain(net, NET_IP6, packet->protocol)))
		raw_deliver(net, packet);
	return next_stage((enum stage)next);
}

static void count_arrival(struct net *net, const struct packet *packet,
			  uint32_t length, enum reason why)
{
	struct netif *netif = packet->netif;
	uint32_t segments = 1;

	if (packet->flags & PACKET_REASSEMBLED)
		return;
	ip6_count(net, netif, IP_STAT(in_receives), 1);
	ip6_count(net, netif, IP_STAT(in_octets), length);
	if (packet->gso_size)
		segments = DIV_ROUND_UP(length, (uint32_t)packet->gso_size);
	if (!why)
		ip6_count(net, netif,
			  IP_STAT(in_ecn[0]) + 8u * (packet->tos & 3),
			  segments);
}

static verdict_t refused(struct net *net, const struct packet *packet,
			 enum reason why, size_t counter)
{
	ip6_count(net, packet->netif, counter, 1);
	return packet_dropped(why);
}

verdict_t ip6_in(struct net *net, struct packet *packet)
{
	uint32_t length = packet->length - packet->l3;
	enum reason why = take_fields(packet);

	count_arrival(net, packet, length, why);
	if (packet->netif->conf6.disable_ipv6)
		return refused(net, packet, REASON_IP_DISABLED,
			       IP_STAT(in_discards));
	if (why)
		return refused(net, packet, why,
			       why == REASON_IP_BAD_LENGTH ?
				       IP_STAT(in_truncated_pkts) :
				       IP_STAT(in_hdr_errors));
	why = check_addresses(net, packet);
	if (why)
		return refused(net, packet, why, IP_STAT(in_hdr_errors));
	if (addr_is_multicast(&packet->dst)) {
		ip6_count(net, packet->netif, IP_STAT(in_mcast_pkts), 1);
		ip6_count(net, packet->netif, IP_STAT(in_mcast_octets), length);
	}
	if (!is_ours(net, packet)) {
		if (packet->netif->conf6.forwarding &&
		    !addr_is_link_local6(&packet->dst) &&
		    !addr_is_link_local6(&packet->src) &&
		    !addr_is_any6(&packet->src))
			return next_stage(STAGE_IP_FORWARD);
		if (addr_is_multicast(&packet->dst))
			return packet_dropped(REASON_IP_NOT_FOR_US);
		return refused(net, packet, REASON_IP_NOT_FOR_US,
			       IP_STAT(in_addr_errors));
	}
	why = find_transport(net, packet, packet->protocol);
	if (why)
		return refused(net, packet, why, IP_STAT(in_hdr_errors));
	return deliver(net, packet);
}
