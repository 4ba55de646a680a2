// SPDX-License-Identifier: MIT
/*
 * SA_RESETHAND, SA_NODEFER and sa_mask.
 */
#include "tests/abi/abi.h"

static volatile int depth, deepest, runs;

static void nest(int number)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (++runs < 3)
		raise(number);
	depth--;
}

static void set(int number, void (*handler)(int), int flags, int masked)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&a.sa_mask);
	if (masked)
		sigaddset(&a.sa_mask, masked);
	MUST(sigaction(number, &a, NULL));
}

static void second(int number)
{
	say("second");
}

static void first(int number)
{
	say("first begins");
	raise(SIGUSR2);
	say("first ends");
}

int main(void)
{
	struct sigaction a;

	set(SIGUSR1, nest, 0, 0);
	raise(SIGUSR1);
	say("deepest %d", deepest);
	deepest = runs = 0;
	set(SIGUSR1, nest, SA_NODEFER, 0);
	raise(SIGUSR1);
	say("deepest %d", deepest);
	set(SIGUSR1, first, SA_RESETHAND, SIGUSR2);
	set(SIGUSR2, second, 0, 0);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &a);
	OK(a.sa_handler == SIG_DFL);
	set(SIGUSR1, first, 0, 0);
	raise(SIGUSR1);
	set(SIGKILL == 9 ? SIGTERM : 0, SIG_IGN, 0, 0);
	SHOW(sigaction(SIGKILL, &(struct sigaction){ .sa_handler = SIG_IGN },
		       NULL));
	SHOW(sigaction(SIGSTOP, &(struct sigaction){ .sa_handler = first },
		       NULL));
	SHOW(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	return 0;
}
