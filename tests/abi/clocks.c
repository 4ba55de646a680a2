// SPDX-License-Identifier: MIT
/*
 * Clocks go forward, sleeping takes its time, bad arguments are named.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct timespec a, b, t = { 0, 20000000 };
	struct timeval tv;

	SHOW(clock_gettime(CLOCK_MONOTONIC, &a));
	SHOW(nanosleep(&t, NULL));
	SHOW(clock_gettime(CLOCK_MONOTONIC, &b));
	OK((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec >=
	   20000000);
	SHOW(clock_gettime(CLOCK_REALTIME, &a));
	OK(a.tv_sec > 1600000000);
	SHOW(gettimeofday(&tv, NULL));
	OK(tv.tv_sec - a.tv_sec <= 1);
	OK(time(NULL) - tv.tv_sec <= 1);
	SHOW(clock_gettime(CLOCK_BOOTTIME, &a));
	SHOW(clock_gettime(CLOCK_MONOTONIC_RAW, &a));
	SHOW(clock_gettime(CLOCK_REALTIME_COARSE, &a));
	SHOW(clock_gettime(CLOCK_MONOTONIC_COARSE, &a));
	SHOW(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
	SHOW(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a));
	SHOW(clock_gettime(77, &a));
	SHOW(clock_getres(CLOCK_MONOTONIC, &a));
	say("%ld ns", a.tv_nsec);
	t.tv_nsec = 1000000000;
	SHOW(nanosleep(&t, NULL));
	t = (struct timespec){ -1, 0 };
	SHOW(nanosleep(&t, NULL));
	t = (struct timespec){ 0, 0 };
	OK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0);
	OK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL) == EINVAL);
	for (int i = 0; i < 100000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (b.tv_sec * 1000000000 + b.tv_nsec <
		    a.tv_sec * 1000000000 + a.tv_nsec)
			say("the clock went back");
	}
	return 0;
}
