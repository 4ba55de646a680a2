// SPDX-License-Identifier: MIT
/*
 * Names that are too long, components that are no directory, bad pointers.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char name[300], path[5000];
	struct stat st;

	scratch();
	put_file("f", "x");
	memset(name, 'n', 255);
	SHOW(mkdir(name, 0755));
	name[255] = 'n';
	SHOW(mkdir(name, 0755) == -1 ? errno == ENAMETOOLONG : 0);
	memset(path, '/', 4095);
	SHOW(stat(path, &st) == 0);
	path[4095] = '/';
	SHOW(stat(path, &st) == -1 ? errno == ENAMETOOLONG : 0);
	SHOW(stat("f/.", &st));
	SHOW(stat("f/..", &st));
	SHOW(stat("./././f", &st));
	SHOW(stat("../../../../../../../../..", &st));
	SHOW(stat((char *)8, &st));
	SHOW(stat("f", (struct stat *)8));
	SHOW(access("f", 64));
	SHOW(access("f", X_OK) == -1 ? errno == EACCES : 1);
	SHOW(chdir("f"));
	SHOW(chdir("none"));
	return 0;
}
