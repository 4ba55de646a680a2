// SPDX-License-Identifier: MIT
/*
 * Private to epoll.c (sets, items, hooks) and epoll_wait.c (the ready list's
 * other end): see the head of epoll.c for the locks.
 */
#pragma once

#include "kernel/file/epoll.h"
#include "lib/rbtree.h"

#define PRIVATE_BITS (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

struct epoll {
	struct mutex mutex;
	struct rb_tree items; /* guarded by mutex */
	unsigned item_count;
	struct file *file; /* its own */

	struct spinlock lock; /* irqsave */
	struct list ready; /* guarded by lock */

	struct wait_queue wait; /* epoll_wait; exclusive entries */
	struct wait_queue poll_wait; /* who polls the epoll file itself */
};

struct epoll_hook {
	struct epoll_hook *next;
	struct wait_entry entry;
	struct wait_queue *queue;
	struct epoll_item *item;
};

struct epoll_item {
	struct rb_node node; /* by (file, fd) */
	struct list ready_link; /* guarded by epoll->lock */
	struct hnode file_link; /* in file->epoll_links; epoll_lock */
	struct epoll *epoll;
	struct file *file; /* no reference: epoll_forget_file */
	int fd;
	uint32_t events; /* written under epoll->lock */
	uint32_t data[2];
	struct epoll_hook *hooks; /* guarded by epoll->mutex */
	struct epoll_hook first; /* most files have one queue */
	bool first_used;
};

extern const struct file_ops epoll_ops;

/* The set behind an epoll file, or NULL. */
static inline struct epoll *epoll_of(struct file *file)
{
	return file->ops == &epoll_ops ? file->private : NULL;
}

/* Puts the item on the ready list. True: it was not there. */
static inline bool epoll_make_ready(struct epoll *epoll,
				    struct epoll_item *item)
{
	if (!list_empty(&item->ready_link))
		return false;
	list_push_back(&epoll->ready, &item->ready_link);
	return true;
}

/* What is true of the item's file now, among what was asked. */
static inline uint32_t epoll_ask(struct epoll_item *item)
{
	return file_poll(item->file, NULL) & item->events;
}

unsigned epoll_poll(struct file *file, struct poll_table *table);
