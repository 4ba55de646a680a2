// SPDX-License-Identifier: MIT
/*
 * File data between the page cache and the disk.
 *
 * Allocation is delayed: a page that becomes dirty over a hole only gets a
 * promise of space (make_writable); its blocks are chosen when it is written
 * back, for a whole run of pages at once, so that they lie together and a
 * block never shows what an earlier owner left in it.
 *
 * A page whose blocks are neighbours on disk goes out or comes in together
 * with its neighbours in one transfer; others (only with blocks smaller than a
 * page) go block by block.
 */
#include "fs/ext4/ext4.h"

#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/string.h"

/* Pages that are no longer, or not yet, counted as dirty and hold a promise:
 * some runs of write-back, and a page for each thread that writes. */
#define PAGES_UNDER_WAY 256ull

/* Blocks of the file below its end, that is: that may be allocated. */
static uint32_t end_block(const struct inode *inode)
{
	const struct ext4_fs *fs = ext4_of(inode);
	uint64_t size = READ_ONCE(inode->mapping.size_hint);

	return (uint32_t)((size + fs->block_size - 1) >> fs->block_shift);
}

static uint64_t sector_of(const struct ext4_fs *fs, uint64_t block)
{
	return block * fs->sectors_per_block;
}

/* Part of one page, synchronously. */
static int transfer_part(struct ext4_fs *fs, struct page *page, unsigned offset,
			 unsigned length, uint64_t block, bool write)
{
	struct block_segment segment = { page, offset, length };
	struct block_transfer transfer = {
		.sector = sector_of(fs, block),
		.write = write,
		.segments = &segment,
		.segment_count = 1,
	};

	return block_transfer_wait(fs->device, &transfer);
}

/* Block by block (or run by run) within one page; holes are zeros. */
static int transfer_pieces(struct inode *inode, struct page *page, bool write)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint32_t first = (uint32_t)(page->index * fs->blocks_per_page);
	uint32_t at = 0;
	int error = 0;

	while (at < fs->blocks_per_page && !error) {
		unsigned offset = at << fs->block_shift, length;
		struct ext4_run run;
		uint32_t n;

		error = ext4_map(inode, first + at, &run);
		if (error)
			break;
		n = MIN(run.length, fs->blocks_per_page - at);
		length = n << fs->block_shift;
		if (run.physical && !run.unwritten)
			error = transfer_part(fs, page, offset, length,
					      run.physical, write);
		else if (!write)
			memset((char *)page_address(page) + offset, 0, length);
		at += n;
	}
	return error;
}

static void end_read(struct page *page, int error)
{
	if (error)
		atomic_fetch_or(&page->flags, PAGE_ERROR);
	else
		page_set_uptodate(page);
	page_unlock(page);
}

/* Pages from the front that one run covers wholly: how many. */
static unsigned whole_pages(const struct ext4_fs *fs,
			    const struct ext4_run *run, unsigned count)
{
	return MIN(run->length / fs->blocks_per_page, count);
}

static int read_some(struct inode *inode, struct page **pages, unsigned count,
		     unsigned *done)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_run run;
	int error = ext4_map(
		inode, (uint32_t)(pages[0]->index * fs->blocks_per_page), &run);
	unsigned n;

	*done = 1;
	n = error ? 0 : whole_pages(fs, &run, count);
	if (!n) {
		if (!error)
			error = transfer_pieces(inode, pages[0], false);
		end_read(pages[0], error);
		return error;
	}
	*done = n;
	if (run.physical && !run.unwritten)
		return block_submit_pages(fs->device,
					  sector_of(fs, run.physical), pages, n,
					  false);
	for (unsigned i = 0; i < n; i++) {
		page_zero(page_address(pages[i]));
		end_read(pages[i], 0);
	}
	return 0;
}

static int read_pages(struct mapping *mapping, struct page **pages,
		      unsigned count)
{
	struct inode *inode = mapping->owner;
	int error = 0;

	rwmutex_read_lock(&ext4_inode(inode)->map_lock);
	while (count) {
		unsigned done;
		int result = read_some(inode, pages, count, &done);

		if (result)
			error = result;
		pages += done;
		count -= done;
	}
	rwmutex_read_unlock(&ext4_inode(inode)->map_lock);
	return error;
}

/* What was promised to these blocks is theirs now. map_lock held. */
static void use_promise(struct inode *inode, uint32_t blocks)
{
	struct ext4_inode *self = ext4_inode(inode);
	uint64_t n = MIN(self->reserved, (uint64_t)blocks);

	self->reserved -= n;
	ext4_unreserve(ext4_of(inode), n);
}

/*
 * A page that became dirty once more while its blocks were being chosen was
 * promised some twice. No more is due than for the pages that are dirty and
 * those on their way. map_lock held.
 */
static void trim_promise(struct inode *inode)
{
	struct ext4_inode *self = ext4_inode(inode);
	uint64_t most = (inode->mapping.dirty_count + PAGES_UNDER_WAY) *
			ext4_of(inode)->blocks_per_page;

	if (self->reserved <= most)
		return;
	ext4_unreserve(ext4_of(inode), self->reserved - most);
	self->reserved = most;
}

