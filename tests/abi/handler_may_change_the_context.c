// SPDX-License-Identifier: MIT
/*
 * What a handler writes into its context takes effect on return.
 */
#include "tests/abi/abi.h"

static void on_signal(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	u->uc_mcontext.gregs[REG_RIP] += 2;
	u->uc_mcontext.gregs[REG_RAX] = 4711;
	sigaddset(&u->uc_sigmask, SIGUSR2);
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_signal,
			       .sa_flags = SA_SIGINFO };
	sigset_t now;
	long rax;

	sigaction(SIGILL, &a, NULL);
	__asm__ volatile("ud2" : "=a"(rax) : "a"(1) : "memory");
	say("rax %ld", rax);
	sigprocmask(SIG_SETMASK, NULL, &now);
	OK(sigismember(&now, SIGUSR2));
	return 0;
}
