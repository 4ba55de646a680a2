// SPDX-License-Identifier: MIT
/*
 * ICMP errors that arrive (RFC 1122 3.2.2, RFC 4443 3): read the packet that
 * they quote, which must be one of ours, and hand them on. Redirects too.
 */
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/icmp/icmp.h"
#include "net/ip/forward.h"
#include "net/ip/ip.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define MTU_LEAST 68u /* RFC 791: every link takes that much */
#define QUOTE_LEAST 8 /* bytes of the transport that tell us enough */

static bool parse4(struct packet *packet, uint32_t from, struct icmp_error *e,
		   uint32_t *header)
{
	const uint8_t *ip = packet_header(packet, from, IP4_HEADER_MIN);
	struct ip4_header h;

	if (!ip || ip4_parse(ip, IP4_HEADER_MIN, &h) || h.offset)
		return false;
	e->local.addr = addr_ip4(h.src);
	e->remote.addr = addr_ip4(h.dst);
	e->protocol = h.protocol;
	*header = h.header_length;
	return true;
}

static bool parse6(struct packet *packet, uint32_t from, struct icmp_error *e,
		   uint32_t *header)
{
	const uint8_t *ip = packet_header(packet, from, IP6_HEADER_LENGTH);
	struct ip6_header h;

	if (!ip || ip6_parse(ip, IP6_HEADER_LENGTH, &h))
		return false;
	e->local.addr = h.src;
	e->remote.addr = h.dst;
	e->protocol = h.next_header;
	*header = IP6_HEADER_LENGTH;
	if (h.next_header != IP6_NEXT_FRAGMENT)
		return true;
	ip = packet_header(packet, from + IP6_HEADER_LENGTH, 8);
	if (!ip || (get_be16(ip + 2) & ~7u))
		return false;
	e->protocol = ip[0];
	*header += 8;
	return true;
}

/* The quoted packet: who sent it (we) to whom, and its transport header. */
static bool parse_quoted(struct packet *packet, struct icmp_error *e)
{
	uint32_t from = (uint32_t)packet->l4 + ICMP_HEADER, header, left;
	const uint8_t *l4;

	if (!(e->six ? parse6 : parse4)(packet, from, e, &header))
		return false;
	if (packet->length < from + header + QUOTE_LEAST)
		return false;
	left = packet->length - from - header;
	l4 = packet_header(packet, from + header, left);
	if (!l4) {
		left = MIN(left, (uint32_t)20);
		l4 = packet_header(packet, from + header, left);
	}
	if (!l4)
		return false;
	e->quoted = l4;
	e->quoted_length = left;
	e->local.port = get_be16(l4);
	e->remote.port = get_be16(l4 + 2);
	return true;
}

/* ip_no_pmtu_disc decides whether "fragmentation needed" is believed; false:
 * ignore it. */
static bool take_mtu(struct net *net, struct icmp_error *e, uint32_t word)
{
	e->info = word & 0xffff;
	if (net->tunables.ip.no_pmtu_disc == 1)
		e->info = 0; /* the least */
	/* An old router tells none: path_mtu_learn() knows the least. */
	e->mtu = MAX(e->info, MTU_LEAST);
	switch (net->tunables.ip.no_pmtu_disc) {
	case 3: /* only protocols that can tell a forgery: TCP */
		return e->protocol == NET_IPPROTO_TCP;
	case 2:
		return false;
	default:
		return true;
	}
}

/* What the four bytes behind the checksum say; false: not for us to hear. */
static bool read_word(struct net *net, struct icmp_error *e, uint32_t word)
{
	if (e->six) {
		e->info = e->type == ICMP6_PACKET_TOO_BIG ||
					  e->type == ICMP6_PARAMETER_PROBLEM ?
				  word :
				  0;
		return true;
	}
	if (e->type == ICMP_PARAMETER_PROBLEM)
		e->info = word >> 24;
	if (e->type == ICMP_DEST_UNREACHABLE &&
	    e->code == ICMP_FRAGMENTATION_NEEDED)
		return take_mtu(net, e, word);
	/* Reassembly ran out of time: no fault of any socket's (Linux). */
	return !(e->type == ICMP_TIME_EXCEEDED && e->code == 1);
}

verdict_t error_in(struct net *net, struct packet *packet,
		   const struct icmp_header *h)
{
	struct icmp_error e = { .type = h->type,
				.code = h->code,
				.six = !addr_is_ip4(&packet->dst),
				.offender = packet->src,
				.ttl = packet->ttl,
				.tos = packet->tos };

	if (!parse_quoted(packet, &e) ||
	    (!e.six && e.type == ICMP_DEST_UNREACHABLE && e.code > 15)) {
		icmp_count(net, packet->netif, e.six, ICMP_STAT(in_errors));
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!netif_of_address(net, &e.local.addr))
		return packet_dropped(REASON_ICMP_NO_SOCKET);
	/* RFC 1122 3.2.2: nobody may complain of a broadcast. */
	if (net->tunables.ip.icmp_ignore_bogus_error_responses &&
	    netif_is_broadcast(packet->netif, &e.remote.addr))
		return packet_dropped(REASON_ICMP_IGNORED_BROADCAST);
	if (!read_word(net, &e, h->word))
		return packet_dropped(REASON_ICMP_IGNORED);
	icmp_classify(&e);
	icmp_deliver_error(net, &e);
	return packet_consumed();
}

verdict_t redirect4_in(struct net *net, struct packet *packet,
		       const struct icmp_header *h)
{
	struct net_addr gateway = addr_ip4(h->word);
	struct icmp_error e = { 0 };

	if (h->code > 3 || !parse_quoted(packet, &e)) {
		icmp_count(net, packet->netif, false, ICMP_STAT(in_errors));
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!netif_of_address(net, &e.local.addr))
		return packet_dropped(REASON_ICMP_REDIRECT_REFUSED);
	return redirect_in(net, packet, &e.remote.addr, &gateway);
}
