// SPDX-License-Identifier: MIT
/*
 * A signal that is ignored, or stops and continues a process, does not end a
 * restartable call.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int ends[2];
	char c = 0;
	pid_t pid;

	MUST(pipe(ends));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		signal(SIGUSR1, SIG_IGN);
		SHOW(read(ends[0], &c, 1));
		_exit(0);
	}
	sleep_ms(30);
	kill(pid, SIGUSR1);
	kill(pid, SIGWINCH);
	sleep_ms(20);
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	kill(pid, SIGCONT);
	sleep_ms(30);
	MUST(write(ends[1], "x", 1));
	say("%s", status_text(reap(pid)));
	return 0;
}
