// SPDX-License-Identifier: MIT
/*
 * vfork's child runs first, in the parent's memory, as a process of its own.
 */
#include "tests/abi/abi.h"

int main(void)
{
	volatile int shared = 0;
	pid_t me = getpid();
	pid_t pid = vfork();

	if (pid == 0) {
		shared = getpid() != me ? 7 : 8;
		_exit(3);
	}
	say("shared %d", shared);
	say("%s", status_text(reap(pid)));
	SHOW(waitpid(pid, NULL, 0));
	return 0;
}
