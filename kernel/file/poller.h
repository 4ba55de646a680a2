// SPDX-License-Identifier: MIT
/*
 * One thread's wait for many files: what poll and select are made of.
 *
 *	poller_init(&poller);
 *	for (;;) {
 *		for each file: ready += poller_ask(&poller, file, events) != 0;
 *		if (ready || (error = poller_sleep(&poller, deadline)))
 *			break;
 *	}
 *	poller_end(&poller);
 *
 * The first round registers with the files' queues, later ones only look.
 */
#pragma once

#include "kernel/file/file.h"

#define POLLER_INLINE 6

struct poller;

struct poll_hook {
	struct wait_entry entry;
	struct wait_queue *queue;
	struct file *file; /* referenced */
	struct poller *poller;
	unsigned events;
};

struct poller {
	struct poll_table table;
	struct thread *thread;
	bool registering, triggered;
	unsigned events; /* of the file being asked */
	unsigned inline_count;
	int error; /* -ENOMEM */
	struct poll_chunk *chunks; /* when POLLER_INLINE is not enough */
	struct poll_hook hooks[POLLER_INLINE];
};

void poller_init(struct poller *poller);
/* The events that are true now, of those asked and POLLERR | POLLHUP. */
unsigned poller_ask(struct poller *poller, struct file *file, unsigned events);
/* No hook is needed any more: something is ready already. */
void poller_satisfied(struct poller *poller);
/* 0: ask again. -ETIMEDOUT, -EINTR, -ENOMEM. */
int poller_sleep(struct poller *poller, nsec_t deadline);
void poller_end(struct poller *poller);
