// SPDX-License-Identifier: MIT
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit hash for tables
 * whose keys a stranger chooses, and for RFC 6528 initial sequence numbers.
 */
#pragma once

#include "lib/types.h"

struct siphash_key {
	uint64_t k0, k1;
};

/* A key of 16 bytes, little-endian as in the paper. */
void siphash_key_from(struct siphash_key *key, const uint8_t bytes[16]);
uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);
