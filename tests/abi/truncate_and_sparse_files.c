// SPDX-License-Identifier: MIT
/*
 * A file grows with zeros, shrinks for all who have it open, and its holes
 * read as zeros.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[8192];
	struct stat st;
	int fd, i, sum = 0;

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(pwrite(fd, "end", 3, 100000));
	MUST(fstat(fd, &st));
	say("size %ld", (long)st.st_size);
	OK(st.st_blocks < 100);
	MUST(pread(fd, buf, sizeof buf, 50000));
	for (i = 0; i < (int)sizeof buf; i++)
		sum += buf[i];
	OK(sum == 0);
	MUST(pwrite(fd, "abcdef", 6, 0));
	SHOW(ftruncate(fd, 3));
	SHOW(ftruncate(fd, 10));
	SHOW(pread(fd, buf, sizeof buf, 0));
	OK(!memcmp(buf, "abc\0\0\0\0\0\0\0", 10));
	SHOW(truncate("f", 0));
	SHOW(pread(fd, buf, 10, 0));
	SHOW(truncate("f", -1));
	SHOW(truncate("none", 1));
	SHOW(truncate(".", 1));
	SHOW(ftruncate(open("f", O_RDONLY), 1));
	return 0;
}
