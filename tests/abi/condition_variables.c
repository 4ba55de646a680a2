// SPDX-License-Identifier: MIT
/*
 * Many threads hand a counter round under one mutex and one condition.
 */
#include "tests/abi/abi.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, total;

static void *body(void *arg)
{
	int me = (int)(long)arg;

	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&lock);
		while (turn != me)
			pthread_cond_wait(&changed, &lock);
		total++;
		turn = (turn + 1) % 8;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[8];
	struct timespec at;

	for (long i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, body, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	say("total %d", total);
	clock_gettime(CLOCK_REALTIME, &at);
	pthread_mutex_lock(&lock);
	OK(pthread_cond_timedwait(&changed, &lock, &at) == ETIMEDOUT);
	return 0;
}
