// SPDX-License-Identifier: MIT
/*
 * UNIX datagram and seqpacket sockets keep messages whole; a full queue waits
 * or is EAGAIN.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[16];
	int s[2], n = 0;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	SHOW(send(s[0], "one", 3, 0));
	SHOW(send(s[0], "", 0, 0));
	SHOW(send(s[0], "three", 5, 0));
	SHOW(recv(s[1], buf, 16, 0));
	SHOW(recv(s[1], buf, 16, 0));
	SHOW(recv(s[1], buf, 2, MSG_TRUNC));
	SHOW(recv(s[1], buf, 16, MSG_DONTWAIT));
	while (send(s[0], buf, 1, MSG_DONTWAIT) == 1)
		n++;
	say("%s", strerrorname_np(errno));
	OK(n > 5);
	close(s[1]);
	SHOW(send(s[0], "x", 1, 0));
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	SHOW(send(s[0], "abc", 3, 0));
	SHOW(send(s[0], "de", 2, 0));
	SHOW(recv(s[1], buf, 16, 0));
	SHOW(recv(s[1], buf, 1, 0));
	close(s[0]);
	SHOW(recv(s[1], buf, 16, 0));
	return 0;
}
