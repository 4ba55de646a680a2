// SPDX-License-Identifier: MIT
/*
 * See live.h. Whether somebody still has a file open for writing is asked of
 * the kernel by a read lease, which it refuses as long as there is one.
 */
#define _GNU_SOURCE
#include "tools/pcapdump/live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY (500 * NSEC_PER_MSEC) /* for a writer that has gone */

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static nsec_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

void live_check(struct live *live)
{
	if (!live->interval || now() < live->next)
		return;
	live->next = now() + live->interval;
	live->tick(live->context);
}

static bool has_writer(struct live *live)
{
	if (fcntl(live->fd, F_SETLEASE, F_RDLCK) == 0) {
		fcntl(live->fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	/* Not ours to ask: then inotify's word is all there is. */
	return errno == EAGAIN || !live->closed;
}

static void drain_watch(struct live *live)
{
	char buf[4096] ALIGNED(8);
	ssize_t n = read(live->watch, buf, sizeof buf);

	for (ssize_t i = 0; i < n;) {
		const struct inotify_event *event = (const void *)(buf + i);

		live->closed |= event->mask & IN_CLOSE_WRITE;
		i += (ssize_t)(sizeof *event + event->len);
	}
}

/* Waits for news, at most until the next tick. */
static void wait_for(struct live *live, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	nsec_t left = LOOK_EVERY;

	live->idle(live->context);
	live_check(live);
	if (live->interval)
		left = MIN(left, MAX(live->next - now(), 0));
	if (!stop)
		poll(&p, 1, (int)(left / NSEC_PER_MSEC) + 1);
}

static bool is_truncated(struct live *live)
{
	struct stat st;

	live->truncated = !fstat(live->fd, &st) &&
			  (uint64_t)st.st_size < live->position;
	return live->truncated;
}

static ssize_t read_file(struct live *live, char *buf, size_t size)
{
	while (!stop) {
		bool written = has_writer(live);
		ssize_t n = read(live->fd, buf, size);

		if (n != 0)
			return n;
		/* What the writer wrote last was read after it had gone; an
		 * empty file waits for its first writer. */
		if ((!written && (live->position || live->closed)) ||
		    is_truncated(live))
			return 0;
		wait_for(live, live->watch);
		drain_watch(live);
	}
	return 0;
}

static ssize_t read_stream(struct live *live, char *buf, size_t size)
{
	while (!stop) {
		ssize_t n = read(live->fd, buf, size);

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		wait_for(live, live->fd);
	}
	return 0;
}

static ssize_t read_live(void *cookie, char *buf, size_t size)
{
	struct live *live = cookie;
	ssize_t n = live->watch >= 0 ? read_file(live, buf, size) :
				       read_stream(live, buf, size);

	if (n > 0)
		live->position += (uint64_t)n;
	return n;
}

static int close_live(void *cookie)
{
	struct live *live = cookie;

	if (live->watch >= 0)
		close(live->watch);
	return close(live->fd);
}

static int open_socket(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof name.sun_path) {
		errno = ENAMETOOLONG;
	} else {
		strcpy(name.sun_path, path);
		if (!connect(fd, (void *)&name, sizeof name))
			return fd;
	}
	close(fd);
	return -1;
}

static int open_path(struct live *live, const char *path)
{
	struct stat st;

	live->watch = -1;
	if (!strcmp(path, "-"))
		return dup(STDIN_FILENO);
	if (stat(path, &st))
		return -1;
	if (S_ISSOCK(st.st_mode))
		return open_socket(path);
	/* A FIFO's open waits for its writer, and a signal ends that. */
	live->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (live->fd < 0 || !S_ISREG(st.st_mode))
		return live->fd;
	live->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (live->watch >= 0 &&
	    inotify_add_watch(live->watch, path, IN_MODIFY | IN_CLOSE_WRITE) >=
		    0)
		return live->fd;
	close(live->fd);
	return -1;
}

FILE *live_open(struct live *live, const char *path)
{
	struct sigaction action = { .sa_handler = on_signal };
	cookie_io_functions_t functions = { .read = read_live,
					    .close = close_live };
	FILE *file;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGIO, SIG_IGN); /* a lease that is being broken */
	live->fd = open_path(live, path);
	if (live->fd < 0)
		return NULL;
	if (live->watch < 0)
		fcntl(live->fd, F_SETFL, O_NONBLOCK);
	if (live->interval)
		live->next = now() + live->interval;
	file = fopencookie(live, "r", functions);
	if (!file)
		close_live(live);
	return file;
}
