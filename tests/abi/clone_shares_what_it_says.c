// SPDX-License-Identifier: MIT
/*
 * CLONE_FILES shares descriptors, CLONE_FS the current directory and umask;
 * each alone.
 */
#include "tests/abi/abi.h"

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	close(*(int *)arg);
	umask(0123);
	chdir("/");
	return 0;
}

static void run(int flags)
{
	int fd = (int)MUST(open("/dev/null", O_RDONLY));
	char cwd[4096];

	chdir("/tmp");
	umask(022);
	reap((pid_t)MUST(
		clone(child, stack + sizeof stack, flags | SIGCHLD, &fd)));
	say("descriptor %s, directory %s, mask %o",
	    fcntl(fd, F_GETFD) < 0 ? "closed" : "open", getcwd(cwd, sizeof cwd),
	    umask(022));
	close(fd);
}

int main(void)
{
	run(0);
	run(CLONE_FILES);
	run(CLONE_FS);
	run(CLONE_FILES | CLONE_FS);
	run(CLONE_VM | CLONE_FILES);
	return 0;
}
