// SPDX-License-Identifier: MIT
/*
 * Pipes with O_DIRECT keep the borders of writes; sizes are set and read with
 * F_SETPIPE_SZ.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[200000];
	int p[2], left;
	long n, total = 0;

	MUST(pipe2(p, O_DIRECT | O_NONBLOCK));
	SHOW(write(p[1], "one", 3));
	SHOW(write(p[1], "three", 5));
	SHOW(write(p[1], "cut short", 9));
	SHOW(read(p[0], buf, 100));
	SHOW(read(p[0], buf, 100));
	SHOW(read(p[0], buf, 3));
	SHOW(read(p[0], buf, 100));
	SHOW(write(p[1], buf, 10000));
	SHOW(read(p[0], buf, 20000));
	SHOW(read(p[0], buf, 20000));
	SHOW(read(p[0], buf, 20000));
	close(p[0]);
	close(p[1]);
	MUST(pipe2(p, O_NONBLOCK));
	SHOW(fcntl(p[0], F_GETPIPE_SZ));
	SHOW(fcntl(p[0], F_SETPIPE_SZ, 5000));
	SHOW(fcntl(p[1], F_GETPIPE_SZ));
	SHOW(write(p[1], buf, 20000));
	SHOW(write(p[1], buf, 1));
	SHOW(fcntl(p[0], F_SETPIPE_SZ, 4096));
	SHOW(ioctl(p[0], FIONREAD, &left));
	say("%d", left);
	SHOW(fcntl(p[0], F_SETPIPE_SZ, 100000));
	SHOW(write(p[1], buf, 200000));
	SHOW(fcntl(0, F_SETPIPE_SZ, 4096));
	while ((n = read(p[0], buf, 3333)) > 0)
		total += n;
	say("%ld", total);
	SHOW(write(p[1], buf, 4000));
	SHOW(write(p[1], buf, 200));
	SHOW(write(p[1], buf, 4096));
	SHOW(read(p[0], buf, 4100));
	SHOW(ioctl(p[1], FIONREAD, &left));
	say("%d", left);
	SHOW(lseek(p[0], 0, SEEK_CUR));
	SHOW(pread(p[0], buf, 1, 0));
	SHOW(read(p[1], buf, 1));
	SHOW(write(p[0], buf, 1));
	SHOW(ftruncate(p[1], 0));
	SHOW(fsync(p[1]));
	SHOW(fcntl(p[0], F_GETFL));
	SHOW(fcntl(p[1], F_GETFL));
	return 0;
}
