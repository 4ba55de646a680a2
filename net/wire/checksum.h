// SPDX-License-Identifier: MIT
/*
 * The Internet checksum (RFC 1071). Sums are kept unfolded in 64 bits so that
 * a long packet needs no carry handling. A sum over pieces is right only if
 * each piece but the last has an even length; checksum_shift() repairs a piece
 * that began at an odd place.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

/* Adds bytes to a running sum. */
uint64_t checksum_add(uint64_t sum, const void *data, size_t len);

static inline uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The sum of a piece that stands at an odd offset. */
static inline uint64_t checksum_shift(uint64_t sum)
{
	uint16_t s = checksum_fold(sum);

	return (uint16_t)(s << 8 | s >> 8);
}

/* The field's value, in the byte order of memory: store it with memcpy or
 * checksum_store(). */
static inline uint16_t checksum_finish(uint64_t sum)
{
	return (uint16_t)~checksum_fold(sum);
}

static inline void checksum_store(void *field, uint16_t value)
{
	__builtin_memcpy(field, &value, sizeof value);
}

/* The pseudo header of IPv4 or IPv6 (RFC 9293 3.1, RFC 8200 8.1). */
uint64_t checksum_pseudo(const struct net_addr *src, const struct net_addr *dst,
			 uint8_t protocol, uint32_t length);
