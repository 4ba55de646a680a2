// SPDX-License-Identifier: MIT
/*
 * What every benchmark shares: a clock, the way a result is printed, and how
 * often to repeat. One line a figure: `name value unit`. Programs are static
 * and run unchanged on Linux and on Weir; nothing here knows which.
 */
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void report(const char *name, double value, const char *unit)
{
	printf("%s %.1f %s\n", name, value, unit);
	fflush(stdout);
}

/* Runs `body` n times after a warm-up and prints nanoseconds a turn. */
#define MEASURE(name, n, body)                                                 \
	do {                                                                   \
		uint64_t start_;                                               \
		for (long i_ = 0; i_ < (n) / 10 + 1; i_++) {                   \
			body;                                                  \
		}                                                              \
		start_ = now_ns();                                             \
		for (long i_ = 0; i_ < (n); i_++) {                            \
			body;                                                  \
		}                                                              \
		report(name, (double)(now_ns() - start_) / (double)(n), "ns"); \
	} while (0)
