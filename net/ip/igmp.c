// SPDX-License-Identifier: MIT
/*
 * IGMP's packets (RFC 1112 appendix I, RFC 2236 2, RFC 3376 4): reading queries
 * and reports, writing reports and leaves. Everything goes out with TTL 1,
 * precedence internetwork control, and the router alert option.
 */
#include "net/ip/igmp.h"

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/core/source.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"
#include "net/wire/checksum.h"

#define IGMP_LENGTH 8
#define IGMP3_QUERY_LENGTH 12

#define IGMP_QUERY 0x11
#define IGMP_V1_REPORT 0x12
#define IGMP_V2_REPORT 0x16
#define IGMP_LEAVE 0x17
#define IGMP_V3_REPORT 0x22

#define ALL_ROUTERS 0xe0000002
#define IGMP_ROUTERS 0xe0000016

static const uint8_t router_alert[4] = { IP_OPTION_ROUTER_ALERT, 4, 0, 0 };

/* ---- out ---- */

static void send(struct net *net, struct netif *netif, struct packet *packet,
		 uint32_t to) ON_NET_THREAD
{
	struct net_addr dst = addr_ip4(to);
	const struct netif_address *own = netif_source(netif, &dst);
	uint8_t *igmp = packet_header(packet, 0, IGMP_LENGTH);

	put_be16(igmp + 2, 0);
	checksum_store(igmp + 2, checksum_finish(packet_checksum(
					 packet, 0, packet->length)));
	packet->src = own ? own->addr : addr_ip4(0);
	packet->dst = dst;
	packet->netif = netif;
	packet->next_hop = dst;
	packet->flags |= PACKET_ROUTED | PACKET_DONT_FRAGMENT | PACKET_NO_LOOP;
	packet->protocol = NET_IPPROTO_IGMP;
	packet->ttl = 1;
	packet->tos = 0xc0;
	memcpy(packet->options, router_alert, 4);
	packet->options_length = 4;
	packet->l4 = 0;
	packet->note.why = WHY_GROUP_REPORT;
	ip_output(net, packet);
}

void igmp_send_report(struct net *net, struct netif *netif,
		      struct packet *packet, uint16_t records)
{
	uint8_t *igmp = packet_push(packet, IGMP_LENGTH);

	memset(igmp, 0, IGMP_LENGTH);
	igmp[0] = IGMP_V3_REPORT;
	put_be16(igmp + 6, records);
	send(net, netif, packet, IGMP_ROUTERS);
}

void igmp_send_old(struct net *net, const struct group *group, int version,
		   bool leave)
{
	uint32_t to = addr_to_ip4(&group->addr);
	struct packet *packet = packet_new(net);
	uint8_t *igmp;

	if (!packet)
		return;
	igmp = packet_append(packet, IGMP_LENGTH);
	memset(igmp, 0, IGMP_LENGTH);
	igmp[0] = leave	       ? IGMP_LEAVE :
		  version == 1 ? IGMP_V1_REPORT :
				 IGMP_V2_REPORT;
	put_be32(igmp + 4, to);
	send(net, group->netif, packet, leave ? ALL_ROUTERS : to);
}

/* ---- in ---- */

/* RFC 3376 4.1.1: a number with an exponent from 128 on. */
static uint32_t float_code(uint8_t code)
{
	if (code < 128)
		return code;
	return ((code & 15u) | 16u) << ((code >> 4 & 7) + 3);
}

static void read_query3(const uint8_t *igmp, struct group_query *q)
{
	q->version = 3;
	q->max_delay = float_code(igmp[1]) * (NSEC_PER_SEC / 10);
	q->robustness = igmp[8] & 7;
	q->interval = float_code(igmp[9]) * NSEC_PER_SEC;
	q->source_count = get_be16(igmp + 10);
	q->sources = igmp + IGMP3_QUERY_LENGTH;
}

static bool read_query(struct packet *packet, struct group_query *q)
{
	uint32_t length = packet->length - packet->l4;
	const uint8_t *igmp =
		packet_header(packet, packet->l4, MIN(length, 200u));

	if (!igmp)
		return false;
	q->group = addr_ip4(get_be32(igmp + 4));
	if (length == IGMP_LENGTH) {
		q->version = igmp[1] ? 2 : 1;
		q->max_delay = (igmp[1] ? igmp[1] : 100u) * (NSEC_PER_SEC / 10);
		if (!igmp[1])
			q->group = addr_ip4(0);
		return true;
	}
	if (length < IGMP3_QUERY_LENGTH)
		return false;
	read_query3(igmp, q);
	if (length < IGMP3_QUERY_LENGTH + q->source_count * 4)
		return false;
	q->source_count = MIN(q->source_count,
			      (MIN(length, 200u) - IGMP3_QUERY_LENGTH) / 4);
	return addr_is_any(&q->group) || addr_is_multicast(&q->group);
}

static verdict_t report_in(struct net *net, struct packet *packet) ON_NET_THREAD
{
	const uint8_t *igmp = packet_header(packet, packet->l4, IGMP_LENGTH);
	struct net_addr group = addr_ip4(get_be32(igmp + 4));

	if (netif_of_address(net, &packet->src))
		return packet_dropped(REASON_IGMP_IGNORED); /* our own */
	group_report_in(net, packet->netif, &group);
	return packet_consumed();
}

verdict_t igmp_in(struct net *net, struct packet *packet)
{
	uint32_t length = packet->length - packet->l4;
	const uint8_t *igmp = packet_header(packet, packet->l4, IGMP_LENGTH);
	struct group_query q = { 0 };

	if (!igmp || checksum_fold(packet_checksum(packet, packet->l4,
						   length)) != 0xffff)
		return packet_dropped(REASON_IGMP_MALFORMED);
	switch (igmp[0]) {
	case IGMP_QUERY:
		if (!read_query(packet, &q))
			return packet_dropped(REASON_IGMP_MALFORMED);
		group_query_in(net, packet->netif, &q);
		return packet_consumed();
	case IGMP_V1_REPORT:
	case IGMP_V2_REPORT:
		return report_in(net, packet);
	default:
		return packet_dropped(REASON_IGMP_IGNORED);
	}
}
