// SPDX-License-Identifier: MIT
/*
 * /proc/self/fd, exe and cwd name what is open; a removed file is marked.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char path[64], buf[4096];
	int fd, ends[2];
	ssize_t n;

	scratch();
	put_file("f", "x");
	fd = (int)MUST(open("f", O_RDONLY));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = MUST(readlink(path, buf, sizeof buf));
	OK(n > 2 && !memcmp(buf + n - 2, "/f", 2));
	MUST(unlink("f"));
	n = MUST(readlink(path, buf, sizeof buf));
	OK(n > 10 && !memcmp(buf + n - 10, " (deleted)", 10));
	MUST(pipe(ends));
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	MUST(readlink(path, buf, sizeof buf));
	OK(!memcmp(buf, "pipe:[", 6));
	n = MUST(readlink("/proc/self/exe", buf, sizeof buf));
	buf[n] = 0;
	OK(strstr(buf, "proc_self_links") != NULL);
	SHOW(access("/proc/self/fd/99", F_OK));
	SHOW(readlink("/proc/self/fd/99", buf, sizeof buf));
	n = MUST(readlink("/proc/self/cwd", buf, sizeof buf - 1));
	buf[n] = 0;
	OK(strstr(buf, "/abi.") != NULL);
	return 0;
}
