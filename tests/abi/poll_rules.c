// SPDX-License-Identifier: MIT
/*
 * poll: timeouts, ignored negative descriptors, POLLNVAL, regular files
 * always ready.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct pollfd p[3] = { { -1, POLLIN, 77 },
			       { 99, POLLIN, 0 },
			       { 0, POLLIN | POLLOUT, 0 } };
	int ends[2];
	long before;

	scratch();
	p[2].fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	SHOW(poll(p, 3, 1000));
	say("%s", event_text((unsigned)p[0].revents));
	say("%s", event_text((unsigned)p[1].revents));
	say("%s", event_text((unsigned)p[2].revents));
	MUST(pipe(ends));
	p[0].fd = ends[0];
	before = now_ms();
	SHOW(poll(p, 1, 60));
	OK(now_ms() - before >= 59);
	SHOW(poll(p, 1, 0));
	SHOW(poll(NULL, 0, 10));
	if (fork() == 0) {
		sleep_ms(30);
		write(ends[1], "x", 1);
		_exit(0);
	}
	SHOW(poll(p, 1, 5000));
	say("%s", event_text((unsigned)p[0].revents));
	return 0;
}
