// SPDX-License-Identifier: MIT
/*
 * A capture that is still being written, as a FILE whose reader waits: a file
 * that grows (told by inotify), a FIFO, or a UNIX socket to connect to. It ends
 * when nobody writes any more, or on SIGINT or SIGTERM.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

struct live {
	int fd, watch; /* watch: inotify, for a file; else -1 */
	bool closed; /* inotify said that the writer has closed it */
	bool truncated; /* it became shorter: another capture began */
	uint64_t position;
	/* Called before each wait and once in every interval. */
	void (*idle)(void *context);
	void (*tick)(void *context);
	void *context;
	nsec_t interval, next; /* 0: no ticks */
};

/* NULL with errno. The signals are caught from now on. */
FILE *live_open(struct live *live, const char *path);
/* Calls tick() if it is time; for whoever does not come to wait. */
void live_check(struct live *live);
