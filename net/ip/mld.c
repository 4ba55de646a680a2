// SPDX-License-Identifier: MIT
/*
 * MLD's packets (RFC 2710 3, RFC 3810 5): ICMPv6 with hop limit 1, a link-local
 * source (or none yet) and a router alert in a hop-by-hop header.
 */
#include "net/ip/mld.h"

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/igmp.h"
#include "net/ip/ip.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"

#define MLD_LENGTH 24 /* query of version 1, report, done */
#define MLD2_QUERY_LENGTH 28
#define HOP_BY_HOP 8

/* ---- out ---- */

static struct net_addr link_local_of(const struct netif *netif)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) && addr_is_link_local6(&a->addr) &&
		    !(a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)))
			return a->addr;
	return addr_any6();
}

static struct net_addr link_group(uint16_t last)
{
	struct net_addr addr = { .b = { 0xff, 2 } };

	put_be16(addr.b + 14, last);
	return addr;
}

static void send(struct net *net, struct netif *netif, struct packet *packet,
		 const struct net_addr *dst) ON_NET_THREAD
{
	static const uint8_t router_alert[HOP_BY_HOP] = {
		NET_IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0
	};
	uint8_t *options;

	packet->src = link_local_of(netif);
	packet->dst = packet->next_hop = *dst;
	packet->netif = netif;
	packet->l4 = 0;
	transport_checksum(packet, NET_IPPROTO_ICMPV6, 2);
	packet_checksum_complete(packet);
	options = packet_push(packet, HOP_BY_HOP);
	memcpy(options, router_alert, HOP_BY_HOP);
	packet->protocol = IP6_NEXT_HOP_BY_HOP;
	packet->flags |= PACKET_ROUTED | PACKET_DONT_FRAGMENT | PACKET_NO_LOOP;
	packet->ttl = 1;
	packet->note.why = WHY_GROUP_REPORT;
	/* The type is behind the options. */
	icmp_count_out(net, netif, true, *packet_header(packet, HOP_BY_HOP, 1));
	ip_output(net, packet);
}

void mld_send_report(struct net *net, struct netif *netif,
		     struct packet *packet, uint16_t records)
{
	struct net_addr routers = link_group(0x16);

	icmp_emit(packet_push(packet, ICMP_HEADER), ICMP6_MLD2_REPORT, 0,
		  records);
	send(net, netif, packet, &routers);
}

void mld_send_old(struct net *net, const struct group *group, bool leave)
{
	struct packet *packet = packet_new(net);
	struct net_addr routers = link_group(2);
	uint8_t *mld;

	if (!packet)
		return;
	mld = packet_append(packet, MLD_LENGTH);
	icmp_emit(mld, leave ? ICMP6_MLD_DONE : ICMP6_MLD_REPORT, 0, 0);
	memcpy(mld + 8, group->addr.b, 16);
	send(net, group->netif, packet, leave ? &routers : &group->addr);
}

/* ---- in ---- */

/* RFC 3810 5.1.3: milliseconds, with an exponent from 32768 on. */
static uint32_t float_delay(uint16_t code)
{
	if (code < 0x8000)
		return code;
	return ((code & 0xfffu) | 0x1000u) << ((code >> 12 & 7) + 3);
}

static uint32_t float_interval(uint8_t code)
{
	if (code < 128)
		return code;
	return ((code & 15u) | 16u) << ((code >> 4 & 7) + 3);
}

static bool read_query(struct packet *packet, struct group_query *q)
{
	uint32_t length = packet->length - packet->l4;
	uint32_t look = MIN(length, 160u);
	const uint8_t *mld = packet_header(packet, packet->l4, look);

	if (!mld || length < MLD_LENGTH)
		return false;
	memcpy(q->group.b, mld + 8, 16);
	if (!addr_is_any6(&q->group) && !addr_is_multicast(&q->group))
		return false;
	if (length < MLD2_QUERY_LENGTH) {
		q->version = 2;
		q->max_delay = get_be16(mld + 4) * NSEC_PER_MSEC;
		return length == MLD_LENGTH;
	}
	q->version = 3;
	q->max_delay = float_delay(get_be16(mld + 4)) * NSEC_PER_MSEC;
	q->robustness = mld[24] & 7;
	q->interval = float_interval(mld[25]) * NSEC_PER_SEC;
	q->source_count = get_be16(mld + 26);
	q->sources = mld + MLD2_QUERY_LENGTH;
	if (length < MLD2_QUERY_LENGTH + q->source_count * 16)
		return false;
	q->source_count = MIN(q->source_count, (look - MLD2_QUERY_LENGTH) / 16);
	return true;
}

static verdict_t report_in(struct net *net, struct packet *packet) ON_NET_THREAD
{
	const uint8_t *mld = packet_header(packet, packet->l4, MLD_LENGTH);
	struct net_addr group;

	if (!mld)
		return packet_dropped(REASON_IGMP_MALFORMED);
	memcpy(group.b, mld + 8, 16);
	if (netif_of_address(net, &packet->src))
		return packet_dropped(REASON_IGMP_IGNORED);
	group_report_in(net, packet->netif, &group);
	return packet_consumed();
}

verdict_t mld_in(struct net *net, struct packet *packet, uint8_t type)
{
	struct group_query q = { 0 };

	/* RFC 3810 6.2: from this link, by a router. */
	if (packet->ttl != 1 ||
	    (!addr_is_link_local6(&packet->src) && !addr_is_any6(&packet->src)))
		return packet_dropped(REASON_IGMP_MALFORMED);
	if (type == ICMP6_MLD_REPORT)
		return report_in(net, packet);
	if (type != ICMP6_MLD_QUERY)
		return packet_dropped(REASON_IGMP_IGNORED);
	if (!addr_is_link_local6(&packet->src) || !read_query(packet, &q))
		return packet_dropped(REASON_IGMP_MALFORMED);
	group_query_in(net, packet->netif, &q);
	return packet_consumed();
}
