// SPDX-License-Identifier: MIT
/*
 * What epoll_ctl refuses.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = (int)MUST(epoll_create1(EPOLL_CLOEXEC)), ends[2], file, other;

	scratch();
	MUST(pipe(ends));
	file = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, ends[1], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, ends[1], NULL));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, file, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, 99, &e));
	SHOW(epoll_ctl(99, EPOLL_CTL_ADD, ends[0], &e));
	SHOW(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &e));
	SHOW(epoll_ctl(ep, 77, ends[0], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, ends[0], NULL));
	SHOW(epoll_create(0));
	SHOW(epoll_create1(1));
	SHOW(epoll_wait(ep, &e, 0, 0));
	SHOW(epoll_wait(ends[0], &e, 1, 0));
	other = (int)MUST(epoll_create1(0));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, other, &e));
	SHOW(epoll_ctl(other, EPOLL_CTL_ADD, ep, &e));
	return 0;
}
