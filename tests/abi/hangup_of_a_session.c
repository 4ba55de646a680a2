// SPDX-License-Identifier: MIT
/*
 * When the leader of a session ends, its terminal's foreground group gets
 * SIGHUP and the terminal is gone.
 */
#include "tests/abi/abi.h"

static void on_hup(int number)
{
	say("hung up");
	_exit(33);
}

int main(void)
{
	int master, slave, ends[2], first, second;
	pid_t leader;
	char c;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	MUST(pipe(ends));
	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	leader = (pid_t)MUST(fork());
	if (leader == 0) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		if (fork() == 0) {
			signal(SIGHUP, on_hup);
			write(ends[1], "x", 1);
			for (;;)
				pause();
		}
		read(ends[0], &c, 1);
		_exit(0);
	}
	first = reap(leader);
	second = reap(-1);
	say("%s", status_text(first));
	say("%s", status_text(second));
	return 0;
}
