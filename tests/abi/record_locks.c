// SPDX-License-Identifier: MIT
/*
 * fcntl locks: conflicts between processes, F_GETLK, splitting, and the
 * release on any close.
 */
#include "tests/abi/abi.h"

static int set(int fd, int type, long from, long len)
{
	struct flock lock = { .l_type = (short)type,
			      .l_whence = SEEK_SET,
			      .l_start = from,
			      .l_len = len };

	return fcntl(fd, F_SETLK, &lock);
}

static void other(void)
{
	int fd = (int)MUST(open("f", O_RDWR));
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	SHOW(set(fd, F_WRLCK, 0, 5));
	SHOW(set(fd, F_RDLCK, 20, 5));
	SHOW(set(fd, F_WRLCK, 20, 5));
	SHOW(set(fd, F_WRLCK, 12, 2));
	SHOW(fcntl(fd, F_GETLK, &lock));
	OK(lock.l_pid == getppid() && lock.l_type == F_WRLCK);
	say("%ld %ld", (long)lock.l_start, (long)lock.l_len);
}

static void other_after(void)
{
	int fd = (int)MUST(open("f", O_RDWR));

	SHOW(set(fd, F_WRLCK, 0, 0));
}

int main(void)
{
	int fd;

	scratch();
	put_file("f", "0123456789");
	fd = (int)MUST(open("f", O_RDWR));
	SHOW(set(fd, F_WRLCK, 0, 30));
	SHOW(set(fd, F_UNLCK, 10, 5));
	SHOW(set(fd, F_RDLCK, 20, 10));
	in_child("other", other);
	SHOW(set(fd, F_WRLCK, 0, 30));
	close((int)MUST(open("f", O_RDONLY)));
	in_child("other_after", other_after);
	SHOW(set(open("f", O_RDONLY), F_WRLCK, 0, 1));
	SHOW(set(fd, 17, 0, 1));
	SHOW(set(fd, F_RDLCK, -1, 1));
	return 0;
}
