// SPDX-License-Identifier: MIT
/*
 * Options of IPPROTO_IPV6 that all protocols have (ipv6(7), RFC 3542). Most are
 * switches, which stand in two tables: those that IPv4 has too, and the others,
 * bits of endpoint_options.ip6. What only datagrams have is net/ip's business. Values,
 * lengths and errors are Linux's: tests/abi/ipv6_socket_options.c.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"

#define IP6_MTU_MIN 1280

static const struct sockopt_switch switches[] = {
	SOCKOPT_TELL(NET_IPV6_RECVPKTINFO, TELL_INFO),
	SOCKOPT_TELL(NET_IPV6_RECVHOPLIMIT, TELL_TTL),
	SOCKOPT_TELL(NET_IPV6_RECVTCLASS, TELL_TOS),
	SOCKOPT_TELL(NET_IPV6_RECVERR, TELL_ERRORS),
	SOCKOPT_TELL(NET_IPV6_RECVORIGDSTADDR, TELL_ORIGINAL),
	SOCKOPT_BOOL(NET_IPV6_TRANSPARENT, transparent),
	SOCKOPT_BOOL(NET_IPV6_FREEBIND, free_bind),
};

/* One bit of endpoint_options.ip6. */
enum {
	PLAIN,
	ON_WHEN_CLEAR = 1, /* the bit means the opposite */
	ANY_LENGTH = 2, /* Linux does not look: too few bytes are a 0 */
};

static const struct {
	int name;
	uint16_t bit;
	uint8_t how;
} bits[] = {
	{ NET_IPV6_FLOWINFO, IP6_TELL_FLOW, PLAIN },
	{ NET_IPV6_RECVHOPOPTS, IP6_TELL_HOP_OPTIONS, PLAIN },
	{ NET_IPV6_RECVDSTOPTS, IP6_TELL_OPTIONS, PLAIN },
	{ NET_IPV6_RECVRTHDR, IP6_TELL_ROUTING, PLAIN },
	{ NET_IPV6_RECVPATHMTU, IP6_TELL_PATH_MTU, PLAIN },
	{ NET_IPV6_2292PKTINFO, IP6_TELL_OLD_INFO, PLAIN },
	{ NET_IPV6_2292HOPLIMIT, IP6_TELL_OLD_HOP_LIMIT, PLAIN },
	{ NET_IPV6_2292HOPOPTS, IP6_TELL_OLD_HOP_OPTIONS, PLAIN },
	{ NET_IPV6_2292DSTOPTS, IP6_TELL_OLD_OPTIONS, PLAIN },
	{ NET_IPV6_2292RTHDR, IP6_TELL_OLD_ROUTING, PLAIN },
	{ NET_IPV6_FLOWINFO_SEND, IP6_SEND_FLOW, PLAIN },
	{ NET_IPV6_AUTOFLOWLABEL, IP6_NO_AUTO_FLOW,
	  ON_WHEN_CLEAR | ANY_LENGTH },
	{ NET_IPV6_DONTFRAG, IP6_DONT_FRAGMENT, ANY_LENGTH },
	{ NET_IPV6_MULTICAST_ALL, IP6_OWN_GROUPS, ON_WHEN_CLEAR },
	{ NET_IPV6_RECVFRAGSIZE, IP6_TELL_FRAGMENT, ANY_LENGTH },
};

static const struct sockopt_switch *find_switch(int name)
{
	return sockopt_find(switches, ARRAY_LEN(switches), name);
}

static int find_bit(int name)
{
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (bits[i].name == name)
			return (int)i;
	return -1;
}

static int set_bit(struct endpoint *ep, int i, const void *value,
		   uint32_t length)
{
	int v = 0, err = sockopt_int(value, length, &v);

	if (err && !(bits[i].how & ANY_LENGTH))
		return err;
	if ((v != 0) != (bool)(bits[i].how & ON_WHEN_CLEAR))
		ep->opt.ip6 |= bits[i].bit;
	else
		ep->opt.ip6 &= (uint16_t)~bits[i].bit;
	return 0;
}

/* RFC 5014: one of each pair at the most. The home bit is always told: no
 * mobile node lives here. */
