// SPDX-License-Identifier: MIT
/*
 * Allocating and freeing inode numbers. Files go to their directory's group,
 * so that they lie near each other; directories spread to groups with many
 * free inodes and few directories. A group whose table was never touched is
 * initialised on first use.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

static int load_bitmap(struct ext4_fs *fs, uint32_t number,
		       struct ext4_block *block)
{
	struct ext4_group *group = &fs->group[number];
	int error;

	if (!(group->flags & GROUP_INODE_UNINIT))
		return ext4_block_read(fs, group->inode_bitmap, block);
	error = ext4_block_new(fs, group->inode_bitmap, block);
	if (error)
		return error;
	for (uint32_t bit = fs->inodes_per_group; bit < fs->block_size * 8;
	     bit++)
		block->data[bit / 8] |= (uint8_t)(1u << bit % 8);
	group->flags &= (uint16_t)~GROUP_INODE_UNINIT;
	return 0;
}

static int store(struct ext4_fs *fs, uint32_t group, struct ext4_block *bitmap)
{
	ext4_block_dirty(bitmap);
	return ext4_group_store(fs, group, 0, 0, 1,
				ext4_bitmap_csum(fs, bitmap->data,
						 fs->inodes_per_group));
}

static uint32_t find_free(const struct ext4_fs *fs, const uint8_t *bitmap)
{
	uint32_t bit = 0;

	while (bit < fs->inodes_per_group && bitmap[bit / 8] == 0xff)
		bit += 8;
	while (bit < fs->inodes_per_group && bitmap[bit / 8] >> bit % 8 & 1)
		bit++;
	return bit;
}

/* alloc_lock held. -ENOSPC: the group's count was wrong. */
static int take(struct ext4_fs *fs, uint32_t number, bool directory,
		uint32_t *inode)
{
	struct ext4_group *group = &fs->group[number];
	struct ext4_block bitmap;
	uint32_t bit;
	int error = load_bitmap(fs, number, &bitmap);

	if (error)
		return error;
	bit = find_free(fs, bitmap.data);
	if (bit >= fs->inodes_per_group) {
		ext4_block_put(&bitmap);
		return -ENOSPC;
	}
	bitmap.data[bit / 8] |= (uint8_t)(1u << bit % 8);
	group->free_inodes--;
	fs->free_inodes--;
	group->directories += directory;
	if (fs->inodes_per_group - group->unused_inodes <= bit)
		group->unused_inodes = fs->inodes_per_group - bit - 1;
	error = store(fs, number, &bitmap);
	ext4_block_put(&bitmap);
	*inode = number * fs->inodes_per_group + bit + 1;
	return error;
}

static uint32_t group_for_directory(const struct ext4_fs *fs, uint32_t parent)
{
	uint64_t average = fs->free_inodes / fs->groups;
	uint32_t best = parent, fewest = ~0u;

	for (uint32_t i = 0; i < fs->groups; i++) {
		uint32_t number = (parent + i) % fs->groups;
		const struct ext4_group *group = &fs->group[number];

		if (group->free_inodes && group->free_inodes >= average &&
		    group->directories < fewest) {
			best = number;
			fewest = group->directories;
		}
	}
	return best;
}

static int alloc_locked(struct ext4_fs *fs, uint32_t start, bool directory,
			uint32_t *number)
{
	if (directory)
		start = group_for_directory(fs, start);
	for (uint32_t i = 0; i < fs->groups; i++) {
		uint32_t group = (start + i) % fs->groups;
		int error;

		if (!fs->group[group].free_inodes)
			continue;
		error = take(fs, group, directory, number);
		if (error != -ENOSPC)
			return error;
	}
	return -ENOSPC;
}

int ext4_number_alloc(struct ext4_fs *fs, const struct inode *parent,
		      bool directory, uint32_t *number)
{
	uint32_t start =
		(uint32_t)((parent->number - 1) / fs->inodes_per_group);
	int error;

	mutex_lock(&fs->alloc_lock);
	error = alloc_locked(fs, start, directory, number);
	mutex_unlock(&fs->alloc_lock);
	return error;
}

void ext4_number_free(struct ext4_fs *fs, uint32_t number, bool directory)
{
	uint32_t group = (number - 1) / fs->inodes_per_group;
	uint32_t bit = (number - 1) % fs->inodes_per_group;
	struct ext4_block bitmap;

	mutex_lock(&fs->alloc_lock);
	if (!load_bitmap(fs, group, &bitmap)) {
		if (bitmap.data[bit / 8] >> bit % 8 & 1) {
			bitmap.data[bit / 8] &= (uint8_t) ~(1u << bit % 8);
			fs->group[group].free_inodes++;
			fs->free_inodes++;
			fs->group[group].directories -= directory;
		}
		store(fs, group, &bitmap);
		ext4_block_put(&bitmap);
	}
	mutex_unlock(&fs->alloc_lock);
}
