// SPDX-License-Identifier: MIT
/*
 * Terminal requests to what is no terminal are ENOTTY.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct termios t;
	int ends[2], fd;

	MUST(pipe(ends));
	fd = (int)MUST(open("/dev/null", O_RDWR));
	SHOW(tcgetattr(ends[0], &t));
	SHOW(tcgetattr(fd, &t));
	SHOW(isatty(ends[0]) ? 1 : -1);
	SHOW(tcgetpgrp(fd));
	SHOW(ioctl(fd, TIOCSCTTY, 0));
	SHOW(ioctl(99, TCGETS, &t));
	SHOW(ioctl(socket(AF_INET, SOCK_STREAM, 0), TCGETS, &t));
	return 0;
}
