// SPDX-License-Identifier: MIT
/*
 * Signalfd: whoever reads it takes signals pending for *itself* (thread or
 * process), as Linux does, whichever process made the descriptor.
 *
 * A process's wait queue must outlive an epoll item that hangs on it, so each
 * process that polls the file is attached to it (its signal actions are
 * referenced) until the file goes away.
 */
#include "kernel/file/signalfd.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/format.h"

struct attachment {
	struct attachment *next;
	void *token;
	struct wait_queue *queue;
};

struct signalfd {
	struct mutex lock; /* guards attachments */
	struct attachment *attachments;
	uint64_t mask; /* atomic */
};

struct signalfd_ops signalfd_ops;

static uint64_t mask_of(const struct signalfd *signalfd)
{
	return __atomic_load_n(&signalfd->mask, __ATOMIC_ACQUIRE);
}

/* The current process's queue; NULL: out of memory. */
static struct wait_queue *queue_of_current(struct signalfd *signalfd)
{
	struct wait_queue *queue;
	void *token = signalfd_ops.attach(&queue);
	struct attachment *at;

	mutex_lock(&signalfd->lock);
	for (at = signalfd->attachments; at; at = at->next)
		if (at->token == token)
			break;
	if (at) {
		signalfd_ops.detach(token);
	} else {
		at = kmalloc(sizeof(*at));
		if (at) {
			*at = (struct attachment){ signalfd->attachments, token,
						   queue };
			signalfd->attachments = at;
		} else {
			signalfd_ops.detach(token);
			queue = NULL;
		}
	}
	mutex_unlock(&signalfd->lock);
	return queue;
}

static bool is_pending(struct signalfd *signalfd)
{
	return signalfd_ops.pending() & mask_of(signalfd);
}

static ssize_t signalfd_read(struct file *file, struct io *io,
			     int64_t *position)
{
	struct signalfd *signalfd = file->private;
	uint8_t record[128];
	ssize_t done = 0;

	if (io->left < sizeof(record))
		return -EINVAL;
	while (io->left >= sizeof(record)) {
		struct wait_queue *queue;
		int error;

		if (signalfd_ops.take(mask_of(signalfd), record)) {
			if (io_copy_to(io, record, sizeof(record)) !=
			    sizeof(record))
				return done ? done : -EFAULT;
			done += (ssize_t)sizeof(record);
			continue;
		}
		if (done)
			break;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		queue = queue_of_current(signalfd);
		if (!queue)
			return -ENOMEM;
		error = wait_event(queue, is_pending(signalfd));
		if (error)
			return error;
	}
	return done;
}

static unsigned signalfd_poll(struct file *file, struct poll_table *table)
{
	struct signalfd *signalfd = file->private;

	if (table) {
		struct wait_queue *queue = queue_of_current(signalfd);

		if (!queue)
			return POLLERR;
		poll_wait(table, file, queue);
	}
	return is_pending(signalfd) ? POLLIN | POLLRDNORM : 0;
}

static void signalfd_release(struct file *file)
{
	struct signalfd *signalfd = file->private;

	while (signalfd->attachments) {
		struct attachment *at = signalfd->attachments;

		signalfd->attachments = at->next;
		signalfd_ops.detach(at->token);
		kfree(at);
	}
	kfree(signalfd);
}

static void describe(struct file *file, struct text *text)
{
	struct signalfd *signalfd = file->private;

	text_add(text, "sigmask:\t%016llx\n",
		 (unsigned long long)mask_of(signalfd));
}

static const struct file_ops signalfd_file_ops = {
	.name = "anon_inode:[signalfd]",
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.describe = describe,
	.stream = true,
};

int signalfd_create(uint64_t mask, unsigned flags, struct file **file)
{
	struct signalfd *signalfd = kzalloc(sizeof(*signalfd));

	if (!signalfd)
		return -ENOMEM;
	mutex_init(&signalfd->lock);
	signalfd->mask = mask;
	*file = file_create(&signalfd_file_ops, O_RDWR | (flags & O_NONBLOCK),
			    signalfd);
	if (!*file) {
		kfree(signalfd);
		return -ENOMEM;
	}
	return 0;
}

int signalfd_set_mask(struct file *file, uint64_t mask)
{
	struct signalfd *signalfd = file->private;
	struct wait_queue *queue;

	if (file->ops != &signalfd_file_ops)
		return -EINVAL;
	__atomic_store_n(&signalfd->mask, mask, __ATOMIC_RELEASE);
	queue = queue_of_current(signalfd);
	if (queue)
		wake_up_all(queue, 0);
	return 0;
}
