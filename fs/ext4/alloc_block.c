// SPDX-License-Identifier: MIT
/*
 * Allocating and freeing blocks: first fit from a goal, so that a file written
 * from front to back lies in one piece. Bitmaps are read when first needed;
 * those that mke2fs left uninitialised are made on first use.
 *
 * Dirty pages without a block yet hold a promise (`reserved`), so that a write
 * that succeeded finds room when it goes to disk; a few blocks more are kept
 * back for the extent nodes that this may need.
 */
#include "fs/ext4/ext4.h"

#include "lib/atomic.h"
#include "lib/string.h"

#define KEEP_FOR_META 64

static bool test_bit(const uint8_t *bitmap, uint32_t bit)
{
	return bitmap[bit / 8] >> (bit % 8) & 1;
}

static void set_bit(uint8_t *bitmap, uint32_t bit)
{
	bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void clear_bit(uint8_t *bitmap, uint32_t bit)
{
	bitmap[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

static void mark_range(struct ext4_fs *fs, uint32_t group, uint8_t *bitmap,
		       uint64_t first, uint64_t count)
{
	uint64_t start = ext4_group_first(fs, group);

	for (uint64_t at = first; at < first + count; at++)
		if (at >= start && at < start + fs->blocks_per_group)
			set_bit(bitmap, (uint32_t)(at - start));
}

/* What is in use in a group that nobody has written to: its own super block
 * copy, and bitmaps and tables that flexible groups may have put there. */
static void init_bitmap(struct ext4_fs *fs, uint32_t group, uint8_t *bitmap)
{
	uint32_t table =
		(uint32_t)(((uint64_t)fs->inodes_per_group * fs->inode_size +
			    fs->block_size - 1) >>
			   fs->block_shift);

	mark_range(fs, group, bitmap, ext4_group_first(fs, group),
		   ext4_group_meta_blocks(fs, group));
	for (uint32_t i = 0; i < fs->groups; i++) {
		mark_range(fs, group, bitmap, fs->group[i].block_bitmap, 1);
		mark_range(fs, group, bitmap, fs->group[i].inode_bitmap, 1);
		mark_range(fs, group, bitmap, fs->group[i].inode_table, table);
	}
	for (uint32_t bit = ext4_group_blocks(fs, group);
	     bit < fs->block_size * 8; bit++)
		set_bit(bitmap, bit);
}

static int load_bitmap(struct ext4_fs *fs, uint32_t number,
		       struct ext4_block *block)
{
	struct ext4_group *group = &fs->group[number];
	int error;

	if (!(group->flags & GROUP_BLOCK_UNINIT))
		return ext4_block_read(fs, group->block_bitmap, block);
	error = ext4_block_new(fs, group->block_bitmap, block);
	if (error)
		return error;
	init_bitmap(fs, number, block->data);
	group->flags &= (uint16_t)~GROUP_BLOCK_UNINIT;
	return 0;
}

static int store(struct ext4_fs *fs, uint32_t group, struct ext4_block *bitmap)
{
	ext4_block_dirty(bitmap);
	return ext4_group_store(
		fs, group, 1,
		ext4_bitmap_csum(fs, bitmap->data, fs->blocks_per_group), 0, 0);
}

/* The first free bit from `from` on, whole bytes at a time; `end`: none. */
static uint32_t find_free(const uint8_t *bitmap, uint32_t from, uint32_t end)
{
	while (from < end) {
		if (from % 64 == 0 && end - from >= 64 &&
		    get_le64(bitmap + from / 8) == ~0ull)
			from += 64;
		else if (test_bit(bitmap, from))
			from++;
		else
			return from;
	}
	return end;
}

/* A run in one group, from `bit` on. *got 0: nothing free behind it. */
static int take_from_group(struct ext4_fs *fs, uint32_t number, uint32_t bit,
			   uint32_t want, uint64_t *first, uint32_t *got)
{
	uint32_t end = ext4_group_blocks(fs, number), at;
	struct ext4_block bitmap;
	int error = load_bitmap(fs, number, &bitmap);

	*got = 0;
	if (error)
		return error;
	at = find_free(bitmap.data, bit, end);
	while (*got < want && at + *got < end &&
	       !test_bit(bitmap.data, at + *got))
		set_bit(bitmap.data, at + (*got)++);
	if (*got) {
		*first = ext4_group_first(fs, number) + at;
		fs->group[number].free_blocks -= *got;
		fs->free_blocks -= *got;
		error = store(fs, number, &bitmap);
	}
	ext4_block_put(&bitmap);
	return error;
}

static int alloc_locked(struct ext4_fs *fs, uint64_t goal, uint32_t want,
			uint64_t *first, uint32_t *got)
{
	uint32_t start, bit;

	if (goal < fs->first_data_block || goal >= fs->blocks)
		goal = fs->first_data_block;
	start = (uint32_t)((goal - fs->first_data_block) /
			   fs->blocks_per_group);
	bit = (uint32_t)((goal - fs->first_data_block) % fs->blocks_per_group);
	/* The goal's group twice: from the goal on, and at last before it. */
	for (uint32_t i = 0; i <= fs->groups; i++) {
		uint32_t number = (start + i) % fs->groups;
		int error;

		if (!fs->group[number].free_blocks)
			continue;
		error = take_from_group(fs, number, i ? 0 : bit, want, first,
					got);
		if (error || *got)
			return error;
	}
	return -ENOSPC;
}

int ext4_blocks_alloc(struct ext4_fs *fs, uint64_t goal, uint32_t want,
		      uint64_t *first, uint32_t *got)
{
	int error;

	mutex_lock(&fs->alloc_lock);
	error = alloc_locked(fs, goal, want, first, got);
	mutex_unlock(&fs->alloc_lock);
	return error;
}

int ext4_blocks_alloc_free(struct ext4_fs *fs, uint64_t goal, uint32_t want,
			   uint64_t *first, uint32_t *got)
{
	int error;

	while ((error = ext4_reserve(fs, want)) && want > 1)
		want /= 2;
	if (error)
		return error;
	error = ext4_blocks_alloc(fs, goal, want, first, got);
	ext4_unreserve(fs, want);
	return error;
}

static void free_in_group(struct ext4_fs *fs, uint32_t number, uint32_t bit,
			  uint32_t count)
{
	struct ext4_block bitmap;

	if (load_bitmap(fs, number, &bitmap))
		return;
	for (uint32_t i = 0; i < count; i++) {
		if (!test_bit(bitmap.data, bit + i)) {
			ext4_corrupt(fs, "freeing a free block in group",
				     number);
			continue;
		}
		clear_bit(bitmap.data, bit + i);
		fs->group[number].free_blocks++;
		fs->free_blocks++;
	}
	store(fs, number, &bitmap);
	ext4_block_put(&bitmap);
}

void ext4_blocks_free(struct ext4_fs *fs, uint64_t first, uint64_t count)
{
	if (first < fs->first_data_block || first + count > fs->blocks) {
		ext4_corrupt(fs, "freeing a block outside, number", first);
		return;
	}
	mutex_lock(&fs->alloc_lock);
	while (count) {
		uint64_t at = first - fs->first_data_block;
		uint32_t group = (uint32_t)(at / fs->blocks_per_group);
		uint32_t bit = (uint32_t)(at % fs->blocks_per_group);
		uint32_t n = (uint32_t)MIN(
			count, (uint64_t)fs->blocks_per_group - bit);

		free_in_group(fs, group, bit, n);
		first += n;
		count -= n;
	}
	mutex_unlock(&fs->alloc_lock);
}

int ext4_reserve(struct ext4_fs *fs, uint64_t blocks)
{
	uint64_t after =
		__atomic_add_fetch(&fs->reserved, blocks, __ATOMIC_RELAXED);

	if (after + KEEP_FOR_META <= READ_ONCE(fs->free_blocks))
		return 0;
	ext4_unreserve(fs, blocks);
	return -ENOSPC;
}

void ext4_unreserve(struct ext4_fs *fs, uint64_t blocks)
{
	__atomic_fetch_sub(&fs->reserved, blocks, __ATOMIC_RELAXED);
}
