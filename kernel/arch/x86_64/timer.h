// SPDX-License-Identifier: MIT
/*
 * The time-stamp counter as a clock, and the APIC's one-shot timer. The
 * scheduler's clock.h stands on this; everybody else uses clock.h.
 */
#pragma once

#include "lib/types.h"

/* Nanoseconds since start; 0 before the calibration. */
nsec_t tsc_now(void);
/* For the vDSO: nanoseconds = (tsc - base) * mult >> shift. */
struct tsc_scale {
	uint64_t base;
	uint64_t mult;
	unsigned shift;
	uint64_t khz;
	const char *source; /* what it was calibrated by */
};
extern struct tsc_scale tsc_scale;

/* The next interrupt of this CPU's timer, at most one; never loses one that
 * is already due. Interrupts off. */
void timer_program(nsec_t deadline);
/* Called by the interrupt; set by sched. */
extern void (*timer_interrupt)(void);
/* Busy waiting, for start-up only. */
void delay_usec(unsigned usec);
