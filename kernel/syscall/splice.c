// SPDX-License-Identifier: MIT
/*
 * Moving bytes from file to file without user memory: sendfile, splice, tee,
 * vmsplice, copy_file_range.
 *
 * From a file with a page cache the bytes are written straight out of its
 * pages, which a TCP socket does not copy but keeps until they are acknowledged;
 * from others they go through one page of their own. vmsplice copies:
 * the pages are never given away.
 */
#include "fs/vfs/inode.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/inotify.h"
#include "kernel/file/pipe.h"
#include "kernel/mm/slab.h"
#include "kernel/syscall/syscall.h"
#include "kernel/vm/mapping.h"

#define SPLICE_NONBLOCK 2u
#define SPLICE_ALL 15u
#define COPY_MAX (1ull << 30)
#define FAST_VECTORS 8

static bool is_regular(const struct file *file)
{
	return file->inode && (file->inode->mode & S_IFMT) == S_IFREG;
}

/* position NULL: the file's own. */
static ssize_t write_at(struct file *file, struct io *io, int64_t *position)
{
	int64_t none = 0;
	ssize_t result;

	if (file->ops->stream)
		return file_write(file, io, &none);
	if (position)
		return file_write(file, io, position);
	mutex_lock(&file->position_lock);
	result = file_write(file, io, &file->position);
	mutex_unlock(&file->position_lock);
	return result;
}

/* One step from the page cache: at most to the end of a page. */
static ssize_t step_cached(struct file *in, int64_t from, struct file *out,
			   int64_t *to, size_t size)
{
	uint64_t end = READ_ONCE(in->inode->size);
	size_t offset = (size_t)from & PAGE_MASK;
	size_t part = MIN(size, (size_t)PAGE_SIZE - offset);
	struct page *page;
	struct io io;
	ssize_t result;
	int error;

	if ((uint64_t)from >= end)
		return 0;
	part = MIN(part, (size_t)(end - (uint64_t)from));
	error = mapping_read(in->mapping, (uint64_t)from >> PAGE_SHIFT, &page);
	if (error)
		return error;
	io_init_kernel(&io, (char *)page_address(page) + offset, part);
	io.more = part < size && (uint64_t)from + part < end;
	io.page = page;
	file_event(in, IN_ACCESS);
	result = write_at(out, &io, to);
	page_put(page);
	return result;
}

static ssize_t step_copied(struct file *in, int64_t from, struct file *out,
			   int64_t *to, size_t size, char *bounce)
{
	size_t part = MIN(size, (size_t)PAGE_SIZE);
	struct io io;
	ssize_t got = file_read_kernel(in, bounce, part, from);

	if (got <= 0)
		return got;
	io_init_kernel(&io, bounce, (size_t)got);
	io.more = (size_t)got < size;
	return write_at(out, &io, to);
}

/* Bytes moved; *from advances. An error only when nothing was moved. */
static ssize_t transfer(struct file *in, int64_t *from, struct file *out,
			int64_t *to, size_t size)
{
	bool cached = in->mapping && is_regular(in);
	char *bounce = cached ? NULL : kmalloc(PAGE_SIZE);
	ssize_t done = 0, got = 0;

	if (!cached && !bounce)
		return -ENOMEM;
	while (size) {
		got = cached ? step_cached(in, *from, out, to, size) :
			       step_copied(in, *from, out, to, size, bounce);
		if (got <= 0)
			break;
		*from += got;
		done += got;
		size -= (size_t)got;
		if (signal_pending())
			break;
		schedule_if_needed();
	}
	kfree(bounce);
	return done ? done : got;
}

static long sendfile_at(struct file *in, int64_t *from, struct file *out,
			size_t size)
{
	if (!(in->mode & FILE_READ) || !(out->mode & FILE_WRITE))
		return -EBADF;
	if (!in->ops->read || !out->ops->write || out->flags & O_APPEND ||
	    (!is_regular(in) && !in->mapping))
		return -EINVAL;
	return transfer(in, from, out, NULL, MIN(size, (size_t)IO_MAX));
}

long sys_sendfile(int out_fd, int in_fd, uaddr_t offset, size_t len)
{
	struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
	uint64_t at = 0;
	long result = -EBADF;

	if (!in || !out)
		goto out;
	result = -EFAULT;
	if (offset && get_user_64(&at, offset))
		goto out;
	result = -EINVAL;
	if ((int64_t)at < 0)
		goto out;
	if (offset) {
		result = sendfile_at(in, (int64_t *)&at, out, len);
		if (result > 0 && put_user_64(offset, at))
			result = -EFAULT;
	} else {
		int64_t from = in->position;

		result = sendfile_at(in, &from, out, len);
		if (result > 0)
			in->position = from;
	}
out:
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return restartable(result);
}

/* ---- splice ----------------------------------------------------------------------- */

/* An offset in user memory: none allowed for streams. */
static int take_offset(struct file *file, uaddr_t offset, int64_t *at)
{
	if (!offset)
		return 0;
	if (file->ops->stream)
		return file_is_pipe(file) ? -ESPIPE : -EINVAL;
	if (get_user_64((uint64_t *)at, offset))
		return -EFAULT;
	return *at < 0 ? -EINVAL : 0;
}

