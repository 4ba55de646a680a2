// SPDX-License-Identifier: MIT
/*
 * /proc/self: stat, status, maps, cmdline, environ and limits as programs
 * read them.
 */
#include "tests/abi/abi.h"

static char text[65536];

static const char *get(const char *path)
{
	int fd = (int)MUST(open(path, O_RDONLY));
	ssize_t n, total = 0;

	while ((n = read(fd, text + total, 1000)) > 0)
		total += n;
	text[total] = 0;
	close(fd);
	return text;
}

int main(void)
{
	char state, name[64];
	int pid, ppid, pgrp, session;

	OK(sscanf(get("/proc/self/stat"), "%d (%63[^)]) %c %d %d %d", &pid,
		  name, &state, &ppid, &pgrp, &session) == 6);
	OK(pid == getpid() && ppid == getppid() && pgrp == getpgrp());
	OK(session == getsid(0) && state == 'R');
	say("%s", name);
	get("/proc/self/status");
	OK(strstr(text, "Name:\tproc_files_of_a\n") != NULL);
	OK(strstr(text, "\nUid:\t") && strstr(text, "\nVmRSS:\t"));
	OK(strstr(text, "\nThreads:\t1\n") != NULL);
	get("/proc/self/maps");
	OK(strstr(text, "[stack]") && strstr(text, "r-xp"));
	OK(strstr(text, "proc_files_of_a_process") != NULL);
	get("/proc/self/cmdline");
	OK(strstr(text, "proc_files_of_a_process") != NULL);
	get("/proc/self/limits");
	OK(strstr(text, "Max open files") != NULL);
	get("/proc/self/statm");
	OK(atoi(text) > 0);
	get("/proc/self/mounts");
	OK(strstr(text, " / ") != NULL);
	OK(access("/proc/self/task", F_OK) == 0);
	OK(access("/proc/self/root", F_OK) == 0);
	SHOW(open("/proc/self/none", O_RDONLY));
	SHOW(open("/proc/99999999", O_RDONLY));
	return 0;
}
