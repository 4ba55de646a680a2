// SPDX-License-Identifier: MIT
/*
 * readlink cuts without an error and without a NUL; loops end in ELOOP;
 * O_NOFOLLOW refuses.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat st;
	char buf[8];
	char name[8];

	scratch();
	symlink("0123456789", "l");
	memset(buf, '#', sizeof buf);
	SHOW(readlink("l", buf, 4));
	OK(!memcmp(buf, "0123####", 8));
	SHOW(readlink("l", buf, 0));
	put_file("f", "x");
	SHOW(readlink("f", buf, 8));
	SHOW(symlink("", "empty"));
	SHOW(symlink("x", "l"));
	symlink("b", "a");
	symlink("a", "b");
	SHOW(open("a", O_RDONLY));
	SHOW(stat("a", &st));
	SHOW(lstat("a", &st));
	put_file("s0", "deep");
	for (int i = 1; i <= 42; i++) {
		char before[8];

		snprintf(name, sizeof name, "s%d", i);
		snprintf(before, sizeof before, "s%d", i - 1);
		symlink(before, name);
	}
	SHOW(access("s40", F_OK));
	SHOW(access("s41", F_OK));
	mkdir("d", 0755);
	symlink("d", "dl");
	SHOW(mkdir("dl/x", 0755));
	SHOW(rmdir("dl"));
	SHOW(unlink("dl/x"));
	SHOW(rmdir("dl/x"));
	SHOW(unlink("dl"));
	SHOW(access("d", F_OK));
	return 0;
}
