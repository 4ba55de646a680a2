// SPDX-License-Identifier: MIT
/*
 * sendfile to a connection sends the file's bytes, however long it takes.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[65536];
	long total = 0, bad = 0;
	off_t at = 0;
	ssize_t n;
	int fd, s[2];

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	for (int i = 0; i < 32; i++) {
		memset(buf, 'A' + i, sizeof buf);
		MUST(write(fd, buf, sizeof buf));
	}
	tcp_pair(s);
	if (fork() == 0) {
		close(s[0]);
		while (at < 32 * 65536) {
			n = sendfile(s[1], fd, &at, 32 * 65536);
			if (n <= 0)
				_exit(1);
		}
		_exit(0);
	}
	close(s[1]);
	while ((n = read(s[0], buf, sizeof buf)) > 0) {
		for (ssize_t k = 0; k < n; k++)
			bad += buf[k] != 'A' + (total + k) / 65536;
		total += n;
	}
	say("total %ld, bad %ld", total, bad);
	say("%s", status_text(reap(-1)));
	return 0;
}
