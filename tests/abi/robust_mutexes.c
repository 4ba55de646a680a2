// SPDX-License-Identifier: MIT
/*
 * The owner of a robust mutex dies: the next one learns it.
 */
#include "tests/abi/abi.h"

static pthread_mutex_t *lock;

static void *die(void *arg)
{
	pthread_mutex_lock(lock);
	return arg;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;

	lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &attr);
	pthread_create(&thread, NULL, die, NULL);
	pthread_join(thread, NULL);
	OK(pthread_mutex_lock(lock) == EOWNERDEAD);
	OK(pthread_mutex_consistent(lock) == 0);
	pthread_mutex_unlock(lock);
	if (fork() == 0) {
		pthread_mutex_lock(lock);
		kill(getpid(), SIGKILL);
	}
	wait(NULL);
	OK(pthread_mutex_lock(lock) == EOWNERDEAD);
	return 0;
}
