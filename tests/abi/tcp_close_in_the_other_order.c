// SPDX-License-Identifier: MIT
/*
 * Closing both ends at once, and closing a connection that nobody accepted.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2], listener = tcp_listener(), fd;
	struct sockaddr_in a = loopback(port_of(listener));
	char c;

	tcp_pair(s);
	shutdown(s[0], SHUT_WR);
	shutdown(s[1], SHUT_WR);
	SHOW(read(s[0], &c, 1));
	SHOW(read(s[1], &c, 1));
	close(s[0]);
	close(s[1]);
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(fd, (void *)&a, sizeof a));
	MUST(write(fd, "early", 5));
	close(fd);
	fd = (int)MUST(accept(listener, NULL, NULL));
	SHOW(read(fd, &c, 1));
	OK(c == 'e');
	close(fd);
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(fd, (void *)&a, sizeof a));
	close(listener);
	sleep_ms(50);
	SHOW(read(fd, &c, 1));
	return 0;
}
