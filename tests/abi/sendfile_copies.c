// SPDX-License-Identifier: MIT
/*
 * sendfile moves bytes from a file to a pipe or socket, with an offset of its
 * own or the file's.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char buf[32] = { 0 };
	int in, ends[2];
	off_t at = 2;

	scratch();
	put_file("f", "0123456789");
	in = (int)MUST(open("f", O_RDONLY));
	MUST(pipe(ends));
	SHOW(sendfile(ends[1], in, &at, 4));
	say("at %ld", (long)at);
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(sendfile(ends[1], in, NULL, 3));
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(sendfile(ends[1], in, NULL, 100));
	SHOW(sendfile(ends[1], in, NULL, 100));
	SHOW(read(ends[0], buf, sizeof buf));
	say("%s", buf);
	SHOW(sendfile(ends[1], ends[0], NULL, 1));
	SHOW(sendfile(in, in, NULL, 1));
	SHOW(sendfile(99, in, NULL, 1));
	at = -1;
	SHOW(sendfile(ends[1], in, &at, 1));
	return 0;
}
