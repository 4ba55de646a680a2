// SPDX-License-Identifier: MIT
/*
 * Abstract names begin with a NUL that comes back, end with their length and
 * leave no inode.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX }, got;
	socklen_t len = sizeof got, size;
	int listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), fd;

	size = (socklen_t)(2 + 1 +
			   snprintf(a.sun_path + 1, 100, "weir-abi-%d",
				    getpid()));
	SHOW(bind(listener, (void *)&a, size));
	MUST(listen(listener, 1));
	SHOW(getsockname(listener, (void *)&got, &len));
	OK(len == size && !memcmp(&a, &got, size));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, size + 1));
	SHOW(connect(fd, (void *)&a, size));
	SHOW(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, size));
	close(listener);
	SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, size));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(bind(fd, (void *)&a, 2));
	len = sizeof got;
	SHOW(getsockname(fd, (void *)&got, &len));
	say("automatic name of length %d", (int)len);
	return 0;
}
