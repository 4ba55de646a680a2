// SPDX-License-Identifier: MIT
/*
 * pidfd_send_signal by a pidfd and by an open directory /proc/PID, which stands
 * for the process that it was opened for; what else is refused.
 */
#include "tests/abi/abi.h"

static long send_to(int fd, int sig)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

static pid_t sleeper(void)
{
	pid_t pid = (pid_t)MUST(fork());

	while (!pid)
		pause();
	return pid;
}

static int open_of(const char *format, pid_t pid, int flags)
{
	char path[64];

	snprintf(path, sizeof path, format, pid, pid);
	return (int)MUST(open(path, flags));
}

int main(void)
{
	pid_t pid = sleeper();
	int by_directory = open_of("/proc/%d", pid, O_RDONLY | O_DIRECTORY);
	int task = open_of("/proc/%d/task/%d", pid, O_RDONLY);
	int inside = open_of("/proc/%d/stat", pid, O_RDONLY);
	int place = open_of("/proc/%d", pid, O_PATH);
	int pidfd = (int)MUST(syscall(SYS_pidfd_open, pid, 0));

	SHOW(send_to(by_directory, 0));
	SHOW(send_to(pidfd, 0));
	SHOW(send_to(task, 0));
	SHOW(send_to(inside, 0));
	SHOW(send_to(place, 0));
	SHOW(send_to(-1, 0));
	SHOW(send_to(1, 0));
	SHOW(send_to(by_directory, 65));
	SHOW(send_to(pidfd, -1));
	SHOW(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0x1000));
	SHOW(syscall(SYS_pidfd_send_signal, -1, 0, NULL, 0x1000));
	SHOW(send_to(by_directory, SIGUSR1));
	say("%s", status_text(reap(pid)));
	SHOW(send_to(by_directory, 0));
	SHOW(send_to(pidfd, 0));
	pid = sleeper();
	SHOW(send_to(by_directory, SIGKILL));
	by_directory = open_of("/proc/%d", pid, O_RDONLY);
	SHOW(send_to(by_directory, SIGTERM));
	say("%s", status_text(reap(pid)));
	return 0;
}
