// SPDX-License-Identifier: MIT
/*
 * lseek: ends, holes, the errors for pipes and negative places.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int fd, ends[2];

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(write(fd, "abcdef", 6));
	SHOW(lseek(fd, -2, SEEK_END));
	SHOW(lseek(fd, -10, SEEK_SET));
	SHOW(lseek(fd, -10, SEEK_CUR));
	SHOW(lseek(fd, 100, SEEK_SET));
	SHOW(lseek(fd, 0, 77));
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 2, SEEK_HOLE));
	SHOW(lseek(fd, 6, SEEK_DATA));
	SHOW(lseek(fd, 7, SEEK_HOLE));
	MUST(pipe(ends));
	SHOW(lseek(ends[0], 0, SEEK_CUR));
	SHOW(lseek(socket(AF_UNIX, SOCK_STREAM, 0), 0, SEEK_SET));
	SHOW(lseek(99, 0, SEEK_SET));
	return 0;
}
