// SPDX-License-Identifier: MIT
/*
 * A private mapping shows the file until it is written, and never writes
 * back.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[8] = { 0 };
	char *a;
	int fd;

	scratch();
	put_file("f", "hello world");
	fd = (int)MUST(open("f", O_RDWR));
	a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	OK(!memcmp(a, "hello", 5));
	OK(a[11] == 0 && a[4095] == 0);
	a[0] = 'J';
	MUST(pread(fd, buf, 5, 0));
	OK(!strcmp(buf, "hello"));
	if (fork() == 0) {
		a[1] = 'X';
		_exit(a[0] == 'J' ? 0 : 1);
	}
	say("%s", status_text(reap(-1)));
	OK(!memcmp(a, "Jello", 5));
	SHOW(madvise(a, 4096, MADV_DONTNEED));
	OK(!memcmp(a, "hello", 5));
	return 0;
}
