// SPDX-License-Identifier: MIT
/*
 * kill with 0, a group and -1's relatives; the errors.
 */
#include "tests/abi/abi.h"

static void on_signal(int number)
{
	_exit(55);
}

int main(void)
{
	int ends[2];
	pid_t a, b;
	char c;

	MUST(pipe(ends));
	signal(SIGUSR1, on_signal);
	a = (pid_t)MUST(fork());
	if (a == 0) {
		setpgid(0, 0);
		write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	read(ends[0], &c, 1);
	b = (pid_t)MUST(fork());
	if (b == 0) {
		setpgid(0, a);
		write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	read(ends[0], &c, 1);
	SHOW(kill(-a, 0));
	SHOW(kill(-a, SIGUSR1));
	say("%s", status_text(reap(a)));
	say("%s", status_text(reap(b)));
	SHOW(kill(-a, 0));
	SHOW(kill(a, SIGTERM));
	SHOW(kill(getpid(), 65));
	SHOW(kill(getpid(), -1));
	SHOW(kill(99999, 0));
	SHOW((int)syscall(SYS_tgkill, getpid(), 99999, 0));
	SHOW((int)syscall(SYS_tgkill, getpid(), getpid(), 0));
	return 0;
}
