// SPDX-License-Identifier: MIT
/*
 * select: sets are rewritten, closed descriptors are EBADF, the time left is
 * told.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct timeval t = { 5, 0 };
	int ends[2];
	fd_set in, out;

	MUST(pipe(ends));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(ends[0], &in);
	FD_SET(ends[1], &out);
	SHOW(select(ends[1] + 1, &in, &out, NULL, &t));
	OK(!FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
	OK(t.tv_sec <= 5 && t.tv_sec >= 4);
	MUST(write(ends[1], "x", 1));
	FD_SET(ends[0], &in);
	SHOW(select(ends[1] + 1, &in, &out, NULL, NULL));
	OK(FD_ISSET(ends[0], &in));
	t = (struct timeval){ 0, 20000 };
	SHOW(select(0, NULL, NULL, NULL, &t));
	say("%ld %ld", (long)t.tv_sec, (long)t.tv_usec);
	FD_ZERO(&in);
	FD_SET(50, &in); /* a kernel looks no further than its own table */
	SHOW(select(51, &in, NULL, NULL, NULL));
	SHOW(select(-1, NULL, NULL, NULL, NULL));
	t = (struct timeval){ -1, 0 };
	SHOW(select(0, NULL, NULL, NULL, &t));
	return 0;
}
