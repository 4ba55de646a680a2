// SPDX-License-Identifier: MIT
/*
 * Moving a directory changes its "..", and both link counts.
 */
#include "tests/abi/abi.h"

static void links(const char *path)
{
	struct stat st;

	MUST(stat(path, &st));
	say("%s: %d links", path, (int)st.st_nlink);
}

int main(void)
{
	struct stat a, b;

	scratch();
	mkdir("a", 0755);
	mkdir("b", 0755);
	mkdir("a/x", 0755);
	put_file("a/x/f", "x");
	links("a");
	links("b");
	SHOW(rename("a/x", "b/y"));
	links("a");
	links("b");
	MUST(stat("b/y/..", &a));
	MUST(stat("b", &b));
	OK(a.st_ino == b.st_ino);
	SHOW(access("b/y/f", F_OK));
	SHOW(access("a/x/f", F_OK));
	return 0;
}
