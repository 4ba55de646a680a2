// SPDX-License-Identifier: MIT
/*
 * fork gives the child its own memory; both see the old contents, neither the
 * other's writes.
 */
#include "tests/abi/abi.h"

static int global = 1;

int main(void)
{
	static char big[1 << 20];
	int local = 2, ends[2];
	char *heap = malloc(100000), c = 0;
	pid_t pid;

	memset(big, 'a', sizeof big);
	memset(heap, 'b', 100000);
	MUST(pipe(ends));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		bool same = global == 1 && local == 2 &&
			    big[sizeof big - 1] == 'a' && heap[99999] == 'b';

		global = 10;
		local = 20;
		memset(big, 'x', sizeof big);
		heap[5] = 'y';
		write(ends[1], "x", 1);
		sleep_ms(30);
		_exit(same && big[7] == 'x' ? 0 : 1);
	}
	read(ends[0], &c, 1);
	OK(global == 1 && local == 2);
	OK(big[7] == 'a' && heap[5] == 'b');
	memset(big, 'p', sizeof big);
	say("%s", status_text(reap(pid)));
	return 0;
}
