// SPDX-License-Identifier: MIT
/*
 * A server that closed first can bind its port again at once with
 * SO_REUSEADDR, not without it.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in a = loopback(0);
	int listener = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), fd, one = 1;
	int client = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), server;
	char c;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	MUST(bind(listener, (void *)&a, sizeof a));
	MUST(listen(listener, 4));
	a = loopback(port_of(listener));
	MUST(connect(client, (void *)&a, sizeof a));
	server = (int)MUST(accept(listener, NULL, NULL));
	close(server);
	MUST(read(client, &c, 1) == 0 ? 0 : -1);
	close(client);
	close(listener);
	sleep_ms(50);
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(bind(fd, (void *)&a, sizeof a));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
	SHOW(bind(fd, (void *)&a, sizeof a));
	SHOW(listen(fd, 1));
	return 0;
}
