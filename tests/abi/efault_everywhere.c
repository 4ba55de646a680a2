// SPDX-License-Identifier: MIT
/*
 * A bad pointer is EFAULT in every call that takes one, never a signal.
 */
#include "tests/abi/abi.h"

int main(void)
{
	void *bad = (void *)8, *readonly;
	int fd, ends[2];
	struct timespec t;

	scratch();
	put_file("f", "abc");
	fd = (int)MUST(open("f", O_RDWR));
	MUST(pipe(ends));
	MUST(write(ends[1], "abc", 3));
	readonly =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(read(fd, bad, 3));
	SHOW(read(fd, readonly, 3));
	SHOW(write(fd, bad, 3));
	SHOW(read(ends[0], bad, 3));
	SHOW(write(ends[1], bad, 3));
	SHOW(syscall(SYS_pipe2, bad, 0));
	SHOW(syscall(SYS_nanosleep, bad, NULL));
	SHOW(syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, bad));
	SHOW(syscall(SYS_uname, bad));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, bad, NULL, 8));
	SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, 8));
	SHOW(syscall(SYS_wait4, -1, bad, WNOHANG, NULL));
	SHOW(syscall(SYS_poll, bad, 1, 0));
	SHOW(syscall(SYS_getcwd, bad, 100));
	SHOW(syscall(SYS_execve, bad, NULL, NULL));
	SHOW(syscall(SYS_getrlimit, RLIMIT_CORE, bad));
	SHOW(syscall(SYS_gettimeofday, &t, NULL));
	SHOW(write(fd, (void *)0xffff800000000000, 1));
	SHOW(read(fd, (void *)0xffffffff80000000, 1));
	return 0;
}
