// SPDX-License-Identifier: MIT
/*
 * shutdown(SHUT_WR) sends the end and still receives; SHUT_RD reads 0; the
 * unconnected are refused.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2];
	char buf[8];

	signal(SIGPIPE, SIG_IGN);
	tcp_pair(s);
	SHOW(shutdown(s[0], SHUT_WR));
	SHOW(write(s[0], "x", 1));
	SHOW(read(s[1], buf, 8));
	SHOW(write(s[1], "still", 5));
	SHOW(read(s[0], buf, 8));
	sleep_ms(20);
	show_poll("half closed, own end", s[0], 0);
	show_poll("half closed, other end", s[1], 0);
	SHOW(shutdown(s[1], SHUT_RD));
	SHOW(read(s[1], buf, 8));
	SHOW(shutdown(s[1], SHUT_RDWR));
	sleep_ms(20);
	show_poll("both closed", s[1], 0);
	SHOW(shutdown(socket(AF_INET, SOCK_STREAM, 0), SHUT_RD));
	tcp_pair(s);
	SHOW(shutdown(s[0], 77));
	return 0;
}
