// SPDX-License-Identifier: MIT
/*
 * An echo server on epoll for very many connections, in the guest:
 *
 *	echo_many PORT N
 *
 * When N connections are open and have been answered, it waits until they have
 * been idle for five seconds, prints what the kernel needs for each (the growth
 * of /proc/slabinfo's objects, by cache and in all, and of what MemFree lost),
 * and says "idle". It ends when all have been closed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CACHES 200

struct cache {
	char name[40];
	long bytes;
};

struct usage {
	struct cache caches[CACHES];
	int count;
	long free_kib;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void look(struct usage *u)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[300];

	memset(u, 0, sizeof(*u));
	while (f && u->count < CACHES && fgets(line, sizeof(line), f)) {
		struct cache *c = &u->caches[u->count];
		long active, all, size;

		if (sscanf(line, "%39s %ld %ld %ld", c->name, &active, &all,
			   &size) == 4) {
			c->bytes = active * size;
			u->count++;
		}
	}
	if (f)
		fclose(f);
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &u->free_kib);
	if (f)
		fclose(f);
}

static long before(const struct usage *u, const char *name)
{
	for (int i = 0; i < u->count; i++)
		if (!strcmp(u->caches[i].name, name))
			return u->caches[i].bytes;
	return 0;
}

static void report(const struct usage *start, int n)
{
	struct usage now;
	long sum = 0;

	look(&now);
	for (int i = 0; i < now.count; i++) {
		long grown =
			now.caches[i].bytes - before(start, now.caches[i].name);

		if (grown < n && grown > -n)
			continue;
		printf("idle connection: %6.1f bytes in %s\n",
		       (double)grown / n, now.caches[i].name);
		sum += grown;
	}
	printf("idle connection: %ld bytes of kernel objects\n", sum / n);
	printf("idle connection: %ld bytes of all memory\n",
	       (start->free_kib - now.free_kib) * 1024 / n);
	printf("idle\n");
	fflush(stdout);
}

static int listen_on(int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&any, sizeof(any)) || listen(fd, 4096))
		die("listen");
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

int main(int argc, char **argv)
{
	int n = atoi(argv[2]), epoll = epoll_create1(0), open = 0, answered = 0;
	struct rlimit files = { n + 100, n + 100 };
	int listener = listen_on(atoi(argv[1])), reported = 0;
	struct epoll_event events[256];
	struct usage start;

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	watch(epoll, listener);
	sleep(1);
	look(&start);
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		int got = epoll_wait(epoll, events, 256, 5000);

		if (got == 0 && answered >= n && !reported) {
			report(&start, n);
			reported = 1;
		}
		for (int i = 0; i < got; i++) {
			char buf[2048];
			int fd = events[i].data.fd;
			ssize_t len;

			if (fd == listener) {
				while ((fd = accept4(listener, NULL, NULL,
						     SOCK_NONBLOCK)) >= 0) {
					watch(epoll, fd);
					open++;
				}
				if (errno != EAGAIN)
					die("accept");
				continue;
			}
			len = read(fd, buf, sizeof(buf));
			if (len > 0) {
				if (write(fd, buf, len) != len)
					die("write");
				answered++;
			} else {
				close(fd);
				open--;
			}
		}
		if (reported && open == 0) {
			printf("answered %d\n", answered);
			return 0;
		}
	}
}
