// SPDX-License-Identifier: MIT
/*
 * Addresses of AF_INET and AF_INET6 between the program's form (ip(7),
 * ipv6(7)) and the stack's, which is one 16-byte form for both.
 */
#include "kernel/socket/inet.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SOCKADDR_IN6_OLD 24 /* without the scope (RFC 2133) */

static int in6(const uint8_t *from, int length, struct net_name *to)
{
	if (length < SOCKADDR_IN6_OLD)
		return -EINVAL;
	to->port = get_be16(from + 2);
	memcpy(to->addr.b, from + 8, 16);
	to->scope = length >= NAME6_SIZE ? get_le32(from + 24) : 0;
	return 0;
}

int inet_name_in(const struct socket *socket, const uint8_t *from, int length,
		 struct net_name *to)
{
	unsigned family;

	if (length < 2)
		return -EINVAL;
	family = get_le16(from);
	if (socket->family == AF_INET6 && family == AF_INET6)
		return in6(from, length, to);
	if (length < NAME4_SIZE)
		return -EINVAL;
	/* bind(2) of an AF_INET socket takes AF_UNSPEC for "any", as Linux. */
	if (family != AF_INET && !(family == AF_UNSPEC && !get_le32(from + 4)))
		return -EAFNOSUPPORT;
	if (socket->family == AF_INET6)
		return -EAFNOSUPPORT;
	to->port = get_be16(from + 2);
	to->addr = addr_ip4(get_be32(from + 4));
	to->scope = 0;
	return 0;
}

int inet_name_out(const struct socket *socket, const struct net_name *from,
		  uint8_t *to)
{
	memset(to, 0, NAME6_SIZE);
	put_le16(to, (uint16_t)socket->family);
	put_be16(to + 2, from->port);
	if (socket->family == AF_INET6) {
		/* An unbound name is ::, whatever the stack has put there. */
		if (!addr_is_any(&from->addr))
			memcpy(to + 8, from->addr.b, 16);
		if (addr_is_link_local6(&from->addr))
			put_le32(to + 24, from->scope);
		return NAME6_SIZE;
	}
	put_be32(to + 4,
		 addr_is_ip4(&from->addr) ? addr_to_ip4(&from->addr) : 0);
	return NAME4_SIZE;
}
