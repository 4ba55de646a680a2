// SPDX-License-Identifier: MIT
/*
 * Cyclic redundancy checks, seedable and without a final inversion, so that a
 * sum can be continued: crc32c(crc32c(seed, a), b). ext4 seeds crc32c with ~0
 * or a volume's own seed; the textbook values are ~crc32c(~0, ...) and
 * ~crc32(~0, ...). The tables are constants of the compiler.
 */
#pragma once

#include "lib/types.h"

uint32_t crc32c(uint32_t crc, const void *data, size_t len); /* Castagnoli */
uint32_t crc32(uint32_t crc, const void *data, size_t len); /* IEEE 802.3 */
uint16_t crc16(uint16_t crc, const void *data, size_t len); /* ANSI, 0xa001 */
