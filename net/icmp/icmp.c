// SPDX-License-Identifier: MIT
/*
 * The stage ICMP_IN (RFC 792, RFC 1122 3.2.2, RFC 4443): which message is it,
 * and who takes it. Source quench is ignored (RFC 6633), so are information and
 * address mask requests (RFC 1122 3.2.2.7, 3.2.2.9: a host is no authority).
 */
#include "net/icmp/icmp.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/ip/mld.h"
#include "net/ip/ndisc.h"
#include "net/wire/checksum.h"

int icmp_create(struct net *net)
{
	net->icmp = port_alloc(sizeof *net->icmp);
	if (!net->icmp)
		return -ENOMEM;
	list_init(&net->icmp->pings);
	return demux_init(&net->icmp->demux);
}

void icmp_destroy(struct net *net)
{
	if (!net->icmp)
		return;
	demux_destroy(&net->icmp->demux);
	port_free(net->icmp);
	net->icmp = NULL;
}

static bool is_broadcast(const struct packet *packet)
{
	return addr_is_multicast(&packet->dst) ||
	       (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST));
}

static verdict_t icmp4_in(struct net *net, struct packet *packet,
			  const struct icmp_header *h) ON_NET_THREAD
{
	/* RFC 1122 3.2.2: to everyone only what asks everyone. */
	if (is_broadcast(packet) && h->type != ICMP_ECHO &&
	    h->type != ICMP_TIMESTAMP)
		return packet_dropped(REASON_ICMP_IGNORED_BROADCAST);
	switch (h->type) {
	case ICMP_ECHO:
		return echo_in(net, packet, h);
	case ICMP_ECHO_REPLY:
		return ping_reply(net, packet, h->id);
	case ICMP_TIMESTAMP:
		return timestamp_in(net, packet, h);
	case ICMP_DEST_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		return error_in(net, packet, h);
	case ICMP_REDIRECT:
		return redirect4_in(net, packet, h);
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIMESTAMP_REPLY:
	case ICMP_ADDRESS_MASK:
	case ICMP_ADDRESS_MASK_REPLY:
		return packet_dropped(REASON_ICMP_IGNORED);
	default:
		icmp_count(net, packet->netif, false, ICMP_STAT(in_errors));
		return packet_dropped(REASON_ICMP_UNKNOWN_TYPE);
	}
}

static verdict_t icmp6_in(struct net *net, struct packet *packet,
			  const struct icmp_header *h) ON_NET_THREAD
{
	switch (h->type) {
	case ICMP6_ECHO:
		return echo_in(net, packet, h);
	case ICMP6_ECHO_REPLY:
		return ping_reply(net, packet, h->id);
	case ICMP6_DEST_UNREACHABLE:
	case ICMP6_PACKET_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER_PROBLEM:
		return error_in(net, packet, h);
	case ICMP6_MLD_QUERY:
	case ICMP6_MLD_REPORT:
	case ICMP6_MLD_DONE:
	case ICMP6_MLD2_REPORT:
		return mld_in(net, packet, h->type);
	case ICMP6_ROUTER_SOLICIT:
	case ICMP6_ROUTER_ADVERT:
	case ICMP6_NEIGHBOUR_SOLICIT:
	case ICMP6_NEIGHBOUR_ADVERT:
	case ICMP6_REDIRECT:
		return ndisc_in(net, packet, h->type);
	default:
		/* RFC 4443 2.4: unknown errors go up, others are dropped. */
		if (h->type < ICMP6_ERRORS)
			return error_in(net, packet, h);
		return packet_dropped(REASON_ICMP_UNKNOWN_TYPE);
	}
}

static bool checksum_ok(const struct packet *packet)
{
	uint32_t length = packet->length - packet->l4;

	if (packet->protocol == NET_IPPROTO_ICMPV6)
		return packet_checksum_ok(packet, NET_IPPROTO_ICMPV6);
	if (packet->flags & PACKET_CSUM_PARTIAL)
		return true;
	/* No pseudo header, and a device's verdict does not cover ICMP. */
	return checksum_fold(packet_checksum(packet, packet->l4, length)) ==
	       0xffff;
}

verdict_t icmp_in(struct net *net, struct packet *packet)
{
	const uint8_t *bytes = packet_header(packet, packet->l4, ICMP_HEADER);
	bool six = packet->protocol == NET_IPPROTO_ICMPV6;
	struct icmp_header h;

	icmp_count(net, packet->netif, six, ICMP_STAT(in_msgs));
	if (!bytes) {
		icmp_count(net, packet->netif, six, ICMP_STAT(in_errors));
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!checksum_ok(packet)) {
		icmp_count(net, packet->netif, six, ICMP_STAT(in_errors));
		icmp_count(net, packet->netif, six, ICMP_STAT(in_csum_errors));
		return packet_dropped(REASON_ICMP_BAD_CHECKSUM);
	}
	icmp_parse(bytes, ICMP_HEADER, &h);
	icmp_count(net, packet->netif, six, ICMP_STAT(in_type) + 8u * h.type);
	if (packet->protocol == NET_IPPROTO_ICMPV6 &&
	    !addr_is_ip4(&packet->dst))
		return icmp6_in(net, packet, &h);
	if (packet->protocol == NET_IPPROTO_ICMP && addr_is_ip4(&packet->dst))
		return icmp4_in(net, packet, &h);
	return packet_dropped(REASON_IP_NO_PROTOCOL);
}
