// SPDX-License-Identifier: MIT
/*
 * Socket options that all protocols share, by their level: here those of
 * IPPROTO_IP, elsewhere SOL_SOCKET's (sockopt_socket.c) and IPPROTO_IPV6's
 * (sockopt_ip6.c). Switches are a table; what has rules of its own follows as
 * functions. Values, lengths and errors are Linux's.
 */
#include "net/core/sockopt.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/netif.h"
#include "net/core/route.h"
#include "net/wire/ip4.h"

int sockopt_int(const void *value, uint32_t length, int *out)
{
	if (length < sizeof *out)
		return -EINVAL;
	memcpy(out, value, sizeof *out);
	return 0;
}

int sockopt_put_int(void *value, uint32_t length, int v)
{
	uint32_t n = MIN(length, (uint32_t)sizeof v);

	memcpy(value, &v, n);
	return (int)n;
}

const struct sockopt_switch *sockopt_find(const struct sockopt_switch *table,
					  size_t count, int name)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].name == name)
			return &table[i];
	return NULL;
}

void sockopt_tell(struct endpoint *ep, uint16_t bit, bool on)
{
	if (on)
		ep->opt.tell |= bit;
	else
		ep->opt.tell &= (uint16_t)~bit;
}

void sockopt_turn(struct endpoint *ep, const struct sockopt_switch *row,
		  bool on)
{
	if (row->tell)
		sockopt_tell(ep, row->tell, on);
	else
		*(bool *)((char *)&ep->opt + row->offset) = on;
}

bool sockopt_is_on(const struct endpoint *ep, const struct sockopt_switch *row)
{
	if (row->tell)
		return ep->opt.tell & row->tell;
	return *(const bool *)((const char *)&ep->opt + row->offset);
}

static const struct sockopt_switch switches[] = {
	SOCKOPT_TELL(NET_IP_PKTINFO, TELL_INFO),
	SOCKOPT_TELL(NET_IP_RECVTTL, TELL_TTL),
	SOCKOPT_TELL(NET_IP_RECVTOS, TELL_TOS),
	SOCKOPT_TELL(NET_IP_RECVERR, TELL_ERRORS),
	SOCKOPT_TELL(NET_IP_RECVOPTS, TELL_OPTIONS),
	SOCKOPT_TELL(NET_IP_RETOPTS, TELL_OPTIONS_BACK),
	SOCKOPT_TELL(NET_IP_RECVORIGDSTADDR, TELL_ORIGINAL),
	SOCKOPT_BOOL(NET_IP_BIND_ADDRESS_NO_PORT, no_port_at_bind),
	SOCKOPT_BOOL(NET_IP_FREEBIND, free_bind),
	SOCKOPT_BOOL(NET_IP_TRANSPARENT, transparent),
	SOCKOPT_BOOL(NET_IP_MULTICAST_LOOP, multicast_loop),
};

static const struct sockopt_switch *find_switch(int name)
{
	return sockopt_find(switches, ARRAY_LEN(switches), name);
}

/* IP-level options may be given as a single byte, as with Linux. */
static int ip_int(const void *value, uint32_t length, int *out)
{
	if (length >= sizeof *out)
		return sockopt_int(value, length, out);
	if (length == 0)
		return -EINVAL;
	*out = *(const uint8_t *)value;
	return 0;
}

/* The lower half is the first port, the upper half the last; 0: no bound. */
static int set_port_range(struct endpoint *ep, int v, uint32_t length)
{
	uint16_t low = (uint16_t)v, high = (uint16_t)((uint32_t)v >> 16);

	if (length != sizeof v || (low && high && low > high))
		return -EINVAL;
	ep->opt.port_low = low;
	ep->opt.port_high = high;
	return 0;
}

/* The ECN bits of a stream are TCP's. */
static void set_tos(struct endpoint *ep, uint8_t tos)
{
	if (ep->type == NET_SOCK_STREAM)
		tos = (tos & 0xfc) | (ep->opt.tos & 3);
	if (tos == ep->opt.tos)
		return;
	ep->opt.tos = tos;
	ep->opt.priority = ip4_priority(tos);
}

