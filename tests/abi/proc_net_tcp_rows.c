// SPDX-License-Identifier: MIT
/*
 * /proc/net/tcp shows listeners and connections with ports, states and
 * inodes.
 */
#include "tests/abi/abi.h"

static bool row(int fd, int state)
{
	static char text[8 << 20];
	char want[64];
	struct stat st;
	ssize_t n, total = 0;
	int file = (int)MUST(open("/proc/net/tcp", O_RDONLY));
	char *line;

	while ((n = read(file, text + total, 4096)) > 0 &&
	       total < (ssize_t)sizeof text - 5000)
		total += n;
	text[total] = 0;
	close(file);
	MUST(fstat(fd, &st));
	snprintf(want, sizeof want, ": 0100007F:%04X ", port_of(fd));
	for (line = text; (line = strstr(line, want)); line++) {
		unsigned s;
		unsigned long inode = 0;

		sscanf(line, ": %*s %*s %x %*s %*s %*s %*s %*s %lu", &s,
		       &inode);
		if ((int)s == state && inode == st.st_ino)
			return true;
	}
	return false;
}

int main(void)
{
	int listener = tcp_listener(), s[2];

	OK(row(listener, 10));
	tcp_pair(s);
	OK(row(s[0], 1));
	OK(row(s[1], 1));
	shutdown(s[0], SHUT_WR);
	sleep_ms(30);
	OK(row(s[0], 5));
	OK(row(s[1], 8));
	return 0;
}
