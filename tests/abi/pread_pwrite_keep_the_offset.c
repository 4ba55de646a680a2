// SPDX-License-Identifier: MIT
/*
 * pread and pwrite leave the offset alone; with O_APPEND pwrite appends all
 * the same.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[16] = { 0 };
	int fd, ends[2];

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	SHOW(pwrite(fd, "hello", 5, 3));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pread(fd, buf, 16, 2));
	OK(!memcmp(buf, "\0hello", 6));
	SHOW(pread(fd, buf, 16, 8));
	SHOW(pread(fd, buf, 16, -1));
	SHOW(fcntl(fd, F_SETFL, O_APPEND));
	SHOW(pwrite(fd, "X", 1, 0));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(write(fd, "Y", 1));
	SHOW(lseek(fd, 0, SEEK_CUR));
	MUST(pipe(ends));
	SHOW(pread(ends[0], buf, 1, 0));
	SHOW(pwrite(ends[1], buf, 1, 0));
	return 0;
}
