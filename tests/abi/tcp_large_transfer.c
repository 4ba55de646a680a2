// SPDX-License-Identifier: MIT
/*
 * Megabytes through a connection with odd sizes arrive complete and in order;
 * a full socket is not writable.
 */
#include "tests/abi/abi.h"

static unsigned char next(unsigned *state)
{
	*state = *state * 1103515245 + 12345;
	return (unsigned char)(*state >> 16);
}

int main(void)
{
	static unsigned char buf[100000];
	unsigned mine = 1, theirs = 1;
	long total = 0, bad = 0;
	ssize_t n;
	int s[2];

	tcp_pair(s);
	if (fork() == 0) {
		close(s[0]);
		for (int i = 0; i < 300; i++) {
			size_t len = 1 + (size_t)i * 331 % sizeof buf;
			size_t at = 0;

			for (size_t k = 0; k < len; k++)
				buf[k] = next(&theirs);
			while (at < len) {
				n = write(s[1], buf + at, len - at);
				if (n <= 0)
					_exit(1);
				at += (size_t)n;
			}
		}
		_exit(0);
	}
	close(s[1]);
	while ((n = read(s[0], buf, 1 + (size_t)total % 9000)) > 0) {
		for (ssize_t k = 0; k < n; k++)
			bad += buf[k] != next(&mine);
		total += n;
	}
	say("total %ld, bad %ld", total, bad);
	say("%s", status_text(reap(-1)));
	tcp_pair(s);
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	while (write(s[0], buf, sizeof buf) > 0)
		;
	say("%s", strerrorname_np(errno));
	show_poll("full", s[0], 0);
	return 0;
}
