// SPDX-License-Identifier: MIT
/*
 * The page that the kernel shares, read-only, with the vDSO's code in every
 * process: what turns the time-stamp counter into time. `sequence` is odd
 * while the kernel changes the rest.
 */
#pragma once

#include <stdint.h>

struct vdso_data {
	uint32_t sequence;
	uint32_t has_rdtscp; /* and TSC_AUX holds the CPU's number */
	uint64_t base, mult; /* nanoseconds = (tsc - base) * mult >> 32 */
	int64_t realtime_offset;
};
