// SPDX-License-Identifier: MIT
/*
 * splice, tee and vmsplice between pipes and files.
 */
#include "tests/abi/abi.h"

static char buf[65536];

static void show_pipe(const char *name, int fd)
{
	ssize_t n = read(fd, buf, sizeof buf);

	if (n < 0)
		say("%s: %s", name, strerrorname_np(errno));
	else
		say("%s: %ld '%.*s'", name, (long)n, (int)(n < 20 ? n : 20),
		    buf);
}

int main(void)
{
	struct iovec io = { "vector", 6 };
	int a[2], b[2], in, out;
	loff_t at = 3;

	scratch();
	put_file("in", "0123456789");
	in = (int)MUST(open("in", O_RDONLY));
	out = (int)MUST(open("out", O_RDWR | O_CREAT | O_TRUNC, 0644));
	MUST(pipe2(a, O_NONBLOCK));
	MUST(pipe2(b, O_NONBLOCK));
	SHOW(splice(in, NULL, a[1], NULL, 4, 0));
	SHOW(splice(in, &at, a[1], NULL, 4, 0));
	say("%ld", (long)at);
	SHOW(lseek(in, 0, SEEK_CUR));
	SHOW(tee(a[0], b[1], 100, 0));
	show_pipe("a", a[0]);
	show_pipe("b", b[0]);
	SHOW(splice(in, NULL, a[1], NULL, 100, 0));
	SHOW(splice(in, NULL, a[1], NULL, 100, 0));
	SHOW(splice(a[0], NULL, out, NULL, 3, 0));
	SHOW(splice(a[0], NULL, out, NULL, 100, 0));
	SHOW(splice(a[0], NULL, out, NULL, 100, 0));
	SHOW(pread(out, buf, 100, 0));
	say("%.6s", buf);
	SHOW(write(a[1], "move me", 7));
	SHOW(splice(a[0], NULL, b[1], NULL, 4, 0));
	show_pipe("a", a[0]);
	show_pipe("b", b[0]);
	SHOW(vmsplice(a[1], &io, 1, 0));
	show_pipe("a", a[0]);
	SHOW(splice(in, NULL, out, NULL, 4, 0));
	SHOW(splice(a[0], &at, out, NULL, 4, 0));
	SHOW(splice(a[0], NULL, a[1], NULL, 4, 0));
	SHOW(splice(a[1], NULL, b[1], NULL, 4, 0));
	SHOW(splice(99, NULL, b[1], NULL, 4, 0));
	SHOW(splice(in, NULL, a[1], NULL, 0, 0));
	SHOW(tee(a[0], b[1], 100, 0));
	SHOW(tee(in, b[1], 100, 0));
	close(b[0]);
	signal(SIGPIPE, SIG_IGN);
	MUST(write(a[1], "x", 1));
	SHOW(splice(a[0], NULL, b[1], NULL, 4, 0));
	close(a[1]);
	show_pipe("a", a[0]);
	SHOW(splice(a[0], NULL, out, NULL, 4, 0));
	return 0;
}
