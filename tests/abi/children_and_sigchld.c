// SPDX-License-Identifier: MIT
/*
 * SIGCHLD ignored reaps by itself; its default leaves a zombie; a waiter
 * wakes in both.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = (pid_t)MUST(fork());
	if (pid == 0)
		_exit(1);
	sleep_ms(30);
	SHOW(kill(pid, 0));
	OK(waitpid(pid, &s, 0) == pid);
	SHOW(kill(pid, 0));
	signal(SIGCHLD, SIG_IGN);
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		sleep_ms(30);
		_exit(1);
	}
	SHOW(waitpid(pid, &s, 0));
	SHOW(kill(pid, 0));
	return 0;
}
