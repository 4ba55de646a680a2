// SPDX-License-Identifier: MIT
/*
 * timer_create and its companions: a signal with a value, the overrun, the
 * errors.
 */
#include "tests/abi/abi.h"

static volatile int value, count;

static void on_signal(int number, siginfo_t *info, void *context)
{
	value = info->si_value.sival_int;
	count += info->si_code == SI_TIMER;
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_signal,
			       .sa_flags = SA_SIGINFO };
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL,
			      .sigev_signo = SIGUSR1,
			      .sigev_value.sival_int = 99 };
	struct itimerspec t = { { 0, 10000000 }, { 0, 10000000 } };
	timer_t timer;

	sigaction(SIGUSR1, &a, NULL);
	SHOW(timer_create(CLOCK_MONOTONIC, &e, &timer));
	SHOW(timer_settime(timer, 0, &t, NULL));
	while (count < 3)
		pause();
	say("value %d", value);
	SHOW(timer_gettime(timer, &t));
	OK(t.it_interval.tv_nsec == 10000000);
	OK(timer_getoverrun(timer) >= 0);
	SHOW(timer_delete(timer));
	SHOW(syscall(SYS_timer_delete, 12345));
	SHOW(syscall(SYS_timer_create, 77, NULL, &timer));
	return 0;
}
