// SPDX-License-Identifier: MIT
/*
 * The descriptor of inotify: see inotify.h.
 *
 * Events queue up until they are read. One that equals the last one of the queue
 * is the same to a reader, and is not queued again; when the queue is full, one
 * event says that others were lost. An event takes what its record in a read
 * takes: a header and the name, padded to the header's size.
 *
 * Order of locks: watch_lock, then the lock of the queue.
 */
#include "kernel/file/inotify.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define FIONREAD 0x541b

struct event_head { /* struct inotify_event of <sys/inotify.h> */
	int32_t wd;
	uint32_t mask, cookie, length;
};

struct event {
	struct list link;
	size_t name_length;
	struct event_head head;
	char name[]; /* head.length bytes: NULs at the end */
};

struct inotify {
	struct inotify_share *share; /* constant */
	unsigned queue_max; /* constant */
	struct rb_tree watches; /* guarded by watch_lock */
	int next_wd; /* the same */

	struct spinlock lock; /* guards the queue */
	struct list queue;
	unsigned queued;
	uint64_t queued_bytes;
	struct wait_queue wait;
	struct event overflow; /* in the queue when events were lost */
};

struct spinlock watch_lock = SPINLOCK_INIT;
int32_t watch_count;

/* ---- the queue ---- */

static size_t event_size(const struct event *event)
{
	return sizeof(event->head) + event->head.length;
}

static void push(struct inotify *self, struct event *event)
{
	list_push_back(&self->queue, &event->link);
	self->queued++;
	self->queued_bytes += event_size(event);
}

static void remove(struct inotify *self, struct event *event)
{
	list_remove(&event->link);
	self->queued--;
	self->queued_bytes -= event_size(event);
}

static void event_free(struct inotify *self, struct event *event)
{
	if (event != &self->overflow)
		kfree(event);
}

static struct event *event_create(int wd, uint32_t mask, uint32_t cookie,
				  const char *name, size_t length)
{
	size_t room = name ? ALIGN_UP(length + 1, sizeof(struct event_head)) :
			     0;
	struct event *event = kzalloc(sizeof(*event) + room);

	if (!event)
		return NULL;
	event->head = (struct event_head){ wd, mask, cookie, (uint32_t)room };
	event->name_length = length;
	if (name)
		memcpy(event->name, name, length);
	return event;
}

static bool equal_last(struct inotify *self, const struct watch *watch,
		       uint32_t mask, const char *name, size_t length)
{
	const struct event *last = LIST_LAST(&self->queue, struct event, link);

	return last && last->head.wd == watch->wd && last->head.mask == mask &&
	       !(mask & IN_IGNORED) && !last->head.length == !name &&
	       last->name_length == length &&
	       (!name || !memcmp(last->name, name, length));
}

void watch_tell(struct watch *watch, uint32_t mask, uint32_t cookie,
		const char *name, size_t length)
{
	struct inotify *self = watch->owner;
	struct event *event = NULL;
	bool same;

	spin_lock(&self->lock);
	same = equal_last(self, watch, mask, name, length);
	if (self->queued < self->queue_max && !same)
		event = event_create(watch->wd, mask, cookie, name, length);
	if (event)
		push(self, event);
	else if (!same && list_empty(&self->overflow.link))
		push(self, &self->overflow);
	spin_unlock(&self->lock);
	if (!same && wait_active(&self->wait))
		wake_up(&self->wait, POLLIN | POLLRDNORM);
}

/* ---- watches ---- */

int watch_create(struct inotify *owner, struct watch **result)
{
	struct watch *watch;
	int error = inotify_share_watch(owner->share);

	if (error)
		return error;
	watch = kzalloc(sizeof(*watch));
	if (!watch) {
		inotify_share_unwatch(owner->share);
		return -ENOMEM;
	}
	watch->owner = owner;
	watch->share = owner->share;
	list_init(&watch->on_inode);
	list_init(&watch->on_super);
	__atomic_fetch_add(&watch_count, 1, __ATOMIC_RELAXED);
	*result = watch;
	return 0;
}

/* The owner may be gone: its last watches end after it. */
void watch_free(struct watch *watch)
{
	__atomic_fetch_sub(&watch_count, 1, __ATOMIC_RELAXED);
	inotify_share_unwatch(watch->share);
	kfree(watch);
}

struct watch *watch_find(struct inotify *owner, int wd)
{
	struct rb_node *at = owner->watches.root;

	while (at) {
		struct watch *watch = RB_ENTRY(at, struct watch, by_number);

		if (watch->wd == wd)
			return watch;
		at = at->child[wd > watch->wd];
	}
	return NULL;
}

static bool is_less(const struct rb_node *a, const struct rb_node *b)
{
	return RB_ENTRY(a, struct watch, by_number)->wd <
	       RB_ENTRY(b, struct watch, by_number)->wd;
}

/* Numbers grow, and are not given out again before all were. */
void watch_join(struct watch *watch)
{
	struct inotify *self = watch->owner;

	do {
		watch->wd = self->next_wd;
		self->next_wd = watch->wd == INT32_MAX ? 1 : watch->wd + 1;
	} while (watch_find(self, watch->wd));
	rb_insert(&self->watches, &watch->by_number, is_less);
}

