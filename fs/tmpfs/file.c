// SPDX-License-Identifier: MIT
/*
 * tmpfs: the data of files. The page cache is the only copy, so pages are never
 * given back; each page counts against the mount's size. Reading a hole gives
 * zeros without making pages.
 */
#include "fs/tmpfs/node.h"
#include "kernel/mm/page.h"
#include "kernel/sched/thread.h"

/* Brings the mount's count up to what the mapping holds now. */
void tmpfs_account(struct inode *inode)
{
	struct tmpfs_super *s = tmpfs_super_of(inode->super);
	struct tmpfs_node *node = node_of(inode);
	uint64_t pages = READ_ONCE(inode->mapping.page_count);
	uint64_t before = atomic_exchange(&node->accounted, pages);

	atomic_fetch_add(&s->used_pages, pages - before);
	atomic_count(&memory_account.shared, pages - before);
	inode->blocks = pages * (PAGE_SIZE / 512);
}

static int read_pages(struct mapping *mapping, struct page **pages,
		      unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		page_zero(page_address(pages[i]));
		page_set_uptodate(pages[i]);
		page_unlock(pages[i]);
	}
	return 0;
}

static bool has_page(struct mapping *mapping, uint64_t index)
{
	struct page *page = mapping_find(mapping, index);

	if (page)
		page_put(page);
	return page != NULL;
}

/* A shared mapping is about to write, or write(2): is there room for it? */
static int make_writable(struct mapping *mapping, uint64_t index)
{
	struct inode *inode = mapping->owner;
	struct tmpfs_super *s = tmpfs_super_of(inode->super);

	tmpfs_account(inode);
	if (!s->max_pages || atomic_load(&s->used_pages) < s->max_pages)
		return 0;
	return has_page(mapping, index) ? 0 : -ENOSPC;
}

const struct mapping_ops tmpfs_mapping_ops = {
	.read_pages = read_pages,
	.make_writable = make_writable,
};

static ssize_t tmpfs_read(struct file *file, struct io *io, int64_t *position)
{
	struct inode *inode = file->inode;
	uint64_t size = READ_ONCE(inode->size), at = (uint64_t)*position;
	ssize_t done = 0;

	if (*position < 0)
		return -EINVAL;
	while (io->left && at < size) {
		size_t offset = at & PAGE_MASK, moved;
		size_t n = MIN(PAGE_SIZE - offset, size - at);
		struct page *page =
			mapping_find(&inode->mapping, at >> PAGE_SHIFT);

		n = MIN(n, io->left);
		if (page && !page_uptodate(page))
			page_wait_unlocked(page);
		if (page && page_uptodate(page))
			moved = io_copy_to(
				io, (char *)page_address(page) + offset, n);
		else
			moved = io_zero(io, n);
		if (page)
			page_put(page);
		done += (ssize_t)moved;
		at += moved;
		if (moved < n) {
			if (!done)
				done = -EFAULT;
			break;
		}
		schedule_if_needed();
	}
	if (done > 0)
		*position += done;
	return done;
}

static ssize_t tmpfs_write(struct file *file, struct io *io, int64_t *position)
{
	ssize_t done = regular_write(file, io, position);

	if (done > 0)
		tmpfs_account(file->inode);
	return done;
}

static void set_size(struct inode *inode, uint64_t size)
{
	uint64_t old = inode->size;

	WRITE_ONCE(inode->size, size);
	WRITE_ONCE(inode->mapping.size_hint, size);
	if (size < old)
		mapping_truncate(&inode->mapping, size);
	tmpfs_account(inode);
}

int tmpfs_set_attributes(struct inode *inode,
			 const struct attributes *attributes)
{
	if (attributes->set & ATTR_SIZE) {
		if (attributes->size > INT64_MAX)
			return -EFBIG;
		set_size(inode, attributes->size);
	}
	inode_apply_attributes(inode, attributes);
	return 0;
}

int tmpfs_fsync(struct file *file, bool data_only)
{
	return 0; /* there is nothing below memory */
}

static int tmpfs_truncate(struct file *file, int64_t size)
{
	return inode_truncate(file->inode, (uint64_t)size);
}

#define FALLOC_KEEP_SIZE 1
#define FALLOC_PUNCH_HOLE 2

static int allocate_pages(struct inode *inode, uint64_t from, uint64_t to)
{
	struct page *page;
	int error;

	for (uint64_t i = from / PAGE_SIZE; i * PAGE_SIZE < to; i++) {
		error = make_writable(&inode->mapping, i);
		if (!error)
			error = mapping_read(&inode->mapping, i, &page);
		if (error)
			return error;
		page_put(page);
		schedule_if_needed();
	}
	return 0;
}

static int tmpfs_allocate(struct file *file, int mode, int64_t at, int64_t size)
{
	struct inode *inode = file->inode;
	int error = 0;

	if (mode & ~(FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE))
		return -EOPNOTSUPP;
	rwmutex_write_lock(&inode->lock);
	if (mode & FALLOC_PUNCH_HOLE) {
		mapping_punch(&inode->mapping, (uint64_t)at,
			      (uint64_t)(at + size));
	} else if (!(mode & FALLOC_KEEP_SIZE) && inode->seals & SEAL_GROW &&
		   (uint64_t)(at + size) > inode->size) {
		error = -EPERM;
	} else {
		error = allocate_pages(inode, (uint64_t)at,
				       (uint64_t)(at + size));
		if (!error && !(mode & FALLOC_KEEP_SIZE) &&
		    (uint64_t)(at + size) > inode->size)
			set_size(inode, (uint64_t)(at + size));
	}
	tmpfs_account(inode);
	inode_touch(inode, ATTR_MTIME | ATTR_CTIME);
	rwmutex_write_unlock(&inode->lock);
	return error;
}

const struct file_ops tmpfs_file_ops = {
	.name = "file",
	.read = tmpfs_read,
	.write = tmpfs_write,
	.seek = regular_seek,
	.fsync = tmpfs_fsync,
	.truncate = tmpfs_truncate,
	.allocate = tmpfs_allocate,
	.mmap = regular_mmap,
};
