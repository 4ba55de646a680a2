// SPDX-License-Identifier: MIT
/*
 * signalfd reads blocked signals as records and takes them away.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct signalfd_siginfo info;
	sigset_t set, pending;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = (int)MUST(signalfd(-1, &set, SFD_NONBLOCK));
	SHOW(read(fd, &info, sizeof info));
	show_poll("none", fd, 0);
	kill(getpid(), SIGUSR1);
	show_poll("one", fd, 0);
	SHOW(read(fd, &info, sizeof info));
	say("SIG%s", sigabbrev_np((int)info.ssi_signo));
	OK(info.ssi_pid == (uint32_t)getpid() && info.ssi_code == SI_USER);
	sigpending(&pending);
	OK(!sigismember(&pending, SIGUSR1));
	SHOW(read(fd, &info, 10));
	sigdelset(&set, SIGUSR1);
	SHOW(signalfd(fd, &set, 0) == fd);
	kill(getpid(), SIGUSR1);
	SHOW(read(fd, &info, sizeof info));
	return 0;
}
