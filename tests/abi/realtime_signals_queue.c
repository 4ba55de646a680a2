// SPDX-License-Identifier: MIT
/*
 * Real-time signals queue with their values, in order, the lowest number
 * first.
 */
#include "tests/abi/abi.h"

static void on_signal(int number, siginfo_t *info, void *context)
{
	say("RT%d value %d code %d", number - SIGRTMIN,
	    info->si_value.sival_int, info->si_code);
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_signal,
			       .sa_flags = SA_SIGINFO };
	union sigval v;
	sigset_t set;

	sigfillset(&a.sa_mask);
	sigemptyset(&set);
	for (int i = 0; i < 3; i++) {
		sigaction(SIGRTMIN + i, &a, NULL);
		sigaddset(&set, SIGRTMIN + i);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 6; i++) {
		v.sival_int = i;
		SHOW(sigqueue(getpid(), SIGRTMIN + 2 - i % 3, v));
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}
