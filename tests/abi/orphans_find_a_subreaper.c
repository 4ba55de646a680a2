// SPDX-License-Identifier: MIT
/*
 * An orphan's parent becomes the nearest subreaper, which can wait for it.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int ends[2], status;
	pid_t me = getpid(), grandchild = 0;

	SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
	MUST(pipe(ends));
	if (fork() == 0) {
		pid_t pid = fork();

		if (pid == 0) {
			while (getppid() != me)
				sleep_ms(5);
			_exit(44);
		}
		write(ends[1], &pid, sizeof pid);
		_exit(0);
	}
	MUST(read(ends[0], &grandchild, sizeof grandchild));
	wait(&status);
	say("%s", status_text(status));
	OK(waitpid(grandchild, &status, 0) == grandchild);
	say("%s", status_text(status));
	return 0;
}
