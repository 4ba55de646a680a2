// SPDX-License-Identifier: MIT
/*
 * Two thousand short processes one after another, and a hundred at once:
 * nothing wears out.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int bad = 0, status;

	for (int i = 0; i < 2000; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i & 63);
		if (pid < 0 || waitpid(pid, &status, 0) != pid ||
		    WEXITSTATUS(status) != (i & 63))
			bad++;
	}
	say("bad %d", bad);
	for (int i = 0; i < 100; i++)
		if (fork() == 0) {
			sleep_ms(20);
			_exit(0);
		}
	for (int i = 0; i < 100; i++)
		bad += wait(&status) < 0 || status;
	say("bad %d", bad);
	return 0;
}