void watch_leave(struct watch *watch)
{
	watch_tell(watch, IN_IGNORED, 0, NULL, 0);
	rb_erase(&watch->owner->watches, &watch->by_number);
}

/* ---- the file ---- */

/* The first event if it fits: no longer queued. -EINVAL: it does not fit. */
static int take(struct inotify *self, size_t room, struct event_head *head,
		struct event **event)
{
	struct event *first;
	int error = -EAGAIN;

	spin_lock(&self->lock);
	first = LIST_FIRST(&self->queue, struct event, link);
	if (first && event_size(first) > room) {
		error = -EINVAL;
	} else if (first) {
		remove(self, first);
		*head = first->head;
		error = 0;
	}
	spin_unlock(&self->lock);
	*event = first;
	return error;
}

static ssize_t inotify_read(struct file *file, struct io *io, int64_t *position)
{
	struct inotify *self = file->private;
	struct event_head head;
	struct event *event;
	ssize_t done = 0;
	size_t size;
	int error;

	for (;;) {
		error = take(self, io->left, &head, &event);
		if (!error) {
			size = io_copy_to(io, &head, sizeof(head));
			if (head.length)
				size += io_copy_to(io, event->name,
						   head.length);
			event_free(self, event);
			if (size != sizeof(head) + head.length)
				return -EFAULT;
			done += (ssize_t)size;
			continue;
		}
		if (done)
			return done;
		if (error != -EAGAIN || file->flags & O_NONBLOCK)
			return error;
		error = wait_event(&self->wait, READ_ONCE(self->queued) != 0);
		if (error)
			return error;
	}
}

static unsigned inotify_poll(struct file *file, struct poll_table *table)
{
	struct inotify *self = file->private;

	poll_wait(table, file, &self->wait);
	return READ_ONCE(self->queued) ? POLLIN | POLLRDNORM : 0;
}

static long inotify_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct inotify *self = file->private;

	if (command != FIONREAD)
		return -ENOTTY;
	return put_user_32(argument, (uint32_t)READ_ONCE(self->queued_bytes));
}

static void inotify_release(struct file *file)
{
	struct inotify *self = file->private;
	struct rb_node *first;
	struct watch *watch;
	struct event *event;

	for (;;) {
		spin_lock(&watch_lock);
		first = rb_first(&self->watches);
		if (!first) {
			spin_unlock(&watch_lock);
			break;
		}
		watch = RB_ENTRY(first, struct watch, by_number);
		rb_erase(&self->watches, first);
		path_ops.unwatch(watch);
		spin_unlock(&watch_lock);
		path_ops.inode_put(watch->inode);
		watch_free(watch);
	}
	while ((event = LIST_POP(&self->queue, struct event, link)))
		event_free(self, event);
	inotify_share_close(self->share);
	kfree(self);
}

/* Linux's own form of a device's number, as it prints it. */
static unsigned long kernel_device(uint64_t device)
{
	return (device >> 8 & 0xfff) << 20 | (device & 0xff) |
	       (device >> 12 & 0xfff00);
}

static void inotify_describe(struct file *file, struct text *text)
{
	struct inotify *self = file->private;
	struct rb_node *at;
	uint64_t number, device;

	spin_lock(&watch_lock);
	RB_FOR_EACH(at, &self->watches) {
		struct watch *watch = RB_ENTRY(at, struct watch, by_number);

		path_ops.inode_identity(watch->inode, &number, &device);
		text_add(text,
			 "inotify wd:%x ino:%lx sdev:%lx mask:%x "
			 "ignored_mask:0 \n",
			 (unsigned)watch->wd, number, kernel_device(device),
			 watch->mask &
				 (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK));
	}
	spin_unlock(&watch_lock);
}

/* There is no position, and Linux does not mind. */
static int64_t inotify_seek(struct file *file, int64_t offset, int whence)
{
	return 0;
}

static const struct file_ops inotify_ops = {
	.name = "anon_inode:inotify",
	.read = inotify_read,
	.seek = inotify_seek,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.describe = inotify_describe,
	.stream = true,
};

struct inotify *inotify_of(struct file *file)
{
	return file->ops == &inotify_ops ? file->private : NULL;
}

int inotify_create(unsigned flags, struct file **file)
{
	struct inotify *self = kzalloc(sizeof(*self));
	int error;

	if (!self)
		return -ENOMEM;
	error = inotify_share_open(current_cred()->uid, &self->share);
	if (error) {
		kfree(self);
		return error;
	}
	self->queue_max = (unsigned)inotify_limits.queued_events;
	self->next_wd = 1;
	self->overflow.head.wd = -1;
	self->overflow.head.mask = IN_Q_OVERFLOW;
	spin_init(&self->lock);
	list_init(&self->queue);
	list_init(&self->overflow.link);
	wait_queue_init(&self->wait);
	*file = file_create(&inotify_ops, O_RDONLY | (flags & O_NONBLOCK),
			    self);
	if (!*file) {
		inotify_share_close(self->share);
		kfree(self);
		return -ENOMEM;
	}
	return 0;
}
