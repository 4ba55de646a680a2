// SPDX-License-Identifier: MIT
/*
 * An axis: from values to pixels, round numbers for its ticks, and their text.
 * Linear from any range, or logarithmic for values that span decades.
 */
#pragma once

#include "lib/types.h"

enum unit { UNIT_BYTES, UNIT_TIME /* the values are nanoseconds */ };

struct scale {
	double from, to; /* values */
	double low, high; /* their pixels */
	bool logarithmic; /* from > 0 */
	enum unit unit;
};

#define SCALE_TICKS 16

struct ticks {
	int count;
	double at[SCALE_TICKS];
	enum unit unit;
	double divisor; /* of the labels: 1000 for kB ... */
	int decimals;
	const char *name; /* "kB", "ms"; NULL: each label has its own */
};

double scale_pixel(const struct scale *scale, double value);
/* About `wanted` ticks at 1, 2 or 5 times a power of ten. */
void scale_ticks(const struct scale *scale, int wanted, struct ticks *ticks);
/* The text of one tick. */
void tick_text(const struct ticks *ticks, double value, char *buf, size_t size);
/* A value with its own unit: "1.25 MB", "38.2 ms"; `whole`: no decimals. */
void value_text(enum unit unit, double value, char *buf, size_t size,
		bool whole);
