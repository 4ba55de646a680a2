// SPDX-License-Identifier: MIT
/*
 * What poll says of a pipe, empty, full, without the other end.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[65536];
	int ends[2];

	MUST(pipe2(ends, O_NONBLOCK));
	show_poll("empty reader", ends[0], 0);
	show_poll("empty writer", ends[1], 0);
	MUST(write(ends[1], "x", 1));
	show_poll("reader with data", ends[0], 0);
	while (write(ends[1], buf, 4096) > 0)
		;
	show_poll("full writer", ends[1], 0);
	close(ends[1]);
	show_poll("reader, data, no writer", ends[0], 0);
	while (read(ends[0], buf, sizeof buf) > 0)
		;
	show_poll("reader, no writer", ends[0], 0);
	MUST(pipe(ends));
	close(ends[0]);
	show_poll("writer, no reader", ends[1], 0);
	return 0;
}
