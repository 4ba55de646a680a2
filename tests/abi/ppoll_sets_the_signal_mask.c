// SPDX-License-Identifier: MIT
/*
 * ppoll swaps the mask for the time of the wait: a pending signal ends it at
 * once.
 */
#include "tests/abi/abi.h"

static void on_signal(int number)
{
	say("signal %s", sigabbrev_np(number));
}

int main(void)
{
	struct timespec t = { 5, 0 };
	sigset_t block, none, now;
	long before;

	signal(SIGUSR1, on_signal);
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	say("raised");
	before = now_ms();
	SHOW(ppoll(NULL, 0, &t, &none));
	OK(now_ms() - before < 2000);
	sigprocmask(SIG_SETMASK, NULL, &now);
	OK(sigismember(&now, SIGUSR1));
	raise(SIGUSR1);
	SHOW(pselect(0, NULL, NULL, NULL, &t, &none));
	return 0;
}
