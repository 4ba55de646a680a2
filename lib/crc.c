// SPDX-License-Identifier: MIT
/*
 * CRC by tables; crc32c eight bytes at a time ("slicing by 8", Kounavis and
 * Berry 2005) since every ext4 metadata block passes through it. An entry of a
 * table is linear in the bits of its index, so a table is written as the eight
 * entries of the single bits and the compiler computes the 256.
 */
#include "lib/bytes.h"
#include "lib/crc.h"

/* The entry for index `i` out of those for 1, 2, 4, ... 128. */
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7)             \
	((((i) >> 0 & 1) * (b0)) ^ (((i) >> 1 & 1) * (b1)) ^ \
	 (((i) >> 2 & 1) * (b2)) ^ (((i) >> 3 & 1) * (b3)) ^ \
	 (((i) >> 4 & 1) * (b4)) ^ (((i) >> 5 & 1) * (b5)) ^ \
	 (((i) >> 6 & 1) * (b6)) ^ (((i) >> 7 & 1) * (b7)))
#define ROW4(i, ...)                                      \
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), \
		ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define ROW16(i, ...)                                   \
	ROW4(i, __VA_ARGS__), ROW4(i + 4, __VA_ARGS__), \
		ROW4(i + 8, __VA_ARGS__), ROW4(i + 12, __VA_ARGS__)
#define ROW64(i, ...)                                      \
	ROW16(i, __VA_ARGS__), ROW16(i + 16, __VA_ARGS__), \
		ROW16(i + 32, __VA_ARGS__), ROW16(i + 48, __VA_ARGS__)
#define TABLE(...)                                                       \
	{                                                                \
		ROW64(0, __VA_ARGS__), ROW64(64, __VA_ARGS__),           \
			ROW64(128, __VA_ARGS__), ROW64(192, __VA_ARGS__) \
	}

/* clang-format off */
static const uint32_t castagnoli[8][256] = {
	TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf,
	      0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
	TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8,
	      0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
	TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5,
	      0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
	TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6,
	      0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
	TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91,
	      0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
	TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f,
	      0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
	TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53,
	      0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
	TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da,
	      0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664),
};

static const uint32_t ieee[256] =
	TABLE(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832,
	      0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320);

static const uint16_t ansi[256] =
	TABLE(0xc0c1, 0xc181, 0xc301, 0xc601, 0xcc01, 0xd801, 0xf001, 0xa001);
/* clang-format on */

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (; len >= 8; at += 8, len -= 8) {
		uint32_t low = get_le32(at) ^ crc;
		uint32_t high = get_le32(at + 4);

		crc = castagnoli[7][low & 0xff] ^
		      castagnoli[6][low >> 8 & 0xff] ^
		      castagnoli[5][low >> 16 & 0xff] ^
		      castagnoli[4][low >> 24] ^ castagnoli[3][high & 0xff] ^
		      castagnoli[2][high >> 8 & 0xff] ^
		      castagnoli[1][high >> 16 & 0xff] ^
		      castagnoli[0][high >> 24];
	}
	for (; len; len--)
		crc = crc >> 8 ^ castagnoli[0][(crc ^ *at++) & 0xff];
	return crc;
}

uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (; len; len--)
		crc = crc >> 8 ^ ieee[(crc ^ *at++) & 0xff];
	return crc;
}

uint16_t crc16(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (; len; len--)
		crc = (uint16_t)(crc >> 8 ^ ansi[(crc ^ *at++) & 0xff]);
	return crc;
}
