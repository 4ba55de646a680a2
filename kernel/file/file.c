// SPDX-License-Identifier: MIT
/*
 * Open files: making them, letting go of them, and the wrappers that give
 * absent operations Linux's errors.
 *
 * The last file_put takes a file out of every epoll set and drops its locks
 * before the file's own release runs, so those two never see a dead file.
 */
#include "kernel/file/file.h"

#include "kernel/arch/x86_64/panic.h"
#include "kernel/file/async.h"
#include "kernel/file/credentials.h"
#include "kernel/file/epoll.h"
#include "kernel/file/inotify.h"
#include "kernel/file/locks.h"
#include "kernel/file/pts.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define SEEK_DATA 3
#define SEEK_HOLE 4

#define KNOWN_FLAGS 037777777u /* open(2) ignores others */

static struct cache *file_cache;
static uint64_t last_number = 1;
struct file_counts file_counts;
struct path_ops path_ops;
struct pts_ops pts_ops;

void file_init(void)
{
	file_cache = cache_create("file", sizeof(struct file), 8);
	if (!file_cache)
		panic("no memory for files");
	epoll_init();
	async_init();
}

struct file *file_create(const struct file_ops *ops, unsigned flags,
			 void *private)
{
	struct file *file = cache_zalloc(file_cache);

	if (!file)
		return NULL;
	file->refs = 1;
	file->flags = flags & KNOWN_FLAGS & ~O_CLOEXEC;
	if (flags & O_PATH)
		file->mode = FILE_PATH;
	else if ((flags & O_ACCMODE) == O_RDONLY)
		file->mode = FILE_READ;
	else if ((flags & O_ACCMODE) == O_WRONLY)
		file->mode = FILE_WRITE;
	else if ((flags & O_ACCMODE) == O_RDWR)
		file->mode = FILE_READ | FILE_WRITE;
	file->ops = ops;
	file->private = private;
	mutex_init(&file->position_lock);
	spin_init(&file->epoll_lock);
	file->cred = current_thread()->cred;
	if (file->cred)
		credentials_get(file->cred);
	__atomic_fetch_add(&file_counts.open, 1, __ATOMIC_RELAXED);
	return file;
}

void file_get(struct file *file)
{
	__atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
}

bool file_get_unless_dead(struct file *file)
{
	int32_t refs = __atomic_load_n(&file->refs, __ATOMIC_RELAXED);

	while (refs > 0)
		if (__atomic_compare_exchange_n(&file->refs, &refs, refs + 1,
						true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

static void destroy(struct file *file)
{
	if (file->epoll_links.first)
		epoll_forget_file(file);
	if (file->async)
		async_forget_file(file);
	if (__atomic_load_n(&file->mode, __ATOMIC_RELAXED) & FILE_LOCKS)
		locks_forget_file(file);
	if (file->ops && file->ops->release)
		file->ops->release(file);
	if (file->inode && path_ops.released)
		path_ops.released(file);
	if (file->cred)
		credentials_put(file->cred);
	__atomic_fetch_sub(&file_counts.open, 1, __ATOMIC_RELAXED);
	cache_free(file_cache, file);
}

void file_put(struct file *file)
{
	int32_t refs = __atomic_sub_fetch(&file->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(refs >= 0);
	if (refs == 0)
		destroy(file);
}

uint64_t file_next_number(void)
{
	return __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
}

ssize_t file_read(struct file *file, struct io *io, int64_t *position)
{
	ssize_t done;

	if (!(file->mode & FILE_READ))
		return -EBADF;
	if (!file->ops->read)
		return -EINVAL;
	done = file->ops->read(file, io, position);
	if (done > 0)
		file_event(file, IN_ACCESS);
	return done;
}

ssize_t file_write(struct file *file, struct io *io, int64_t *position)
{
	ssize_t done;

	if (!(file->mode & FILE_WRITE))
		return -EBADF;
	if (!file->ops->write)
		return -EINVAL;
	done = file->ops->write(file, io, position);
	if (done > 0)
		file_event(file, IN_MODIFY);
	return done;
}

ssize_t file_read_kernel(struct file *file, void *to, size_t size,
			 int64_t position)
{
	struct io io;

	io_init_kernel(&io, to, size);
	return file_read(file, &io, &position);
}

ssize_t file_write_kernel(struct file *file, const void *from, size_t size,
			  int64_t position)
{
	struct io io;

	io_init_kernel(&io, (void *)from, size);
	return file_write(file, &io, &position);
}

/* lseek for whatever has a size; the caller holds position_lock. */
static int64_t seek_generic(struct file *file, int64_t offset, int whence)
{
	struct stat_result stat;
	int64_t base = 0;
	int error;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = file->position;
		break;
	case SEEK_END:
	case SEEK_DATA:
	case SEEK_HOLE:
		error = file_stat(file, &stat);
		if (error)
			return error;
		base = (int64_t)stat.size;
		if (whence == SEEK_END)
			break;
		if (offset < 0 || offset >= base)
			return -ENXIO;
		if (whence == SEEK_DATA)
			base = 0;
		else
			offset = 0;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &offset))
		return -EOVERFLOW;
	if (offset < 0)
		return -EINVAL;
	file->position = offset;
	return offset;
}

int64_t file_seek(struct file *file, int64_t offset, int whence)
{
	int64_t result;

	if (file->ops->stream && !file->ops->seek)
		return -ESPIPE;
	mutex_lock(&file->position_lock);
	if (file->ops->seek)
		result = file->ops->seek(file, offset, whence);
	else
		result = seek_generic(file, offset, whence);
	mutex_unlock(&file->position_lock);
	return result;
}

unsigned file_poll(struct file *file, struct poll_table *table)
{
	if (!file->ops->poll)
		return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	return file->ops->poll(file, table);
}

long file_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	if (!file->ops->ioctl)
		return -ENOTTY;
	return file->ops->ioctl(file, command, argument);
}

void file_stat_anonymous(struct stat_result *stat, uint32_t mode,
			 uint64_t number)
{
	*stat = (struct stat_result){
		.device = 0xd,
		.inode = number,
		.mode = mode,
		.links = 1,
		.block_size = 4096,
	};
}

int file_stat(struct file *file, struct stat_result *stat)
{
	if (file->ops && file->ops->stat)
		return file->ops->stat(file, stat);
	if (file->inode && path_ops.stat)
		return path_ops.stat(file, stat);
	file_stat_anonymous(stat, 0600, 1);
	return 0;
}
