// SPDX-License-Identifier: MIT
/*
 * Stream pairs: bytes without boundaries, end, EPIPE, poll, sockets without a
 * peer.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[16];
	int s[2], lone = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	signal(SIGPIPE, SIG_IGN);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	show_poll("idle", s[0], 0);
	MUST(write(s[0], "ab", 2));
	MUST(write(s[0], "cd", 2));
	show_poll("data", s[1], 0);
	SHOW(read(s[1], buf, 16));
	SHOW(recv(s[1], buf, 1, MSG_DONTWAIT));
	SHOW(shutdown(s[0], SHUT_WR));
	SHOW(read(s[1], buf, 1));
	show_poll("peer shut", s[1], 0);
	SHOW(write(s[0], "x", 1));
	SHOW(write(s[1], "back", 4));
	close(s[1]);
	SHOW(read(s[0], buf, 16));
	SHOW(read(s[0], buf, 16));
	show_poll("peer gone", s[0], 0);
	SHOW(write(lone, "x", 1));
	SHOW(read(lone, buf, 1));
	show_poll("alone", lone, 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(write(s[1], "unread", 6));
	close(s[0]);
	SHOW(read(s[1], buf, 1));
	return 0;
}
