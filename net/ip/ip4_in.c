// SPDX-License-Identifier: MIT
/*
 * The stage IP4_IN (RFC 791, RFC 1122 3.2.1): is it well formed, may it come
 * from there, is it for us or to be forwarded, and who is next.
 */
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/forward.h"
#include "net/ip/group.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"
#include "net/wire/ip4.h"

enum whose { FOR_US, FOR_OTHERS, FOR_NOBODY };

/* RFC 1122 3.2.1.3: addresses that no packet on a wire may come from or go to.
 */
static enum reason martian(struct net *net,
			   const struct packet *packet) ON_NET_THREAD
{
	const struct net_addr *src = &packet->src, *dst = &packet->dst;
	bool localnet = conf_any(packet->netif, route_localnet);

	if (packet->flags & PACKET_LOOPBACK)
		return REASON_NONE;
	if ((addr_is_loopback(src) && !localnet) || addr_is_multicast(src) ||
	    netif_is_broadcast(packet->netif, src))
		return REASON_IP_MARTIAN_SOURCE;
	/* "This host", before it has an address: only to everyone or a group
	 * (IGMP). */
	if (src->b[12] == 0 && !addr_is_limited_broadcast(dst) &&
	    !(addr_is_any(src) && addr_is_multicast(dst)))
		return REASON_IP_MARTIAN_SOURCE;
	if (dst->b[12] == 0 || (addr_is_loopback(dst) && !localnet))
		return REASON_IP_MARTIAN_DESTINATION;
	return REASON_NONE;
}

/* While DHCP runs, an answer to the address that we do not have yet. */
static bool for_dhcp(struct net *net, struct packet *packet)
{
	const uint8_t *udp;

	if (!net->own_udp_port || packet->protocol != 17)
		return false;
	udp = packet_header(packet, packet->l4, 4);
	return udp && get_be16(udp + 2) == net->own_udp_port;
}

static enum whose group_whose(struct net *net, struct packet *packet,
			      enum reason *why) ON_NET_THREAD
{
	ip_count_bytes(net, packet, IP_STAT(in_mcast_pkts),
		       IP_STAT(in_mcast_octets), packet->length - packet->l3);
	*why = group_accepts(packet->netif, &packet->dst, &packet->src);
	if (*why && packet->protocol == NET_IPPROTO_IGMP)
		*why = REASON_NONE; /* reports of others */
	return *why ? FOR_NOBODY : FOR_US;
}

static enum whose unicast_whose(struct net *net, struct packet *packet,
				enum reason *why) ON_NET_THREAD
{
	bool own = route_local_type(net, &packet->dst, NULL) == ROUTE_LOCAL ||
		   addr_is_loopback(&packet->dst);
	bool on_link;

	*why = REASON_IP_NOT_FOR_US;
	/* RFC 1122 3.3.6: a unicast in a link broadcast is nobody's. */
	if (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST))
		return for_dhcp(net, packet) ? FOR_US : FOR_NOBODY;
	if (!own && for_dhcp(net, packet))
		return FOR_US;
	if (!own && !packet->netif->conf.forwarding)
		return FOR_NOBODY;
	*why = check_source(net, packet, &on_link);
	if (*why)
		return FOR_NOBODY;
	return own ? FOR_US : FOR_OTHERS;
}

static enum whose whose(struct net *net, struct packet *packet,
			enum reason *why) ON_NET_THREAD
{
	*why = REASON_NONE;
	if (addr_is_multicast(&packet->dst))
		return group_whose(net, packet, why);
	if (packet->flags & PACKET_LOOPBACK &&
	    !netif_is_broadcast(packet->netif, &packet->dst))
		return FOR_US;
	if (netif_is_broadcast(packet->netif, &packet->dst)) {
		bool on_link;

		ip_count_bytes(net, packet, IP_STAT(in_bcast_pkts),
			       IP_STAT(in_bcast_octets),
			       packet->length - packet->l3);
		packet->flags |= PACKET_BROADCAST;
		if (addr_is_any(&packet->src) ||
		    packet->flags & PACKET_LOOPBACK)
			return FOR_US;
		*why = check_source(net, packet, &on_link);
		return *why ? FOR_NOBODY : FOR_US;
	}
	return unicast_whose(net, packet, why);
}

