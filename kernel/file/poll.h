// SPDX-License-Identifier: MIT
/*
 * Readiness: how poll, select and epoll learn that a file has something.
 *
 * A file's poll operation returns the bits that are true now and, when given a
 * table, hands each wait queue that announces changes to poll_wait. Whoever
 * makes a change calls wake_up(queue, bits) with the POLL* bits that may have
 * become true, so that epoll can ignore what nobody asked for.
 */
#pragma once

#include "kernel/sched/wait.h"

#define POLLIN 0x0001
#define POLLPRI 0x0002
#define POLLOUT 0x0004
#define POLLERR 0x0008
#define POLLHUP 0x0010
#define POLLNVAL 0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200
#define POLLMSG 0x0400
#define POLLRDHUP 0x2000

struct file;

struct poll_table {
	void (*add)(struct poll_table *table, struct file *file,
		    struct wait_queue *queue);
};

static inline void poll_wait(struct poll_table *table, struct file *file,
			     struct wait_queue *queue)
{
	if (table)
		table->add(table, file, queue);
}
