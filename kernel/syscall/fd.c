// SPDX-License-Identifier: MIT
/*
 * Reading, writing and seeking by descriptor.
 *
 * A file without a position (`stream`) is used as it is; for the others the
 * position is locked while a call uses it, so two threads that share a file
 * never get the same bytes. Interrupted calls that moved nothing go on after
 * the signal handler if it says so (SA_RESTART).
 */
#include "kernel/file/fdtable.h"
#include "kernel/file/io.h"
#include "kernel/mm/slab.h"
#include "kernel/syscall/syscall.h"

#define FAST_VECTORS 8

#define RWF_DSYNC 2
#define RWF_SYNC 4

typedef ssize_t (*move)(struct file *file, struct io *io, int64_t *position);

static ssize_t at_own_position(struct file *file, struct io *io, move move)
{
	int64_t none = 0;
	ssize_t result;

	if (file->ops->stream)
		return move(file, io, &none);
	mutex_lock(&file->position_lock);
	result = move(file, io, &file->position);
	mutex_unlock(&file->position_lock);
	return result;
}

static ssize_t at_position(struct file *file, struct io *io, move move,
			   int64_t position)
{
	if (file->ops->stream)
		return -ESPIPE;
	return move(file, io, &position);
}

static long move_own(int fd, uaddr_t buf, size_t len, move move)
{
	struct file *file = fd_get(fd);
	struct iovec one;
	struct io io;
	long result;

	if (!file)
		return -EBADF;
	result = (ssize_t)len < 0 ? -EINVAL : io_init_user(&io, &one, buf, len);
	if (!result)
		result = at_own_position(file, &io, move);
	file_put(file);
	return restartable(result);
}

long sys_read(int fd, uaddr_t buf, size_t len)
{
	return move_own(fd, buf, len, file_read);
}

long sys_write(int fd, uaddr_t buf, size_t len)
{
	return move_own(fd, buf, len, file_write);
}

static long move_at(int fd, uaddr_t buf, size_t len, int64_t position,
		    move move)
{
	struct file *file;
	struct iovec one;
	struct io io;
	long result;

	if (position < 0)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	result = (ssize_t)len < 0 ? -EINVAL : io_init_user(&io, &one, buf, len);
	if (!result)
		result = at_position(file, &io, move, position);
	file_put(file);
	return restartable(result);
}

long sys_pread64(int fd, uaddr_t buf, size_t len, int64_t offset)
{
	return move_at(fd, buf, len, offset, file_read);
}

long sys_pwrite64(int fd, uaddr_t buf, size_t len, int64_t offset)
{
	return move_at(fd, buf, len, offset, file_write);
}

/* position < 0: the file's own. */
static long move_vector(int fd, uaddr_t iov, size_t iovcnt, int64_t position,
			move move, int flags)
{
	struct file *file = fd_get(fd);
	struct iovec fast[FAST_VECTORS], *allocated = NULL;
	struct io io;
	long result;

	if (!file)
		return -EBADF;
	result = io_init_iovecs(&io, iov, iovcnt, fast, FAST_VECTORS,
				&allocated);
	if (!result) {
		result = position < 0 ? at_own_position(file, &io, move) :
					at_position(file, &io, move, position);
		if (result > 0 && flags && file->ops->fsync)
			file->ops->fsync(file, !(flags & RWF_SYNC));
	}
	kfree(allocated);
	file_put(file);
	return restartable(result);
}

long sys_readv(int fd, uaddr_t iov, size_t iovcnt)
{
	return move_vector(fd, iov, iovcnt, -1, file_read, 0);
}

long sys_writev(int fd, uaddr_t iov, size_t iovcnt)
{
	return move_vector(fd, iov, iovcnt, -1, file_write, 0);
}

long sys_preadv(int fd, uaddr_t iov, size_t iovcnt, uint64_t pos_low,
		uint64_t pos_high)
{
	if ((int64_t)pos_low < 0)
		return -EINVAL;
	return move_vector(fd, iov, iovcnt, (int64_t)pos_low, file_read, 0);
}

long sys_pwritev(int fd, uaddr_t iov, size_t iovcnt, uint64_t pos_low,
		 uint64_t pos_high)
{
	if ((int64_t)pos_low < 0)
		return -EINVAL;
	return move_vector(fd, iov, iovcnt, (int64_t)pos_low, file_write, 0);
}

long sys_preadv2(int fd, uaddr_t iov, size_t iovcnt, uint64_t pos_low,
		 uint64_t pos_high, int flags)
{
	if (flags & ~1) /* RWF_HIPRI is a hint */
		return -EOPNOTSUPP;
	if ((int64_t)pos_low < -1)
		return -EINVAL;
	return move_vector(fd, iov, iovcnt, (int64_t)pos_low, file_read, 0);
}

long sys_pwritev2(int fd, uaddr_t iov, size_t iovcnt, uint64_t pos_low,
		  uint64_t pos_high, int flags)
{
	if (flags & ~(1 | RWF_DSYNC | RWF_SYNC))
		return -EOPNOTSUPP;
	if ((int64_t)pos_low < -1)
		return -EINVAL;
	return move_vector(fd, iov, iovcnt, (int64_t)pos_low, file_write,
			   flags & (RWF_DSYNC | RWF_SYNC));
}

long sys_lseek(int fd, int64_t offset, int whence)
{
	struct file *file = fd_get(fd);
	long result;

	if (!file)
		return -EBADF;
	result = file_seek(file, offset, whence);
	file_put(file);
	return result;
}