/* Length and header checksum; REASON_NONE when all is well. */
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
	return REASON_NONE;
}

/* Copies and checks the options; the sender is told what is wrong. */
static enum reason take_options(struct net *net, struct packet *packet,
				const struct ip4_header *h) ON_NET_THREAD
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, h->header_length);
	uint8_t problem = 0;
	enum reason why;

	if (h->header_length == IP4_HEADER_MIN || !bytes)
		return REASON_NONE;
	why = options_take(packet, bytes, h->header_length, &problem);
	if (why)
		packet->options_length = 0;
	if (why == REASON_IP_BAD_OPTION)
		icmp_send_parameter_problem(net, packet, 0, problem);
	return why;
}

static verdict_t deliver(struct net *net, struct packet *packet,
			 const struct ip4_header *h) ON_NET_THREAD
{
	uint8_t next = net->transport_stage[h->protocol], problem;

	if (h->more_fragments || h->offset)
		return ip4_reassemble(net, packet);
	if (packet->options_length && !(packet->flags & PACKET_LOOPBACK))
		options_record(net, packet, &packet->dst, &problem);
	if (next == STAGE_RAW_IN) /* counts what somebody takes */
		return next_stage((enum stage)next);
	net->stats.ip.in_delivers++;
	if (!list_empty(raw_chain(net, NET_IP4, packet->protocol)))
		raw_deliver(net, packet);
	return next_stage((enum stage)next);
}

static void log_martian(struct packet *packet, enum reason why)
{
	char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

	if (!conf_any(packet->netif, log_martians))
		return;
	addr_format(src, sizeof src, &packet->src);
	addr_format(dst, sizeof dst, &packet->dst);
	port_log(4, "%s: %s: from %s to %s", packet->netif->name,
		 reason_name(why), src, dst);
}

static void take_fields(struct packet *packet, const struct ip4_header *h)
{
	packet_trim(packet, (uint32_t)packet->l3 + h->total_length);
	packet->l4 = packet->payload =
		(uint16_t)(packet->l3 + h->header_length);
	packet->src = addr_ip4(h->src);
	packet->dst = addr_ip4(h->dst);
	packet->protocol = h->protocol;
	packet->ttl = h->ttl;
	packet->tos = h->tos;
}

static uint32_t segments(const struct packet *packet)
{
	return packet->gso_size ? DIV_ROUND_UP(packet->length - packet->l3,
					       (uint32_t)packet->gso_size) :
				  1;
}

/* Martians have no counter (Linux). */
static void count_refused(struct net *net, enum reason why)
{
	if (why == REASON_IP_NOT_FOR_US)
		net->stats.ip.in_addr_errors++;
	else if (why == REASON_IP_REVERSE_PATH)
		net->stats.tcp_ext.reverse_path_filter++;
}

verdict_t ip4_in(struct net *net, struct packet *packet)
{
	struct ip4_header h;
	enum reason why = check_header(net, packet, &h);
	enum whose to = FOR_NOBODY;

	if (!(packet->flags & PACKET_REASSEMBLED)) {
		net->stats.ip.in_receives++;
		net->stats.ip.in_octets += packet->length - packet->l3;
		if (!why)
			net->stats.ip.in_ecn[h.tos & 3] += segments(packet);
	}
	if (why) {
		ip_count(net, packet,
			 why == REASON_IP_BAD_LENGTH ?
				 IP_STAT(in_truncated_pkts) :
				 IP_STAT(in_hdr_errors));
		return packet_dropped(why);
	}
	take_fields(packet, &h);
	why = martian(net, packet);
	if (!why)
		to = whose(net, packet, &why);
	if (to == FOR_NOBODY) {
		count_refused(net, why);
		if (why != REASON_IP_NOT_FOR_US && why != REASON_IP_NO_MEMBER)
			log_martian(packet, why);
		return packet_dropped(why);
	}
	why = take_options(net, packet, &h);
	if (why) {
		net->stats.ip.in_hdr_errors++;
		return packet_dropped(why);
	}
	return to == FOR_US ? deliver(net, packet, &h) :
			      next_stage(STAGE_IP_FORWARD);
}
