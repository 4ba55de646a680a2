// SPDX-License-Identifier: MIT
/*
 * Which calls a handler interrupts with EINTR, and which SA_RESTART restarts.
 */
#include "tests/abi/abi.h"

static int ends[2];

static void on_signal(int number)
{
	if (number == SIGALRM)
		say("alarm");
}

static void alarm_with(int flags)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = flags };
	struct itimerval soon = { .it_value = { 0, 40000 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void write_later(void)
{
	if (fork() == 0) {
		sleep_ms(120);
		write(ends[1], "x", 1);
		_exit(0);
	}
}

int main(void)
{
	struct timespec t = { 10, 0 }, left = { 0, 0 };
	char c;

	MUST(pipe(ends));
	alarm_with(0);
	SHOW(read(ends[0], &c, 1));
	alarm_with(SA_RESTART);
	write_later();
	SHOW(read(ends[0], &c, 1));
	wait(NULL);
	alarm_with(SA_RESTART);
	SHOW(nanosleep(&t, &left));
	OK(left.tv_sec == 9);
	alarm_with(SA_RESTART);
	SHOW(poll(NULL, 0, 5000));
	alarm_with(SA_RESTART);
	SHOW(pause());
	alarm_with(0);
	if (fork() == 0) {
		sleep_ms(150);
		_exit(0);
	}
	SHOW(wait(NULL));
	alarm_with(SA_RESTART);
	OK(wait(NULL) > 0);
	return 0;
}
