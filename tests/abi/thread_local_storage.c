// SPDX-License-Identifier: MIT
/*
 * Each thread has its own errno and thread-local variables, whatever the
 * others do.
 */
#include "tests/abi/abi.h"

static __thread int mine = 5;
static __thread char big[10000];

static void *body(void *arg)
{
	int id = (int)(long)arg, bad = mine != 5;

	for (int i = 0; i < 2000; i++) {
		mine = id;
		big[i % 10000] = (char)id;
		errno = id;
		if (i % 100 == 0)
			sched_yield();
		bad += mine != id || errno != id || big[i % 10000] != (char)id;
	}
	return (void *)(long)bad;
}

int main(void)
{
	pthread_t threads[10];
	void *result;
	long bad = 0;

	for (long i = 0; i < 10; i++)
		pthread_create(&threads[i], NULL, body, (void *)(i + 10));
	for (int i = 0; i < 10; i++) {
		pthread_join(threads[i], &result);
		bad += (long)result;
	}
	say("bad %ld", bad);
	return 0;
}
