// SPDX-License-Identifier: MIT
/*
 * A blocking write larger than the pipe waits until all of it is taken.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[300000];
	int ends[2];
	long total = 0, n;

	MUST(pipe(ends));
	if (fork() == 0) {
		close(ends[0]);
		memset(buf, 'x', sizeof buf);
		_exit(write(ends[1], buf, sizeof buf) == sizeof buf ? 0 : 1);
	}
	close(ends[1]);
	while ((n = read(ends[0], buf, 1000)) > 0)
		total += n;
	say("%ld bytes", total);
	say("%s", status_text(reap(-1)));
	return 0;
}
