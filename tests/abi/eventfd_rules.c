// SPDX-License-Identifier: MIT
/*
 * eventfd counts, in semaphore mode by one, and blocks at its ceiling.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int fd = (int)MUST(eventfd(3, EFD_NONBLOCK));
	uint64_t v = 5;

	SHOW(write(fd, &v, 8));
	SHOW(read(fd, &v, 8));
	say("%d", (int)v);
	SHOW(read(fd, &v, 8));
	SHOW(read(fd, &v, 4));
	v = UINT64_MAX;
	SHOW(write(fd, &v, 8));
	v = UINT64_MAX - 1;
	SHOW(write(fd, &v, 8));
	show_poll("full", fd, 0);
	v = 1;
	SHOW(write(fd, &v, 8));
	fd = (int)MUST(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
	SHOW(read(fd, &v, 8));
	say("%d", (int)v);
	SHOW(read(fd, &v, 8));
	SHOW(read(fd, &v, 8));
	show_poll("empty", fd, 0);
	SHOW(eventfd(0, 77));
	return 0;
}
