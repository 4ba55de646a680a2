// SPDX-License-Identifier: MIT
/*
 * Ports that connect took are given back on close: thousands of connections
 * one after another.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int listener = tcp_listener(), bad = 0;
	struct sockaddr_in a = loopback(port_of(listener));
	struct linger hard = { 1, 0 };

	for (int i = 0; i < 3000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), other;

		if (connect(fd, (void *)&a, sizeof a)) {
			bad++;
			close(fd);
			continue;
		}
		other = accept(listener, NULL, NULL);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		close(fd);
		close(other);
	}
	say("bad %d", bad);
	return 0;
}
