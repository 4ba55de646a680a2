// SPDX-License-Identifier: MIT
/*
 * The stage IP4_IN (RFC 791, RFC 1122 3.2.1): is it well formed, may it come
 * from there, is it for us, and who is next. Nothing is forwarded.
 */
#include "net/ip/ip.h"

#include "net/core/instance.h"
#include "net/wire/ip4.h"

static bool martian_source(struct net *net,
			   const struct packet *packet) ON_NET_THREAD
{
	const struct net_addr *src = &packet->src;

	if (packet->flags & PACKET_LOOPBACK)
		return false;
	if (addr_is_loopback(src) || addr_is_multicast(src) ||
	    netif_is_broadcast(packet->netif, src))
		return true;
	/* "This host", before it has an address: only to everyone. */
	if (addr_is_any(src))
		return !addr_is_limited_broadcast(&packet->dst);
	return netif_of_address(net, src) != NULL;
}

static bool martian_destination(const struct packet *packet)
{
	if (addr_is_any(&packet->dst))
		return true;
	return addr_is_loopback(&packet->dst) &&
	       !(packet->flags & PACKET_LOOPBACK);
}

/* While DHCP runs, an answer to the address that we do not have yet. */
static bool for_dhcp(struct net *net, struct packet *packet,
		     const struct ip4_header *h)
{
	const uint8_t *udp;

	if (!net->own_udp_port || h->protocol != 17 || h->offset)
		return false;
	udp = packet_header(packet, packet->l4, 4);
	return udp && get_be16(udp + 2) == net->own_udp_port;
}

static bool for_us(struct net *net, struct packet *packet,
		   const struct ip4_header *h) ON_NET_THREAD
{
	const struct net_addr *dst = &packet->dst;

	if (packet->flags & PACKET_LOOPBACK)
		return true;
	if (addr_is_multicast(dst)) {
		net->stats.ip.in_mcast_pkts++;
		return addr_to_ip4(dst) == 0xe0000001; /* all hosts */
	}
	if (netif_is_broadcast(packet->netif, dst)) {
		net->stats.ip.in_bcast_pkts++;
		return true;
	}
	/* RFC 1122 3.3.6: a unicast in a link broadcast is nobody's. */
	if (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST))
		return for_dhcp(net, packet, h);
	return netif_of_address(net, dst) || for_dhcp(net, packet, h);
}

/* Length, header checksum, options; REASON_NONE when all is well. */
static enum reason check_header(struct net *net, struct packet *packet,
				struct ip4_header *h)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, IP4_HEADER_MIN);

	if (!bytes)
		return REASON_PACKET_TOO_SHORT;
	if (ip4_parse(bytes, IP4_HEADER_MIN, h))
		return REASON_IP_BAD_HEADER;
	if (h->total_length > packet->length - packet->l3)
		return REASON_IP_BAD_LENGTH;
	if (h->header_length > IP4_HEADER_MIN) {
		bytes = packet_header(packet, packet->l3, h->header_length);
		if (!bytes)
			return REASON_PACKET_TOO_SHORT;
	}
	if (packet->flags & PACKET_LOOPBACK)
		return REASON_NONE;
	if (!ip4_checksum_ok(bytes, h->header_length)) {
		net->stats.ip.in_csum_errors++;
		return REASON_IP_BAD_CHECKSUM;
	}
	if (!ip4_options_ok(bytes, h->header_length))
		return REASON_IP_BAD_OPTION;
	return REASON_NONE;
}

verdict_t ip4_in(struct net *net, struct packet *packet)
{
	struct ip4_header h;
	enum reason why = check_header(net, packet, &h);
	uint8_t next;

	if (!(packet->flags & PACKET_REASSEMBLED)) {
		net->stats.ip.in_receives++;
		net->stats.ip.in_octets += packet->length - packet->l3;
	}
	if (why) {
		net->stats.ip.in_hdr_errors++;
		return packet_dropped(why);
	}
	packet_trim(packet, (uint32_t)packet->l3 + h.total_length);
	packet->l4 = packet->payload = (uint16_t)(packet->l3 + h.header_length);
	packet->src = addr_ip4(h.src);
	packet->dst = addr_ip4(h.dst);
	packet->protocol = h.protocol;
	packet->ttl = h.ttl;
	packet->tos = h.tos;
	if (martian_source(net, packet)) {
		net->stats.ip.in_addr_errors++;
		return packet_dropped(REASON_IP_MARTIAN_SOURCE);
	}
	if (martian_destination(packet)) {
		net->stats.ip.in_addr_errors++;
		return packet_dropped(REASON_IP_MARTIAN_DESTINATION);
	}
	if (!for_us(net, packet, &h)) {
		net->stats.ip.in_addr_errors++;
		return packet_dropped(REASON_IP_NOT_FOR_US);
	}
	if (h.more_fragments || h.offset)
		return ip4_reassemble(net, packet);
	next = net->transport_stage[h.protocol];
	net->stats.ip.in_delivers++;
	if (next != STAGE_RAW_IN && !list_empty(&net->ip->raw))
		raw_deliver(net, packet);
	return next_stage((enum stage)next);
}
