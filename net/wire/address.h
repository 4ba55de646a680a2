// SPDX-License-Identifier: MIT
/*
 * Network addresses, neutral to the family: 16 bytes in network order. An IPv4
 * address a.b.c.d is ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so 0.0.0.0 and :: are
 * two values: "any IPv4 address" and "any address of either family".
 * Ports and 32-bit IPv4 numbers are in host order everywhere in the stack.
 */
#pragma once

#include "lib/types.h"
#include "lib/bytes.h"

#define NET_IP4 4
#define NET_IP6 6
#define NET_NETLINK 16
#define NET_PACKET 17
#define NET_TUN 200 /* the file of a TUN interface: no Linux number */

struct net_addr {
	union {
		uint8_t b[16];
		uint32_t w[4];
		uint64_t q[2];
	};
};

/* One end of a conversation. */
struct net_name {
	struct net_addr addr;
	uint16_t port; /* host order; ICMP: the identifier */
	uint32_t scope; /* interface index, 0: none */
};

#define ADDR_MAPPED_PREFIX 0xffff0000u /* w[2] of a mapped address, LE load */

static inline struct net_addr addr_ip4(uint32_t ip)
{
	struct net_addr a = { .w = { 0, 0, ADDR_MAPPED_PREFIX, 0 } };

	a.w[3] = __builtin_bswap32(ip);
	return a;
}

static inline bool addr_is_ip4(const struct net_addr *a)
{
	return a->q[0] == 0 && a->w[2] == ADDR_MAPPED_PREFIX;
}

/* The IPv4 number in host order; only for addr_is_ip4(). */
static inline uint32_t addr_to_ip4(const struct net_addr *a)
{
	return __builtin_bswap32(a->w[3]);
}

static inline struct net_addr addr_any6(void)
{
	return (struct net_addr){ .q = { 0, 0 } };
}

static inline struct net_addr addr_loopback6(void)
{
	return (struct net_addr){ .b = { [15] = 1 } };
}

static inline bool addr_equal(const struct net_addr *a,
			      const struct net_addr *b)
{
	return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

static inline bool addr_is_any6(const struct net_addr *a)
{
	return (a->q[0] | a->q[1]) == 0;
}

/* 0.0.0.0 or :: */
static inline bool addr_is_any(const struct net_addr *a)
{
	return a->q[0] == 0 && a->w[3] == 0 &&
	       (a->w[2] == 0 || a->w[2] == ADDR_MAPPED_PREFIX);
}

static inline int addr_family(const struct net_addr *a)
{
	return addr_is_ip4(a) ? NET_IP4 : NET_IP6;
}

static inline bool addr_is_loopback(const struct net_addr *a)
{
	if (addr_is_ip4(a))
		return a->b[12] == 127;
	return a->q[0] == 0 && a->w[2] == 0 && a->w[3] == 0x01000000;
}

static inline bool addr_is_multicast(const struct net_addr *a)
{
	if (addr_is_ip4(a))
		return (a->b[12] & 0xf0) == 0xe0;
	return a->b[0] == 0xff;
}

static inline bool addr_is_limited_broadcast(const struct net_addr *a)
{
	return addr_is_ip4(a) && a->w[3] == 0xffffffff;
}

static inline bool addr_is_link_local6(const struct net_addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Whether the first `bits` of 128 agree; an IPv4 prefix of n is 96 + n. */
bool addr_in_prefix(const struct net_addr *a, const struct net_addr *prefix,
		    unsigned int bits);

#define ADDR_TEXT_MAX 48
/* Dotted or RFC 5952 text, terminated; the length. */
size_t addr_format(char *buf, size_t size, const struct net_addr *a);
/* Both notations; -EINVAL if it is neither. */
int addr_parse(const char *text, struct net_addr *out);
