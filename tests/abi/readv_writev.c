// SPDX-License-Identifier: MIT
/*
 * Vectors are read and written in order; the errors of bad vectors.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char a[4] = { 0 }, b[8] = { 0 };
	struct iovec out[3] = { { "abc", 3 }, { NULL, 0 }, { "defg", 4 } };
	struct iovec in[2] = { { a, 3 }, { b, 8 } };
	int fd;

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	SHOW(writev(fd, out, 3));
	SHOW(preadv(fd, in, 2, 0));
	say("%s %s", a, b);
	SHOW(pwritev(fd, out, 1, 10));
	SHOW(writev(fd, out, 0));
	SHOW(writev(fd, out, -1));
	SHOW(writev(fd, out, 1025));
	out[0].iov_len = (size_t)-1;
	SHOW(writev(fd, out, 1));
	out[0] = (struct iovec){ (void *)8, 4 };
	SHOW(writev(fd, out, 1));
	out[0] = (struct iovec){ "xy", 2 };
	out[1] = (struct iovec){ (void *)8, 4 };
	SHOW(writev(fd, (void *)8, 1));
	return 0;
}
