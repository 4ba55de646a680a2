// SPDX-License-Identifier: MIT
/*
 * The load average: each five seconds the number of threads that run, wait to
 * run, or are blocked (disk), decayed over 1, 5 and 15 minutes with Linux's
 * constants in fixed point (1 << 11).
 */
#include "kernel/sched/sched.h"

#define PERIOD (5 * NSEC_PER_SEC)

static const uint32_t decay[3] = { 1884, 2014, 2037 };
static uint32_t averages[3];
static struct ktimer timer;

unsigned threads_runnable(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cpu_count; i++)
		n += READ_ONCE(run_queues[i].queued) +
		     !READ_ONCE(run_queues[i].idle);
	return n;
}

static void sample(struct ktimer *self)
{
	int64_t active = threads_runnable();

	for (unsigned i = 0; i < cpu_count; i++)
		active += READ_ONCE(run_queues[i].blocked);
	if (active < 0)
		active = 0;
	for (unsigned i = 0; i < 3; i++) {
		uint64_t value = (uint64_t)averages[i] * decay[i] +
				 ((uint64_t)active << 11) * (2048 - decay[i]);

		WRITE_ONCE(averages[i], (uint32_t)(value >> 11));
	}
	ktimer_arm(self, self->deadline + PERIOD);
}

void load_average(uint32_t load[3])
{
	for (unsigned i = 0; i < 3; i++)
		load[i] = READ_ONCE(averages[i]);
}

void load_init(void)
{
	ktimer_init(&timer, sample);
	ktimer_arm(&timer, clock_monotonic() + PERIOD);
}
