// SPDX-License-Identifier: MIT
/*
 * RTM_NEWNDUSEROPT: what a router advertised for programs, name servers above
 * all (RFC 8106), as it came: struct nduseroptmsg {family, option bytes,
 * interface, ICMPv6 type and code}, the option, then who said so.
 */
#include "net/netlink/route.h"

#define HEADER 16
#define SOURCE_ADDRESS 1 /* NDUSEROPT_SRCADDR */
#define ROUTER_ADVERTISEMENT 134

void rt_nd_option(struct net *net, const void *object)
{
	const struct nd_option_change *change = object;
	struct rt_notice notice;
	uint32_t start;
	uint8_t *at;

	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_ND_USEROPT))
		return;
	notice = rt_notice_begin(net, RTM_NEWNDUSEROPT);
	start = nl_begin(&notice.writer, &notice.header);
	at = nl_room(&notice.writer, HEADER + change->length);
	if (!at)
		return;
	at[0] = RT_AF_INET6;
	put_le16(at + 2, (uint16_t)change->length);
	put_le32(at + 4, change->netif->index);
	at[8] = ROUTER_ADVERTISEMENT;
	__builtin_memcpy(at + HEADER, change->bytes, change->length);
	nl_put_address(&notice.writer, SOURCE_ADDRESS, change->from);
	if (nl_end(&notice.writer, start))
		rt_notice_send(net, &notice, RTNLGRP_ND_USEROPT);
}
