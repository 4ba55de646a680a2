// SPDX-License-Identifier: MIT
/*
 * /dev/null, zero, full, random and tty behave.
 */
#include "tests/abi/abi.h"

int main(void)
{
	unsigned char a[32], b[32];
	struct stat st;
	int fd;

	fd = (int)MUST(open("/dev/null", O_RDWR));
	SHOW(read(fd, a, 32));
	SHOW(write(fd, a, 32));
	fd = (int)MUST(open("/dev/zero", O_RDWR));
	SHOW(read(fd, a, 32));
	OK(a[0] == 0 && a[31] == 0);
	SHOW(write(fd, a, 32));
	fd = (int)MUST(open("/dev/full", O_RDWR));
	SHOW(write(fd, a, 1));
	SHOW(read(fd, a, 1));
	fd = (int)MUST(open("/dev/urandom", O_RDONLY));
	SHOW(read(fd, a, 32));
	SHOW(read(fd, b, 32));
	OK(memcmp(a, b, 32));
	SHOW(syscall(SYS_getrandom, a, 32, 0));
	SHOW(syscall(SYS_getrandom, a, 32, 77));
	MUST(stat("/dev/null", &st));
	OK(S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
	setsid();
	SHOW(open("/dev/tty", O_RDWR));
	return 0;
}
