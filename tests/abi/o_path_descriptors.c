// SPDX-License-Identifier: MIT
/*
 * An O_PATH descriptor names a file and gives no access to it.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat st;
	char c;
	int fd, dir;

	scratch();
	put_file("f", "abc");
	mkdir("d", 0755);
	put_file("d/g", "xyz");
	symlink("f", "l");
	fd = (int)MUST(open("f", O_PATH));
	SHOW(read(fd, &c, 1));
	SHOW(write(fd, "x", 1));
	SHOW(fstat(fd, &st));
	OK(st.st_size == 3);
	SHOW(fchmod(fd, 0600));
	SHOW(ioctl(fd, FIONREAD, &c));
	dir = (int)MUST(open("d", O_PATH | O_DIRECTORY));
	SHOW_OK(openat(dir, "g", O_RDONLY));
	SHOW(fchdir(dir));
	fd = (int)MUST(open("../l", O_PATH | O_NOFOLLOW));
	SHOW(fstat(fd, &st));
	OK(S_ISLNK(st.st_mode));
	return 0;
}
