// SPDX-License-Identifier: MIT
/*
 * Private to pipe.c, fifo.c and pipe_splice.c: the ring of pages behind a pipe.
 *
 * Each slot is a page with the part of it that is still unread. The mutex
 * guards the ring and is held while bytes are copied; who sleeps does so
 * without it.
 */
#pragma once

#include "kernel/file/pipe.h"
#include "kernel/mm/page.h"
#include "lib/errno.h"

#define PIPE_SIGNAL 13 /* SIGPIPE */
#define SPARE_PAGES 2

struct pipe_slot {
	struct page *page;
	uint32_t offset, length;
	bool packet; /* written with O_DIRECT: never merged */
	bool shared; /* by tee: its page is not appended to */
};

struct pipe {
	struct mutex mutex;
	/* Guarded by mutex; read without it as hints by poll and sleepers. */
	struct pipe_slot *slots;
	unsigned slot_count; /* a power of two */
	unsigned head, tail; /* written, read: counts */
	unsigned readers, writers;
	struct page *spare[SPARE_PAGES];

	struct wait_queue read_wait, write_wait;
	unsigned reader_opens, writer_opens; /* ever, for FIFO opens */
	unsigned files;
	uint64_t number;
	struct timespec64 time;

	/* A FIFO's place in its inode, guarded by *endpoint_lock. */
	void **endpoint;
	struct spinlock *endpoint_lock;
};

static inline bool pipe_is_empty(const struct pipe *pipe)
{
	return READ_ONCE(pipe->head) == READ_ONCE(pipe->tail);
}

static inline bool pipe_is_full(const struct pipe *pipe)
{
	return READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) >=
	       READ_ONCE(pipe->slot_count);
}

static inline struct pipe_slot *pipe_slot_at(struct pipe *pipe, unsigned count)
{
	return &pipe->slots[count & (pipe->slot_count - 1)];
}

struct pipe *pipe_allocate(void);
void pipe_destroy(struct pipe *pipe);
/* One file less; the last one destroys the pipe. */
void pipe_drop_file(struct pipe *pipe);
struct page *pipe_take_page(struct pipe *pipe);
void pipe_give_page(struct pipe *pipe, struct page *page);

bool pipe_may_read(const struct pipe *pipe);
bool pipe_may_write(const struct pipe *pipe);
/* As an exclusive waiter until `ready` (0) or a signal (-EINTR). */
int pipe_sleep(struct pipe *pipe, struct wait_queue *queue,
	       bool (*ready)(const struct pipe *pipe));
void pipe_wake_readers(struct pipe *pipe);