enum {
	PREFER_TMP = 0x1,
	PREFER_PUBLIC = 0x2,
	PREFER_COA = 0x4,
	PREFER_CGA = 0x8,
	PREFER_DEFAULT = 0x100,
	PREFER_HOME = 0x400,
	PREFER_NONCGA = 0x800,
};

static int set_preferences(struct endpoint *ep, int v)
{
	uint32_t public = (uint32_t)v &
			  (PREFER_TMP | PREFER_PUBLIC | PREFER_DEFAULT);
	uint32_t home = (uint32_t)v & (PREFER_HOME | PREFER_COA);
	uint32_t cga = (uint32_t)v & (PREFER_CGA | PREFER_NONCGA);

	if ((public & (public - 1)) || (home & (home - 1)) || (cga & (cga - 1)))
		return -EINVAL;
	if (public || v == 0)
		ep->opt.source_wish =
			(uint8_t)(public & (PREFER_TMP | PREFER_PUBLIC));
	return 0;
}

static int preferences(const struct endpoint *ep)
{
	uint32_t v = ep->opt.source_wish;

	if (!(v & (PREFER_TMP | PREFER_PUBLIC)))
		v = PREFER_DEFAULT;
	return (int)(v | PREFER_HOME);
}

static int has_form(const struct endpoint *ep)
{
	if (ep->type == NET_SOCK_RAW ||
	    (ep->protocol->number != NET_IPPROTO_TCP &&
	     ep->protocol->number != NET_IPPROTO_UDP))
		return -ENOPROTOOPT;
	return ep->status & EP_CONNECTED ? 0 : -ENOTCONN;
}

/* A socket that is connected to a mapped address becomes one of IPv4; the user
 * side follows. */
static int become_ip4(struct endpoint *ep, int v)
{
	int err;

	if (v != NET_AF_INET)
		return -EINVAL;
	err = has_form(ep);
	if (err)
		return err;
	if (ep->opt.v6only || !addr_is_ip4(&ep->remote.addr))
		return -EADDRNOTAVAIL;
	ep->family = NET_IP4;
	return 0;
}

/* Numbers, and what they may be. */
static const struct {
	int name, least, most;
} numbers[] = {
	{ NET_IPV6_V6ONLY, INT32_MIN, INT32_MAX },
	{ NET_IPV6_UNICAST_HOPS, -1, 255 },
	{ NET_IPV6_MULTICAST_HOPS, -1, 255 },
	{ NET_IPV6_MULTICAST_LOOP, 0, 1 },
	{ NET_IPV6_TCLASS, -1, 255 },
	{ NET_IPV6_MTU_DISCOVER, MTU_DONT, MTU_OMIT },
	{ NET_IPV6_MINHOPCOUNT, 0, 255 },
	{ NET_IPV6_ADDR_PREFERENCES, INT32_MIN, INT32_MAX },
	{ NET_IPV6_MTU, INT32_MIN, INT32_MAX },
	{ NET_IPV6_ROUTER_ALERT, INT32_MIN, INT32_MAX },
	{ NET_IPV6_ADDRFORM, INT32_MIN, INT32_MAX },
};

static int find_number(const struct endpoint *ep, int name)
{
	if (name == NET_IPV6_MULTICAST_HOPS && ep->type == NET_SOCK_STREAM)
		return -1; /* readable, though */
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].name == name)
			return (int)i;
	return -1;
}

/* ECN's two bits are TCP's own. */
static void set_class(struct endpoint *ep, int v)
{
	int kept = ep->type == NET_SOCK_STREAM ? 3 : 0;

	if (v == -1)
		v = 0;
	ep->opt.tclass = (uint8_t)((v & ~kept) | (ep->opt.tclass & kept));
}

