// SPDX-License-Identifier: MIT
/*
 * A handler with SA_ONSTACK runs on the alternate stack, also when the
 * ordinary one overflowed.
 */
#include "tests/abi/abi.h"

static char stack[65536];
static sigjmp_buf back;

static void on_signal(int number, siginfo_t *info, void *context)
{
	char here;
	stack_t now;

	OK(&here >= stack && &here < stack + sizeof stack);
	sigaltstack(NULL, &now);
	OK(now.ss_flags & SS_ONSTACK);
	say("SIG%s", sigabbrev_np(number));
	if (number == SIGSEGV)
		siglongjmp(back, 1);
}

static int deep(volatile int n)
{
	volatile char frame[4096];

	frame[0] = (char)n;
	return deep(n + 1) + frame[0];
}

int main(void)
{
	stack_t s = { .ss_sp = stack, .ss_size = sizeof stack }, old;
	struct sigaction a = { .sa_sigaction = on_signal,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK };

	SHOW(sigaltstack(&s, &old));
	OK(old.ss_flags & SS_DISABLE);
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGSEGV, &a, NULL);
	raise(SIGUSR1);
	if (!sigsetjmp(back, 1))
		deep(0);
	say("back");
	s.ss_size = 100;
	SHOW(sigaltstack(&s, NULL));
	s = (stack_t){ .ss_flags = SS_DISABLE };
	SHOW(sigaltstack(&s, NULL));
	return 0;
}
