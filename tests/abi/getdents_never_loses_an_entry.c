// SPDX-License-Identifier: MIT
/*
 * Reading a directory with a buffer that holds only a few entries sees each
 * name once, "." and ".." included.
 */
#include "tests/abi/abi.h"

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

int main(void)
{
	char buf[160], name[32];
	int seen[200] = { 0 }, dots = 0, others = 0, fd;
	long n;

	scratch();
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "name-%d", i);
		put_file(name, "");
	}
	fd = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	SHOW(syscall(SYS_getdents64, fd, buf, 10));
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0) {
		for (long at = 0; at < n;) {
			struct entry *e = (struct entry *)(buf + at);
			int number;

			if (sscanf(e->name, "name-%d", &number) == 1)
				seen[number] += 1 + (e->type != DT_REG);
			else if (e->name[0] == '.' && e->type == DT_DIR)
				dots++;
			else
				others++;
			at += e->reclen;
		}
	}
	OK(n == 0);
	for (int i = 0; i < 200; i++)
		if (seen[i] != 1)
			say("name-%d seen %d times", i, seen[i]);
	say("%d dots, %d others", dots, others);
	SHOW(lseek(fd, 0, SEEK_SET));
	OK(syscall(SYS_getdents64, fd, buf, sizeof buf) > 0);
	put_file("f", "");
	SHOW(syscall(SYS_getdents64, open("f", O_RDONLY), buf, sizeof buf));
	SHOW(read(fd, buf, 1));
	return 0;
}
