// SPDX-License-Identifier: MIT
/*
 * The stage ICMP_IN (RFC 792, RFC 4443): answers echo requests, hands echo
 * replies to ping sockets and errors to the transport they are about.
 */
#include "net/icmp/icmp.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/wire/checksum.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

int icmp_create(struct net *net)
{
	net->icmp = port_alloc(sizeof *net->icmp);
	if (!net->icmp)
		return -ENOMEM;
	list_init(&net->icmp->pings);
	return 0;
}

void icmp_destroy(struct net *net)
{
	if (net->icmp)
		port_free(net->icmp);
	net->icmp = NULL;
}

static verdict_t echo_reply(struct net *net, struct packet *packet,
			    const struct icmp_header *h) ON_NET_THREAD
{
	uint32_t from = (uint32_t)packet->l4 + ICMP_HEADER;
	uint32_t length = packet->length - from;
	bool ip4 = addr_is_ip4(&packet->dst);
	struct packet *out;
	int n = 0;

	if (addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		return packet_dropped(REASON_ICMP_IGNORED_BROADCAST);
	out = packet_new(net);
	if (out && length)
		n = packet_slice(packet, from, length, out->fragments,
				 PACKET_FRAGMENTS);
	if (!out || (length && n == 0)) {
		if (out)
			packet_free(net, out);
		return packet_dropped(REASON_NO_MEMORY);
	}
	out->fragment_count = (uint8_t)n;
	out->length = length;
	out->src = packet->dst;
	out->dst = packet->src;
	out->protocol = packet->protocol;
	out->tos = packet->tos;
	out->note.why = WHY_ECHO_REPLY;
	icmp_emit(packet_push(out, ICMP_HEADER),
		  ip4 ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY, 0, h->word);
	out->l4 = 0;
	out->csum_start = 0;
	out->csum_offset = 2;
	out->flags |= PACKET_CSUM_PARTIAL;
	if (!ip4)
		transport_checksum(out, NET_IPPROTO_ICMPV6, 2);
	net->stats.icmp.in_echos++;
	net->stats.icmp.out_msgs++;
	net->stats.icmp.out_echo_reps++;
	ip_output(net, out);
	return packet_consumed();
}

/* The quoted packet: who sent it (we) to whom, and its transport header. */
static bool parse_quoted(struct packet *packet, struct icmp_error *e)
{
	uint32_t from = (uint32_t)packet->l4 + ICMP_HEADER, header;
	bool ip4 = addr_is_ip4(&packet->dst);
	const uint8_t *ip, *l4;

	ip = packet_header(packet, from, ip4 ? 20 : 40);
	if (!ip)
		return false;
	if (ip4) {
		struct ip4_header h;

		if (ip4_parse(ip, 20, &h) || h.offset)
			return false;
		e->local.addr = addr_ip4(h.src);
		e->remote.addr = addr_ip4(h.dst);
		e->protocol = h.protocol;
		header = h.header_length;
	} else {
		struct ip6_header h;

		if (ip6_parse(ip, 40, &h))
			return false;
		e->local.addr = h.src;
		e->remote.addr = h.dst;
		e->protocol = h.next_header;
		header = 40;
	}
	e->quoted_length =
		MIN(packet->length - MIN(from + header, packet->length),
		    (uint32_t)20);
	if (e->quoted_length < 8)
		return false;
	l4 = packet_header(packet, from + header, e->quoted_length);
	if (!l4)
		return false;
	e->quoted = l4;
	e->local.port = get_be16(l4);
	e->remote.port = get_be16(l4 + 2);
	return true;
}

/* ICMPv6's numbers in IPv4's. */
static void translate6(struct icmp_error *e, uint32_t word)
{
	switch (e->type) {
	case ICMP6_DEST_UNREACHABLE:
		e->type = ICMP_DEST_UNREACHABLE;
		if (e->code == ICMP6_PORT_UNREACHABLE)
			e->code = ICMP_PORT_UNREACHABLE;
		else
			e->code = e->code == 1 ? 13 : ICMP_HOST_UNREACHABLE;
		break;
	case ICMP6_PACKET_TOO_BIG:
		e->type = ICMP_DEST_UNREACHABLE;
		e->code = ICMP_FRAGMENTATION_NEEDED;
		e->mtu = word;
		break;
	case ICMP6_TIME_EXCEEDED:
		e->type = ICMP_TIME_EXCEEDED;
		break;
	default:
		e->type = ICMP_PARAMETER_PROBLEM;
		break;
	}
}

/* An old router tells no MTU: the next lower of RFC 1191's plateaus. */
static uint32_t plateau(uint32_t length)
{
	static const uint16_t steps[] = { 32000, 17914, 8166, 4352, 2002,
					  1492,	 1006,	508,  296,  68 };

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i] < length)
			return steps[i];
	return 68;
}

