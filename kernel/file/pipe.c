// SPDX-License-Identifier: MIT
/*
 * Pipes: a ring of pages between writers and readers.
 *
 * Each slot of the ring is a page with the part of it that is still unread. A
 * write first fills the rest of the last page, then takes fresh slots, so one
 * of at most PIPE_BUF bytes is never split: it fits the last page or one slot.
 * The mutex is held while bytes are copied (user memory may fault); sleeping
 * for data or room is done without it, as exclusive waiters: each change wakes
 * one thread, which passes the wake-up on when there is more to have. Two
 * spare pages are kept so that small messages allocate nothing.
 */
#include "kernel/file/pipe_ring.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PIPE_SLOTS 16
#define PIPE_MAX_SIZE (1u << 20)
#define FIONREAD 0x541b

struct pipe *pipe_allocate(void)
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));

	if (!pipe)
		return NULL;
	pipe->slots = kcalloc(PIPE_SLOTS, sizeof(*pipe->slots));
	if (!pipe->slots) {
		kfree(pipe);
		return NULL;
	}
	pipe->slot_count = PIPE_SLOTS;
	mutex_init(&pipe->mutex);
	wait_queue_init(&pipe->read_wait);
	wait_queue_init(&pipe->write_wait);
	pipe->number = file_next_number();
	pipe->time.seconds = clock_realtime() / NSEC_PER_SEC;
	pipe->time.nanoseconds = clock_realtime() % NSEC_PER_SEC;
	return pipe;
}

void pipe_destroy(struct pipe *pipe)
{
	for (; pipe->tail != pipe->head; pipe->tail++)
		page_put(pipe_slot_at(pipe, pipe->tail)->page);
	for (unsigned i = 0; i < SPARE_PAGES; i++)
		if (pipe->spare[i])
			page_put(pipe->spare[i]);
	kfree(pipe->slots);
	kfree(pipe);
}

struct page *pipe_take_page(struct pipe *pipe)
{
	for (unsigned i = 0; i < SPARE_PAGES; i++) {
		struct page *page = pipe->spare[i];

		if (page) {
			pipe->spare[i] = NULL;
			return page;
		}
	}
	return page_alloc_reclaim(0, 0);
}

void pipe_give_page(struct pipe *pipe, struct page *page)
{
	for (unsigned i = 0; i < SPARE_PAGES; i++)
		if (!pipe->spare[i] &&
		    __atomic_load_n(&page->refs, __ATOMIC_RELAXED) == 1) {
			pipe->spare[i] = page;
			return;
		}
	page_put(page);
}

/* Sleeps as an exclusive waiter until `ready` or a signal. */
int pipe_sleep(struct pipe *pipe, struct wait_queue *queue,
	       bool (*ready)(const struct pipe *pipe))
{
	struct wait_entry entry = { .exclusive = true };
	int error = 0;

	for (;;) {
		wait_prepare(queue, &entry, THREAD_SLEEPING);
		if (ready(pipe))
			break;
		if (signal_pending()) {
			error = -EINTR;
			break;
		}
		wait_schedule(NO_DEADLINE);
	}
	wait_finish(queue, &entry);
	return error;
}

bool pipe_may_read(const struct pipe *pipe)
{
	return !pipe_is_empty(pipe) || !READ_ONCE(pipe->writers);
}

bool pipe_may_write(const struct pipe *pipe)
{
	return !pipe_is_full(pipe) || !READ_ONCE(pipe->readers);
}

/* Moves what is there into io; -EFAULT only if nothing was moved. */
static ssize_t drain(struct pipe *pipe, struct io *io)
{
	ssize_t done = 0;

	while (io->left && pipe->head != pipe->tail) {
		struct pipe_slot *slot = pipe_slot_at(pipe, pipe->tail);
		size_t want = MIN(io->left, (size_t)slot->length), got;
		bool packet = slot->packet;

		got = io_copy_to(
			io, (char *)page_address(slot->page) + slot->offset,
			want);
		done += (ssize_t)got;
		slot->offset += (uint32_t)got;
		slot->length -= (uint32_t)got;
		if (got < want)
			return done ? done : -EFAULT;
		if (packet)
			slot->length = 0; /* the rest is dropped */
		if (!slot->length) {
			pipe_give_page(pipe, slot->page);
			slot->page = NULL;
			WRITE_ONCE(pipe->tail, pipe->tail + 1);
		}
		if (packet)
			break;
	}
	return done;
}

