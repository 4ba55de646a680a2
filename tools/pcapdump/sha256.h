// SPDX-License-Identifier: MIT
/*
 * SHA-256 (FIPS 180-4) of some bytes in memory, for a page's content security
 * policy: the browser runs the script with this sum and no other.
 */
#pragma once

#include "lib/types.h"

void sha256(uint8_t sum[32], const void *data, size_t length);
