// SPDX-License-Identifier: MIT
/*
 * A shared mapping, read and write see one another at once, also between
 * processes and after munmap.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[8] = { 0 };
	char *a, *b;
	int fd;

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(ftruncate(fd, 8192));
	a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
	strcpy(a + 4096, "hello");
	OK(!strcmp(b, "hello"));
	MUST(pread(fd, buf, 6, 4096));
	OK(!strcmp(buf, "hello"));
	MUST(pwrite(fd, "J", 1, 4096));
	OK(!strcmp(a + 4096, "Jello"));
	if (fork() == 0) {
		a[0] = 'c';
		_exit(0);
	}
	wait(NULL);
	OK(a[0] == 'c');
	SHOW(msync(a, 8192, MS_SYNC));
	a[1] = 'd';
	SHOW(munmap(a, 8192));
	close(fd);
	fd = (int)MUST(open("f", O_RDONLY));
	MUST(read(fd, buf, 2));
	OK(buf[0] == 'c' && buf[1] == 'd');
	a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		 -1, 0);
	if (fork() == 0) {
		a[5] = 9;
		_exit(0);
	}
	wait(NULL);
	OK(a[5] == 9);
	return 0;
}
