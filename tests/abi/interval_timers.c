// SPDX-License-Identifier: MIT
/*
 * alarm and setitimer: the time left, replacement, repetition.
 */
#include "tests/abi/abi.h"

static volatile int count;

static void on_alarm(int number)
{
	count++;
}

int main(void)
{
	struct itimerval t = { { 0, 10000 }, { 0, 10000 } }, old;

	signal(SIGALRM, on_alarm);
	SHOW(alarm(100));
	SHOW(alarm(50));
	OK(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_sec >= 48);
	SHOW(alarm(0));
	SHOW(alarm(0));
	SHOW(setitimer(ITIMER_REAL, &t, NULL));
	while (count < 5)
		pause();
	t = (struct itimerval){ 0 };
	SHOW(setitimer(ITIMER_REAL, &t, &old));
	OK(old.it_interval.tv_usec == 10000);
	t.it_value.tv_usec = 1000000;
	SHOW(setitimer(ITIMER_REAL, &t, NULL));
	SHOW(setitimer(77, &old, NULL));
	return 0;
}
