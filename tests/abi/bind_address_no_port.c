// SPDX-License-Identifier: MIT
/*
 * IP_BIND_ADDRESS_NO_PORT (ip(7)): bind() takes the address alone, connect(),
 * listen() or the first send choose the port.
 */
#include "tests/abi/abi.h"

static int port(int fd)
{
	struct sockaddr_in name = { 0 };
	socklen_t size = sizeof name;

	getsockname(fd, (void *)&name, &size);
	OK(name.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	return ntohs(name.sin_port);
}

static int bound(int type)
{
	struct sockaddr_in any = loopback(0);
	int fd = socket(AF_INET, type, 0), one = 1;

	SHOW(setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one));
	SHOW(bind(fd, (void *)&any, sizeof any));
	OK(port(fd) == 0);
	return fd;
}

int main(void)
{
	struct sockaddr_in to;
	int server = socket(AF_INET, SOCK_STREAM, 0), a, u, l;
	struct sockaddr_in any = loopback(0);

	SHOW(bind(server, (void *)&any, sizeof any));
	SHOW(listen(server, 5));
	to = loopback(port(server));
	a = bound(SOCK_STREAM);
	SHOW(connect(a, (void *)&to, sizeof to));
	OK(port(a) != 0);
	u = bound(SOCK_DGRAM);
	to = loopback(9);
	SHOW(connect(u, (void *)&to, sizeof to));
	OK(port(u) != 0);
	u = bound(SOCK_DGRAM);
	SHOW(sendto(u, "x", 1, 0, (void *)&to, sizeof to));
	OK(port(u) != 0);
	l = bound(SOCK_STREAM);
	SHOW(listen(l, 1));
	OK(port(l) != 0);
	/* A port that is named is taken at once. */
	to = loopback(0);
	a = bound(SOCK_STREAM);
	SHOW(bind(a, (void *)&to, sizeof to));
	close(a);
	return 0;
}
