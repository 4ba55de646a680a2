// SPDX-License-Identifier: MIT
/*
 * exec from a thread that is not the leader: the process keeps its id, the
 * other threads end.
 */
#include "tests/abi/abi.h"

static char path[4096];

static void *forever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *body(void *arg)
{
	char id[16];

	snprintf(id, sizeof id, "%d", getpid());
	execl(path, path, id, (char *)NULL);
	_exit(1);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t a, b;

	if (argc > 1) {
		OK(getpid() == atoi(argv[1]));
		OK(gettid() == getpid());
		return 0;
	}
	path[MUST(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
	pthread_create(&a, NULL, forever, NULL);
	pthread_create(&b, NULL, body, NULL);
	pthread_join(b, NULL);
	return 1;
}
