// SPDX-License-Identifier: MIT
/*
 * Socket options that all protocols share, of the levels IPPROTO_IP and
 * IPPROTO_IPV6 (SOL_SOCKET: sockopt_socket.c). Simple switches and numbers are
 * two tables; what has rules of its own follows as functions. Values, lengths
 * and errors are Linux's.
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

/* Options that are one bool in endpoint_options. */
static const struct {
	int level, name;
	size_t offset;
} switches[] = {
#define FIELD(f) offsetof(struct endpoint_options, f)
	{ NET_IPPROTO_IP, NET_IP_PKTINFO, FIELD(recv_pktinfo) },
	{ NET_IPPROTO_IP, NET_IP_RECVTTL, FIELD(recv_ttl) },
	{ NET_IPPROTO_IP, NET_IP_RECVTOS, FIELD(recv_tos) },
	{ NET_IPPROTO_IP, NET_IP_RECVERR, FIELD(recv_error) },
	{ NET_IPPROTO_IP, NET_IP_RECVOPTS, FIELD(recv_options) },
	{ NET_IPPROTO_IP, NET_IP_RETOPTS, FIELD(return_options) },
	{ NET_IPPROTO_IP, NET_IP_RECVORIGDSTADDR, FIELD(recv_original) },
	{ NET_IPPROTO_IP, NET_IP_BIND_ADDRESS_NO_PORT, FIELD(no_port_at_bind) },
	{ NET_IPPROTO_IP, NET_IP_FREEBIND, FIELD(free_bind) },
	{ NET_IPPROTO_IP, NET_IP_TRANSPARENT, FIELD(transparent) },
	{ NET_IPPROTO_IP, NET_IP_MULTICAST_LOOP, FIELD(multicast_loop) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVPKTINFO, FIELD(recv_pktinfo) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVHOPLIMIT, FIELD(recv_ttl) },
	{ NET_IPPROTO_IPV6, NET_IPV6_2292PKTINFO, FIELD(recv_pktinfo_2292) },
	{ NET_IPPROTO_IPV6, NET_IPV6_2292HOPLIMIT, FIELD(recv_ttl_2292) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVTCLASS, FIELD(recv_tos) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVERR, FIELD(recv_error) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVORIGDSTADDR, FIELD(recv_original) },
	{ NET_IPPROTO_IPV6, NET_IPV6_TRANSPARENT, FIELD(transparent) },
	{ NET_IPPROTO_IPV6, NET_IPV6_FREEBIND, FIELD(free_bind) },
	{ NET_IPPROTO_IPV6, NET_IPV6_MULTICAST_LOOP, FIELD(multicast_loop) },
#undef FIELD
};