static ssize_t pipe_read(struct file *file, struct io *io, int64_t *position)
{
	struct pipe *pipe = file->private;
	bool was_full = false, slept = false;
	ssize_t done = 0;

	if (!io->left)
		return 0;
	mutex_lock(&pipe->mutex);
	for (;;) {
		if (!pipe_is_empty(pipe)) {
			was_full = pipe_is_full(pipe);
			done = drain(pipe, io);
			break;
		}
		if (!pipe->writers)
			break;
		if (file->flags & O_NONBLOCK) {
			done = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->mutex);
		if (pipe_sleep(pipe, &pipe->read_wait, pipe_may_read))
			return -EINTR;
		slept = true;
		mutex_lock(&pipe->mutex);
	}
	/* The wake-up that was ours alone may be the next reader's, too. */
	slept = slept && pipe_may_read(pipe);
	mutex_unlock(&pipe->mutex);
	if (was_full && !pipe_is_full(pipe) && wait_active(&pipe->write_wait))
		wake_up(&pipe->write_wait, POLLOUT | POLLWRNORM);
	if (slept && wait_active(&pipe->read_wait))
		wake_up(&pipe->read_wait, POLLIN | POLLRDNORM);
	return done;
}

/* Fills the rest of the last page when all `size` bytes fit there. */
static ssize_t append(struct pipe *pipe, struct io *io, size_t size)
{
	struct pipe_slot *slot;
	size_t end, got;

	if (!size || pipe_is_empty(pipe))
		return 0;
	slot = pipe_slot_at(pipe, pipe->head - 1);
	end = slot->offset + slot->length;
	if (slot->packet || slot->shared || end + size > PAGE_SIZE)
		return 0;
	got = io_copy_from(io, (char *)page_address(slot->page) + end, size);
	slot->length += (uint32_t)got;
	return got < size && !got ? -EFAULT : (ssize_t)got;
}

/* One fresh slot with up to a page of io. */
static ssize_t add_slot(struct pipe *pipe, struct io *io, bool packet)
{
	struct page *page = pipe_take_page(pipe);
	size_t want = MIN(io->left, (size_t)PAGE_SIZE), got;
	struct pipe_slot *slot;

	if (!page)
		return -ENOMEM;
	got = io_copy_from(io, page_address(page), want);
	if (!got) {
		pipe_give_page(pipe, page);
		return -EFAULT;
	}
	slot = pipe_slot_at(pipe, pipe->head);
	*slot = (struct pipe_slot){ page, 0, (uint32_t)got, packet, false };
	WRITE_ONCE(pipe->head, pipe->head + 1);
	return (ssize_t)got;
}

void pipe_wake_readers(struct pipe *pipe)
{
	if (wait_active(&pipe->read_wait))
		wake_up(&pipe->read_wait, POLLIN | POLLRDNORM);
}

/* Writes what fits: bytes (0: no room), or -E when nothing was moved. */
static ssize_t fill(struct pipe *pipe, struct io *io, bool packet)
{
	ssize_t done = 0, got = 0;

	if (!packet)
		got = append(pipe, io, io->left & PAGE_MASK);
	if (got < 0)
		return got;
	done = got;
	while (io->left && !pipe_is_full(pipe)) {
		size_t want = MIN(io->left, (size_t)PAGE_SIZE);

		got = add_slot(pipe, io, packet);
		if (got < 0)
			return done ? done : got;
		done += got;
		if ((size_t)got < want)
			break; /* a fault half way */
	}
	return done;
}

static ssize_t pipe_write(struct file *file, struct io *io, int64_t *position)
{
	struct pipe *pipe = file->private;
	size_t size = io->left;
	ssize_t done = 0, got;
	bool slept = false;

	if (!size)
		return 0;
	mutex_lock(&pipe->mutex);
	for (;;) {
		if (!pipe->readers) {
			if (!done)
				done = -EPIPE;
			mutex_unlock(&pipe->mutex);
			thread_raise(PIPE_SIGNAL);
			return done;
		}
		got = 0;
		if (!pipe_is_full(pipe) || (io->left & PAGE_MASK))
			got = fill(pipe, io, file->flags & O_DIRECT);
		if (got < 0) {
			if (!done)
				done = got;
			break;
		}
		done += got;
		if (!io->left)
			break;
		if (got && !pipe_is_full(pipe))
			break; /* a fault half way */
		if (file->flags & O_NONBLOCK) {
			if (!done)
				done = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->mutex);
		pipe_wake_readers(pipe);
		if (pipe_sleep(pipe, &pipe->write_wait, pipe_may_write))
			return done ? done : -EINTR;
		slept = true;
		mutex_lock(&pipe->mutex);
	}
	slept = slept && pipe_may_write(pipe);
	mutex_unlock(&pipe->mutex);
	if (done > 0)
		pipe_wake_readers(pipe);
	if (slept && wait_active(&pipe->write_wait))
		wake_up(&pipe->write_wait, POLLOUT | POLLWRNORM);
	return done;
}

static unsigned pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private;
	unsigned events = 0;

	if (file->mode & FILE_READ)
		poll_wait(table, file, &pipe->read_wait);
	if (file->mode & FILE_WRITE)
		poll_wait(table, file, &pipe->write_wait);
	if (file->mode & FILE_READ) {
		if (!pipe_is_empty(pipe))
			events |= POLLIN | POLLRDNORM;
		/* A FIFO that no writer has opened yet has not hung up. */
		if (!READ_ONCE(pipe->writers) &&
		    file->position != (int64_t)READ_ONCE(pipe->writer_opens))
			events |= POLLHUP;
	}
	if (file->mode & FILE_WRITE) {
		if (!pipe_is_full(pipe))
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			events |= POLLERR;
	}
	return events;
}

