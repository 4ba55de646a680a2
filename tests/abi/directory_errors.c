// SPDX-License-Identifier: MIT
/*
 * mkdir and rmdir: what they refuse and why.
 */
#include "tests/abi/abi.h"

int main(void)
{
	scratch();
	SHOW(mkdir("d", 0755));
	SHOW(mkdir("d", 0755));
	SHOW(mkdir("d/e/f", 0755));
	SHOW(mkdir("d/e/", 0755));
	SHOW(rmdir("d"));
	SHOW(rmdir("d/e/."));
	SHOW(rmdir("d/e/.."));
	SHOW(rmdir("none"));
	put_file("f", "x");
	SHOW(rmdir("f"));
	SHOW(mkdir("f/x", 0755));
	SHOW(mkdir("", 0755));
	SHOW(mkdir("/", 0755));
	SHOW(rmdir("/"));
	SHOW(mkdir(".", 0755));
	SHOW(unlink("d"));
	SHOW(unlink("d/"));
	SHOW(rmdir("d/e"));
	SHOW(rmdir("d/"));
	return 0;
}
