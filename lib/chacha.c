// SPDX-License-Identifier: MIT
/*
 * ChaCha20's block function and the generator on top of it. The generator's
 * counter starts at 0 for each key, and each request ends with a new key, so a
 * key never gives the same block twice.
 */
#include "lib/bytes.h"
#include "lib/chacha.h"
#include "lib/string.h"

static inline uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static inline void quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha_block(const uint32_t key[8], uint32_t counter,
		  const uint32_t nonce[3], uint8_t out[64])
{
	uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t x[16];

	memcpy(in + 4, key, 32);
	in[12] = counter;
	memcpy(in + 13, nonce, 12);
	memcpy(x, in, sizeof x);
	for (int i = 0; i < 10; i++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		put_le32(out + 4 * i, x[i] + in[i]);
}

/* Wipes so that the compiler cannot leave it out. */
static void wipe(void *data, size_t len)
{
	memset(data, 0, len);
	__asm__ volatile("" : : "r"(data) : "memory");
}

static void block(const struct chacha_rng *rng, uint64_t counter,
		  uint8_t out[64])
{
	uint32_t nonce[3] = { (uint32_t)(counter >> 32), 0, 0 };

	chacha_block(rng->key, (uint32_t)counter, nonce, out);
}

void chacha_rng_init(struct chacha_rng *rng)
{
	memset(rng, 0, sizeof *rng);
}

/* Each piece is added to the key, and the key replaced by its own output. */
void chacha_rng_mix(struct chacha_rng *rng, const void *data, size_t len)
{
	const uint8_t *at = data;
	uint8_t buf[64];

	rng->mixed += len;
	while (len) {
		size_t n = len < 32 ? len : 32;

		memset(buf, 0, sizeof buf);
		memcpy(buf, at, n);
		for (int i = 0; i < 8; i++)
			rng->key[i] ^= get_le32(buf + 4 * i);
		block(rng, 0, buf);
		memcpy(rng->key, buf, 32);
		at += n;
		len -= n;
	}
	wipe(buf, sizeof buf);
}

void chacha_rng_fill(struct chacha_rng *rng, void *out, size_t len)
{
	uint8_t *at = out, buf[64], next_key[32];

	block(rng, 0, buf);
	memcpy(next_key, buf, 32);
	for (uint64_t counter = 1; len; counter++) {
		size_t n = len < 64 ? len : 64;

		block(rng, counter, buf);
		memcpy(at, buf, n);
		at += n;
		len -= n;
	}
	memcpy(rng->key, next_key, 32);
	wipe(buf, sizeof buf);
	wipe(next_key, sizeof next_key);
}
