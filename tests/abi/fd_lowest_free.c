// SPDX-License-Identifier: MIT
/*
 * A new descriptor is always the lowest free number, for every call that
 * makes one.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int ends[2];

	close(0);
	SHOW(open("/dev/null", O_RDONLY));
	SHOW(dup(1));
	SHOW(dup(1));
	close(3);
	SHOW(open("/dev/zero", O_RDONLY));
	close(0);
	MUST(pipe(ends));
	say("pipe %d %d", ends[0], ends[1]);
	SHOW(fcntl(1, F_DUPFD, 20));
	SHOW(fcntl(1, F_DUPFD, 20));
	SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(eventfd(0, 0));
	SHOW(epoll_create1(0));
	return 0;
}
