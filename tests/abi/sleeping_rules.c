// SPDX-License-Identifier: MIT
/*
 * nanosleep and clock_nanosleep: errors, absolute times, what is left after a
 * signal, and that a stop does not lengthen a sleep.
 */
#include "tests/abi/abi.h"

static void on_alarm(int n)
{
}

static void sleeper(void)
{
	struct timespec t = { 0, 300000000 };
	long before = now_ms(), took;
	int r = nanosleep(&t, NULL);

	took = now_ms() - before;
	say("%d %s", r, took >= 300 && took < 450 ? "in time" : "not in time");
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct timespec t = { 0, 1000000000 }, left = { 9, 9 };
	long before;
	pid_t pid;

	SHOW(nanosleep(&t, NULL));
	t = (struct timespec){ -1, 0 };
	SHOW(nanosleep(&t, NULL));
	SHOW(nanosleep((void *)1, NULL));
	t = (struct timespec){ 0, 0 };
	SHOW(nanosleep(&t, NULL));
	say("%d", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL));
	say("%d", clock_nanosleep(77, 0, &t, NULL));
	say("%d",
	    clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &t, NULL) == EOPNOTSUPP);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 50000000;
	if (t.tv_nsec >= 1000000000)
		t.tv_sec++, t.tv_nsec -= 1000000000;
	before = now_ms();
	say("%d", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL));
	OK(now_ms() - before >= 45);
	say("%d", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL));
	sigaction(SIGALRM, &act, NULL);
	ualarm(30000, 0);
	t = (struct timespec){ 2, 0 };
	SHOW(nanosleep(&t, &left));
	OK(left.tv_sec == 1 && left.tv_nsec > 800000000);
	ualarm(30000, 0);
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 2;
	left = (struct timespec){ 9, 9 };
	say("%s", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC,
						  TIMER_ABSTIME, &t, &left)));
	OK(left.tv_sec == 9);
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		sleeper();
		_exit(0);
	}
	sleep_ms(60);
	kill(pid, SIGSTOP);
	sleep_ms(60);
	kill(pid, SIGCONT);
	say("%s", status_text(reap(pid)));
	return 0;
}
