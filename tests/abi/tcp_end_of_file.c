// SPDX-License-Identifier: MIT
/*
 * The peer's close is readable, reads as 0, again and again, and shows in
 * poll.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2];
	char buf[8];

	tcp_pair(s);
	show_poll("idle", s[0], 0);
	MUST(write(s[1], "bye", 3));
	sleep_ms(20);
	show_poll("data", s[0], 2000);
	close(s[1]);
	sleep_ms(50);
	show_poll("data and end", s[0], 0);
	SHOW(read(s[0], buf, 8));
	SHOW(read(s[0], buf, 8));
	SHOW(read(s[0], buf, 8));
	show_poll("end", s[0], 0);
	SHOW(recv(s[0], buf, 8, MSG_DONTWAIT));
	return 0;
}
