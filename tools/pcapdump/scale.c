// SPDX-License-Identifier: MIT
/*
 * Axes: ticks at round numbers. Powers of ten are found by multiplying, so no
 * part of this needs more of the maths library than the logarithm.
 */
#include "tools/pcapdump/scale.h"

#include <math.h>
#include <stdio.h>

#include "lib/format.h"

double scale_pixel(const struct scale *scale, double value)
{
	double part;

	if (scale->logarithmic)
		part = log(MAX(value, scale->from) / scale->from) /
		       log(scale->to / scale->from);
	else
		part = (value - scale->from) / (scale->to - scale->from);
	return scale->low + part * (scale->high - scale->low);
}

/* The least of 1, 2, 5, 10, 20 ... (or their fractions) that is not less. */
static double round_up(double v)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double power = 1;

	while (power < v)
		power *= 10;
	while (power > v)
		power /= 10;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i] * power >= v * 0.999999)
			return steps[i] * power;
	return 10 * power;
}

struct named_unit {
	double size;
	const char *name;
};

static const struct named_unit bytes[] = {
	{ 1, "B" }, { 1e3, "kB" }, { 1e6, "MB" }, { 1e9, "GB" }, { 1e12, "TB" },
};
static const struct named_unit times[] = {
	{ 1e3, "\xc2\xb5s" },
	{ 1e6, "ms" },
	{ 1e9, "s" },
};

static const struct named_unit *unit_for(enum unit unit, double value)
{
	const struct named_unit *table = unit == UNIT_BYTES ? bytes : times;
	size_t n = unit == UNIT_BYTES ? ARRAY_LEN(bytes) : ARRAY_LEN(times);
	size_t i = 0;

	while (i + 1 < n && value >= table[i + 1].size)
		i++;
	return &table[i];
}

static void linear_ticks(const struct scale *scale, int wanted,
			 struct ticks *ticks)
{
	double step = round_up((scale->to - scale->from) / wanted);
	double first = ceil(scale->from / step - 1e-6) * step;

	for (int i = 0; ticks->count < SCALE_TICKS; i++) {
		double at = first + i * step;

		if (at > scale->to + step * 1e-6)
			break;
		ticks->at[ticks->count++] = at;
	}
	for (double rest = step / ticks->divisor;
	     rest < 0.9999 && ticks->decimals < 9; rest *= 10)
		ticks->decimals++;
}

/* 1, 10, 100 ...; also 2 and 5 of each when there are few of them. */
static void decade_ticks(const struct scale *scale, int wanted,
			 struct ticks *ticks)
{
	bool fine = log10(scale->to / scale->from) * 3 <= wanted + 2;
	static const double steps[] = { 1, 2, 5 };
	double power = 1;

	while (power * 10 <= scale->from)
		power *= 10;
	for (; power <= scale->to; power *= 10)
		for (int i = 0; i < (fine ? 3 : 1); i++) {
			double at = steps[i] * power;

			if (at >= scale->from * 0.9999 && at <= scale->to &&
			    ticks->count < SCALE_TICKS)
				ticks->at[ticks->count++] = at;
		}
}

void scale_ticks(const struct scale *scale, int wanted, struct ticks *ticks)
{
	double most = MAX(fabs(scale->from), fabs(scale->to));
	const struct named_unit *unit = unit_for(scale->unit, most);

	*ticks = (struct ticks){ .unit = scale->unit, .divisor = unit->size };
	if (scale->logarithmic) {
		decade_ticks(scale, wanted, ticks);
	} else {
		ticks->name = unit->name;
		linear_ticks(scale, wanted, ticks);
	}
}

void value_text(enum unit unit, double value, char *buf, size_t size,
		bool whole)
{
	const struct named_unit *named = unit_for(unit, fabs(value));
	double shown = value / named->size;
	int decimals = fabs(shown) >= 100 ? 0 : fabs(shown) >= 10 ? 1 : 2;

	if (whole || (unit == UNIT_BYTES && named->size < 2))
		decimals = 0;
	snprintf(buf, size, "%.*f %s", decimals, shown, named->name);
}

void tick_text(const struct ticks *ticks, double value, char *buf, size_t size)
{
	double shown = value / ticks->divisor;

	if (!ticks->name) {
		value_text(ticks->unit, value, buf, size, true);
		return;
	}
	if (fabs(shown) < 1e-9)
		shown = 0;
	snprintf(buf, size, "%.*f", ticks->decimals, shown);
}
