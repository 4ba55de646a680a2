// SPDX-License-Identifier: MIT
/*
 * preadv2 and pwritev2, copy_file_range, close_range, readahead, fadvise.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char a[8] = { 0 }, b[8] = { 0 }, text[64] = { 0 };
	struct iovec v[2] = { { a, 4 }, { b, 4 } };
	struct iovec bad[2] = { { a, 4 }, { (void *)1, 4 } };
	struct iovec huge[1] = { { a, (size_t)-1 } };
	loff_t from = 2, to = 5;
	volatile int many = 2000;
	int in, out, p[2];

	scratch();
	put_file("in", "0123456789abcdef");
	in = (int)MUST(open("in", O_RDWR));
	out = (int)MUST(open("out", O_RDWR | O_CREAT | O_TRUNC, 0644));
	SHOW(preadv(in, v, 2, 3));
	say("%.4s %.4s", a, b);
	SHOW(preadv2(in, v, 2, -1, 0));
	say("%.4s %.4s", a, b);
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(preadv2(in, v, 2, 0, 0x100000));
	SHOW(preadv(in, v, 2, -1));
	SHOW(preadv(in, v, many, 0));
	SHOW(readv(in, bad, 2));
	SHOW(readv(in, huge, 1));
	SHOW(readv(in, v, 0));
	SHOW(pwritev2(out, v, 2, 0, RWF_DSYNC));
	SHOW(pwritev(out, v, 2, 8));
	SHOW(pread(out, text, 60, 0));
	SHOW(ftruncate(out, 0));
	SHOW(copy_file_range(in, &from, out, &to, 6, 0));
	say("%ld %ld", (long)from, (long)to);
	SHOW(copy_file_range(in, NULL, out, NULL, 100, 0));
	SHOW(copy_file_range(in, NULL, out, NULL, 100, 0));
	SHOW(copy_file_range(in, NULL, out, NULL, 100, 1));
	memset(text, '.', sizeof text);
	SHOW(pread(out, text, 60, 0));
	for (int i = 0; i < 12; i++)
		if (!text[i])
			text[i] = '_';
	say("%.11s", text);
	from = 0, to = 2;
	SHOW(copy_file_range(in, &from, in, &to, 8, 0));
	MUST(pipe(p));
	SHOW(copy_file_range(in, NULL, p[1], NULL, 8, 0));
	SHOW(copy_file_range(p[0], NULL, out, NULL, 8, 0));
	SHOW(posix_fadvise(in, 0, 0, POSIX_FADV_WILLNEED));
	SHOW(posix_fadvise(in, 0, 0, 99));
	SHOW(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL));
	SHOW(readahead(in, 0, 100));
	SHOW(readahead(p[0], 0, 100));
	SHOW(close_range(out, out, CLOSE_RANGE_CLOEXEC));
	SHOW(fcntl(out, F_GETFD));
	SHOW(close_range(5, 3, 0));
	SHOW(close_range(3, 5, 64));
	SHOW(close_range((unsigned)out, ~0u, 0));
	SHOW(fcntl(out, F_GETFD));
	SHOW(fcntl(in, F_GETFD));
	return 0;
}
