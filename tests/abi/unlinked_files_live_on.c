// SPDX-License-Identifier: MIT
/*
 * A file without a name lives until its last descriptor is closed.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat st;
	char buf[8] = { 0 };
	int fd;

	scratch();
	put_file("f", "alive");
	fd = (int)MUST(open("f", O_RDWR));
	SHOW(link("f", "g"));
	fstat(fd, &st);
	say("links %d", (int)st.st_nlink);
	SHOW(unlink("f"));
	SHOW(unlink("g"));
	SHOW(unlink("g"));
	fstat(fd, &st);
	say("links %d", (int)st.st_nlink);
	SHOW(pread(fd, buf, 8, 0));
	OK(!strcmp(buf, "alive"));
	SHOW(write(fd, "still", 5));
	mkdir("d", 0755);
	OK(unlink("d") == -1 && errno == EISDIR);
	OK(link("d", "h") == -1 && errno == EPERM);
	SHOW(rmdir("d/../d"));
	return 0;
}
