// SPDX-License-Identifier: MIT
/*
 * Eventfd: a 64-bit counter behind a descriptor (eventfd(2)).
 *
 * write adds, read takes all (or one, as a semaphore). Readers and writers
 * sleep on one queue each and are woken one at a time; who leaves something
 * behind passes the wake-up on.
 */
#include "kernel/file/eventfd.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/format.h"

#define COUNT_MAX 0xfffffffffffffffeull

struct eventfd {
	struct spinlock lock;
	uint64_t count; /* guarded by lock */
	bool semaphore;
	struct wait_queue read_wait, write_wait;
};

static bool take(struct eventfd *event, uint64_t *value)
{
	bool taken;

	spin_lock(&event->lock);
	taken = event->count != 0;
	if (taken) {
		*value = event->semaphore ? 1 : event->count;
		event->count -= *value;
	}
	spin_unlock(&event->lock);
	return taken;
}

static bool add(struct eventfd *event, uint64_t value)
{
	bool added;

	spin_lock(&event->lock);
	added = COUNT_MAX - event->count >= value;
	if (added)
		event->count += value;
	spin_unlock(&event->lock);
	return added;
}

static ssize_t eventfd_read(struct file *file, struct io *io, int64_t *position)
{
	struct eventfd *event = file->private;
	uint64_t value;
	int error;

	if (io->left < sizeof(value))
		return -EINVAL;
	while (!take(event, &value)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event(&event->read_wait,
				   READ_ONCE(event->count) != 0);
		if (error)
			return error;
	}
	if (wait_active(&event->write_wait))
		wake_up(&event->write_wait, POLLOUT | POLLWRNORM);
	if (io_copy_to(io, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	return sizeof(value);
}

static ssize_t eventfd_write(struct file *file, struct io *io,
			     int64_t *position)
{
	struct eventfd *event = file->private;
	uint64_t value;
	int error;

	if (io->left < sizeof(value))
		return -EINVAL;
	if (io_copy_from(io, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value == ~0ull)
		return -EINVAL;
	while (!add(event, value)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event(&event->write_wait,
				   COUNT_MAX - READ_ONCE(event->count) >=
					   value);
		if (error)
			return error;
	}
	if (wait_active(&event->read_wait))
		wake_up(&event->read_wait, POLLIN | POLLRDNORM);
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *event = file->private;
	unsigned events = 0;
	uint64_t count;

	poll_wait(table, file, &event->read_wait);
	poll_wait(table, file, &event->write_wait);
	count = READ_ONCE(event->count);
	if (count > 0)
		events |= POLLIN | POLLRDNORM;
	if (count == ~0ull)
		events |= POLLERR;
	if (count < COUNT_MAX)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static void eventfd_release(struct file *file)
{
	kfree(file->private);
}

static void eventfd_describe(struct file *file, struct text *text)
{
	struct eventfd *event = file->private;

	text_add(text, "eventfd-count: %16llx\n",
		 (unsigned long long)READ_ONCE(event->count));
}

static const struct file_ops eventfd_ops = {
	.name = "anon_inode:[eventfd]",
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.describe = eventfd_describe,
	.stream = true,
};

int eventfd_create(unsigned value, unsigned flags, struct file **file)
{
	struct eventfd *event = kzalloc(sizeof(*event));

	if (!event)
		return -ENOMEM;
	spin_init(&event->lock);
	event->count = value;
	event->semaphore = flags & EFD_SEMAPHORE;
	wait_queue_init(&event->read_wait);
	wait_queue_init(&event->write_wait);
	*file = file_create(&eventfd_ops, O_RDWR | (flags & O_NONBLOCK), event);
	if (!*file) {
		kfree(event);
		return -ENOMEM;
	}
	return 0;
}