static int set_ip4(struct endpoint *ep, int name, const void *value,
		   uint32_t length)
{
	const struct sockopt_switch *flag = find_switch(name);
	int v, err;

	/* TCP has none to give; datagram protocols keep their own. */
	if (name == NET_IP_OPTIONS && ep->type == NET_SOCK_STREAM)
		return length ? -ENOPROTOOPT : 0;
	if (name == NET_IP_OPTIONS)
		return -ENOPROTOOPT;
	err = ip_int(value, length, &v);
	if (err)
		return err;
	if (flag) {
		sockopt_turn(ep, flag, v != 0);
		return 0;
	}
	switch (name) {
	case NET_IP_RECVFRAGSIZE:
		if (ep->type != NET_SOCK_DGRAM && ep->type != NET_SOCK_RAW)
			return -EINVAL;
		if (v)
			ep->opt.ip6 |= IP6_TELL_FRAGMENT;
		else
			ep->opt.ip6 &= (uint16_t)~IP6_TELL_FRAGMENT;
		return 0;
	case NET_IP_TTL:
		if (v != -1 && (v < 1 || v > 255))
			return -EINVAL;
		ep->opt.ttl = (int16_t)v;
		return 0;
	case NET_IP_TOS:
		set_tos(ep, (uint8_t)v);
		return 0;
	case NET_IP_MTU_DISCOVER:
		if (v < 0 || v > 5)
			return -EINVAL;
		ep->opt.mtu_discover = (uint8_t)v;
		return 0;
	case NET_IP_HDRINCL:
		if (ep->type != NET_SOCK_RAW)
			return -ENOPROTOOPT;
		ep->opt.header_included = v != 0;
		return 0;
	case NET_IP_MULTICAST_TTL:
		if (v < -1 || v > 255)
			return -EINVAL;
		ep->opt.multicast_ttl = (int16_t)(v == -1 ? 1 : v);
		return 0;
	case NET_IP_MINTTL:
		if (v < 0 || v > 255)
			return -EINVAL;
		ep->opt.min_ttl = (uint8_t)v;
		return 0;
	case NET_IP_LOCAL_PORT_RANGE:
		return set_port_range(ep, v, length);
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_set(struct endpoint *ep, int level, int name, const void *value,
		uint32_t length)
{
	switch (level) {
	case NET_SOL_SOCKET:
		return sockopt_socket_set(ep, name, value, length);
	case NET_IPPROTO_IP:
		return set_ip4(ep, name, value, length);
	case NET_IPPROTO_IPV6:
		if (ep->family == NET_IP6)
			return sockopt_ip6_set(ep, name, value, length);
		return -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_path_mtu(struct endpoint *ep, uint32_t *mtu)
{
	struct net_path path;
	int err;

	if (!(ep->status & EP_CONNECTED))
		return -ENOTCONN;
	err = path_find(ep->net, &ep->remote.addr, &ep->local.addr,
			endpoint_netif(ep), &path);
	*mtu = path.mtu;
	return err;
}

static int ip4_number(struct endpoint *ep, int name, int *v) ON_NET_THREAD
{
	switch (name) {
	case NET_IP_RECVFRAGSIZE:
		*v = (ep->opt.ip6 & IP6_TELL_FRAGMENT) != 0;
		return 0;
	case NET_IP_TTL:
		*v = ep->opt.ttl >= 0 ? ep->opt.ttl :
					ep->net->tunables.ip_default_ttl;
		return 0;
	case NET_IP_TOS:
		*v = ep->opt.tos;
		return 0;
	case NET_IP_MULTICAST_TTL:
		*v = ep->opt.multicast_ttl;
		return 0;
	case NET_IP_MTU_DISCOVER:
		*v = ep->opt.mtu_discover;
		return 0;
	case NET_IP_MTU:
		return sockopt_path_mtu(ep, (uint32_t *)v);
	case NET_IP_MINTTL:
		*v = ep->opt.min_ttl;
		return 0;
	case NET_IP_LOCAL_PORT_RANGE:
		*v = (int)((uint32_t)ep->opt.port_high << 16 |
			   ep->opt.port_low);
		return 0;
	case NET_IP_HDRINCL:
		*v = ep->opt.header_included;
		return ep->type == NET_SOCK_RAW ? 0 : -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}

static int get_ip4(struct endpoint *ep, int name, void *value,
		   uint32_t length) ON_NET_THREAD
{
	const struct sockopt_switch *flag = find_switch(name);
	int v = 0, err = 0;

	if (name == NET_IP_OPTIONS)
		return ep->type == NET_SOCK_STREAM ? 0 : -ENOPROTOOPT;
	if (flag)
		v = sockopt_is_on(ep, flag);
	else
		err = ip4_number(ep, name, &v);
	return err ? err : sockopt_put_int(value, length, v);
}

int sockopt_get(struct endpoint *ep, int level, int name, void *value,
		uint32_t length)
{
	switch (level) {
	case NET_SOL_SOCKET:
		return sockopt_socket_get(ep, name, value, length);
	case NET_IPPROTO_IP:
		return get_ip4(ep, name, value, length);
	case NET_IPPROTO_IPV6:
		if (ep->family == NET_IP6)
			return sockopt_ip6_get(ep, name, value, length);
		return -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}