static int set_number(struct endpoint *ep, int name, int v)
{
	switch (name) {
	case NET_IPV6_V6ONLY:
		if (ep->binding || ep->type == NET_SOCK_RAW)
			return -EINVAL;
		ep->opt.v6only = v != 0;
		return 0;
	case NET_IPV6_UNICAST_HOPS:
		ep->opt.ttl = (int16_t)v;
		return 0;
	case NET_IPV6_MULTICAST_HOPS:
		ep->opt.multicast_ttl = (int16_t)(v == -1 ? 1 : v);
		return 0;
	case NET_IPV6_MULTICAST_LOOP:
		ep->opt.multicast_loop = v;
		return 0;
	case NET_IPV6_TCLASS:
		set_class(ep, v);
		return 0;
	case NET_IPV6_MTU_DISCOVER:
		ep->opt.mtu_discover = (uint8_t)v;
		return 0;
	case NET_IPV6_MINHOPCOUNT:
		ep->opt.min_ttl = (uint8_t)v;
		return 0;
	case NET_IPV6_ADDR_PREFERENCES:
		return set_preferences(ep, v);
	case NET_IPV6_ADDRFORM:
		return become_ip4(ep, v);
	case NET_IPV6_MTU: /* of fragments, of which TCP has none */
		if (v && v < IP6_MTU_MIN)
			return -EINVAL;
		return ep->type == NET_SOCK_STREAM ? 0 : -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_ip6_set(struct endpoint *ep, int name, const void *value,
		    uint32_t length)
{
	const struct sockopt_switch *flag = find_switch(name);
	int i = find_bit(name), v, err;

	if (i >= 0)
		return set_bit(ep, i, value, length);
	i = find_number(ep, name);
	if (!flag && i < 0)
		return -ENOPROTOOPT;
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	if (!flag)
		return v < numbers[i].least || v > numbers[i].most ?
			       -EINVAL :
			       set_number(ep, name, v);
	sockopt_turn(ep, flag, v != 0);
	return 0;
}

/* RFC 3542's struct ip6_mtuinfo: the peer, and the MTU to it. */
static int get_path_mtu(struct endpoint *ep, uint8_t *value,
			uint32_t length) ON_NET_THREAD
{
	uint8_t info[32] = { NET_AF_INET6 };
	uint32_t mtu;
	int err = sockopt_path_mtu(ep, &mtu);

	if (err)
		return err;
	if (length < sizeof info)
		return -EINVAL;
	memcpy(info + 8, ep->remote.addr.b, 16);
	memcpy(info + 28, &mtu, sizeof mtu);
	memcpy(value, info, sizeof info);
	return sizeof info;
}

static int get_number(struct endpoint *ep, int name, int *v) ON_NET_THREAD
{
	switch (name) {
	case NET_IPV6_V6ONLY:
		*v = ep->opt.v6only;
		return 0;
	case NET_IPV6_UNICAST_HOPS:
		*v = ep->opt.ttl >= 0 ? ep->opt.ttl :
					ep->net->tunables.ip_default_ttl;
		return 0;
	case NET_IPV6_MULTICAST_HOPS:
		*v = ep->opt.multicast_ttl;
		return 0;
	case NET_IPV6_MULTICAST_LOOP:
		*v = ep->opt.multicast_loop;
		return 0;
	case NET_IPV6_TCLASS:
		*v = ep->opt.tclass;
		return 0;
	case NET_IPV6_MTU_DISCOVER:
		*v = ep->opt.mtu_discover;
		return 0;
	case NET_IPV6_MTU:
		return sockopt_path_mtu(ep, (uint32_t *)v);
	case NET_IPV6_MINHOPCOUNT:
		*v = ep->opt.min_ttl;
		return 0;
	case NET_IPV6_MULTICAST_IF:
		*v = 0; /* of streams */
		return ep->type == NET_SOCK_STREAM ? 0 : -ENOPROTOOPT;
	case NET_IPV6_ADDRFORM:
		*v = NET_AF_INET6;
		return has_form(ep);
	case NET_IPV6_ROUTER_ALERT:
		*v = (ep->opt.ip6 & IP6_ROUTER_ALERT) != 0;
		return 0;
	case NET_IPV6_ADDR_PREFERENCES:
		*v = preferences(ep);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int sockopt_ip6_get(struct endpoint *ep, int name, void *value, uint32_t length)
{
	const struct sockopt_switch *flag = find_switch(name);
	int i = find_bit(name), v, err;

	if (name == NET_IPV6_PATHMTU)
		return get_path_mtu(ep, value, length);
	if (flag)
		return sockopt_put_int(value, length, sockopt_is_on(ep, flag));
	if (i >= 0)
		return sockopt_put_int(value, length,
				       !(ep->opt.ip6 & bits[i].bit) ==
					       (bool)(bits[i].how &
						      ON_WHEN_CLEAR));
	err = get_number(ep, name, &v);
	return err ? err : sockopt_put_int(value, length, v);
}
