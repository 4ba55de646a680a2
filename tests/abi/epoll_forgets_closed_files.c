// SPDX-License-Identifier: MIT
/*
 * A file leaves the interest list when its last descriptor is closed, not
 * before.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 42 };
	int ep = (int)MUST(epoll_create1(0)), ends[2], copy;

	MUST(pipe(ends));
	copy = (int)MUST(dup(ends[0]));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &e));
	MUST(write(ends[1], "x", 1));
	close(ends[0]);
	e.data.u64 = 0;
	SHOW(epoll_wait(ep, &e, 1, 0));
	say("data %d", (int)e.data.u64);
	close(copy);
	SHOW(epoll_wait(ep, &e, 1, 0));
	return 0;
}
