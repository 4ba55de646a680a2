// SPDX-License-Identifier: MIT
/*
 * A pipe holds 64 KiB; a write of at most PIPE_BUF is whole or not at all.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[65536];
	int ends[2], n = 0;

	MUST(pipe2(ends, O_NONBLOCK));
	SHOW(fcntl(ends[0], F_GETPIPE_SZ));
	SHOW(read(ends[0], buf, 1));
	while (write(ends[1], buf, 4096) == 4096)
		n++;
	say("%d pages", n);
	SHOW(write(ends[1], buf, 1));
	SHOW(read(ends[0], buf, 4096));
	SHOW(write(ends[1], buf, 4096));
	SHOW(ioctl(ends[0], FIONREAD, &n));
	say("%d bytes", n);
	while (read(ends[0], buf, sizeof buf) > 0)
		;
	SHOW(write(ends[1], buf, sizeof buf));
	SHOW(write(ends[1], buf, sizeof buf));
	SHOW(write(ends[1], buf, 0));
	return 0;
}
