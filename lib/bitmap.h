// SPDX-License-Identifier: MIT
/*
 * Arrays of bits in 64-bit words, bit n of the map being bit n % 64 of word
 * n / 64 (so that the bytes read as ext4's little-endian bitmaps do). Searches
 * return `count` when there is no such bit. Not atomic.
 */
#pragma once

#include "lib/types.h"

#define BITMAP_WORDS(bits) (((bits) + 63) / 64)
#define BITMAP(name, bits) uint64_t name[BITMAP_WORDS(bits)]

static inline bool bitmap_test(const uint64_t *map, size_t n)
{
	return (map[n / 64] >> (n % 64)) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t n)
{
	map[n / 64] |= BIT(n % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t n)
{
	map[n / 64] &= ~BIT(n % 64);
}

static inline void bitmap_zero(uint64_t *map, size_t count)
{
	for (size_t i = 0; i < BITMAP_WORDS(count); i++)
		map[i] = 0;
}

/* First bit at or after `from` whose value differs from `skip`'s bits. */
static inline size_t bitmap_find_(const uint64_t *map, size_t count,
				  size_t from, uint64_t invert)
{
	while (from < count) {
		uint64_t word = (map[from / 64] ^ invert) >> (from % 64);

		if (word) {
			from += (size_t)__builtin_ctzll(word);
			return from < count ? from : count;
		}
		from = (from / 64 + 1) * 64;
	}
	return count;
}

static inline size_t bitmap_find_set(const uint64_t *map, size_t count,
				     size_t from)
{
	return bitmap_find_(map, count, from, 0);
}

static inline size_t bitmap_find_clear(const uint64_t *map, size_t count,
				       size_t from)
{
	return bitmap_find_(map, count, from, ~UINT64_C(0));
}

static inline void bitmap_set_range(uint64_t *map, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		bitmap_set(map, i);
}

static inline void bitmap_clear_range(uint64_t *map, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		bitmap_clear(map, i);
}

static inline size_t bitmap_count(const uint64_t *map, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count / 64; i++)
		n += (size_t)__builtin_popcountll(map[i]);
	for (size_t i = count / 64 * 64; i < count; i++)
		n += bitmap_test(map, i);
	return n;
}
