// SPDX-License-Identifier: MIT
/*
 * ChaCha20 (RFC 8439) and a random generator with fast key erasure: each
 * request makes a new key from the first 32 bytes of its own output and wipes
 * the old one, so a later look at the state tells nothing about the past.
 * No globals, no lock: the owner of a generator guards it.
 */
#pragma once

#include "lib/types.h"

/* One block of 64 bytes; RFC 8439 section 2.3. */
void chacha_block(const uint32_t key[8], uint32_t counter,
		  const uint32_t nonce[3], uint8_t out[64]);

struct chacha_rng {
	uint32_t key[8];
	uint64_t mixed; /* bytes of seed material ever mixed in */
};

void chacha_rng_init(struct chacha_rng *rng);
/* Mixes seed material of any length and quality into the key. */
void chacha_rng_mix(struct chacha_rng *rng, const void *data, size_t len);
void chacha_rng_fill(struct chacha_rng *rng, void *out, size_t len);
