// SPDX-License-Identifier: MIT
/*
 * The stage IP6_IN (RFC 8200): enough for ::1 and for addresses given by hand.
 * Extension headers are skipped; fragments are refused.
 */
#include "net/ip/ip.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/wire/ip6.h"

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
	if (addr_is_loopback(src) || netif_of_address(net, src))
		return REASON_IP_MARTIAN_SOURCE;
	if (addr_is_loopback(dst))
		return REASON_IP_MARTIAN_DESTINATION;
	if (!netif_of_address(net, dst))
		return REASON_IP_NOT_FOR_US;
	return REASON_NONE;
}

/* Finds the transport header behind the extensions. */
static enum reason find_transport(struct packet *packet, uint8_t *next)
{
	uint32_t after = packet->l3 + IP6_HEADER_LENGTH, size;
	const uint8_t *bytes;
	int at;

	packet->l4 = packet->payload = (uint16_t)after;
	if (*next != 0 && *next != 43 && *next != 60 && *next != 44)
		return REASON_NONE;
	size = MIN(packet->length - after, PACKET_HEAD - after);
	bytes = packet_header(packet, after, size);
	if (!bytes)
		return REASON_IP_BAD_OPTION;
	at = ip6_skip_extensions(bytes, size, 0, next);
	if (at < 0)
		return at == -EOPNOTSUPP ? REASON_IP_NO_PROTOCOL :
					   REASON_IP_BAD_OPTION;
	packet->l4 = packet->payload = (uint16_t)(after + (uint32_t)at);
	return REASON_NONE;
}

verdict_t ip6_in(struct net *net, struct packet *packet)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, IP6_HEADER_LENGTH);
	struct ip6_header h;
	enum reason why;
	uint8_t next;

	net->stats.ip.in_receives++;
	if (!bytes)
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	if (ip6_parse(bytes, IP6_HEADER_LENGTH, &h)) {
		net->stats.ip.in_hdr_errors++;
		return packet_dropped(REASON_IP_BAD_HEADER);
	}
	if (h.payload_length >
	    packet->length - packet->l3 - IP6_HEADER_LENGTH) {
		net->stats.ip.in_hdr_errors++;
		return packet_dropped(REASON_IP_BAD_LENGTH);
	}
	packet_trim(packet, (uint32_t)packet->l3 + IP6_HEADER_LENGTH +
				    h.payload_length);
	packet->src = h.src;
	packet->dst = h.dst;
	packet->ttl = h.hop_limit;
	packet->tos = h.traffic_class;
	why = check_addresses(net, packet);
	if (!why)
		why = find_transport(packet, &h.next_header);
	if (why) {
		net->stats.ip.in_addr_errors++;
		return packet_dropped(why);
	}
	packet->protocol = h.next_header;
	next = net->transport_stage[h.next_header];
	net->stats.ip.in_delivers++;
	if (next != STAGE_RAW_IN && !list_empty(&net->ip->raw))
		raw_deliver(net, packet);
	return next_stage((enum stage)next);
}
