// SPDX-License-Identifier: MIT
/*
 * Socket options that all protocols share: SOL_SOCKET, IPPROTO_IP and
 * IPPROTO_IPV6. Simple switches and numbers are two tables; what has rules of
 * its own follows as functions. Values, lengths and errors are Linux's.
 */
#include "net/core/sockopt.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/netif.h"
#include "net/core/route.h"

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
	{ NET_SOL_SOCKET, NET_SO_REUSEADDR, FIELD(reuse_addr) },
	{ NET_SOL_SOCKET, NET_SO_REUSEPORT, FIELD(reuse_port) },
	{ NET_SOL_SOCKET, NET_SO_KEEPALIVE, FIELD(keepalive) },
	{ NET_SOL_SOCKET, NET_SO_BROADCAST, FIELD(broadcast) },
	{ NET_SOL_SOCKET, NET_SO_OOBINLINE, FIELD(oob_inline) },
	{ NET_SOL_SOCKET, NET_SO_DONTROUTE, FIELD(dont_route) },
	{ NET_SOL_SOCKET, NET_SO_NO_CHECK, FIELD(no_check) },
	{ NET_SOL_SOCKET, NET_SO_TIMESTAMP, FIELD(timestamp) },
	{ NET_SOL_SOCKET, NET_SO_TIMESTAMPNS, FIELD(timestamp_ns) },
	{ NET_IPPROTO_IP, NET_IP_PKTINFO, FIELD(recv_pktinfo) },
	{ NET_IPPROTO_IP, NET_IP_RECVTTL, FIELD(recv_ttl) },
	{ NET_IPPROTO_IP, NET_IP_RECVTOS, FIELD(recv_tos) },
	{ NET_IPPROTO_IP, NET_IP_RECVERR, FIELD(recv_error) },
	{ NET_IPPROTO_IP, NET_IP_FREEBIND, FIELD(free_bind) },
	{ NET_IPPROTO_IP, NET_IP_MULTICAST_LOOP, FIELD(multicast_loop) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVPKTINFO, FIELD(recv_pktinfo) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVHOPLIMIT, FIELD(recv_ttl) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVTCLASS, FIELD(recv_tos) },
	{ NET_IPPROTO_IPV6, NET_IPV6_RECVERR, FIELD(recv_error) },
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

static void set_sndbuf(struct endpoint *ep, int v, bool force) ON_NET_THREAD
{
	int top = force ? INT32_MAX / 2 : ep->net->tunables.wmem_max;
	uint32_t size = (uint32_t)CLAMP(v, 0, MIN(top, INT32_MAX / 2)) * 2;

	size = MAX(size, (uint32_t)NET_SNDBUF_MIN);
	ep->opt.sndbuf_locked = true;
	atomic_store(&ep->sndbuf, size);
	atomic_store(&ep->tx.limit, size);
	endpoint_writable(ep);
}

static void set_rcvbuf(struct endpoint *ep, int v, bool force)
{
	int top = force ? INT32_MAX / 2 : ep->net->tunables.rmem_max;
	uint32_t size = (uint32_t)CLAMP(v, 0, MIN(top, INT32_MAX / 2)) * 2;

	size = MAX(size, (uint32_t)NET_RCVBUF_MIN);
	ep->opt.rcvbuf_locked = true;
	atomic_store(&ep->rcvbuf, size);
	atomic_store(&ep->rx.limit, size);
}

static int bind_to_device(struct endpoint *ep, const void *value,
			  uint32_t length) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX] = { 0 };
	struct netif *netif;

	memcpy(name, value, MIN(length, (uint32_t)sizeof name - 1));
	if (name[0] == 0) {
		ep->opt.bound_netif = 0;
		return 0;
	}
	netif = netif_by_name(ep->net, name);
	if (!netif)
		return -ENODEV;
	ep->opt.bound_netif = netif->index;
	return 0;
}

static int set_linger(struct endpoint *ep, const void *value, uint32_t length)
{
	int v[2];

	if (length < sizeof v)
		return -EINVAL;
	memcpy(v, value, sizeof v);
	ep->opt.linger = v[0] != 0;
	if (v[0])
		ep->opt.linger_seconds = (uint32_t)MAX(v[1], 0);
	return 0;
}

static int bind_to_index(struct endpoint *ep, int index) ON_NET_THREAD
{
	if (index < 0)
		return -EINVAL;
	if (index && !netif_by_index(ep->net, (uint32_t)index))
		return -ENODEV;
	ep->opt.bound_netif = (uint32_t)index;
	return 0;
}