static long pipe_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct pipe *pipe = file->private;
	uint32_t bytes = 0;

	if (command != FIONREAD)
		return -ENOTTY;
	mutex_lock(&pipe->mutex);
	for (unsigned i = pipe->tail; i != pipe->head; i++)
		bytes += pipe_slot_at(pipe, i)->length;
	mutex_unlock(&pipe->mutex);
	return put_user_32(argument, bytes);
}

void pipe_drop_file(struct pipe *pipe)
{
	bool last;

	if (pipe->endpoint) {
		spin_lock(pipe->endpoint_lock);
		last = --pipe->files == 0;
		if (last)
			*pipe->endpoint = NULL;
		spin_unlock(pipe->endpoint_lock);
	} else {
		last = __atomic_sub_fetch(&pipe->files, 1, __ATOMIC_ACQ_REL) ==
		       0;
	}
	if (last)
		pipe_destroy(pipe);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;
	bool wake;

	if (!pipe)
		return;
	mutex_lock(&pipe->mutex);
	if (file->mode & FILE_READ)
		pipe->readers--;
	if (file->mode & FILE_WRITE)
		pipe->writers--;
	wake = !pipe->readers != !pipe->writers;
	mutex_unlock(&pipe->mutex);
	if (wake) {
		wake_up_all(&pipe->read_wait,
			    POLLIN | POLLRDNORM | POLLERR | POLLHUP);
		wake_up_all(&pipe->write_wait,
			    POLLOUT | POLLWRNORM | POLLERR | POLLHUP);
	}
	pipe_drop_file(pipe);
}

static int pipe_stat(struct file *file, struct stat_result *stat)
{
	struct pipe *pipe = file->private;

	file_stat_anonymous(stat, 0010600, pipe->number);
	stat->device = 0xc;
	stat->uid = file->cred ? file->cred->fsuid : 0;
	stat->gid = file->cred ? file->cred->fsgid : 0;
	stat->atime = stat->mtime = stat->ctime = pipe->time;
	return 0;
}

static const struct file_ops pipe_ops = {
	.name = "pipe",
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.release = pipe_release,
	.stream = true,
};

const struct file_ops fifo_ops = {
	.name = "fifo",
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
	.stream = true,
};

bool file_is_pipe(const struct file *file)
{
	return file->ops && file->ops->release == pipe_release;
}

int pipe_create(struct file *ends[2], unsigned flags)
{
	struct pipe *pipe = pipe_allocate();

	if (!pipe)
		return -ENOMEM;
	flags &= O_NONBLOCK | O_DIRECT;
	/* A file that fails is released with private still NULL. */
	ends[0] = file_create(&pipe_ops, O_RDONLY | (flags & O_NONBLOCK), NULL);
	if (!ends[0])
		goto fail;
	ends[1] = file_create(&pipe_ops, O_WRONLY | flags, NULL);
	if (!ends[1]) {
		file_put(ends[0]);
		goto fail;
	}
	pipe->files = 2;
	pipe->readers = pipe->writers = 1;
	pipe->reader_opens = pipe->writer_opens = 1;
	ends[0]->private = pipe;
	ends[1]->private = pipe;
	return 0;
fail:
	pipe_destroy(pipe);
	return -ENOMEM;
}

long pipe_size(struct file *file)
{
	struct pipe *pipe = file->private;

	if (!file_is_pipe(file))
		return -EBADF;
	return (long)READ_ONCE(pipe->slot_count) * (long)PAGE_SIZE;
}

long pipe_resize(struct file *file, uint64_t size, bool privileged)
{
	struct pipe *pipe = file->private;
	struct pipe_slot *slots;
	unsigned count = 1, used;

	if (!file_is_pipe(file))
		return -EBADF;
	if (size > 1u << 31)
		return -EINVAL;
	while ((uint64_t)count * PAGE_SIZE < size)
		count *= 2;
	if ((uint64_t)count * PAGE_SIZE > PIPE_MAX_SIZE && !privileged)
		return -EPERM;
	slots = kcalloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	mutex_lock(&pipe->mutex);
	used = pipe->head - pipe->tail;
	if (used > count) {
		mutex_unlock(&pipe->mutex);
		kfree(slots);
		return -EBUSY;
	}
	for (unsigned i = 0; i < used; i++)
		slots[i] = *pipe_slot_at(pipe, pipe->tail + i);
	kfree(pipe->slots);
	pipe->slots = slots;
	pipe->slot_count = count;
	pipe->tail = 0;
	pipe->head = used;
	mutex_unlock(&pipe->mutex);
	wake_up(&pipe->write_wait, POLLOUT | POLLWRNORM);
	return (long)count * (long)PAGE_SIZE;
}
