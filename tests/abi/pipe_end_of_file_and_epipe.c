// SPDX-License-Identifier: MIT
/*
 * A pipe without writers is at its end; one without readers raises SIGPIPE
 * and gives EPIPE.
 */
#include "tests/abi/abi.h"

static void writer(void)
{
	int ends[2];

	MUST(pipe(ends));
	close(ends[0]);
	write(ends[1], "x", 1);
}

int main(void)
{
	int ends[2];
	char c;

	MUST(pipe(ends));
	MUST(write(ends[1], "ab", 2));
	close(ends[1]);
	SHOW(read(ends[0], &c, 1));
	SHOW(read(ends[0], &c, 1));
	SHOW(read(ends[0], &c, 1));
	in_child("writer", writer);
	signal(SIGPIPE, SIG_IGN);
	MUST(pipe(ends));
	close(ends[0]);
	SHOW(write(ends[1], "x", 1));
	SHOW(read(ends[1], &c, 1));
	return 0;
}
