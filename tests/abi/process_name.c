// SPDX-License-Identifier: MIT
/*
 * The name of a process is the last part of its path, cut to 15 characters,
 * and can be set for each thread.
 */
#include "tests/abi/abi.h"

static void *body(void *arg)
{
	char name[32] = { 0 };

	prctl(PR_SET_NAME, "thread-name");
	prctl(PR_GET_NAME, name);
	say("%s", name);
	return NULL;
}

int main(void)
{
	char name[32] = { 0 };
	pthread_t t;
	int fd;

	SHOW(prctl(PR_GET_NAME, name));
	say("%s", name);
	SHOW(prctl(PR_SET_NAME, "0123456789abcdefghij"));
	prctl(PR_GET_NAME, name);
	say("%s", name);
	pthread_create(&t, NULL, body, NULL);
	pthread_join(t, NULL);
	prctl(PR_GET_NAME, name);
	say("%s", name);
	fd = (int)MUST(open("/proc/self/comm", O_RDONLY));
	memset(name, 0, sizeof name);
	SHOW(read(fd, name, sizeof name - 1));
	say("%s", name);
	SHOW(prctl(9999, 0, 0, 0, 0));
	return 0;
}
