// SPDX-License-Identifier: MIT
/*
 * writev and sendmsg on datagram sockets and streams are one message, never
 * interleaved.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct iovec iov[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	char buf[16];
	int s[2];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	SHOW(writev(s[0], iov, 3));
	SHOW(recv(s[1], buf, 16, 0));
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	SHOW(writev(s[0], iov, 3));
	SHOW(recv(s[1], buf, 16, 0));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			char x[100];
			struct iovec v[2] = { { x, 50 }, { x + 50, 50 } };

			memset(x, 'a' + i, sizeof x);
			for (int k = 0; k < 100; k++)
				if (writev(s[1], v, 2) != 100)
					_exit(1);
			_exit(0);
		}
	}
	{
		char x[100];
		int bad = 0;

		for (int k = 0; k < 400; k++) {
			if (recv(s[0], x, 100, MSG_WAITALL) != 100)
				bad++;
			for (int j = 1; j < 100; j++)
				bad += x[j] != x[0];
		}
		say("bad %d", bad);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
