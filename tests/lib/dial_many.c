// SPDX-License-Identifier: MIT
/*
 * Very many clients, on the host:
 *
 *	dial_many ADDRESS PORT N
 *
 * Opens N connections, not more than 200 at a time, sends a line of its own on
 * each and expects it back. Says "open" and waits for a line on standard input;
 * then asks each once more, and closes them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 200

static struct sockaddr_in to = { .sin_family = AF_INET };

static void die(const char *what, int i)
{
	fprintf(stderr, "connection %d: %s: %s\n", i, what, strerror(errno));
	exit(1);
}

static void wait_for(int fd, short events, int i)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (poll(&p, 1, 30000) != 1)
		die("no answer in 30 s", i);
}

static int dial(int i)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket", i);
	if (connect(fd, (void *)&to, sizeof(to)) && errno != EINPROGRESS)
		die("connect", i);
	return fd;
}

static void ask(int fd, int i)
{
	char line[40];
	int n = snprintf(line, sizeof(line), "this is %d\n", i), error = 0;
	socklen_t size = sizeof(error);

	wait_for(fd, POLLOUT, i);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) || error) {
		errno = error;
		die("not connected", i);
	}
	if (write(fd, line, n) != n)
		die("write", i);
}

static void expect(int fd, int i)
{
	char line[40], back[40];
	int n = snprintf(line, sizeof(line), "this is %d\n", i), got = 0;

	while (got < n) {
		ssize_t r;

		wait_for(fd, POLLIN, i);
		r = read(fd, back + got, n - got);
		if (r <= 0)
			die("read", i);
		got += r;
	}
	if (memcmp(line, back, n))
		die("somebody else's answer", i);
}

int main(int argc, char **argv)
{
	int n = atoi(argv[3]), *fds = calloc(n, sizeof(int));
	struct rlimit files = { n + 100, n + 100 };

	to.sin_port = htons(atoi(argv[2]));
	inet_pton(AF_INET, argv[1], &to.sin_addr);
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit", 0);
	for (int i = 0; i < n; i += AT_ONCE) {
		int end = i + AT_ONCE < n ? i + AT_ONCE : n;

		for (int k = i; k < end; k++)
			fds[k] = dial(k);
		for (int k = i; k < end; k++)
			ask(fds[k], k);
		for (int k = i; k < end; k++)
			expect(fds[k], k);
	}
	printf("open\n");
	fflush(stdout);
	getchar();
	for (int i = 0; i < n; i++) {
		ask(fds[i], i);
		expect(fds[i], i);
		close(fds[i]);
	}
	printf("all answered twice\n");
	return 0;
}
