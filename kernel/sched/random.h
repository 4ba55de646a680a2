// SPDX-License-Identifier: MIT
/*
 * Random bytes: one ChaCha20 generator per CPU, keyed from a pool that RDRAND,
 * interrupt timing and virtio-rng feed. No byte is given out before the pool
 * has been seeded with 256 bits. Any context.
 */
#pragma once

#include "lib/types.h"

void random_bytes(void *to, size_t size);
uint32_t random_32(void);
uint64_t random_64(void);
/* Seed material; `bits`: how much of it nobody can know. */
void random_add_entropy(const void *data, size_t size, unsigned bits);
bool random_is_seeded(void);
/* From interrupt handlers: cheap, mixes the time stamp. */
void random_add_interrupt(unsigned source);
void random_init(void);
