// SPDX-License-Identifier: MIT
/*
 * Regular files on the page cache: read, write, seek, fsync, truncate for any
 * file system whose mapping has ops. Reading takes no lock: pages are up to
 * date or wait for themselves. Writing holds the inode's lock, so writes with
 * O_APPEND never overlap.
 */
#include "fs/vfs/internal.h"

#include "kernel/vm/block.h"
#include "kernel/vm/space.h"

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define SEEK_DATA 3
#define SEEK_HOLE 4
#define SIGXFSZ 25

ssize_t regular_read(struct file *file, struct io *io, int64_t *position)
{
	struct inode *inode = file->inode;
	ssize_t done;

	if (*position < 0)
		return -EINVAL;
	done = mapping_copy_out(&inode->mapping, io, (uint64_t)*position,
				READ_ONCE(inode->size));
	if (done > 0)
		*position += done;
	if (!(file->flags & O_NOATIME))
		inode_accessed(inode, file->mount);
	return done;
}

/* How much may be written at `position`; 0 bytes left is -EFBIG's business. */
static ssize_t limit_write(struct io *io, int64_t position)
{
	uint64_t limit = INT64_MAX;

	if (vfs_file_size_limit)
		limit = MIN(limit, vfs_file_size_limit());
	if ((uint64_t)position >= limit) {
		if (limit != INT64_MAX && thread_raise)
			thread_raise(SIGXFSZ);
		return -EFBIG;
	}
	return (ssize_t)MIN((uint64_t)io->left, limit - (uint64_t)position);
}

ssize_t regular_write_begin(struct file *file, struct io *io, int64_t *position)
{
	struct inode *inode = file->inode;
	ssize_t allowed;

	if (file->flags & O_APPEND)
		*position = (int64_t)inode->size;
	if (*position < 0)
		return -EINVAL;
	if (!io->left)
		return 0;
	if (inode->seals & SEAL_WRITE)
		return -EPERM;
	allowed = limit_write(io, *position);
	if (allowed < 0)
		return allowed;
	if (inode->seals & SEAL_GROW &&
	    (uint64_t)(*position + allowed) > inode->size)
		return -EPERM;
	inode_drop_privileges(inode);
	inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	return allowed;
}

/* The new end of the file after a write, which the mapping has noted. */
static void take_size(struct inode *inode)
{
	uint64_t size = READ_ONCE(inode->mapping.size_hint);

	if (size > inode->size) {
		WRITE_ONCE(inode->size, size);
		inode_mark_dirty(inode);
	}
}

static int sync_written(struct file *file, int64_t from, ssize_t done)
{
	if (!(file->flags & O_DSYNC) || done <= 0 || !file->ops->fsync)
		return 0;
	return file->ops->fsync(file, (file->flags & O_SYNC) != O_SYNC);
}

ssize_t regular_write(struct file *file, struct io *io, int64_t *position)
{
	struct inode *inode = file->inode;
	ssize_t allowed, done;
	size_t cut = 0;
	int error;

	rwmutex_write_lock(&inode->lock);
	done = allowed = regular_write_begin(file, io, position);
	if (allowed > 0) {
		cut = io->left - (size_t)allowed;
		io->left = (size_t)allowed;
		done = mapping_copy_in(&inode->mapping, io,
				       (uint64_t)*position);
		io->left += cut;
		take_size(inode);
		if (done > 0)
			*position += done;
	}
	rwmutex_write_unlock(&inode->lock);
	error = sync_written(file, *position - done, done);
	return error ? error : done;
}

static int64_t put_position(struct file *file, int64_t base, int64_t offset)
{
	if (__builtin_add_overflow(base, offset, &offset))
		return -EOVERFLOW;
	if (offset < 0)
		return -EINVAL;
	file->position = offset;
	return offset;
}

/* Holes are not looked for: all of a file is data, then comes the end. */
int64_t regular_seek(struct file *file, int64_t offset, int whence)
{
	int64_t size = (int64_t)READ_ONCE(file->inode->size);

	switch (whence) {
	case SEEK_SET:
		return put_position(file, 0, offset);
	case SEEK_CUR:
		return put_position(file, file->position, offset);
	case SEEK_END:
		return put_position(file, size, offset);
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		return put_position(file, 0,
				    whence == SEEK_DATA ? offset : size);
	default:
		return -EINVAL;
	}
}

int regular_fsync(struct file *file, bool data_only)
{
	struct inode *inode = file->inode;
	struct super_block *super = inode->super;
	int error = mapping_write_range(&inode->mapping, 0, ~0ull, true);
	int result = 0;

	if (inode->dirty && super->ops->write_inode) {
		spin_lock(&super->dirty_lock);
		list_remove(&inode->dirty_link);
		inode->dirty = false;
		spin_unlock(&super->dirty_lock);
		result = super->ops->write_inode(inode);
	}
	if (super->ops->sync && !result)
		result = super->ops->sync(super, true);
	return error ? error : result;
}

static int regular_truncate(struct file *file, int64_t size)
{
	return inode_truncate(file->inode, (uint64_t)size);
}

/* The area shows the page cache's own pages; only a seal can forbid it. */
int regular_mmap(struct file *file, struct vm_area *area)
{
	if (file->inode->seals & SEAL_WRITE && area->flags & MAP_SHARED &&
	    area->prot & PROT_WRITE)
		return -EPERM;
	if (!(file->flags & O_NOATIME))
		inode_accessed(file->inode, file->mount);
	return 0;
}

const struct file_ops regular_file_ops = {
	.name = "file",
	.read = regular_read,
	.write = regular_write,
	.seek = regular_seek,
	.fsync = regular_fsync,
	.truncate = regular_truncate,
	.mmap = regular_mmap,
};

/* ---- directories --------------------------------------------------------- */

ssize_t directory_read(struct file *file, struct io *io, int64_t *position)
{
	return -EISDIR;
}

int64_t directory_seek(struct file *file, int64_t offset, int whence)
{
	switch (whence) {
	case SEEK_SET:
		return put_position(file, 0, offset);
	case SEEK_CUR:
		return put_position(file, file->position, offset);
	default:
		return -EINVAL;
	}
}

int directory_fsync(struct file *file, bool data_only)
{
	return regular_fsync(file, data_only);
}
