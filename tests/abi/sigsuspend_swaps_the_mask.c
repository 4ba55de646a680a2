// SPDX-License-Identifier: MIT
/*
 * sigsuspend waits with another mask, and the handler runs before the old one
 * is back.
 */
#include "tests/abi/abi.h"

static void on_signal(int number)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	say("in the handler: USR2 %s",
	    sigismember(&now, SIGUSR2) ? "blocked" : "free");
}

int main(void)
{
	sigset_t set, wait;

	signal(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&wait);
	sigaddset(&wait, SIGUSR2);
	raise(SIGUSR1);
	say("before");
	SHOW(sigsuspend(&wait));
	sigprocmask(SIG_SETMASK, NULL, &set);
	OK(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
	return 0;
}
