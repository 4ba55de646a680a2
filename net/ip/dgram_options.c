// SPDX-License-Identifier: MIT
/*
 * IPv4's options that only datagram sockets have, beside those of
 * net/core/sockopt.c: IP options, where groups are sent to, memberships. IPv6's
 * are in dgram_options6.c.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/membership.h"
#include "net/ip/options.h"

static int set_options(struct endpoint *ep, const void *value, uint32_t length)
{
	struct dgram *half = dgram_of(ep);
	uint8_t options[IP4_OPTIONS];
	int n = options_from_user(value, length, options);

	if (n < 0)
		return n;
	memcpy(half->options, options, sizeof half->options);
	half->options_length = (uint8_t)n;
	return 0;
}

/* struct in_addr, ip_mreq or ip_mreqn. */
static int set_multicast_if4(struct endpoint *ep, const void *value,
			     uint32_t length) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	const uint8_t *at = value;
	struct net_addr addr;
	struct netif *netif;
	uint32_t index = 0;

	if (length < 4)
		return -EINVAL;
	addr = addr_ip4(get_be32(at + (length >= 8 ? 4 : 0)));
	if (length >= 12)
		memcpy(&index, at + 8, 4);
	if (!index && addr_is_any(&addr)) {
		half->multicast_netif = 0;
		half->multicast_source = addr_any6();
		return 0;
	}
	netif = index ? netif_by_index(ep->net, index) :
			netif_of_address(ep->net, &addr);
	if (!netif)
		return -EADDRNOTAVAIL;
	if (ep->opt.bound_netif && ep->opt.bound_netif != netif->index)
		return -EINVAL;
	half->multicast_netif = netif->index;
	half->multicast_source = addr_is_any(&addr) ? addr_any6() : addr;
	return 0;
}

/* The index in network byte order, as Linux wants it. */
int dgram_set_unicast_if(struct endpoint *ep, const void *value,
			 uint32_t length)
{
	uint32_t index;

	if (length != 4)
		return -EINVAL;
	index = get_be32(value);
	if (index && !netif_by_index(ep->net, index))
		return -EADDRNOTAVAIL;
	dgram_of(ep)->unicast_netif = index;
	return 0;
}

static int set_switch(bool *flag, const void *value, uint32_t length)
{
	int v, err;

	if (length == 1) {
		*flag = *(const uint8_t *)value;
		return 0;
	}
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	if (v != 0 && v != 1)
		return -EINVAL;
	*flag = v;
	return 0;
}

static int set4(struct endpoint *ep, int name, const void *value,
		uint32_t length) ON_NET_THREAD
{
	switch (name) {
	case NET_IP_OPTIONS:
		return set_options(ep, value, length);
	case NET_IP_MULTICAST_IF:
		return set_multicast_if4(ep, value, length);
	case NET_IP_UNICAST_IF:
		return dgram_set_unicast_if(ep, value, length);
	case NET_IP_MULTICAST_ALL:
		return set_switch(&dgram_of(ep)->multicast_all, value, length);
	default:
		return membership_set(ep, NET_IPPROTO_IP, name, value, length);
	}
}

int dgram_setsockopt(struct endpoint *ep, int level, int name,
		     const void *value, uint32_t length)
{
	if (level == NET_IPPROTO_IP)
		return set4(ep, name, value, length);
	if (level == NET_IPPROTO_IPV6 && ep->family == NET_IP6)
		return dgram_setsockopt6(ep, name, value, length);
	return -ENOPROTOOPT;
}

static int get_bytes(void *to, uint32_t room, const void *from, uint32_t n)
{
	n = MIN(n, room);
	memcpy(to, from, n);
	return (int)n;
}

int dgram_get_unicast_if(const struct endpoint *ep, void *value,
			 uint32_t length)
{
	uint8_t index[4];

	put_be32(index, dgram_of(ep)->unicast_netif);
	return get_bytes(value, length, index, 4);
}

static int get4(struct endpoint *ep, int name, void *value,
		uint32_t length) ON_NET_THREAD
{
	const struct dgram *half = dgram_of(ep);
	uint8_t addr[4] = { 0 };

	switch (name) {
	case NET_IP_OPTIONS:
		return get_bytes(value, length, half->options,
				 half->options_length);
	case NET_IP_MULTICAST_IF:
		if (!addr_is_any(&half->multicast_source))
			put_be32(addr, addr_to_ip4(&half->multicast_source));
		return get_bytes(value, length, addr, 4);
	case NET_IP_UNICAST_IF:
		return dgram_get_unicast_if(ep, value, length);
	case NET_IP_MULTICAST_ALL:
		return sockopt_put_int(value, length, half->multicast_all);
	default:
		return membership_get(ep, NET_IPPROTO_IP, name, value, length);
	}
}

int dgram_getsockopt(struct endpoint *ep, int level, int name, void *value,
		     uint32_t length)
{
	if (level == NET_IPPROTO_IP)
		return get4(ep, name, value, length);
	if (level == NET_IPPROTO_IPV6 && ep->family == NET_IP6)
		return dgram_getsockopt6(ep, name, value, length);
	return -ENOPROTOOPT;
}
