// SPDX-License-Identifier: MIT
/*
 * getcwd: lengths, and ENOENT after the directory is gone.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[4096];
	int fd;

	SHOW(chdir("/"));
	SHOW(syscall(SYS_getcwd, buf, sizeof buf));
	SHOW(syscall(SYS_getcwd, buf, 1));
	scratch();
	mkdir("d", 0755);
	MUST(chdir("d"));
	OK(getcwd(buf, sizeof buf) && !strcmp(buf + strlen(buf) - 2, "/d"));
	fd = (int)MUST(open("..", O_RDONLY));
	SHOW(rmdir("../d"));
	OK(getcwd(buf, sizeof buf) == NULL && errno == ENOENT);
	SHOW(open("x", O_CREAT | O_WRONLY, 0644));
	SHOW_OK(open(".", O_RDONLY));
	SHOW(fchdir(fd));
	OK(getcwd(buf, sizeof buf) != NULL);
	SHOW(fchdir(1));
	return 0;
}
