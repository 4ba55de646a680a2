// SPDX-License-Identifier: MIT
/*
 * Epoll: one waiter is woken for one event, exclusive items, hang-ups, a ring
 * of epolls.
 */
#include "tests/abi/abi.h"

static int woken(int ep, int p[2], int waiters, uint32_t flags)
{
	int result[2], count = 0;
	char c;

	MUST(pipe(result));
	for (int i = 0; i < waiters; i++) {
		if (fork() == 0) {
			struct epoll_event e;
			int own = ep;

			if (own < 0) {
				struct epoll_event w = { .events = EPOLLIN |
								   flags };

				own = epoll_create1(0);
				epoll_ctl(own, EPOLL_CTL_ADD, p[0], &w);
			}
			if (epoll_wait(own, &e, 1, 400) == 1)
				write(result[1], "x", 1);
			_exit(0);
		}
	}
	sleep_ms(150);
	write(p[1], "y", 1);
	while (wait(NULL) > 0)
		;
	close(result[1]);
	while (read(result[0], &c, 1) == 1)
		count++;
	close(result[0]);
	read(p[0], &c, 1);
	return count;
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET }, got;
	int p[2], s[2], ep = epoll_create1(0), chain[8];
	struct epoll_event *volatile nowhere = NULL;
	volatile int none = 0;

	MUST(pipe(p));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	say("edge, one epoll: %d", woken(ep, p, 4, 0));
	MUST(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], &e));
	say("own epolls: %d", woken(-1, p, 4, 0));
	OK(woken(-1, p, 4, EPOLLEXCLUSIVE) < 4);
	e.events = EPOLLIN | EPOLLEXCLUSIVE;
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	e.events = EPOLLIN;
	SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], &e));
	e.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	e.events = EPOLLIN | EPOLLRDHUP;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, s[0], &e));
	SHOW(epoll_wait(ep, &got, 1, 0));
	shutdown(s[1], SHUT_WR);
	SHOW(epoll_wait(ep, &got, 1, 0));
	say("%x", got.events);
	close(s[1]);
	SHOW(epoll_wait(ep, &got, 1, 0));
	say("%x", got.events);
	close(s[0]);
	e.events = 0;
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	close(p[1]);
	SHOW(epoll_wait(ep, &got, 1, 0));
	say("%x", got.events);

	for (int i = 0; i < 8; i++)
		chain[i] = (int)MUST(epoll_create1(0));
	e.events = EPOLLIN;
	SHOW(epoll_ctl(chain[0], EPOLL_CTL_ADD, chain[1], &e));
	SHOW(epoll_ctl(chain[1], EPOLL_CTL_ADD, chain[2], &e));
	SHOW(epoll_ctl(chain[2], EPOLL_CTL_ADD, chain[0], &e));
	SHOW(epoll_ctl(chain[2], EPOLL_CTL_ADD, chain[3], &e));
	SHOW(epoll_ctl(chain[3], EPOLL_CTL_ADD, chain[4], &e));
	SHOW(epoll_ctl(chain[4], EPOLL_CTL_ADD, chain[5], &e));
	SHOW(epoll_ctl(chain[5], EPOLL_CTL_ADD, chain[6], &e));
	SHOW(epoll_ctl(chain[7], EPOLL_CTL_ADD, chain[0], &e));
	SHOW(epoll_ctl(chain[3], EPOLL_CTL_ADD, p[0], &e));
	SHOW(epoll_wait(chain[0], &got, 1, 0));
	SHOW(epoll_wait(chain[0], &got, none, 0));
	SHOW(epoll_wait(chain[0], &got, none - 1, 0));
	SHOW(epoll_wait(p[0], &got, 1, 0));
	SHOW(epoll_wait(chain[0], nowhere, 1, 0));
	return 0;
}
