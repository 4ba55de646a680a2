// SPDX-License-Identifier: MIT
/*
 * IPv6's raw sockets: see raw6.h.
 */
#include "net/ip/raw6.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"

#define OPTION_PAD1 0
#define OPTION_ROUTER_ALERT 5
#define ICMP6_FILTER 1 /* level IPPROTO_ICMPV6 */

static bool is_icmp(const struct endpoint *ep)
{
	return ep->number == NET_IPPROTO_ICMPV6;
}

void raw6_attach(struct endpoint *ep)
{
	dgram_of(ep)->checksum_at = is_icmp(ep) ? 2 : -1;
}

bool raw6_wants(const struct endpoint *ep, struct packet *packet)
{
	const struct dgram *half = dgram_of(ep);
	const uint8_t *icmp;

	if (!is_icmp(ep))
		return half->checksum_at < 0 ||
		       packet_checksum_ok(packet, packet->protocol);
	icmp = packet_header(packet, packet->l4, 1);
	return icmp && !(half->icmp6_filter[icmp[0] / 32] >> icmp[0] % 32 & 1);
}

int raw6_complete(const struct endpoint *ep, struct packet *packet)
{
	int at = dgram_of(ep)->checksum_at;
	uint8_t *field;

	if (at < 0)
		return 0;
	if ((uint32_t)at + 2 > packet->length)
		return -EINVAL;
	field = packet_header_slow(packet, 0, (uint32_t)at + 2);
	if (!field)
		return -EINVAL;
	put_be16(field + at, 0);
	transport_checksum(packet, ep->number, (uint32_t)at);
	packet_checksum_complete(packet);
	return 0;
}

static int set_checksum(struct endpoint *ep, int level, int v)
{
	if (is_icmp(ep) && level == NET_IPPROTO_IPV6)
		return -EINVAL; /* RFC 3542 3.1 */
	if (v > 0 && (v & 1))
		return -EINVAL;
	dgram_of(ep)->checksum_at = (int16_t)(v < 0 ? -1 : MIN(v, INT16_MAX));
	return 0;
}

/* ---- router alert (RFC 2711) ---- */

/* Which values it wants to see while they pass; negative: none any more. */
static int set_alert(struct endpoint *ep, int v) ON_NET_THREAD
{
	struct dgram6 *six = dgram_six(ep);

	if (ep->number != NET_IPPROTO_RAW)
		return -ENOPROTOOPT;
	if (!six)
		return -ENOMEM;
	if (v >= 0 && six->router_alert >= 0)
		return -EADDRINUSE;
	if (v < 0 && six->router_alert < 0)
		return -ENOBUFS; /* Linux's word for it */
	six->router_alert = v < 0 ? -1 : v;
	/* What is read back is whether it was not 0, as with Linux. */
	ep->opt.ip6 &= (uint16_t)~IP6_ROUTER_ALERT;
	if (v)
		ep->opt.ip6 |= IP6_ROUTER_ALERT;
	ep->net->ip->router_alerts += v < 0 ? -1u : 1u;
	return 0;
}

void raw6_detach(struct endpoint *ep)
{
	const struct dgram6 *six = dgram_of(ep)->six;

	if (six && six->router_alert >= 0)
		ep->net->ip->router_alerts--;
}

/* The option's value in a hop-by-hop header right behind IPv6's; -1: none. */
static int alert_of(struct packet *packet)
{
	uint32_t at = packet->l3 + (uint32_t)IP6_HEADER_LENGTH, length;
	const uint8_t *bytes = packet_header(packet, at, 8);

	if (packet->protocol != IP6_NEXT_HOP_BY_HOP || !bytes)
		return -1;
	length = MIN((bytes[1] + 1u) * 8, 64u);
	bytes = packet_header(packet, at, length);
	if (!bytes)
		return -1;
	for (uint32_t i = 2; i + 4 <= length;) {
		if (bytes[i] == OPTION_ROUTER_ALERT)
			return bytes[i + 1] == 2 ? get_be16(bytes + i + 2) : -1;
		i += bytes[i] == OPTION_PAD1 ? 1 : 2u + bytes[i + 1];
	}
	return -1;
}

bool raw6_alert(struct net *net, struct packet *packet)
{
	int value = net->ip->router_alerts ? alert_of(packet) : -1;
	struct dgram *half;
	bool any = false;

	if (value < 0)
		return false;
	LIST_FOR_EACH(half, raw_chain(net, NET_IP6, NET_IPPROTO_RAW), list) {
		uint32_t netif = half->ep->opt.bound_netif;

		if (!half->six || half->six->router_alert != value ||
		    (netif && netif != packet->netif->index))
			continue;
		dgram_deliver(half->ep, packet, packet->l3, 0, 0,
			      REASON_RAW_RCVBUF_FULL);
		any = true;
	}
	return any;
}

int raw6_setsockopt(struct endpoint *ep, int level, int name, const void *value,
		    uint32_t length)
{
	struct dgram *half = dgram_of(ep);
	int v, err;

	if (level == NET_IPPROTO_ICMPV6) {
		if (!is_icmp(ep))
			return -EOPNOTSUPP;
		if (name != ICMP6_FILTER)
			return -ENOPROTOOPT;
		length = MIN(length, (uint32_t)sizeof half->icmp6_filter);
		memcpy(half->icmp6_filter, value, length);
		return 0;
	}
	if (level == NET_IPPROTO_IPV6 && name == NET_IPV6_ROUTER_ALERT) {
		err = sockopt_int(value, length, &v);
		return err ? err : set_alert(ep, v);
	}
	if ((level != NET_IPPROTO_IPV6 && level != NET_IPPROTO_RAW) ||
	    (name != NET_IPV6_CHECKSUM && name != NET_IPV6_HDRINCL))
		return -ENOPROTOOPT;
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	if (name == NET_IPV6_CHECKSUM)
		return set_checksum(ep, level, v);
	ep->opt.header_included = v != 0;
	return 0;
}

int raw6_getsockopt(struct endpoint *ep, int level, int name, void *value,
		    uint32_t length)
{
	struct dgram *half = dgram_of(ep);

	if (level == NET_IPPROTO_ICMPV6) {
		if (!is_icmp(ep))
			return -EOPNOTSUPP;
		if (name != ICMP6_FILTER)
			return -ENOPROTOOPT;
		length = MIN(length, (uint32_t)sizeof half->icmp6_filter);
		memcpy(value, half->icmp6_filter, length);
		return (int)length;
	}
	if (level != NET_IPPROTO_IPV6 && level != NET_IPPROTO_RAW)
		return -ENOPROTOOPT;
	if (name == NET_IPV6_CHECKSUM)
		return sockopt_put_int(value, length, half->checksum_at);
	if (name == NET_IPV6_HDRINCL)
		return sockopt_put_int(value, length, ep->opt.header_included);
	return -ENOPROTOOPT;
}
