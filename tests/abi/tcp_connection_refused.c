// SPDX-License-Identifier: MIT
/*
 * connect to a port without a listener is ECONNREFUSED, blocking or not.
 */
#include "tests/abi/abi.h"

static int closed_port(void)
{
	int fd = tcp_listener(), port = port_of(fd);

	close(fd);
	return port;
}

int main(void)
{
	struct sockaddr_in a = loopback(closed_port());
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), error = 77;
	socklen_t len = sizeof error;
	char c;

	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say("%d", error);
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	OK(connect(fd, (void *)&a, sizeof a) == -1 &&
	   (errno == EINPROGRESS || errno == ECONNREFUSED));
	show_poll("refused", fd, 2000);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say("%s", strerrorname_np(error));
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say("%d", error);
	SHOW(recv(fd, &c, 1, 0));
	signal(SIGPIPE, SIG_IGN);
	SHOW(send(fd, &c, 1, 0));
	return 0;
}