static verdict_t error_in(struct net *net, struct packet *packet,
			  const struct icmp_header *h) ON_NET_THREAD
{
	struct icmp_error e = { .type = h->type, .code = h->code };
	const uint8_t *quoted_ip;

	if (!parse_quoted(packet, &e)) {
		net->stats.icmp.in_errors++;
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!netif_of_address(net, &e.local.addr))
		return packet_dropped(REASON_ICMP_NO_SOCKET);
	if (!addr_is_ip4(&packet->dst)) {
		translate6(&e, h->word);
	} else if (e.type == ICMP_DEST_UNREACHABLE &&
		   e.code == ICMP_FRAGMENTATION_NEEDED) {
		e.mtu = h->word & 0xffff;
		quoted_ip = packet_header(packet, packet->l4 + ICMP_HEADER, 20);
		if (e.mtu < 68 && quoted_ip)
			e.mtu = plateau(get_be16(quoted_ip + 2));
	}
	icmp_classify(&e);
	if (e.type == ICMP_TIME_EXCEEDED)
		net->stats.icmp.in_time_excds++;
	else if (e.type == ICMP_PARAMETER_PROBLEM)
		net->stats.icmp.in_parm_probs++;
	else
		net->stats.icmp.in_dest_unreachs++;
	icmp_deliver_error(net, &e);
	return packet_consumed();
}

static verdict_t icmp4_in(struct net *net, struct packet *packet,
			  const struct icmp_header *h) ON_NET_THREAD
{
	switch (h->type) {
	case ICMP_ECHO:
		return echo_reply(net, packet, h);
	case ICMP_ECHO_REPLY:
		net->stats.icmp.in_echo_reps++;
		return ping_reply(net, packet, h->id);
	case ICMP_DEST_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		return error_in(net, packet, h);
	default: /* source quench, redirects, timestamps: RFC 6633, policy */
		return packet_dropped(REASON_ICMP_UNKNOWN_TYPE);
	}
}

static verdict_t icmp6_in(struct net *net, struct packet *packet,
			  const struct icmp_header *h) ON_NET_THREAD
{
	switch (h->type) {
	case ICMP6_ECHO:
		return echo_reply(net, packet, h);
	case ICMP6_ECHO_REPLY:
		net->stats.icmp.in_echo_reps++;
		return ping_reply(net, packet, h->id);
	case ICMP6_DEST_UNREACHABLE:
	case ICMP6_PACKET_TOO_BIG:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER_PROBLEM:
		return error_in(net, packet, h);
	default:
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
	struct icmp_header h;

	net->stats.icmp.in_msgs++;
	if (!bytes) {
		net->stats.icmp.in_errors++;
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!checksum_ok(packet)) {
		net->stats.icmp.in_errors++;
		net->stats.icmp.in_csum_errors++;
		return packet_dropped(REASON_ICMP_BAD_CHECKSUM);
	}
	icmp_parse(bytes, ICMP_HEADER, &h);
	if (packet->protocol == NET_IPPROTO_ICMPV6 &&
	    !addr_is_ip4(&packet->dst))
		return icmp6_in(net, packet, &h);
	if (packet->protocol == NET_IPPROTO_ICMP && addr_is_ip4(&packet->dst))
		return icmp4_in(net, packet, &h);
	return packet_dropped(REASON_IP_NO_PROTOCOL);
}
