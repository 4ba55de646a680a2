// SPDX-License-Identifier: MIT
/*
 * Moving pages in and out of pipes without user memory: splice and tee.
 *
 * Between pipes a page is shared, not copied; it is never appended to
 * afterwards. Towards a file, bytes are taken out of the ring only as far as
 * the file took them, so nothing is lost when it is full; the pipe stays locked
 * meanwhile, as on Linux.
 */
#include "kernel/file/pipe_ring.h"

#include "kernel/sched/thread.h"

static void lock_both(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->mutex : &b->mutex);
	mutex_lock(a < b ? &b->mutex : &a->mutex);
}

/* Bytes were taken from the front slot. */
static void consume_front(struct pipe *pipe, size_t size)
{
	struct pipe_slot *slot = pipe_slot_at(pipe, pipe->tail);

	slot->offset += (uint32_t)size;
	slot->length -= (uint32_t)size;
	if (slot->length)
		return;
	pipe_give_page(pipe, slot->page);
	slot->page = NULL;
	WRITE_ONCE(pipe->tail, pipe->tail + 1);
}

/* Both pipes are locked: slots of `from` appear in `to` as well. */
static ssize_t share_slots(struct pipe *from, struct pipe *to, size_t size,
			   bool consume)
{
	unsigned at = from->tail, end = from->head;
	ssize_t done = 0;

	for (; at != end && size && !pipe_is_full(to); at++) {
		struct pipe_slot *slot = pipe_slot_at(from, at), copy;

		slot->shared = true;
		copy = *slot;
		copy.length = (uint32_t)MIN((size_t)copy.length, size);
		page_get(copy.page);
		*pipe_slot_at(to, to->head) = copy;
		WRITE_ONCE(to->head, to->head + 1);
		size -= copy.length;
		done += copy.length;
		if (consume)
			consume_front(from, copy.length);
	}
	return done;
}

/* 0 when `source` may have bytes and `target` room; else sleeps or -E. */
static int wait_for_both(struct pipe *source, struct pipe *target,
			 bool nonblock)
{
	if (nonblock)
		return -EAGAIN;
	if (pipe_is_empty(source))
		return pipe_sleep(source, &source->read_wait, pipe_may_read);
	return pipe_sleep(target, &target->write_wait, pipe_may_write);
}

ssize_t pipe_transfer(struct file *from, struct file *to, size_t size,
		      bool nonblock, bool consume)
{
	struct pipe *source = from->private, *target = to->private;
	ssize_t done;

	if (!file_is_pipe(from) || !file_is_pipe(to) || source == target)
		return -EINVAL;
	for (;;) {
		bool end;
		int error;

		lock_both(source, target);
		end = pipe_is_empty(source) && !source->writers;
		done = -EPIPE;
		if (target->readers)
			done = share_slots(source, target, size, consume);
		mutex_unlock(&source->mutex);
		mutex_unlock(&target->mutex);
		if (done || end || !size)
			break;
		error = wait_for_both(source, target, nonblock);
		if (error)
			return error;
	}
	if (done == -EPIPE)
		thread_raise(PIPE_SIGNAL);
	if (done > 0) {
		pipe_wake_readers(target);
		if (consume)
			wake_up(&source->write_wait, POLLOUT | POLLWRNORM);
	}
	return done;
}

static ssize_t move_at(struct file *file, struct io *io, int64_t *position,
		       ssize_t (*move)(struct file *, struct io *, int64_t *))
{
	int64_t none = 0;
	ssize_t result;

	if (file->ops->stream)
		return move(file, io, &none);
	if (position)
		return move(file, io, position);
	mutex_lock(&file->position_lock);
	result = move(file, io, &file->position);
	mutex_unlock(&file->position_lock);
	return result;
}

/* With the mutex: writes slots out until there are none or `to` is full. */
static ssize_t write_slots(struct pipe *pipe, struct file *to,
			   int64_t *position, size_t size)
{
	ssize_t done = 0;

	while (size && !pipe_is_empty(pipe)) {
		struct pipe_slot *slot = pipe_slot_at(pipe, pipe->tail);
		size_t part = MIN((size_t)slot->length, size);
		struct io io;
		ssize_t got;

		io_init_kernel(&io,
			       (char *)page_address(slot->page) + slot->offset,
			       part);
		io.more = part < size && pipe->head - pipe->tail > 1;
		io.page = slot->page;
		got = move_at(to, &io, position, file_write);
		if (got <= 0)
			return done ? done : got;
		consume_front(pipe, (size_t)got);
		done += got;
		size -= (size_t)got;
		if ((size_t)got < part)
			break;
	}
	return done;
}

ssize_t pipe_splice_to(struct file *file, struct file *to, int64_t *position,
		       size_t size, bool nonblock)
{
	struct pipe *pipe = file->private;
	ssize_t done;

	mutex_lock(&pipe->mutex);
	while (pipe_is_empty(pipe) && pipe->writers) {
		int error;

		mutex_unlock(&pipe->mutex);
		if (nonblock)
			return -EAGAIN;
		error = pipe_sleep(pipe, &pipe->read_wait, pipe_may_read);
		if (error)
			return error;
		mutex_lock(&pipe->mutex);
	}
	done = write_slots(pipe, to, position, size);
	mutex_unlock(&pipe->mutex);
	if (done > 0)
		wake_up(&pipe->write_wait, POLLOUT | POLLWRNORM);
	return done;
}

/* With the mutex: reads pages into fresh slots until one comes up short. */
static ssize_t read_slots(struct pipe *pipe, struct file *from,
			  int64_t *position, size_t size)
{
	ssize_t done = 0;

	while (size && !pipe_is_full(pipe)) {
		struct page *page = pipe_take_page(pipe);
		size_t part = MIN(size, (size_t)PAGE_SIZE);
		struct io io;
		ssize_t got = -ENOMEM;

		if (page) {
			io_init_kernel(&io, page_address(page), part);
			got = move_at(from, &io, position, file_read);
		}
		if (got <= 0) {
			if (page)
				pipe_give_page(pipe, page);
			return done ? done : got;
		}
		*pipe_slot_at(pipe, pipe->head) =
			(struct pipe_slot){ page, 0, (uint32_t)got, false,
					    false };
		WRITE_ONCE(pipe->head, pipe->head + 1);
		done += got;
		size -= (size_t)got;
		/* More might have to be waited for. */
		if ((size_t)got < part || from->ops->stream)
			break;
	}
	return done;
}

ssize_t pipe_splice_from(struct file *from, int64_t *position,
			 struct file *file, size_t size, bool nonblock)
{
	struct pipe *pipe = file->private;
	ssize_t done = -EPIPE;

	mutex_lock(&pipe->mutex);
	while (pipe_is_full(pipe) && pipe->readers) {
		int error;

		mutex_unlock(&pipe->mutex);
		if (nonblock)
			return -EAGAIN;
		error = pipe_sleep(pipe, &pipe->write_wait, pipe_may_write);
		if (error)
			return error;
		mutex_lock(&pipe->mutex);
	}
	if (pipe->readers)
		done = read_slots(pipe, from, position, size);
	mutex_unlock(&pipe->mutex);
	if (done == -EPIPE && !pipe->readers)
		thread_raise(PIPE_SIGNAL);
	if (done > 0)
		pipe_wake_readers(pipe);
	return done;
}
