// SPDX-License-Identifier: MIT
/*
 * Closing with unread data, or lingering 0 seconds, resets: the peer reads
 * ECONNRESET, once.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct linger hard = { 1, 0 };
	int s[2], error;
	socklen_t len = sizeof error;
	char c;

	signal(SIGPIPE, SIG_IGN);
	tcp_pair(s);
	MUST(write(s[0], "unread", 6));
	sleep_ms(20);
	close(s[1]);
	sleep_ms(50);
	show_poll("reset", s[0], 2000);
	SHOW(read(s[0], &c, 1));
	SHOW(read(s[0], &c, 1));
	SHOW(write(s[0], "x", 1));
	tcp_pair(s);
	SHOW(setsockopt(s[1], SOL_SOCKET, SO_LINGER, &hard, sizeof hard));
	close(s[1]);
	sleep_ms(50);
	SHOW(getsockopt(s[0], SOL_SOCKET, SO_ERROR, &error, &len));
	say("%s", strerrorname_np(error));
	SHOW(read(s[0], &c, 1));
	tcp_pair(s);
	close(s[1]);
	sleep_ms(20);
	SHOW(write(s[0], "x", 1));
	sleep_ms(50);
	SHOW(write(s[0], "x", 1));
	return 0;
}
