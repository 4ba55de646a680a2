// SPDX-License-Identifier: MIT
/*
 * Checksums, SipHash and ChaCha20 against published vectors: RFC 3720 B.4 for
 * crc32c, the SipHash paper's appendix A, RFC 8439 section 2.3.2.
 */
#include "lib/chacha.h"
#include "lib/crc.h"
#include "lib/siphash.h"
#include "lib/string.h"
#include "tests/unit/test.h"

static uint32_t textbook_crc32c(const void *data, size_t len)
{
	return ~crc32c(~0u, data, len);
}

TEST(crc32c_gives_the_values_of_rfc_3720)
{
	uint8_t buf[32];

	memset(buf, 0, 32);
	CHECK_EQ(textbook_crc32c(buf, 32), 0x8a9136aa);
	memset(buf, 0xff, 32);
	CHECK_EQ(textbook_crc32c(buf, 32), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		buf[i] = (uint8_t)i;
	CHECK_EQ(textbook_crc32c(buf, 32), 0x46dd794e);
	CHECK_EQ(textbook_crc32c("123456789", 9), 0xe3069283);
}

TEST(checksums_can_be_continued_at_any_place)
{
	uint8_t buf[100];
	uint32_t whole;

	for (int i = 0; i < 100; i++)
		buf[i] = (uint8_t)(i * 7);
	whole = crc32c(1, buf, 100);
	for (size_t i = 0; i <= 100; i++)
		CHECK_EQ(crc32c(crc32c(1, buf, i), buf + i, 100 - i), whole);
}

TEST(crc32_and_crc16_give_their_check_values)
{
	CHECK_EQ(~crc32(~0u, "123456789", 9), 0xcbf43926);
	CHECK_EQ(crc16(0, "123456789", 9), 0xbb3d); /* CRC-16/ARC */
	CHECK_EQ(crc16(0xffff, "123456789", 9), 0x4b37); /* CRC-16/MODBUS */
}

TEST(siphash_gives_the_values_of_the_paper)
{
	/* The reference implementation's vectors_sip64[0], [8], [15]. */
	uint8_t bytes[16];
	struct siphash_key key;

	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t)i;
	siphash_key_from(&key, bytes);
	CHECK_EQ(siphash(&key, bytes, 0), 0x726fdb47dd0e0e31);
	CHECK_EQ(siphash(&key, bytes, 8), 0x93f5f5799a932462);
	CHECK_EQ(siphash(&key, bytes, 15), 0xa129ca6149be45e5);
}

TEST(chacha_block_gives_the_value_of_rfc_8439)
{
	static const uint8_t expect[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f,
		0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7,
		0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4,
		0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09,
		0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12,
		0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8,
		0xa2, 0x50, 0x3c, 0x4e,
	};
	uint32_t key[8], nonce[3] = { 0x09000000, 0x4a000000, 0 };
	uint8_t bytes[32], out[64];

	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	memcpy(key, bytes, 32);
	chacha_block(key, 1, nonce, out);
	CHECK_MEM(out, expect, 64);
}

TEST(the_generator_depends_on_all_of_its_seed_and_never_repeats)
{
	struct chacha_rng a, b;
	uint8_t x[100], y[100], seed[80] = { 1 };

	chacha_rng_init(&a);
	chacha_rng_mix(&a, seed, sizeof seed);
	b = a;
	chacha_rng_fill(&a, x, sizeof x);
	chacha_rng_fill(&b, y, sizeof y);
	CHECK_MEM(x, y, sizeof x);
	chacha_rng_fill(&b, y, sizeof y);
	CHECK(memcmp(x, y, sizeof x));
	seed[79] = 1;
	chacha_rng_init(&b);
	chacha_rng_mix(&b, seed, sizeof seed);
	chacha_rng_fill(&b, y, sizeof y);
	CHECK(memcmp(x, y, sizeof x));
}
