// SPDX-License-Identifier: MIT
/*
 * rename: over files, over directories, into itself, and the flags of
 * renameat2.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat a, b;

	scratch();
	put_file("a", "A");
	put_file("b", "B");
	mkdir("d", 0755);
	mkdir("d/sub", 0755);
	mkdir("e", 0755);
	put_file("full", "x");
	stat("a", &a);
	SHOW(rename("a", "b"));
	stat("b", &b);
	OK(a.st_ino == b.st_ino);
	SHOW(access("a", F_OK));
	SHOW(rename("a", "c"));
	SHOW(rename("d", "d/sub/x"));
	SHOW(rename("b", "d"));
	SHOW(rename("d", "b"));
	SHOW(rename("e", "d"));
	SHOW(rename("d/sub", "e"));
	SHOW(rmdir("d"));
	SHOW(rename("e", "d"));
	SHOW(rename("b", "b"));
	SHOW(link("b", "b2"));
	SHOW(rename("b", "b2"));
	SHOW(access("b", F_OK));
	SHOW(rename("d/.", "x"));
	SHOW(rename("d/..", "x"));
	SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "full", RENAME_NOREPLACE));
	SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "full", RENAME_EXCHANGE));
	SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "none", RENAME_EXCHANGE));
	SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "full", 0x80));
	stat("b", &b);
	OK(b.st_size == 1 && b.st_ino != a.st_ino);
	return 0;
}
