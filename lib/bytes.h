// SPDX-License-Identifier: MIT
/*
 * Numbers in byte arrays: big-endian as on the wire, little-endian as on the
 * disk, at any alignment. This is how headers are read and written here; there
 * are no packed structs on the wire.
 */
#pragma once

#include "lib/types.h"

static inline uint16_t get_be16(const void *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap16(v);
}

static inline uint32_t get_be32(const void *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap32(v);
}

static inline uint64_t get_be64(const void *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
}

static inline uint16_t get_le16(const void *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return v;
}

static inline uint32_t get_le32(const void *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return v;
}

static inline uint64_t get_le64(const void *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof v);
	return v;
}

static inline void put_be16(void *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	__builtin_memcpy(p, &v, sizeof v);
}

static inline void put_be32(void *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	__builtin_memcpy(p, &v, sizeof v);
}

static inline void put_be64(void *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	__builtin_memcpy(p, &v, sizeof v);
}

static inline void put_le16(void *p, uint16_t v)
{
	__builtin_memcpy(p, &v, sizeof v);
}

static inline void put_le32(void *p, uint32_t v)
{
	__builtin_memcpy(p, &v, sizeof v);
}

static inline void put_le64(void *p, uint64_t v)
{
	__builtin_memcpy(p, &v, sizeof v);
}

static inline uint16_t swap16(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t swap32(uint32_t v)
{
	return __builtin_bswap32(v);
}
