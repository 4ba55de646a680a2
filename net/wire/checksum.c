// SPDX-License-Identifier: MIT
/*
 * The Internet checksum. Sums eight bytes at a time with the carry added back:
 * one's complement addition does not mind the width (RFC 1071 2).
 */
#include "net/wire/checksum.h"

static inline uint64_t add_carry(uint64_t sum, uint64_t v)
{
	sum += v;
	return sum + (sum < v);
}

uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (; len >= 32; len -= 32, at += 32) {
		uint64_t v[4];

		__builtin_memcpy(v, at, 32);
		sum = add_carry(sum, v[0]);
		sum = add_carry(sum, v[1]);
		sum = add_carry(sum, v[2]);
		sum = add_carry(sum, v[3]);
	}
	for (; len >= 8; len -= 8, at += 8)
		sum = add_carry(sum, get_le64(at));
	if (len >= 4) {
		sum = add_carry(sum, get_le32(at));
		at += 4;
		len -= 4;
	}
	if (len >= 2) {
		sum = add_carry(sum, get_le16(at));
		at += 2;
		len -= 2;
	}
	if (len)
		sum = add_carry(sum, *at);
	return sum;
}

uint64_t checksum_pseudo(const struct net_addr *src, const struct net_addr *dst,
			 uint8_t protocol, uint32_t length)
{
	uint64_t sum = (uint64_t)protocol << 8;
	uint32_t len = __builtin_bswap32(length);

	sum += (len & 0xffff) + (len >> 16);
	if (addr_is_ip4(dst)) {
		sum += src->w[3];
		sum += dst->w[3];
		return sum;
	}
	for (int i = 0; i < 4; i++)
		sum += (uint64_t)src->w[i] + dst->w[i];
	return sum;
}
