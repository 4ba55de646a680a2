// SPDX-License-Identifier: MIT
/*
 * Blocked signals stay pending, once for ordinary ones, and SIGKILL cannot be
 * blocked.
 */
#include "tests/abi/abi.h"

static volatile int count;

static void on_signal(int number)
{
	count++;
}

static void cannot_block(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	kill(getpid(), SIGKILL);
}

int main(void)
{
	sigset_t set, old, pending;

	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	SHOW(sigprocmask(SIG_BLOCK, &set, &old));
	OK(!sigismember(&old, SIGUSR1));
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigpending(&pending);
	OK(sigismember(&pending, SIGUSR1));
	say("count %d", count);
	SHOW(sigprocmask(SIG_UNBLOCK, &set, NULL));
	say("count %d", count);
	raise(SIGUSR1);
	say("count %d", count);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	OK(!sigismember(&pending, SIGUSR1));
	SHOW(sigprocmask(77, &set, NULL));
	in_child("cannot_block", cannot_block);
	return 0;
}
