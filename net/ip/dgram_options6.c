// SPDX-License-Identifier: MIT
/*
 * IPv6's options that only datagram sockets have (ipv6(7), RFC 3542): sticky
 * source and extension headers, where groups are sent to, the size of fragments,
 * memberships.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/anycast.h"
#include "net/ip/dgram.h"
#include "net/ip/flow_lease.h"
#include "net/ip/membership.h"

struct dgram6 *dgram_six(struct endpoint *ep)
{
	struct dgram *half = dgram_of(ep);

	if (half->six)
		return half->six;
	half->six = port_alloc(sizeof *half->six);
	if (!half->six)
		return NULL;
	half->six->router_alert = -1;
	list_init(&half->six->flows);
	list_init(&half->six->anycasts);
	return half->six;
}

static int set_multicast_if(struct endpoint *ep, int index) ON_NET_THREAD
{
	if (index && !netif_by_index(ep->net, (uint32_t)index))
		return -ENODEV;
	if (index && ep->opt.bound_netif &&
	    ep->opt.bound_netif != (uint32_t)index)
		return -EINVAL;
	dgram_of(ep)->multicast_netif = (uint32_t)index;
	return 0;
}

/* struct in6_pktinfo. */
static int set_source(struct endpoint *ep, const uint8_t *value,
		      uint32_t length) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	uint32_t index;

	if (length < 20)
		return -EINVAL;
	memcpy(&index, value + 16, sizeof index);
	if (ep->opt.bound_netif && index != ep->opt.bound_netif)
		return -EINVAL;
	memcpy(half->sticky_source.b, value, 16);
	half->sticky_netif = index;
	return 0;
}

static int set_extension(struct endpoint *ep, int name, const void *value,
			 uint32_t length) ON_NET_THREAD
{
	struct dgram6 *six = dgram_six(ep);

	return six ? extension_set(&six->extensions, name, value, length) :
		     -ENOMEM;
}

int dgram_setsockopt6(struct endpoint *ep, int name, const void *value,
		      uint32_t length)
{
	struct dgram6 *six;
	int v = 0, err = sockopt_int(value, length, &v);

	switch (name) {
	case NET_IPV6_MULTICAST_IF:
		return err ? err : set_multicast_if(ep, v);
	case NET_IPV6_UNICAST_IF:
		return dgram_set_unicast_if(ep, value, length);
	case NET_IPV6_PKTINFO:
		return set_source(ep, value, length);
	case NET_IPV6_HOPOPTS:
	case NET_IPV6_RTHDRDSTOPTS:
	case NET_IPV6_DSTOPTS:
		return set_extension(ep, name, value, length);
	case NET_IPV6_FLOWLABEL_MGR: /* the user side's copy, and back */
		return flow_lease_request(ep, (uint8_t *)(uintptr_t)value,
					  length);
	case NET_IPV6_JOIN_ANYCAST:
	case NET_IPV6_LEAVE_ANYCAST:
		return anycast_set(ep, name == NET_IPV6_JOIN_ANYCAST, value,
				   length);
	case NET_IPV6_MTU: /* checked by sockopt_ip6.c */
		six = dgram_six(ep);
		if (!six)
			return -ENOMEM;
		six->fragment_size = MIN((uint32_t)v, UINT16_MAX & ~7u);
		return 0;
	default:
		return membership_set(ep, NET_IPPROTO_IPV6, name, value,
				      length);
	}
}

static int get_extension(const struct endpoint *ep, int name, void *value,
			 uint32_t length)
{
	const struct dgram6 *six = dgram_of(ep)->six;
	const uint8_t *header = NULL;
	uint32_t n = 0;

	if (six)
		header = extension_get(&six->extensions, name, &n);
	n = MIN(n, length);
	if (header)
		memcpy(value, header, n);
	return (int)n;
}

int dgram_getsockopt6(struct endpoint *ep, int name, void *value,
		      uint32_t length)
{
	switch (name) {
	case NET_IPV6_MULTICAST_IF:
		return sockopt_put_int(value, length,
				       (int)dgram_of(ep)->multicast_netif);
	case NET_IPV6_UNICAST_IF:
		return dgram_get_unicast_if(ep, value, length);
	case NET_IPV6_HOPOPTS:
	case NET_IPV6_RTHDRDSTOPTS:
	case NET_IPV6_DSTOPTS:
		return get_extension(ep, name, value, length);
	default:
		return -ENOPROTOOPT;
	}
}