static int set_socket(struct endpoint *ep, int name, const void *value,
		      uint32_t length) ON_NET_THREAD
{
	int v, err;

	if (name == NET_SO_BINDTODEVICE)
		return bind_to_device(ep, value, length);
	if (name == NET_SO_LINGER)
		return set_linger(ep, value, length);
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	switch (name) {
	case NET_SO_SNDBUF:
	case NET_SO_SNDBUFFORCE:
		set_sndbuf(ep, v, name == NET_SO_SNDBUFFORCE);
		return 0;
	case NET_SO_RCVBUF:
	case NET_SO_RCVBUFFORCE:
		set_rcvbuf(ep, v, name == NET_SO_RCVBUFFORCE);
		return 0;
	case NET_SO_PRIORITY:
		ep->opt.priority = (uint32_t)v;
		return 0;
	case NET_SO_MARK:
		ep->opt.mark = (uint32_t)v;
		return 0;
	case NET_SO_BINDTOIFINDEX:
		return bind_to_index(ep, v);
	case NET_SO_DEBUG:
	case NET_SO_BUSY_POLL:
	case NET_SO_INCOMING_CPU:
		return 0; /* hints */
	default:
		return -ENOPROTOOPT;
	}
}

static int set_ip4(struct endpoint *ep, int name, const void *value,
		   uint32_t length)
{
	int v, err;

	if (name == NET_IP_OPTIONS && length == 0)
		return 0;
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
		ep->opt.tos = (uint8_t)v;
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
	case NET_IP_BIND_ADDRESS_NO_PORT:
	case NET_IP_RECVOPTS:
	case NET_IP_RETOPTS:
	case NET_IP_MULTICAST_ALL:
		return 0;
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
		return set_socket(ep, name, value, length);
	case NET_IPPROTO_IP:
		return set_ip4(ep, name, value, length);
	case NET_IPPROTO_IPV6:
		return set_ip6(ep, name, value, length);
	default:
		return -ENOPROTOOPT;
	}
}

static int get_device(struct endpoint *ep, void *value,
		      uint32_t length) ON_NET_THREAD
{
	struct netif *netif = endpoint_netif(ep);
	uint32_t n;

	if (!netif)
		return 0;
	n = (uint32_t)strlen(netif->name) + 1;
	if (length < n)
		return -EINVAL;
	memcpy(value, netif->name, n);
	return (int)n;
}

static int get_linger(struct endpoint *ep, void *value, uint32_t length)
{
	int v[2] = { ep->opt.linger, (int)ep->opt.linger_seconds };
	uint32_t n = MIN(length, (uint32_t)sizeof v);

	memcpy(value, v, n);
	return (int)n;
}

static int socket_number(struct endpoint *ep, int name, int *v)
{
	switch (name) {
	case NET_SO_TYPE:
		*v = ep->type;
		return 0;
	case NET_SO_PROTOCOL:
		*v = ep->number;
		return 0;
	case NET_SO_DOMAIN:
		*v = ep->family == NET_IP4 ? NET_AF_INET : NET_AF_INET6;
		return 0;
	case NET_SO_ERROR:
		*v = -endpoint_take_error(ep);
		return 0;
	case NET_SO_SNDBUF:
		*v = (int)ep->sndbuf;
		return 0;
	case NET_SO_RCVBUF:
		*v = (int)ep->rcvbuf;
		return 0;
	case NET_SO_ACCEPTCONN:
		*v = !!(ep->status & EP_LISTENING);
		return 0;
	case NET_SO_PRIORITY:
		*v = (int)ep->opt.priority;
		return 0;
	case NET_SO_MARK:
		*v = (int)ep->opt.mark;
		return 0;
	case NET_SO_BINDTOIFINDEX:
		*v = (int)ep->opt.bound_netif;
		return 0;
	case NET_SO_RCVLOWAT:
	case NET_SO_SNDLOWAT:
		*v = 1;
		return 0;
	case NET_SO_DEBUG:
	case NET_SO_BUSY_POLL:
		*v = 0;
		return 0;
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
	else if (!six && name == NET_IP_HDRINCL && ep->type == NET_SOCK_RAW)
		*v = ep->opt.header_included;
	else if (!six && (name == NET_IP_RECVOPTS || name == NET_IP_RETOPTS ||
			  name == NET_IP_BIND_ADDRESS_NO_PORT))
		*v = 0;
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
	if (level == NET_SOL_SOCKET && name == NET_SO_BINDTODEVICE)
		return get_device(ep, value, length);
	if (level == NET_SOL_SOCKET && name == NET_SO_LINGER)
		return get_linger(ep, value, length);
	if (level == NET_IPPROTO_IP && name == NET_IP_OPTIONS)
		return 0;
	if (flag) {
		v = *flag;
		err = 0;
	} else if (level == NET_SOL_SOCKET) {
		err = socket_number(ep, name, &v);
	} else if (level == NET_IPPROTO_IP || level == NET_IPPROTO_IPV6) {
		err = ip_number(ep, level, name, &v);
	} else {
		err = -ENOPROTOOPT;
	}
	return err ? err : sockopt_put_int(value, length, v);
}
