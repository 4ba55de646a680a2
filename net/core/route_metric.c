// SPDX-License-Identifier: MIT
/*
 * The metrics of routes that are no plain numbers: a congestion control is told
 * by its name and kept by its number, which begins with 1; and what Linux makes
 * of numbers that are too large.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/route.h"

#define HEADERS_LEAST 40
#define LINK_LEAST 15
#define FEATURES_KNOWN 0x1f

static const char *const names[] = { "cubic", "reno" };

const char *route_congestion_name(uint32_t number)
{
	return number && number <= ARRAY_LEN(names) ? names[number - 1] : NULL;
}

uint32_t route_congestion_number(const char *name)
{
	for (uint32_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return i + 1;
	return 0;
}

int route_metric_set(struct route_metrics *metrics, uint32_t which,
		     uint32_t value)
{
	if (which == METRIC_ADVMSS)
		value = MIN(value, 65535u - HEADERS_LEAST);
	if (which == METRIC_MTU)
		value = MIN(value, 65535u - LINK_LEAST);
	if (which == METRIC_HOPLIMIT)
		value = MIN(value, 255u);
	if (which == METRIC_FEATURES && (value & ~FEATURES_KNOWN))
		return -EINVAL;
	metrics->value[which] = value;
	return 0;
}
