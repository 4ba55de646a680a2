// SPDX-License-Identifier: MIT
/*
 * MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC on a stream.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2];
	char buf[16] = { 0 };

	tcp_pair(s);
	SHOW(recv(s[0], buf, 8, MSG_DONTWAIT));
	MUST(write(s[1], "abcdef", 6));
	sleep_ms(20);
	SHOW(recv(s[0], buf, 3, MSG_PEEK));
	SHOW(recv(s[0], buf, 8, MSG_PEEK));
	SHOW(recv(s[0], buf, 2, 0));
	say("%.2s", buf);
	if (fork() == 0) {
		sleep_ms(50);
		write(s[1], "ghij", 4);
		_exit(0);
	}
	SHOW(recv(s[0], buf, 8, MSG_WAITALL));
	say("%.8s", buf);
	wait(NULL);
	MUST(write(s[1], "klmn", 4));
	SHOW(recv(s[0], buf, 2, MSG_TRUNC));
	SHOW(recv(s[0], buf, 0, 0));
	SHOW(recv(s[0], buf, 8, 0));
	say("%.2s", buf);
	shutdown(s[0], SHUT_WR);
	SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));
	SHOW(recv(s[0], buf, 1, MSG_OOB));
	return 0;
}
