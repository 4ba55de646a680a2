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
#include "kernel/file/pipe.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PIPE_SLOTS 16
#define PIPE_MAX_SIZE (1u << 20)
#define SPARE_PAGES 2
#define SIGNAL_PIPE 13
#define FIONREAD 0x541b

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

static bool is_empty(const struct pipe *pipe)
{
	return READ_ONCE(pipe->head) == READ_ONCE(pipe->tail);
}

static bool is_full(const struct pipe *pipe)
{
	return READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) >=
	       READ_ONCE(pipe->slot_count);
}

static struct pipe_slot *slot_at(struct pipe *pipe, unsigned count)
{
	return &pipe->slots[count & (pipe->slot_count - 1)];
}

static struct pipe *allocate(void)
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

static void destroy(struct pipe *pipe)
{
	for (; pipe->tail != pipe->head; pipe->tail++)
		page_put(slot_at(pipe, pipe->tail)->page);
	for (unsigned i = 0; i < SPARE_PAGES; i++)
		if (pipe->spare[i])
			page_put(pipe->spare[i]);
	kfree(pipe->slots);
	kfree(pipe);
}

static struct page *take_page(struct pipe *pipe)
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

static void give_page(struct pipe *pipe, struct page *page)
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
static int sleep_exclusive(struct pipe *pipe, struct wait_queue *queue,
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

static bool may_read(const struct pipe *pipe)
{
	return !is_empty(pipe) || !READ_ONCE(pipe->writers);
}

static bool may_write(const struct pipe *pipe)
{
	return !is_full(pipe) || !READ_ONCE(pipe->readers);
}

/* Moves what is there into io; -EFAULT only if nothing was moved. */
static ssize_t drain(struct pipe *pipe, struct io *io)
{
	ssize_t done = 0;

	while (io->left && pipe->head != pipe->tail) {
		struct pipe_slot *slot = slot_at(pipe, pipe->tail);
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
			give_page(pipe, slot->page);
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
		if (!is_empty(pipe)) {
			was_full = is_full(pipe);
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
		if (sleep_exclusive(pipe, &pipe->read_wait, may_read))
			return -EINTR;
		slept = true;
		mutex_lock(&pipe->mutex);
	}
	/* The wake-up that was ours alone may be the next reader's, too. */
	slept = slept && may_read(pipe);
	mutex_unlock(&pipe->mutex);
	if (was_full && !is_full(pipe) && wait_active(&pipe->write_wait))
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

	if (!size || is_empty(pipe))
		return 0;
	slot = slot_at(pipe, pipe->head - 1);
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
	struct page *page = take_page(pipe);
	size_t want = MIN(io->left, (size_t)PAGE_SIZE), got;
	struct pipe_slot *slot;

	if (!page)
		return -ENOMEM;
	got = io_copy_from(io, page_address(page), want);
	if (!got) {
		give_page(pipe, page);
		return -EFAULT;
	}
	slot = slot_at(pipe, pipe->head);
	*slot = (struct pipe_slot){ page, 0, (uint32_t)got, packet, false };
	WRITE_ONCE(pipe->head, pipe->head + 1);
	return (ssize_t)got;
}

static void wake_readers(struct pipe *pipe)
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
	while (io->left && !is_full(pipe)) {
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
			thread_raise(SIGNAL_PIPE);
			return done;
		}
		got = 0;
		if (!is_full(pipe) || (io->left & PAGE_MASK))
			got = fill(pipe, io, file->flags & O_DIRECT);
		if (got < 0) {
			if (!done)
				done = got;
			break;
		}
		done += got;
		if (!io->left)
			break;
		if (got && !is_full(pipe))
			break; /* a fault half way */
		if (file->flags & O_NONBLOCK) {
			if (!done)
				done = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->mutex);
		wake_readers(pipe);
		if (sleep_exclusive(pipe, &pipe->write_wait, may_write))
			return done ? done : -EINTR;
		slept = true;
		mutex_lock(&pipe->mutex);
	}
	slept = slept && may_write(pipe);
	mutex_unlock(&pipe->mutex);
	if (done > 0)
		wake_readers(pipe);
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
		if (!is_empty(pipe))
			events |= POLLIN | POLLRDNORM;
		/* A FIFO that no writer has opened yet has not hung up. */
		if (!READ_ONCE(pipe->writers) &&
		    file->position != (int64_t)READ_ONCE(pipe->writer_opens))
			events |= POLLHUP;
	}
	if (file->mode & FILE_WRITE) {
		if (!is_full(pipe))
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
		bytes += slot_at(pipe, i)->length;
	mutex_unlock(&pipe->mutex);
	return put_user_32(argument, bytes);
}