void ext4_release_reserved(struct inode *inode)
{
	struct ext4_inode *self = ext4_inode(inode);

	ext4_unreserve(ext4_of(inode), self->reserved);
	self->reserved = 0;
}

/* Blocks for [first, first + count), which is a hole. */
static int fill_hole(struct inode *inode, uint32_t first, uint32_t count)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);

	while (count) {
		struct ext4_run run = { .logical = first };
		int error = ext4_blocks_alloc(
			fs, self->goal, MIN(count, (uint32_t)EXTENT_LENGTH_MAX),
			&run.physical, &run.length);

		if (error)
			return error;
		error = ext4_extent_insert(inode, &run);
		if (error) {
			ext4_blocks_free(fs, run.physical, run.length);
			return error;
		}
		self->goal = run.physical + run.length;
		inode->blocks += (uint64_t)run.length * fs->sectors_per_block;
		use_promise(inode, run.length);
		first += run.length;
		count -= run.length;
	}
	inode_mark_dirty(inode);
	return 0;
}

/* Unwritten blocks that get data: the same blocks, now written. */
static int mark_written(struct inode *inode, const struct ext4_run *part)
{
	struct ext4_run run = *part;
	int error = ext4_extent_remove(inode, run.logical,
				       run.logical + run.length - 1, true);

	run.unwritten = false;
	return error ? error : ext4_extent_insert(inode, &run);
}

/* Every block of [first, end) gets its place. map_lock held for writing. */
static int allocate(struct inode *inode, uint32_t first, uint32_t end)
{
	while (first < end) {
		struct ext4_run run;
		int error = ext4_map(inode, first, &run);

		if (error)
			return error;
		run.length = MIN(run.length, end - first);
		if (!run.physical)
			error = fill_hole(inode, first, run.length);
		else if (run.unwritten)
			error = mark_written(inode, &run);
		if (error)
			return error;
		first += run.length;
	}
	return 0;
}

static int write_some(struct inode *inode, struct page **pages, unsigned count,
		      unsigned *done)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_run run;
	int error = ext4_map(
		inode, (uint32_t)(pages[0]->index * fs->blocks_per_page), &run);
	unsigned n = error || !run.physical || run.unwritten ?
			     0 :
			     whole_pages(fs, &run, count);

	*done = n ? n : 1;
	if (n)
		return block_submit_pages(fs->device,
					  sector_of(fs, run.physical), pages, n,
					  true);
	if (!error)
		error = transfer_pieces(inode, pages[0], true);
	page_end_writeback(pages[0], error);
	return error;
}

static int allocate_pages(struct inode *inode, struct page **pages,
			  unsigned count)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint32_t first = (uint32_t)(pages[0]->index * fs->blocks_per_page);
	uint32_t end = first + count * fs->blocks_per_page;
	int error;

	end = MIN(end, end_block(inode));
	rwmutex_write_lock(&ext4_inode(inode)->map_lock);
	error = first < end ? allocate(inode, first, end) : 0;
	trim_promise(inode);
	rwmutex_write_unlock(&ext4_inode(inode)->map_lock);
	return error;
}

static int write_pages(struct mapping *mapping, struct page **pages,
		       unsigned count)
{
	struct inode *inode = mapping->owner;
	int error = allocate_pages(inode, pages, count);

	if (error) {
		for (unsigned i = 0; i < count; i++)
			page_end_writeback(pages[i], error);
		return error;
	}
	rwmutex_read_lock(&ext4_inode(inode)->map_lock);
	while (count) {
		unsigned done;
		int result = write_some(inode, pages, count, &done);

		if (result)
			error = result;
		pages += done;
		count -= done;
	}
	rwmutex_read_unlock(&ext4_inode(inode)->map_lock);
	return error;
}

/* Is every block of this page on disk already? */
static int page_is_mapped(struct inode *inode, uint64_t index, bool *mapped)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_run run;
	int error =
		ext4_map(inode, (uint32_t)(index * fs->blocks_per_page), &run);

	*mapped = run.physical && run.length >= fs->blocks_per_page;
	return error;
}

static int make_writable(struct mapping *mapping, uint64_t index)
{
	struct inode *inode = mapping->owner;
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);
	struct page *page = mapping_find(mapping, index);
	bool promised, mapped = false;
	int error;

	/* A dirty page has its place or its promise. */
	promised = page && READ_ONCE(page->flags) & PAGE_DIRTY;
	if (page)
		page_put(page);
	if (promised && fs->blocks_per_page == 1)
		return 0;
	if (index >= 1ull << 32 >> (PAGE_SHIFT - fs->block_shift))
		return -EFBIG;
	rwmutex_write_lock(&self->map_lock);
	error = page_is_mapped(inode, index, &mapped);
	if (!error && !mapped) {
		error = ext4_reserve(fs, fs->blocks_per_page);
		if (!error)
			self->reserved += fs->blocks_per_page;
	}
	rwmutex_write_unlock(&self->map_lock);
	return error;
}

const struct mapping_ops ext4_mapping_ops = {
	.read_pages = read_pages,
	.write_pages = write_pages,
	.make_writable = make_writable,
};
