// SPDX-License-Identifier: MIT
/*
 * clone(CLONE_VM | SIGCHLD) makes a process: own id, own descriptors, own
 * handlers, in the list of children.
 */
#include "tests/abi/abi.h"

static int value, child_fd_ok;
static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	value = 42;
	child_fd_ok = fcntl(*(int *)arg, F_GETFD) >= 0;
	close(*(int *)arg);
	signal(SIGUSR1, SIG_IGN);
	return 5;
}

int main(void)
{
	struct sigaction now;
	int fd = (int)MUST(open("/dev/null", O_RDONLY));
	pid_t pid = clone(child, stack + sizeof stack, CLONE_VM | SIGCHLD, &fd);

	OK(pid > 0 && pid != getpid());
	say("%s", status_text(reap(pid)));
	say("value %d, descriptor %d", value, child_fd_ok);
	SHOW(fcntl(fd, F_GETFD));
	sigaction(SIGUSR1, NULL, &now);
	OK(now.sa_handler == SIG_DFL);
	SHOW(clone(child, stack + sizeof stack, CLONE_SIGHAND, &fd));
	SHOW(clone(child, stack + sizeof stack, CLONE_THREAD, &fd));
	return 0;
}
