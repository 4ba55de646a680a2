// SPDX-License-Identifier: MIT
/*
 * dup and fork share the file offset and the status flags; a second open does
 * not.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int a, b, c;

	scratch();
	put_file("f", "0123456789");
	a = (int)MUST(open("f", O_RDWR));
	b = (int)MUST(dup(a));
	c = (int)MUST(open("f", O_RDWR));
	SHOW(lseek(a, 4, SEEK_SET));
	SHOW(lseek(b, 0, SEEK_CUR));
	SHOW(lseek(c, 0, SEEK_CUR));
	if (fork() == 0) {
		lseek(a, 3, SEEK_CUR);
		_exit(0);
	}
	wait(NULL);
	SHOW(lseek(b, 0, SEEK_CUR));
	SHOW(fcntl(a, F_SETFL, O_APPEND));
	OK(fcntl(b, F_GETFL) & O_APPEND);
	OK(!(fcntl(c, F_GETFL) & O_APPEND));
	return 0;
}
