// SPDX-License-Identifier: MIT
/*
 * Metadata blocks in the page cache. With blocks of a page the device's own
 * mapping holds them; smaller blocks have a page each in a mapping of the file
 * system, so that writing one never carries a stale neighbour along (the
 * neighbour may be a file's data, cached elsewhere).
 */
#include "fs/ext4/ext4.h"

#include "kernel/arch/x86_64/log.h"
#include "lib/string.h"

/* One block of a page: the rest of the page is unused. */
static int transfer(struct ext4_fs *fs, struct page *page, bool write)
{
	struct block_segment segment = { page, 0, fs->block_size };
	struct block_transfer transfer = {
		.sector = page->index * fs->sectors_per_block,
		.write = write,
		.segments = &segment,
		.segment_count = 1,
	};

	return block_transfer_wait(fs->device, &transfer);
}

static int read_small(struct mapping *mapping, struct page **pages,
		      unsigned count)
{
	struct ext4_fs *fs = mapping->owner;
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		int result = pages[i]->index < fs->blocks ?
				     transfer(fs, pages[i], false) :
				     -EIO;

		if (result) {
			__atomic_fetch_or(&pages[i]->flags, PAGE_ERROR,
					  __ATOMIC_SEQ_CST);
			error = result;
		} else {
			page_set_uptodate(pages[i]);
		}
		page_unlock(pages[i]);
	}
	return error;
}

static int write_small(struct mapping *mapping, struct page **pages,
		       unsigned count)
{
	struct ext4_fs *fs = mapping->owner;
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		int result = transfer(fs, pages[i], true);

		page_end_writeback(pages[i], result);
		if (result)
			error = result;
	}
	return error;
}

static const struct mapping_ops small_ops = {
	.read_pages = read_small,
	.write_pages = write_small,
};

void ext4_meta_init(struct ext4_fs *fs)
{
	if (fs->block_size == PAGE_SIZE) {
		fs->meta = &fs->device->mapping;
		return;
	}
	mapping_init(&fs->own_meta, &small_ops, fs);
	fs->own_meta.size_hint = fs->blocks << PAGE_SHIFT;
	fs->meta = &fs->own_meta;
}

int ext4_block_read(struct ext4_fs *fs, uint64_t number,
		    struct ext4_block *block)
{
	int error;

	if (number >= fs->blocks)
		return ext4_corrupt(fs, "a block number", number);
	error = mapping_read(fs->meta, number, &block->page);
	if (!error)
		block->data = page_address(block->page);
	return error;
}

int ext4_block_new(struct ext4_fs *fs, uint64_t number,
		   struct ext4_block *block)
{
	int error = mapping_grab(fs->meta, number, &block->page);

	if (error)
		return error;
	block->data = page_address(block->page);
	memset(block->data, 0, PAGE_SIZE);
	page_set_uptodate(block->page);
	page_set_dirty(block->page);
	page_unlock(block->page);
	return 0;
}

void ext4_block_dirty(struct ext4_block *block)
{
	page_set_dirty(block->page);
}

void ext4_block_put(struct ext4_block *block)
{
	if (block->page)
		page_put(block->page);
	block->page = NULL;
}

void ext4_block_forget(struct ext4_fs *fs, uint64_t number)
{
	mapping_punch(fs->meta, number << PAGE_SHIFT,
		      (number + 1) << PAGE_SHIFT);
}

int ext4_corrupt(const struct ext4_fs *fs, const char *what, uint64_t where)
{
	log_error("ext4 (%s): damaged: %s %llu", fs->device->name, what,
		  (unsigned long long)where);
	return -EUCLEAN;
}
