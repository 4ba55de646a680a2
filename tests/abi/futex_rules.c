// SPDX-License-Identifier: MIT
/*
 * Futexes: a changed value is EAGAIN, time-outs, the number woken,
 * requeueing, bit sets.
 */
#include "tests/abi/abi.h"

static uint32_t word, other;

static long futex(uint32_t *at, int op, uint32_t value, void *timeout,
		  uint32_t *second, uint32_t third)
{
	return syscall(SYS_futex, at, op, value, timeout, second, third);
}

static void *waiter(void *arg)
{
	futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	return arg;
}

int main(void)
{
	struct timespec t = { 0, 20000000 }, at;
	pthread_t threads[4];
	int woken;

	SHOW(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0));
	SHOW(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	clock_gettime(CLOCK_REALTIME, &at);
	SHOW(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &at,
		   NULL, 1));
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, &at, NULL, 0));
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, waiter, NULL);
	sleep_ms(100);
	SHOW(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)10,
		   &other, 0) == -1 ?
		     errno == EAGAIN :
		     5);
	SHOW(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)10,
		   &other, word));
	woken = (int)futex(&other, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL,
			   NULL, 0);
	say("woken %d", woken);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	SHOW(futex((uint32_t *)((char *)&word + 1), FUTEX_WAKE, 1, NULL, NULL,
		   0));
	SHOW(futex(&word, 77, 0, NULL, NULL, 0));
	t.tv_nsec = -1;
	SHOW(futex(&word, FUTEX_WAIT, 0, &t, NULL, 0));
	return 0;
}
