// SPDX-License-Identifier: MIT
/*
 * Operations of regular files that are ext4's own: truncation and fallocate.
 * Reading and writing are the page cache's (fs/vfs/regular.c).
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

#define FALLOC_KEEP_SIZE 1
#define FALLOC_PUNCH_HOLE 2
#define FALLOC_ZERO_RANGE 16

int ext4_truncate(struct inode *inode, uint64_t size)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);
	uint64_t first = (size + fs->block_size - 1) >> fs->block_shift;
	int error = 0;

	rwmutex_write_lock(&self->map_lock);
	if (first < ~0u)
		error = ext4_extent_remove(inode, (uint32_t)first, ~0u - 1,
					   false);
	if (!inode->mapping.dirty_count)
		ext4_release_reserved(inode);
	self->goal = 0;
	rwmutex_write_unlock(&self->map_lock);
	inode_mark_dirty(inode);
	return error;
}

static int set_size(struct file *file, int64_t size)
{
	struct attributes attributes = { .set = ATTR_SIZE,
					 .size = (uint64_t)size };

	return file->inode->ops->set_attributes(file->inode, &attributes);
}

/* Unwritten blocks for the holes of [first, end). */
static int allocate_unwritten(struct inode *inode, uint32_t first, uint32_t end)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);

	while (first < end) {
		struct ext4_run run;
		uint32_t want;
		int error = ext4_map(inode, first, &run);

		if (error)
			return error;
		if (run.physical) {
			first += MIN(run.length, end - first);
			continue;
		}
		want = MIN(MIN(run.length, end - first),
			   (uint32_t)EXTENT_LENGTH_MAX - 1);
		error = ext4_blocks_alloc_free(fs, self->goal, want,
					       &run.physical, &run.length);
		if (error)
			return error;
		run.unwritten = true;
		error = ext4_extent_insert(inode, &run);
		if (error) {
			ext4_blocks_free(fs, run.physical, run.length);
			return error;
		}
		self->goal = run.physical + run.length;
		inode->blocks += (uint64_t)run.length * fs->sectors_per_block;
		first += run.length;
	}
	return 0;
}

static int allocate_range(struct inode *inode, uint64_t from, uint64_t end)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint64_t last = (end + fs->block_size - 1) >> fs->block_shift;
	int error;

	if (last >= ~0u)
		return -EFBIG;
	rwmutex_write_lock(&ext4_inode(inode)->map_lock);
	error = allocate_unwritten(inode, (uint32_t)(from >> fs->block_shift),
				   (uint32_t)last);
	rwmutex_write_unlock(&ext4_inode(inode)->map_lock);
	inode_mark_dirty(inode);
	return error;
}

static int punch_hole(struct inode *inode, uint64_t from, uint64_t end)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint64_t first, after;
	int error = 0;

	end = MIN(end, inode->size);
	if (from >= end)
		return 0;
	mapping_punch(&inode->mapping, from, end);
	first = (from + PAGE_MASK) & ~PAGE_MASK;
	after = end == inode->size ? (end + PAGE_MASK) & ~PAGE_MASK :
				     end & ~PAGE_MASK;
	if (first >= after)
		return 0;
	rwmutex_write_lock(&ext4_inode(inode)->map_lock);
	error = ext4_extent_remove(inode, (uint32_t)(first >> fs->block_shift),
				   (uint32_t)((after >> fs->block_shift) - 1),
				   false);
	rwmutex_write_unlock(&ext4_inode(inode)->map_lock);
	inode_mark_dirty(inode);
	return error;
}

static int extend(struct inode *inode, uint64_t end)
{
	if (end > inode->size) {
		WRITE_ONCE(inode->size, end);
		WRITE_ONCE(inode->mapping.size_hint, end);
	}
	inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

static int allocate_locked(struct inode *inode, int mode, uint64_t at,
			   uint64_t end)
{
	int error;

	switch (mode & ~FALLOC_KEEP_SIZE) {
	case 0:
		error = allocate_range(inode, at, end);
		break;
	case FALLOC_PUNCH_HOLE:
		if (!(mode & FALLOC_KEEP_SIZE))
			return -EOPNOTSUPP;
		error = punch_hole(inode, at, end);
		break;
	case FALLOC_ZERO_RANGE:
		error = punch_hole(inode, at, end);
		if (!error)
			error = allocate_range(inode, at, end);
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!error && !(mode & FALLOC_KEEP_SIZE))
		error = extend(inode, end);
	return error;
}

static int allocate(struct file *file, int mode, int64_t at, int64_t size)
{
	struct inode *inode = file->inode;
	int error;

	rwmutex_write_lock(&inode->lock);
	error = allocate_locked(inode, mode, (uint64_t)at,
				(uint64_t)at + (uint64_t)size);
	rwmutex_write_unlock(&inode->lock);
	return error;
}

const struct file_ops ext4_file_ops = {
	.name = "ext4",
	.read = regular_read,
	.write = regular_write,
	.seek = regular_seek,
	.fsync = regular_fsync,
	.truncate = set_size,
	.allocate = allocate,
	.mmap = regular_mmap,
};
