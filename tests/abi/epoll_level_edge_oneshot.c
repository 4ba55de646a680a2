// SPDX-License-Identifier: MIT
/*
 * Level triggering repeats, edge triggering tells news once, oneshot needs to
 * be armed again.
 */
#include "tests/abi/abi.h"

static void show_wait(int ep)
{
	struct epoll_event e[4];
	int n = epoll_wait(ep, e, 4, 0);

	say("%d %s", n, n > 0 ? event_text(e[0].events) : "");
}

static int made(int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };
	int ep = (int)MUST(epoll_create1(0));

	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	return ep;
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT };
	int ends[2], level, edge, once;
	char c;

	MUST(pipe(ends));
	level = made(ends[0], EPOLLIN);
	edge = made(ends[0], EPOLLIN | EPOLLET);
	once = made(ends[0], EPOLLIN | EPOLLONESHOT);
	show_wait(level);
	MUST(write(ends[1], "ab", 2));
	show_wait(level);
	show_wait(level);
	show_wait(edge);
	show_wait(edge);
	show_wait(once);
	show_wait(once);
	MUST(write(ends[1], "c", 1));
	show_wait(edge);
	show_wait(once);
	SHOW(epoll_ctl(once, EPOLL_CTL_MOD, ends[0], &e));
	show_wait(once);
	MUST(read(ends[0], &c, 1));
	show_wait(edge);
	show_wait(level);
	close(ends[1]);
	show_wait(level);
	show_wait(edge);
	show_wait(edge);
	return 0;
}
