// SPDX-License-Identifier: MIT
/*
 * epoll_wait sleeps, wakes for a writer, is itself pollable and
 * interruptible.
 */
#include "tests/abi/abi.h"

static void on_alarm(int number)
{
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = 5 };
	struct sigaction action = { .sa_handler = on_alarm,
				    .sa_flags = SA_RESTART };
	struct itimerval soon = { .it_value = { 0, 50000 } };
	int inner = (int)MUST(epoll_create1(0));
	int outer = (int)MUST(epoll_create1(0)), ends[2];
	long before = now_ms();

	MUST(pipe(ends));
	MUST(epoll_ctl(inner, EPOLL_CTL_ADD, ends[0], &e));
	MUST(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));
	SHOW(epoll_wait(outer, &e, 1, 50));
	OK(now_ms() - before >= 49);
	show_poll("inner", inner, 0);
	if (fork() == 0) {
		sleep_ms(30);
		write(ends[1], "x", 1);
		_exit(0);
	}
	SHOW(epoll_wait(outer, &e, 1, 5000));
	show_poll("inner", inner, 0);
	wait(NULL);
	MUST(sigaction(SIGALRM, &action, NULL));
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	MUST(epoll_ctl(inner, EPOLL_CTL_DEL, ends[0], NULL));
	SHOW(epoll_wait(outer, &e, 1, 5000));
	return 0;
}
