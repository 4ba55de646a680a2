// SPDX-License-Identifier: MIT
/*
 * Edge-triggered epoll on a connection: every arrival is news, writability
 * after being full too.
 */
#include "tests/abi/abi.h"

static void show_wait(const char *what, int ep, int timeout)
{
	struct epoll_event e;
	int n = epoll_wait(ep, &e, 1, timeout);

	say("%s: %d %s", what, n, n > 0 ? event_text(e.events) : "");
}

int main(void)
{
	static char buf[262144];
	struct epoll_event e = { .events = EPOLLIN | EPOLLET | EPOLLRDHUP };
	int ep = (int)MUST(epoll_create1(0)), out, s[2];

	tcp_pair(s);
	struct pollfd all = { .fd = s[0], .events = POLLIN };
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, s[0], &e));
	show_wait("nothing", ep, 0);
	MUST(write(s[1], "a", 1));
	show_wait("arrival", ep, 2000);
	show_wait("no news", ep, 30);
	MUST(write(s[1], "b", 1));
	show_wait("second arrival", ep, 2000);
	out = (int)MUST(epoll_create1(0));
	e.events = EPOLLOUT | EPOLLET;
	MUST(epoll_ctl(out, EPOLL_CTL_ADD, s[1], &e));
	show_wait("writable", out, 0);
	show_wait("no news", out, 0);
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	while (write(s[1], buf, sizeof buf) > 0)
		;
	/* What the sender still has comes when the window opens: not at once. */
	while (poll(&all, 1, 300) > 0)
		recv(s[0], buf, sizeof buf, MSG_DONTWAIT);
	show_wait("writable again", out, 2000);
	close(s[1]);
	sleep_ms(50);
	show_wait("end", ep, 2000);
	return 0;
}
