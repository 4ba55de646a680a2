// SPDX-License-Identifier: MIT
/*
 * setpgid, setsid, getpgid, getsid and their errors.
 */
#include "tests/abi/abi.h"

int main(void)
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		OK(getpgid(0) == getpgrp());
		SHOW(setpgid(0, 0));
		OK(getpgid(0) == getpid());
		SHOW(setsid());
		pid = fork();
		if (pid == 0) {
			OK(getpgid(0) == getppid());
			OK(setsid() == getpid());
			OK(getsid(0) == getpid() && getpgrp() == getpid());
			SHOW(setpgid(0, 0));
			SHOW(setpgid(0, getppid()));
			_exit(0);
		}
		reap(pid);
		SHOW(setpgid(0, 99999));
		SHOW(setpgid(0, -1));
		SHOW(setpgid(99999, 0));
		SHOW(getpgid(99999));
		SHOW(getsid(99999));
		_exit(0);
	}
	say("%s", status_text(reap(pid)));
	return 0;
}