static long splice_files(struct file *in, int64_t *from, struct file *out,
			 int64_t *to, size_t size, unsigned flags)
{
	bool nonblock = flags & SPLICE_NONBLOCK;
	bool in_pipe = file_is_pipe(in), out_pipe = file_is_pipe(out);

	if (!(in->mode & FILE_READ) || !(out->mode & FILE_WRITE))
		return -EBADF;
	if (!size)
		return 0;
	if (in_pipe && out_pipe)
		return pipe_transfer(in, out, size,
				     nonblock || (in->flags | out->flags) &
							 O_NONBLOCK,
				     true);
	if (in_pipe) {
		if (out->flags & O_APPEND)
			return -EINVAL;
		return pipe_splice_to(in, out, to, size,
				      nonblock || in->flags & O_NONBLOCK);
	}
	if (out_pipe)
		return pipe_splice_from(in, from, out, size,
					nonblock || out->flags & O_NONBLOCK);
	return -EINVAL;
}

long sys_splice(int in_fd, uaddr_t in_offset, int out_fd, uaddr_t out_offset,
		size_t len, unsigned flags)
{
	struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
	int64_t from = 0, to = 0;
	long result = -EBADF;

	if (!in || !out)
		goto out;
	result = flags & ~SPLICE_ALL ? -EINVAL : 0;
	if (!result)
		result = take_offset(in, in_offset, &from);
	if (!result)
		result = take_offset(out, out_offset, &to);
	if (!result)
		result = splice_files(in, in_offset ? &from : NULL, out,
				      out_offset ? &to : NULL,
				      MIN(len, (size_t)IO_MAX), flags);
	if (result > 0 && in_offset && put_user_64(in_offset, (uint64_t)from))
		result = -EFAULT;
	if (result > 0 && out_offset && put_user_64(out_offset, (uint64_t)to))
		result = -EFAULT;
out:
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return restartable(result);
}

long sys_tee(int in_fd, int out_fd, size_t len, unsigned flags)
{
	struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
	long result = -EBADF;

	if (flags & ~SPLICE_ALL)
		result = -EINVAL;
	else if (in && out && in->mode & FILE_READ && out->mode & FILE_WRITE)
		result = pipe_transfer(in, out, len,
				       flags & SPLICE_NONBLOCK ||
					       (in->flags | out->flags) &
						       O_NONBLOCK,
				       false);
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return restartable(result);
}

long sys_vmsplice(int fd, uaddr_t iov, size_t iovcnt, unsigned flags)
{
	struct iovec fast[FAST_VECTORS], *allocated = NULL;
	struct file *file = fd_get(fd);
	int64_t none = 0;
	struct io io;
	long result = -EBADF;

	if (!file)
		return -EBADF;
	if (flags & ~SPLICE_ALL)
		result = -EINVAL;
	else if (file_is_pipe(file))
		result = io_init_iovecs(&io, iov, iovcnt, fast, FAST_VECTORS,
					&allocated);
	if (!result)
		result = file->mode & FILE_WRITE ?
				 file_write(file, &io, &none) :
				 file_read(file, &io, &none);
	kfree(allocated);
	file_put(file);
	return restartable(result);
}

/* ---- copy_file_range ---------------------------------------------------------------- */

static long copy_range(struct file *in, int64_t *from, struct file *out,
		       int64_t *to, size_t size)
{
	if (!(in->mode & FILE_READ) || !(out->mode & FILE_WRITE) ||
	    out->flags & O_APPEND)
		return -EBADF;
	if ((in->inode && (in->inode->mode & S_IFMT) == S_IFDIR) ||
	    (out->inode && (out->inode->mode & S_IFMT) == S_IFDIR))
		return -EISDIR;
	if (!is_regular(in) || !is_regular(out))
		return -EINVAL;
	size = MIN(size, (size_t)COPY_MAX);
	if (in->inode == out->inode && *from < *to + (int64_t)size &&
	    *to < *from + (int64_t)size)
		return -EINVAL;
	return transfer(in, from, out, to, size);
}

long sys_copy_file_range(int in_fd, uaddr_t in_offset, int out_fd,
			 uaddr_t out_offset, size_t len, unsigned flags)
{
	struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
	int64_t from, to;
	long result = -EBADF;

	if (!in || !out)
		goto out;
	from = in->position;
	to = out->position;
	result = flags ? -EINVAL : take_offset(in, in_offset, &from);
	if (!result)
		result = take_offset(out, out_offset, &to);
	if (!result)
		result = copy_range(in, &from, out, &to, len);
	if (result <= 0)
		goto out;
	if (!in_offset)
		in->position = from;
	else if (put_user_64(in_offset, (uint64_t)from))
		result = -EFAULT;
	if (!out_offset)
		out->position = to;
	else if (put_user_64(out_offset, (uint64_t)to))
		result = -EFAULT;
out:
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return restartable(result);
}

/* ---- hints --------------------------------------------------------------------------- */

long sys_fadvise64(int fd, int64_t offset, size_t len, int advice)
{
	struct file *file = fd_get(fd);
	long result = 0;

	if (!file)
		return -EBADF;
	if (file_is_pipe(file))
		result = -ESPIPE;
	else if (advice < 0 || advice > 5 || (int64_t)len < 0)
		result = -EINVAL;
	file_put(file);
	return result;
}

long sys_readahead(int fd, int64_t offset, size_t len)
{
	struct file *file = fd_get(fd);
	uint64_t end;
	long result = 0;

	if (!file)
		return -EBADF;
	if (!(file->mode & FILE_READ)) {
		result = -EBADF;
	} else if (!is_regular(file) || !file->mapping || offset < 0) {
		result = -EINVAL;
	} else {
		end = MIN((uint64_t)offset + len, file->inode->size);
		for (uint64_t at = (uint64_t)offset; at < end;
		     at = ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE) {
			struct page *page;

			if (mapping_read(file->mapping, at >> PAGE_SHIFT,
					 &page))
				break;
			page_put(page);
		}
	}
	file_put(file);
	return result;
}
