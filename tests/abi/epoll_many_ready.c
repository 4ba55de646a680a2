// SPDX-License-Identifier: MIT
/*
 * With more ready descriptors than places, each gets its turn.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct epoll_event e[4] = { { .events = EPOLLIN } };
	int ep = (int)MUST(epoll_create1(0)), seen[10] = { 0 }, ends[2];

	for (int i = 0; i < 10; i++) {
		MUST(pipe(ends));
		e[0] = (struct epoll_event){ .events = EPOLLIN,
					     .data.u32 = (uint32_t)i };
		MUST(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &e[0]));
		MUST(write(ends[1], "x", 1));
	}
	for (int round = 0; round < 5; round++) {
		int n = epoll_wait(ep, e, 4, 0);

		say("%d", n);
		for (int i = 0; i < n; i++)
			seen[e[i].data.u32]++;
	}
	for (int i = 0; i < 10; i++)
		OK(seen[i] == 2);
	return 0;
}
