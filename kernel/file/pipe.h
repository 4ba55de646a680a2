// SPDX-License-Identifier: MIT
/*
 * Pipes and FIFOs. A FIFO's pipe hangs off its inode's endpoint pointer, which
 * the file system keeps and this room fills in and clears.
 */
#pragma once

#include "kernel/file/file.h"

#define PIPE_BUF 4096

/* pipe2: [0] reads, [1] writes. `flags`: O_NONBLOCK, O_DIRECT. */
int pipe_create(struct file *ends[2], unsigned flags);
/* open(2) of a FIFO whose inode keeps the pipe in *endpoint, guarded by
 * `lock`. Sleeps for the other end as fifo(7) says. 0, -ENXIO, -EINTR. */
int fifo_open(struct file *file, void **endpoint, struct spinlock *lock);
/* Ops of a FIFO: `open` is NULL, the file system wraps fifo_open. */
extern const struct file_ops fifo_ops;

/* Is it a pipe or FIFO? */
bool file_is_pipe(const struct file *file);
/* F_GETPIPE_SZ and F_SETPIPE_SZ: bytes, or -EBADF, -EBUSY, -EPERM. */
long pipe_size(struct file *file);
long pipe_resize(struct file *file, uint64_t size, bool privileged);
/* tee (consume: splice between pipes): up to size bytes, page by page. */
ssize_t pipe_transfer(struct file *from, struct file *to, size_t size,
		      bool nonblock, bool consume);
/* splice: the pipe's bytes are written to a file, or a file's read into the
 * pipe; a position of NULL is the file's own. Bytes, 0 at the end, or -E. */
ssize_t pipe_splice_to(struct file *pipe, struct file *to, int64_t *position,
		       size_t size, bool nonblock);
ssize_t pipe_splice_from(struct file *from, int64_t *position,
			 struct file *pipe, size_t size, bool nonblock);
