// SPDX-License-Identifier: MIT
/*
 * Threads make, move and remove files in two watched directories while others
 * watch the same places, cease to, and close their descriptors: the steady
 * watcher sees each change once and in order, cookies pair up, and every watch
 * of a removed file ends.
 */
#include "tests/abi/inotify.h"

#define WORKERS 4
#define ROUNDS 150

static volatile bool done;

static void *work(void *arg)
{
	char at[32], to[32];

	for (int i = 0; i < ROUNDS; i++) {
		int fd;

		sprintf(at, "d/%ld.%d", (long)arg, i);
		sprintf(to, "e/%ld.%d", (long)arg, i);
		fd = (int)MUST(open(at, O_WRONLY | O_CREAT | O_EXCL, 0600));
		MUST(write(fd, "x", 1));
		close(fd);
		MUST(rename(at, to));
		MUST(unlink(to));
	}
	return NULL;
}

/* Watches whatever is there, each time anew. */
static void *churn(void *arg)
{
	char name[32], buffer[4096];

	for (int i = 0; !done; i++) {
		int in = inotify_new(), wd;

		wd = (int)MUST(inotify_add_watch(in, "d", IN_ALL_EVENTS));
		MUST(inotify_add_watch(in, "e", IN_ALL_EVENTS | IN_ONESHOT));
		for (int k = 0; k < 20; k++) {
			sprintf(name, "%c/%d.%d", "de"[k & 1], k % WORKERS,
				(i + k) % ROUNDS);
			inotify_add_watch(in, name, IN_ALL_EVENTS);
			inotify_add_watch(in, name, IN_OPEN | IN_MASK_ADD);
		}
		while (read(in, buffer, sizeof buffer) > 0)
			;
		if (i & 1)
			MUST(inotify_rm_watch(in, wd));
		close(in);
	}
	return NULL;
}

static struct {
	int created, opened, closed, from, to, deleted, other;
	int pairs;
	uint32_t cookies[WORKERS][ROUNDS];
} seen;

static void count(const struct inotify_event *event)
{
	int who, round;

	if (sscanf(event->name, "%d.%d", &who, &round) != 2 || who < 0 ||
	    who >= WORKERS || round < 0 || round >= ROUNDS) {
		seen.other++;
		return;
	}
	seen.created += event->mask == IN_CREATE;
	seen.opened += event->mask == IN_OPEN;
	seen.closed += event->mask == IN_CLOSE_WRITE;
	seen.deleted += event->mask == IN_DELETE;
	if (event->mask == IN_MOVED_FROM) {
		seen.from++;
		seen.cookies[who][round] = event->cookie;
	} else if (event->mask == IN_MOVED_TO) {
		seen.to++;
		seen.pairs += seen.cookies[who][round] == event->cookie;
	}
}

static void count_all(char *buffer, ssize_t size)
{
	for (char *at = buffer; at < buffer + size;) {
		struct inotify_event *event = (void *)at;

		count(event);
		at += sizeof *event + event->len;
	}
}

static void *watch(void *arg)
{
	_Alignas(struct inotify_event) char buffer[4096];
	struct pollfd p = { .fd = (int)(long)arg, .events = POLLIN };
	bool last;

	do {
		last = done; /* all of them are queued: none comes later */
		while (poll(&p, 1, last ? 0 : 50) > 0)
			count_all(buffer, read(p.fd, buffer, sizeof buffer));
	} while (!last);
	return NULL;
}

int main(void)
{
	pthread_t workers[WORKERS], churners[2], watcher;
	int in, own;

	scratch();
	mkdir("d", 0700);
	mkdir("e", 0700);
	in = inotify_new();
	MUST(inotify_add_watch(in, "d",
			       IN_CREATE | IN_MOVE | IN_CLOSE_WRITE | IN_OPEN));
	MUST(inotify_add_watch(in, "e", IN_MOVE | IN_DELETE));
	pthread_create(&watcher, NULL, watch, (void *)(long)in);
	for (long i = 0; i < 2; i++)
		pthread_create(&churners[i], NULL, churn, NULL);
	for (long i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work, (void *)i);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	done = true;
	for (int i = 0; i < 2; i++)
		pthread_join(churners[i], NULL);
	pthread_join(watcher, NULL);
	say("created %d opened %d closed %d", seen.created, seen.opened,
	    seen.closed);
	say("from %d to %d pairs %d deleted %d other %d", seen.from, seen.to,
	    seen.pairs, seen.deleted, seen.other);
	own = inotify_new();
	SHOW(inotify_add_watch(own, "d", IN_ALL_EVENTS));
	SHOW(rmdir("d"));
	drain(own, "the directory's end");
	return 0;
}
