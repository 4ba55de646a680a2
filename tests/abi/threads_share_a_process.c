// SPDX-License-Identifier: MIT
/*
 * Threads: one process id, ids of their own, one exit status; exit_group ends
 * all.
 */
#include "tests/abi/abi.h"

static void *body(void *arg)
{
	OK(getpid() == *(pid_t *)arg);
	OK(gettid() != getpid());
	return (void *)7;
}

static void *forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *leave(void *arg)
{
	sleep_ms(20);
	exit(13);
	return arg;
}

static void exit_from_a_thread(void)
{
	pthread_t a, b;

	pthread_create(&a, NULL, forever, NULL);
	pthread_create(&b, NULL, leave, NULL);
	pthread_join(a, NULL);
}

static void *last(void *arg)
{
	sleep_ms(40);
	_exit(21);
	return arg;
}

static void leader_ends_first(void)
{
	pthread_t a;

	pthread_create(&a, NULL, last, NULL);
	pthread_exit(NULL);
}

static void killed(void)
{
	pthread_t a;

	pthread_create(&a, NULL, forever, NULL);
	sleep_ms(10);
	pthread_kill(a, SIGKILL);
	pause();
}

int main(void)
{
	pid_t pid = getpid();
	pthread_t a;
	void *result;

	OK(gettid() == getpid());
	pthread_create(&a, NULL, body, &pid);
	pthread_join(a, &result);
	say("%ld", (long)result);
	in_child("exit_from_a_thread", exit_from_a_thread);
	in_child("leader_ends_first", leader_ends_first);
	in_child("killed", killed);
	return 0;
}
