// SPDX-License-Identifier: MIT
/*
 * See samples.h. A bucket is an octave's 32nd: the top five bits below the
 * leading one.
 */
#include "tools/pcapdump/samples.h"

#include <stdlib.h>

#define FINE 5
#define BUCKETS (64u << FINE)

static uint32_t bucket_of(uint64_t v)
{
	unsigned top;

	if (v < (1u << FINE))
		return (uint32_t)v;
	top = 63u - (unsigned)__builtin_clzll(v);
	return ((top - FINE + 1) << FINE) +
	       (uint32_t)((v >> (top - FINE)) & ((1u << FINE) - 1));
}

static nsec_t value_of(uint32_t bucket)
{
	unsigned octave = bucket >> FINE;
	uint64_t fine = bucket & ((1u << FINE) - 1);

	if (!octave)
		return (nsec_t)fine;
	return (nsec_t)((fine | 1u << FINE) << (octave - 1));
}

static void to_buckets(struct samples *s)
{
	s->buckets = calloc(BUCKETS, sizeof *s->buckets);
	if (!s->buckets)
		return;
	for (uint64_t i = 0; i < s->count; i++)
		s->buckets[bucket_of((uint64_t)s->values[i])]++;
	free(s->values);
	s->values = NULL;
	s->room = 0;
}

static bool make_room(struct samples *s)
{
	uint32_t room = s->room ? s->room * 2 : 16;
	nsec_t *values;

	if (s->count < s->room)
		return true;
	values = realloc(s->values, room * sizeof *values);
	if (!values)
		return false;
	s->values = values;
	s->room = room;
	return true;
}

void samples_add(struct samples *s, nsec_t value)
{
	value = MAX(value, 0);
	if (!s->buckets && s->count == SAMPLES_EXACT)
		to_buckets(s);
	if (s->buckets)
		s->buckets[bucket_of((uint64_t)value)]++;
	else if (make_room(s))
		s->values[s->count] = value;
	else
		return;
	if (!s->count || value < s->least)
		s->least = value;
	s->most = MAX(s->most, value);
	s->sum += value;
	s->count++;
}

static int compare(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

nsec_t samples_quantile(struct samples *s, unsigned percent)
{
	uint64_t rank = (s->count * percent + 99) / 100, below = 0;

	if (!s->count)
		return 0;
	rank = MAX(rank, 1u);
	if (!s->buckets) {
		qsort(s->values, s->count, sizeof *s->values, compare);
		return s->values[rank - 1];
	}
	for (uint32_t i = 0; i < BUCKETS; i++) {
		below += s->buckets[i];
		if (below >= rank)
			return CLAMP(value_of(i), s->least, s->most);
	}
	return s->most;
}

void samples_free(struct samples *s)
{
	free(s->values);
	free(s->buckets);
	s->values = NULL;
	s->buckets = NULL;
}
