// SPDX-License-Identifier: MIT
/*
 * The distribution of many times: exact while there are at most SAMPLES_EXACT,
 * then in buckets 3 % wide, in memory that no longer grows.
 */
#pragma once

#include "lib/types.h"

#define SAMPLES_EXACT 16384

struct samples {
	uint64_t count;
	nsec_t least, most, sum;
	nsec_t *values; /* while exact */
	uint32_t room;
	uint32_t *buckets; /* afterwards; NULL before */
};

void samples_add(struct samples *samples, nsec_t value);
/* The value that `percent` of the samples do not exceed (nearest rank). */
nsec_t samples_quantile(struct samples *samples, unsigned percent);
void samples_free(struct samples *samples);
