// SPDX-License-Identifier: MIT
/*
 * A connect that does not wait: EINPROGRESS, then writable with SO_ERROR 0,
 * then EISCONN.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int listener = tcp_listener(), error = 77, fd;
	struct sockaddr_in a = loopback(port_of(listener));
	socklen_t len = sizeof error;

	fd = (int)MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	OK(connect(fd, (void *)&a, sizeof a) == 0 || errno == EINPROGRESS);
	show_poll("connected", fd, 2000);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say("%d", error);
	OK(connect(fd, (void *)&a, sizeof a) == 0 || errno == EISCONN);
	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(listen(fd, 1));
	a.sin_family = 77;
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(connect(fd, (void *)&a, 3));
	SHOW(connect(listener, (void *)&a, sizeof a) == -1);
	return 0;
}
