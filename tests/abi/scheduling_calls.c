// SPDX-License-Identifier: MIT
/*
 * Affinity, priorities and yielding.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sched_param p = { 0 };
	cpu_set_t set;

	SHOW(sched_yield());
	CPU_ZERO(&set);
	OK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	SHOW(sched_setaffinity(0, sizeof set, &set));
	SHOW(sched_getcpu());
	CPU_ZERO(&set);
	SHOW(sched_setaffinity(0, sizeof set, &set));
	/* Whoever runs this may have been nice. */
	setpriority(PRIO_PROCESS, 0, 0);
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(setpriority(PRIO_PROCESS, 0, 5));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(nice(3));
	SHOW(setpriority(PRIO_PROCESS, 0, 100));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(sched_getscheduler(0));
	SHOW(sched_getparam(0, &p));
	SHOW(sched_get_priority_max(SCHED_OTHER));
	SHOW(getpriority(77, 0));
	return 0;
}
