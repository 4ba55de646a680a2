// SPDX-License-Identifier: MIT
/*
 * What open answers for flags that do not fit the file.
 */
#include "tests/abi/abi.h"

int main(void)
{
	scratch();
	put_file("f", "x");
	mkdir("d", 0755);
	symlink("f", "l");
	symlink("nowhere", "dangling");
	SHOW(open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
	SHOW(open("l", O_CREAT | O_EXCL | O_RDWR, 0644));
	SHOW(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0644));
	SHOW(open("f", O_DIRECTORY));
	SHOW(open("d", O_RDWR));
	SHOW(open("d", O_CREAT, 0644));
	SHOW(open("l", O_NOFOLLOW));
	SHOW(open("dangling", O_RDONLY));
	SHOW(open("f/x", O_RDONLY));
	SHOW(open("none/x", O_CREAT | O_RDWR, 0644));
	SHOW(open("", O_RDONLY));
	SHOW(open(NULL, O_RDONLY));
	SHOW(open("f/", O_RDONLY));
	SHOW(open("new/", O_CREAT | O_RDWR, 0644));
	SHOW_OK(open("dangling", O_CREAT | O_RDWR, 0644));
	SHOW(access("nowhere", F_OK));
	SHOW(read(open("f", O_WRONLY), NULL, 0));
	SHOW(write(open("f", O_RDONLY), "x", 1));
	return 0;
}
