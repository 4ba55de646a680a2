// SPDX-License-Identifier: MIT
/*
 * SO_REUSEPORT lets several sockets bind one port if all of them say so.
 */
#include "tests/abi/abi.h"

static int bound(int type, int port, bool reuse)
{
	struct sockaddr_in a = loopback(port);
	int fd = (int)MUST(socket(AF_INET, type, 0)), one = 1;

	if (reuse)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	return bind(fd, (void *)&a, sizeof a) ? -1 : fd;
}

int main(void)
{
	int a = bound(SOCK_STREAM, 0, true), b, c = 0, port = port_of(a);
	int clients[20], got[2] = { 0, 0 };
	struct sockaddr_in to = loopback(port);

	b = bound(SOCK_STREAM, port, true);
	OK(b >= 0);
	SHOW(bound(SOCK_STREAM, port, false));
	MUST(listen(a, 32));
	MUST(listen(b, 32));
	fcntl(a, F_SETFL, O_NONBLOCK);
	fcntl(b, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 20; i++) {
		clients[i] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
		MUST(connect(clients[i], (void *)&to, sizeof to));
	}
	sleep_ms(20);
	while (accept(a, NULL, NULL) >= 0)
		got[0]++;
	while (accept(b, NULL, NULL) >= 0)
		got[1]++;
	say("together %d", got[0] + got[1]);
	a = bound(SOCK_DGRAM, 0, true);
	c = bound(SOCK_DGRAM, port_of(a), true);
	OK(c >= 0);
	return 0;
}
