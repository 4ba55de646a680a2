// SPDX-License-Identifier: MIT
/*
 * timerfd: one shot, periodic, expirations counted, the time left, errors.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct itimerspec t = { { 0, 0 }, { 0, 20000000 } }, old;
	int fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	uint64_t n = 0;

	show_poll("not set", fd, 0);
	SHOW(read(fd, &n, 8));
	SHOW(timerfd_settime(fd, 0, &t, NULL));
	SHOW(timerfd_gettime(fd, &old));
	OK(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 20000000);
	show_poll("expired", fd, 5000);
	SHOW(read(fd, &n, 8));
	say("%d", (int)n);
	SHOW(read(fd, &n, 8));
	t.it_interval.tv_nsec = 5000000;
	SHOW(timerfd_settime(fd, 0, &t, NULL));
	sleep_ms(80);
	SHOW(read(fd, &n, 8));
	OK(n >= 5);
	t = (struct itimerspec){ 0 };
	SHOW(timerfd_settime(fd, 0, &t, &old));
	OK(old.it_interval.tv_nsec == 5000000);
	SHOW(read(fd, &n, 4));
	t.it_value.tv_sec = 1;
	SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
	show_poll("in the past", fd, 5000);
	t.it_value.tv_nsec = 1000000000;
	SHOW(timerfd_settime(fd, 0, &t, NULL));
	SHOW(timerfd_create(77, 0));
	SHOW(timerfd_settime(1, 0, &t, NULL));
	return 0;
}
