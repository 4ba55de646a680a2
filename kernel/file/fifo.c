// SPDX-License-Identifier: MIT
/*
 * Opening FIFOs (fifo(7)): the pipe hangs off the inode's endpoint pointer from
 * the first open to the last close, and an open for one direction sleeps until
 * there was one for the other.
 */
#include "kernel/file/pipe_ring.h"

#include "kernel/sched/thread.h"

/* The FIFO's pipe with one more file on it, made if this is the first. */
static struct pipe *join(void **endpoint, struct spinlock *lock)
{
	struct pipe *fresh = pipe_allocate(), *pipe;

	if (!fresh)
		return NULL;
	spin_lock(lock);
	pipe = *endpoint;
	if (!pipe) {
		pipe = fresh;
		fresh = NULL;
		pipe->endpoint = endpoint;
		pipe->endpoint_lock = lock;
		*endpoint = pipe;
	}
	pipe->files++;
	spin_unlock(lock);
	if (fresh)
		pipe_destroy(fresh);
	return pipe;
}

/* An open for writing (reading) waits until there was an open for the other:
 * the counts of opens tell even when that one is gone again. */
static int wait_for_partner(struct pipe *pipe, bool writer, unsigned seen)
{
	if (writer)
		return wait_event(&pipe->write_wait,
				  READ_ONCE(pipe->readers) ||
					  READ_ONCE(pipe->reader_opens) !=
						  seen);
	return wait_event(&pipe->read_wait,
			  READ_ONCE(pipe->writers) ||
				  READ_ONCE(pipe->writer_opens) != seen);
}

int fifo_open(struct file *file, void **endpoint, struct spinlock *lock)
{
	bool reads = file->mode & FILE_READ, writes = file->mode & FILE_WRITE;
	bool nonblock = file->flags & O_NONBLOCK;
	struct pipe *pipe = join(endpoint, lock);
	unsigned seen;
	int error = 0;

	if (!pipe)
		return -ENOMEM;
	mutex_lock(&pipe->mutex);
	if (writes && !reads && nonblock && !pipe->readers) {
		mutex_unlock(&pipe->mutex);
		pipe_drop_file(pipe);
		return -ENXIO;
	}
	file->private = pipe;
	pipe->readers += reads;
	pipe->reader_opens += reads;
	pipe->writers += writes;
	pipe->writer_opens += writes;
	seen = writes ? pipe->reader_opens : pipe->writer_opens;
	/* Until a writer comes, a non-blocking reader sees no hang-up. */
	file->position = -1;
	if (reads && !writes && nonblock && !pipe->writers)
		file->position = (int64_t)pipe->writer_opens;
	mutex_unlock(&pipe->mutex);
	if (reads)
		wake_up_all(&pipe->write_wait, POLLOUT | POLLWRNORM);
	if (writes)
		wake_up_all(&pipe->read_wait, 0);
	if (!nonblock && reads != writes)
		error = wait_for_partner(pipe, writes, seen);
	if (error) {
		fifo_ops.release(file);
		file->private = NULL;
	}
	return error;
}
