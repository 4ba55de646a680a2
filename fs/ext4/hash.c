// SPDX-License-Identifier: MIT
/*
 * The hash of names in indexed directories: half MD4 (mke2fs' default), TEA and
 * the legacy hash, each over signed or unsigned characters, as the super block
 * says. The lowest bit is not part of it: it marks a run of equal hashes that
 * goes on in the next block.
 */
#include "fs/ext4/ext4.h"

#define LEGACY 0
#define HALF_MD4 1
#define TEA 2
#define UNSIGNED_OFFSET 3

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
	return z ^ (x & (y ^ z));
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) + ((x ^ y) & z);
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
	return x ^ y ^ z;
}

/* The four registers take turns: a b c d, d a b c, c d a b, b c d a. */
static void md4_round(uint32_t s[4], const uint32_t in[8],
		      uint32_t (*f)(uint32_t, uint32_t, uint32_t),
		      uint32_t constant, const uint8_t order[8],
		      const uint8_t shift[4])
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned a = (4 - i % 4) % 4;
		uint32_t *x = &s[a];

		*x = rotate(
			*x + f(s[(a + 1) % 4], s[(a + 2) % 4], s[(a + 3) % 4]) +
				in[order[i]] + constant,
			shift[i % 4]);
	}
}

static void half_md4(uint32_t state[4], const uint32_t in[8])
{
	static const uint8_t order1[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static const uint8_t order2[8] = { 1, 3, 5, 7, 0, 2, 4, 6 };
	static const uint8_t order3[8] = { 3, 7, 2, 6, 1, 5, 0, 4 };
	static const uint8_t shift1[4] = { 3, 7, 11, 19 };
	static const uint8_t shift2[4] = { 3, 5, 9, 13 };
	static const uint8_t shift3[4] = { 3, 9, 11, 15 };
	uint32_t s[4] = { state[0], state[1], state[2], state[3] };

	md4_round(s, in, choose, 0, order1, shift1);
	md4_round(s, in, majority, 0x5a827999, order2, shift2);
	md4_round(s, in, parity, 0x6ed9eba1, order3, shift3);
	for (unsigned i = 0; i < 4; i++)
		state[i] += s[i];
}

static void tea(uint32_t state[4], const uint32_t in[4])
{
	uint32_t sum = 0, x = state[0], y = state[1];

	for (unsigned i = 0; i < 16; i++) {
		sum += 0x9e3779b9;
		x += ((y << 4) + in[0]) ^ (y + sum) ^ ((y >> 5) + in[1]);
		y += ((x << 4) + in[2]) ^ (x + sum) ^ ((x >> 5) + in[3]);
	}
	state[0] += x;
	state[1] += y;
}

static int character(const char *name, size_t i, bool is_unsigned)
{
	return is_unsigned ? (int)(unsigned char)name[i] :
			     (int)(signed char)name[i];
}

/* The next `words` words of the name, padded with its length. */
static void words_of(const char *name, size_t length, uint32_t *out,
		     unsigned words, bool is_unsigned)
{
	uint32_t pad = (uint32_t)length | (uint32_t)length << 8, value;
	size_t take = length > words * 4 ? words * 4 : length;

	pad |= pad << 16;
	value = pad;
	for (size_t i = 0; i < take; i++) {
		value = (uint32_t)character(name, i, is_unsigned) +
			(value << 8);
		if (i % 4 == 3) {
			*out++ = value;
			value = pad;
			words--;
		}
	}
	if (words) {
		*out++ = value;
		words--;
	}
	while (words--)
		*out++ = pad;
}

static uint32_t legacy(const char *name, size_t length, bool is_unsigned)
{
	uint32_t hash, hash0 = 0x12a3fe2d, hash1 = 0x37abe8f9;

	for (size_t i = 0; i < length; i++) {
		hash = hash1 +
		       (hash0 ^
			(uint32_t)(character(name, i, is_unsigned) * 7152373));
		if (hash & 0x80000000)
			hash -= 0x7fffffff;
		hash1 = hash0;
		hash0 = hash;
	}
	return hash0 << 1;
}

uint32_t ext4_hash(const struct ext4_fs *fs, uint8_t version, const char *name,
		   size_t length)
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint32_t in[8], hash;
	bool is_unsigned = version >= UNSIGNED_OFFSET;
	unsigned kind = is_unsigned ? version - UNSIGNED_OFFSET : version;
	unsigned step = kind == TEA ? 16 : 32;

	for (unsigned i = 0; i < 4; i++) {
		if (fs->hash_seed[i]) {
			for (unsigned j = 0; j < 4; j++)
				state[j] = fs->hash_seed[j];
			break;
		}
	}
	if (kind == LEGACY) {
		hash = legacy(name, length, is_unsigned);
	} else {
		for (size_t at = 0; at < length; at += step) {
			words_of(name + at, length - at, in, step / 4,
				 is_unsigned);
			if (kind == TEA)
				tea(state, in);
			else
				half_md4(state, in);
		}
		hash = kind == TEA ? state[0] : state[1];
	}
	hash &= ~1u;
	return hash == 0xfffffffe ? 0xfffffffc : hash;
}
