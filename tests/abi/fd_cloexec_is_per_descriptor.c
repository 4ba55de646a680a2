// SPDX-License-Identifier: MIT
/*
 * FD_CLOEXEC belongs to the descriptor, not to the open file: dup clears it,
 * F_DUPFD_CLOEXEC and O_CLOEXEC set it.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int fd = (int)MUST(open("/dev/null", O_RDWR | O_CLOEXEC)), ends[2];

	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(dup(fd), F_GETFD));
	SHOW(fcntl(fcntl(fd, F_DUPFD_CLOEXEC, 10), F_GETFD));
	SHOW(fcntl(fcntl(fd, F_DUPFD, 30), F_GETFD));
	SHOW(fcntl(dup2(fd, 40), F_GETFD));
	SHOW(fcntl(dup3(fd, 41, O_CLOEXEC), F_GETFD));
	SHOW(fcntl(fd, F_SETFD, 0));
	SHOW(fcntl(fd, F_GETFD));
	MUST(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	SHOW(fcntl(ends[0], F_GETFD));
	OK(fcntl(ends[1], F_GETFL) == (O_WRONLY | O_NONBLOCK));
	return 0;
}
