// SPDX-License-Identifier: MIT
/*
 * Sequence numbers (RFC 9293 3.4).
 *
 * They live on a circle of 2^32, so "less than" means "less than half the
 * circle behind". No other file of net/tcp compares two seq_t with < or >:
 * the whole rule is here.
 */
#pragma once

#include "lib/types.h"

typedef uint32_t seq_t;

/* How far b is ahead of a; negative when it is behind. */
static inline int32_t seq_diff(seq_t b, seq_t a)
{
	return (int32_t)(b - a);
}

static inline bool seq_lt(seq_t a, seq_t b)
{
	return seq_diff(a, b) < 0;
}

static inline bool seq_leq(seq_t a, seq_t b)
{
	return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(seq_t a, seq_t b)
{
	return seq_diff(a, b) > 0;
}

static inline bool seq_geq(seq_t a, seq_t b)
{
	return seq_diff(a, b) >= 0;
}

static inline seq_t seq_max(seq_t a, seq_t b)
{
	return seq_gt(a, b) ? a : b;
}

static inline seq_t seq_min(seq_t a, seq_t b)
{
	return seq_lt(a, b) ? a : b;
}

/* low <= x < low + size: the half-open window test of RFC 9293 3.4. */
static inline bool seq_in_window(seq_t x, seq_t low, uint32_t size)
{
	return x - low < size;
}
