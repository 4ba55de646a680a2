// SPDX-License-Identifier: MIT
/*
 * fsync, fdatasync and sync exist and refuse what has no storage.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int fd, ends[2];

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(write(fd, "x", 1));
	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	SHOW(syncfs(fd));
	SHOW(fsync(open(".", O_RDONLY)));
	MUST(pipe(ends));
	SHOW(fsync(ends[0]));
	SHOW(fsync(99));
	SHOW(fsync(socket(AF_UNIX, SOCK_STREAM, 0)));
	return 0;
}