static void drop_file(struct pipe *pipe)
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
		destroy(pipe);
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
	drop_file(pipe);
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
	struct pipe *pipe = allocate();

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
	destroy(pipe);
	return -ENOMEM;
}

/* The FIFO's pipe with one more file on it, made if this is the first. */
static struct pipe *join(void **endpoint, struct spinlock *lock)
{
	struct pipe *fresh = allocate(), *pipe;

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
		destroy(fresh);
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
		drop_file(pipe);
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
		pipe_release(file);
		file->private = NULL;
	}
	return error;
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
		slots[i] = *slot_at(pipe, pipe->tail + i);
	kfree(pipe->slots);
	pipe->slots = slots;
	pipe->slot_count = count;
	pipe->tail = 0;
	pipe->head = used;
	mutex_unlock(&pipe->mutex);
	wake_up(&pipe->write_wait, POLLOUT | POLLWRNORM);
	return (long)count * (long)PAGE_SIZE;
}

static void lock_both(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->mutex : &b->mutex);
	mutex_lock(a < b ? &b->mutex : &a->mutex);
}

/* Bytes were taken from the front slot. */
static void consume_front(struct pipe *pipe, size_t size)
{
	struct pipe_slot *slot = slot_at(pipe, pipe->tail);

	slot->offset += (uint32_t)size;
	slot->length -= (uint32_t)size;
	if (slot->length)
		return;
	give_page(pipe, slot->page);
	slot->page = NULL;
	WRITE_ONCE(pipe->tail, pipe->tail + 1);
}

/* Both pipes are locked: slots of `from` appear in `to` as well. */
static ssize_t share_slots(struct pipe *from, struct pipe *to, size_t size,
			   bool consume)
{
	unsigned at = from->tail, end = from->head;
	ssize_t done = 0;

	for (; at != end && size && !is_full(to); at++) {
		struct pipe_slot *slot = slot_at(from, at), copy;

		slot->shared = true;
		copy = *slot;
		copy.length = (uint32_t)MIN((size_t)copy.length, size);
		page_get(copy.page);
		*slot_at(to, to->head) = copy;
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
	if (is_empty(source))
		return sleep_exclusive(source, &source->read_wait, may_read);
	return sleep_exclusive(target, &target->write_wait, may_write);
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
		end = is_empty(source) && !source->writers;
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
		thread_raise(SIGNAL_PIPE);
	if (done > 0) {
		wake_readers(target);
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

	while (size && !is_empty(pipe)) {
		struct pipe_slot *slot = slot_at(pipe, pipe->tail);
		size_t part = MIN((size_t)slot->length, size);
		struct io io;
		ssize_t got;

		io_init_kernel(&io,
			       (char *)page_address(slot->page) + slot->offset,
			       part);
		io.more = part < size && pipe->head - pipe->tail > 1;
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
	while (is_empty(pipe) && pipe->writers) {
		int error;

		mutex_unlock(&pipe->mutex);
		if (nonblock)
			return -EAGAIN;
		error = sleep_exclusive(pipe, &pipe->read_wait, may_read);
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

	while (size && !is_full(pipe)) {
		struct page *page = take_page(pipe);
		size_t part = MIN(size, (size_t)PAGE_SIZE);
		struct io io;
		ssize_t got = -ENOMEM;

		if (page) {
			io_init_kernel(&io, page_address(page), part);
			got = move_at(from, &io, position, file_read);
		}
		if (got <= 0) {
			if (page)
				give_page(pipe, page);
			return done ? done : got;
		}
		*slot_at(pipe, pipe->head) = (struct pipe_slot){ page, 0,
								 (uint32_t)got,
								 false, false };
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
	while (is_full(pipe) && pipe->readers) {
		int error;

		mutex_unlock(&pipe->mutex);
		if (nonblock)
			return -EAGAIN;
		error = sleep_exclusive(pipe, &pipe->write_wait, may_write);
		if (error)
			return error;
		mutex_lock(&pipe->mutex);
	}
	if (pipe->readers)
		done = read_slots(pipe, from, position, size);
	mutex_unlock(&pipe->mutex);
	if (done == -EPIPE && !pipe->readers)
		thread_raise(SIGNAL_PIPE);
	if (done > 0)
		wake_readers(pipe);
	return done;
}
