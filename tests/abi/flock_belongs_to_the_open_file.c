// SPDX-License-Identifier: MIT
/*
 * flock conflicts between two opens even in one process, is shared by dup and
 * fork, converts.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int a, b, c;

	scratch();
	put_file("f", "");
	a = (int)MUST(open("f", O_RDWR));
	b = (int)MUST(open("f", O_RDWR));
	c = (int)MUST(dup(a));
	SHOW(flock(a, LOCK_EX));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(c, LOCK_SH));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(a, LOCK_UN));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	if (fork() == 0)
		_exit(flock(b, LOCK_UN) ? 1 : 0);
	wait(NULL);
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	close(a);
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	close(c);
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(b, 77));
	SHOW(flock(99, LOCK_SH));
	return 0;
}