static bool *find_switch(struct endpoint *ep, int level, int name)
{
	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		if (switches[i].level == level && switches[i].name == name)
			return (bool *)((char *)&ep->opt + switches[i].offset);
	return NULL;
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
	int v, err;

	/* TCP has none to give; datagram protocols keep their own. */
	if (name == NET_IP_OPTIONS && ep->type == NET_SOCK_STREAM)
		return length ? -ENOPROTOOPT : 0;
	if (name == NET_IP_OPTIONS)
		return -ENOPROTOOPT;
	err = ip_int(value, length, &v);
	if (err)
		return err;
	switch (name) {
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

static int set_ip6(struct endpoint *ep, int name, const void *value,
		   uint32_t length)
{
	int v, err = sockopt_int(value, length, &v);

	if (err)
		return err;
	switch (name) {
	case NET_IPV6_V6ONLY:
		if (ep->binding.held)
			return -EINVAL;
		ep->opt.v6only = v != 0;
		return 0;
	case NET_IPV6_UNICAST_HOPS:
		if (v < -1 || v > 255)
			return -EINVAL;
		ep->opt.ttl = (int16_t)v;
		return 0;
	case NET_IPV6_MULTICAST_HOPS:
		if (v < -1 || v > 255)
			return -EINVAL;
		ep->opt.multicast_ttl = (int16_t)(v == -1 ? 1 : v);
		return 0;
	case NET_IPV6_TCLASS:
		if (v < -1 || v > 255)
			return -EINVAL;
		ep->opt.tclass = (uint8_t)(v == -1 ? 0 : v);
		return 0;
	case NET_IPV6_MTU_DISCOVER:
		if (v < 0 || v > 5)
			return -EINVAL;
		ep->opt.mtu_discover = (uint8_t)v;
		return 0;
	case NET_IPV6_MINHOPCOUNT:
		if (v < 0 || v > 255)
			return -EINVAL;
		ep->opt.min_ttl = (uint8_t)v;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_set(struct endpoint *ep, int level, int name, const void *value,
		uint32_t length)
{
	bool *flag = find_switch(ep, level, name);
	int v, err;

	if (level == NET_IPPROTO_IPV6 && ep->family != NET_IP6)
		return -ENOPROTOOPT;
	if (flag) {
		err = level == NET_IPPROTO_IP ? ip_int(value, length, &v) :
						sockopt_int(value, length, &v);
		if (!err)
			*flag = v != 0;
		return err;
	}
	switch (level) {
	case NET_SOL_SOCKET:
		return sockopt_socket_set(ep, name, value, length);
	case NET_IPPROTO_IP:
		return set_ip4(ep, name, value, length);
	case NET_IPPROTO_IPV6:
		return set_ip6(ep, name, value, length);
	default:
		return -ENOPROTOOPT;
	}
}

static int path_number(struct endpoint *ep, int *v) ON_NET_THREAD
{
	struct net_path path;
	int err;

	if (!(ep->status & EP_CONNECTED))
		return -ENOTCONN;
	err = path_find(ep->net, &ep->remote.addr, &ep->local.addr,
			endpoint_netif(ep), &path);
	*v = (int)path.mtu;
	return err;
}

static int ip_number(struct endpoint *ep, int level, int name,
		     int *v) ON_NET_THREAD
{
	bool six = level == NET_IPPROTO_IPV6;

	if (name == (six ? NET_IPV6_UNICAST_HOPS : NET_IP_TTL))
		*v = ep->opt.ttl >= 0 ? ep->opt.ttl :
					ep->net->tunables.ip_default_ttl;
	else if (name == (six ? NET_IPV6_TCLASS : NET_IP_TOS))
		*v = six ? ep->opt.tclass : ep->opt.tos;
	else if (name == (six ? NET_IPV6_MULTICAST_HOPS : NET_IP_MULTICAST_TTL))
		*v = ep->opt.multicast_ttl;
	else if (name == (six ? NET_IPV6_MTU_DISCOVER : NET_IP_MTU_DISCOVER))
		*v = ep->opt.mtu_discover;
	else if (name == (six ? NET_IPV6_MTU : NET_IP_MTU))
		return path_number(ep, v);
	else if (six && name == NET_IPV6_V6ONLY)
		*v = ep->opt.v6only;
	else if (name == (six ? NET_IPV6_MINHOPCOUNT : NET_IP_MINTTL))
		*v = ep->opt.min_ttl;
	else if (!six && name == NET_IP_LOCAL_PORT_RANGE)
		*v = (int)((uint32_t)ep->opt.port_high << 16 |
			   ep->opt.port_low);
	else if (!six && name == NET_IP_HDRINCL && ep->type == NET_SOCK_RAW)
		*v = ep->opt.header_included;
	else
		return -ENOPROTOOPT;
	return 0;
}

int sockopt_get(struct endpoint *ep, int level, int name, void *value,
		uint32_t length)
{
	bool *flag = find_switch(ep, level, name);
	int v = 0, err;

	if (level == NET_IPPROTO_IPV6 && ep->family != NET_IP6)
		return -ENOPROTOOPT;
	if (level == NET_SOL_SOCKET)
		return sockopt_socket_get(ep, name, value, length);
	if (level == NET_IPPROTO_IP && name == NET_IP_OPTIONS)
		return ep->type == NET_SOCK_STREAM ? 0 : -ENOPROTOOPT;
	if (flag) {
		v = *flag;
		err = 0;
	} else if (level == NET_IPPROTO_IP || level == NET_IPPROTO_IPV6) {
		err = ip_number(ep, level, name, &v);
	} else {
		err = -ENOPROTOOPT;
	}
	return err ? err : sockopt_put_int(value, length, v);
}
