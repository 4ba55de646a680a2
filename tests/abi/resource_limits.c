// SPDX-License-Identifier: MIT
/*
 * Limits: the descriptor limit is EMFILE, the file size limit SIGXFSZ,
 * raising a hard limit needs a right.
 */
#include "tests/abi/abi.h"

static void files(void)
{
	struct rlimit r = { 5, 5 };

	SHOW(setrlimit(RLIMIT_NOFILE, &r));
	SHOW_OK(open("/dev/null", O_RDONLY));
	SHOW_OK(open("/dev/null", O_RDONLY));
	SHOW(open("/dev/null", O_RDONLY));
	SHOW(fcntl(1, F_DUPFD, 5));
	SHOW(dup2(1, 5));
}

static void size(void)
{
	struct rlimit r = { 10, 10 };
	int fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));

	SHOW(setrlimit(RLIMIT_FSIZE, &r));
	SHOW(write(fd, "0123456789ABC", 13));
	signal(SIGXFSZ, SIG_IGN);
	SHOW(write(fd, "x", 1));
	signal(SIGXFSZ, SIG_DFL);
	write(fd, "x", 1);
}

int main(void)
{
	struct rlimit r = { 5, 4 };

	scratch();
	in_child("files", files);
	in_child("size", size);
	SHOW(setrlimit(RLIMIT_NOFILE, &r));
	SHOW(getrlimit(77, &r));
	SHOW(prlimit(0, RLIMIT_CORE, NULL, &r));
	SHOW(prlimit(99999, RLIMIT_CORE, NULL, &r));
	return 0;
}
