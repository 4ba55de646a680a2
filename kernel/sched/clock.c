// SPDX-License-Identifier: MIT
/*
 * The clocks that programs see: monotonic time is the TSC's; real time is that
 * plus an offset, set from the RTC at start and by settimeofday.
 */
#include "kernel/sched/clock.h"
#include "kernel/arch/x86_64/timer.h"

static nsec_t realtime_offset;
void (*clock_published)(void);

nsec_t clock_monotonic(void)
{
	return tsc_now();
}

nsec_t clock_realtime_offset(void)
{
	return __atomic_load_n(&realtime_offset, __ATOMIC_RELAXED);
}

nsec_t clock_realtime(void)
{
	return tsc_now() + clock_realtime_offset();
}

void clock_set_realtime(nsec_t now)
{
	__atomic_store_n(&realtime_offset, now - tsc_now(), __ATOMIC_RELAXED);
	if (clock_published)
		clock_published();
}
