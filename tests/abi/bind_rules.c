// SPDX-License-Identifier: MIT
/*
 * bind: automatic ports, ports in use, foreign addresses, a second bind.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in a = loopback(0);
	int one = 1, first, fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	SHOW(bind(fd, (void *)&a, sizeof a));
	OK(port_of(fd) >= 1024);
	SHOW(bind(fd, (void *)&a, sizeof a));
	MUST(listen(fd, 1));
	first = fd;
	a = loopback(port_of(first));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(bind(fd, (void *)&a, sizeof a));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	SHOW(bind(fd, (void *)&a, sizeof a));
	a.sin_addr.s_addr = INADDR_ANY;
	SHOW(bind(fd, (void *)&a, sizeof a));
	a.sin_addr.s_addr = htonl(0x7f000002);
	SHOW(bind(fd, (void *)&a, sizeof a));
	a.sin_addr.s_addr = htonl(0x08080808);
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(bind(fd, (void *)&a, sizeof a));
	a.sin_family = AF_INET6;
	SHOW(bind(fd, (void *)&a, sizeof a));
	SHOW(bind(fd, (void *)&a, 4));
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	a = loopback(port_of(first));
	SHOW(bind(fd, (void *)&a, sizeof a));
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	SHOW(bind(fd, (void *)&a, sizeof a));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(listen(fd, 1));
	OK(port_of(fd) != 0);
	return 0;
}
