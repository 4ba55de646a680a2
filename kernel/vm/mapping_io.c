// SPDX-License-Identifier: MIT
/*
 * read(2) and write(2) through the page cache, for any file system.
 *
 * A write copies with the page locked; its source may be a mapping of that
 * very page, so the copy must not fault: the source is touched first, the copy
 * runs in "no fault" mode, and what it could not move is tried again.
 */
#include "kernel/file/io.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

ssize_t mapping_copy_out(struct mapping *mapping, struct io *io,
			 uint64_t position, uint64_t size)
{
	ssize_t done = 0;
	int error = 0;

	while (io->left && position < size) {
		unsigned offset = position & PAGE_MASK;
		size_t n = MIN(PAGE_SIZE - offset, size - position), moved;
		struct page *page;

		n = MIN(n, io->left);
		readahead_hit(mapping, position >> PAGE_SHIFT);
		error = mapping_read(mapping, position >> PAGE_SHIFT, &page);
		if (error)
			break;
		moved = io_copy_to(io, (char *)page_address(page) + offset, n);
		page_put(page);
		done += moved;
		position += moved;
		if (moved < n) {
			error = -EFAULT;
			break;
		}
		schedule_if_needed();
		if (io->left && signal_pending() && done)
			break;
	}
	return done ? done : error;
}

/* Make a grabbed page's old contents valid. The lock may be dropped: then
 * -EAGAIN, look again. */
static int fill_for_write(struct mapping *mapping, struct page *page,
			  uint64_t index)
{
	int error;

	if (index << PAGE_SHIFT >= READ_ONCE(mapping->size_hint)) {
		page_zero(page_address(page));
		page_set_uptodate(page);
		return 0;
	}
	error = mapping->ops->read_pages(mapping, &page, 1);
	page_wait_unlocked(page);
	if (!page_uptodate(page))
		return error ? error : -EIO;
	return -EAGAIN;
}

/* A locked page with valid contents, unless `whole` of it is overwritten. */
static int grab_for_write(struct mapping *mapping, uint64_t index, bool whole,
			  struct page **result)
{
	struct page *page;
	int error;

	do {
		error = mapping_grab(mapping, index, &page);
		if (error)
			return error;
		if (whole || page_uptodate(page))
			break;
		error = fill_for_write(mapping, page, index);
		if (error)
			page_put(page);
	} while (error == -EAGAIN);
	*result = page;
	return error;
}

static size_t copy_locked(struct io *io, struct page *page, unsigned offset,
			  size_t size)
{
	struct thread *self = current_thread();
	struct io before = *io;
	size_t moved;

	self->nofault++;
	moved = io_copy_from(io, (char *)page_address(page) + offset, size);
	self->nofault--;
	if (moved < size && !page_uptodate(page)) {
		*io = before;
		return 0;
	}
	return moved;
}

/* One page's worth. Bytes, or -E. */
static ssize_t write_page(struct mapping *mapping, struct io *io,
			  uint64_t position)
{
	uint64_t index = position >> PAGE_SHIFT;
	unsigned offset = position & PAGE_MASK;
	size_t n = MIN(PAGE_SIZE - offset, io->left), moved = 0;
	struct page *page;
	int error;

	if (mapping->ops->make_writable) {
		error = mapping->ops->make_writable(mapping, index);
		if (error)
			return error;
	}
	for (int tries = 0; !moved && tries < 16; tries++) {
		if (io_fault_in(io, n, false))
			return -EFAULT;
		error = grab_for_write(mapping, index, n == PAGE_SIZE, &page);
		if (error)
			return error;
		moved = copy_locked(io, page, offset, n);
		if (moved) {
			page_set_uptodate(page);
			page_set_dirty(page);
			if (position + moved > mapping->size_hint)
				WRITE_ONCE(mapping->size_hint,
					   position + moved);
		}
		page_unlock(page);
		page_put(page);
	}
	return moved ? (ssize_t)moved : -EFAULT;
}

ssize_t mapping_copy_in(struct mapping *mapping, struct io *io,
			uint64_t position)
{
	ssize_t done = 0, moved = 0;

	while (io->left) {
		moved = write_page(mapping, io, position);
		if (moved < 0)
			break;
		done += moved;
		position += moved;
		if (mapping->ops->write_pages)
			writeback_throttle();
		schedule_if_needed();
	}
	return done ? done : moved;
}
