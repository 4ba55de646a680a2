// SPDX-License-Identifier: MIT
/*
 * sigtimedwait and sigwaitinfo take a pending signal without its handler; the
 * time-out is EAGAIN.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct timespec none = { 0, 0 }, some = { 0, 30000000 };
	siginfo_t info;
	sigset_t set;
	int number;
	long before;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	SHOW(sigtimedwait(&set, &info, &none));
	before = now_ms();
	SHOW(sigtimedwait(&set, &info, &some));
	OK(now_ms() - before >= 29);
	raise(SIGUSR1);
	OK(sigtimedwait(&set, &info, &none) == SIGUSR1);
	OK(info.si_pid == getpid());
	if (fork() == 0)
		_exit(4);
	OK(sigwaitinfo(&set, &info) == SIGCHLD);
	OK(info.si_code == CLD_EXITED && info.si_status == 4);
	raise(SIGUSR1);
	OK(sigwait(&set, &number) == 0 && number == SIGUSR1);
	some.tv_nsec = -1;
	SHOW(sigtimedwait(&set, &info, &some));
	return 0;
}
