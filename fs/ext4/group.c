// SPDX-License-Identifier: MIT
/*
 * Block groups: the descriptors, kept as numbers in memory and stored in their
 * blocks whenever they change, and what of a group is metadata.
 */
#include "fs/ext4/ext4.h"

#include "kernel/mm/slab.h"
#include "lib/string.h"

uint64_t ext4_group_first(const struct ext4_fs *fs, uint32_t group)
{
	return fs->first_data_block + (uint64_t)group * fs->blocks_per_group;
}

uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t group)
{
	uint64_t first = ext4_group_first(fs, group);

	return (uint32_t)MIN((uint64_t)fs->blocks_per_group,
			     fs->blocks - first);
}

static bool is_power(uint32_t number, uint32_t base)
{
	while (number > 1 && number % base == 0)
		number /= base;
	return number == 1;
}

bool ext4_group_has_super(const struct ext4_fs *fs, uint32_t group)
{
	if (!group || !(fs->ro_compat & RO_COMPAT_SPARSE_SUPER))
		return true;
	return group == 1 || is_power(group, 3) || is_power(group, 5) ||
	       is_power(group, 7);
}

/* Blocks at a group's start: super block, descriptors, room for more. */
uint32_t ext4_group_meta_blocks(const struct ext4_fs *fs, uint32_t group)
{
	uint32_t descriptors =
		(uint32_t)(((uint64_t)fs->groups * fs->desc_size +
			    fs->block_size - 1) >>
			   fs->block_shift);

	if (!ext4_group_has_super(fs, group))
		return 0;
	return 1 + descriptors + get_le16(fs->raw + SB_RESERVED_GDT);
}

/* The block of group `group`'s descriptor, and where in it. */
static uint64_t descriptor_block(const struct ext4_fs *fs, uint32_t group,
				 uint32_t *offset)
{
	uint64_t at = (uint64_t)group * fs->desc_size;

	*offset = (uint32_t)(at & (fs->block_size - 1));
	return fs->first_data_block + 1 + (at >> fs->block_shift);
}

static uint64_t wide(const struct ext4_fs *fs, const uint8_t *raw, unsigned low,
		     unsigned high)
{
	return get_le32(raw + low) |
	       (fs->desc_size >= 64 ? (uint64_t)get_le32(raw + high) << 32 : 0);
}

static uint32_t half(const struct ext4_fs *fs, const uint8_t *raw, unsigned low,
		     unsigned high)
{
	return get_le16(raw + low) |
	       (fs->desc_size >= 64 ? (uint32_t)get_le16(raw + high) << 16 : 0);
}

static int load(struct ext4_fs *fs, uint32_t number, const uint8_t *raw)
{
	struct ext4_group *group = &fs->group[number];
	uint64_t table_blocks =
		((uint64_t)fs->inodes_per_group * fs->inode_size) >>
		fs->block_shift;

	if (!ext4_group_csum_ok(fs, number, raw))
		return ext4_corrupt(fs, "the descriptor of group", number);
	group->block_bitmap =
		wide(fs, raw, GD_BLOCK_BITMAP_LO, GD_BLOCK_BITMAP_HI);
	group->inode_bitmap =
		wide(fs, raw, GD_INODE_BITMAP_LO, GD_INODE_BITMAP_HI);
	group->inode_table =
		wide(fs, raw, GD_INODE_TABLE_LO, GD_INODE_TABLE_HI);
	group->free_blocks =
		half(fs, raw, GD_FREE_BLOCKS_LO, GD_FREE_BLOCKS_HI);
	group->free_inodes =
		half(fs, raw, GD_FREE_INODES_LO, GD_FREE_INODES_HI);
	group->directories =
		half(fs, raw, GD_DIRECTORIES_LO, GD_DIRECTORIES_HI);
	group->unused_inodes =
		half(fs, raw, GD_UNUSED_INODES_LO, GD_UNUSED_INODES_HI);
	group->flags = get_le16(raw + GD_FLAGS);
	if (group->block_bitmap >= fs->blocks ||
	    group->inode_bitmap >= fs->blocks ||
	    group->inode_table + table_blocks > fs->blocks ||
	    group->free_blocks > fs->blocks_per_group ||
	    group->free_inodes > fs->inodes_per_group ||
	    group->unused_inodes > fs->inodes_per_group)
		return ext4_corrupt(fs, "the descriptor of group", number);
	fs->free_blocks += group->free_blocks;
	fs->free_inodes += group->free_inodes;
	return 0;
}

int ext4_groups_load(struct ext4_fs *fs)
{
	int error = 0;

	fs->group = kcalloc(fs->groups, sizeof(*fs->group));
	if (!fs->group)
		return -ENOMEM;
	for (uint32_t i = 0; i < fs->groups && !error; i++) {
		struct ext4_block block;
		uint32_t offset;
		uint64_t number = descriptor_block(fs, i, &offset);

		error = ext4_block_read(fs, number, &block);
		if (error)
			break;
		error = load(fs, i, block.data + offset);
		ext4_block_put(&block);
	}
	return error;
}

static void put_half(const struct ext4_fs *fs, uint8_t *raw, unsigned low,
		     unsigned high, uint32_t value)
{
	put_le16(raw + low, (uint16_t)value);
	if (fs->desc_size >= 64)
		put_le16(raw + high, (uint16_t)(value >> 16));
}

int ext4_group_store(struct ext4_fs *fs, uint32_t number, int block_csum_valid,
		     uint32_t block_csum, int inode_csum_valid,
		     uint32_t inode_csum)
{
	struct ext4_group *group = &fs->group[number];
	struct ext4_block block;
	uint32_t offset;
	uint64_t at = descriptor_block(fs, number, &offset);
	int error = ext4_block_read(fs, at, &block);
	uint8_t *raw;

	if (error)
		return error;
	raw = block.data + offset;
	put_half(fs, raw, GD_FREE_BLOCKS_LO, GD_FREE_BLOCKS_HI,
		 group->free_blocks);
	put_half(fs, raw, GD_FREE_INODES_LO, GD_FREE_INODES_HI,
		 group->free_inodes);
	put_half(fs, raw, GD_DIRECTORIES_LO, GD_DIRECTORIES_HI,
		 group->directories);
	put_half(fs, raw, GD_UNUSED_INODES_LO, GD_UNUSED_INODES_HI,
		 group->unused_inodes);
	put_le16(raw + GD_FLAGS, group->flags);
	if (block_csum_valid && fs->checksums)
		put_half(fs, raw, GD_BLOCK_CSUM_LO, GD_BLOCK_CSUM_HI,
			 block_csum);
	if (inode_csum_valid && fs->checksums)
		put_half(fs, raw, GD_INODE_CSUM_LO, GD_INODE_CSUM_HI,
			 inode_csum);
	ext4_group_csum_set(fs, number, raw);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	return 0;
}

int ext4_super_store(struct ext4_fs *fs)
{
	/* Byte 1024: in block 0, or the whole of block 1 for 1 KiB blocks. */
	uint64_t number = fs->block_size == 1024 ? 1 : 0;
	uint32_t offset = fs->block_size == 1024 ? 0 : 1024;
	struct ext4_block block;
	int error = ext4_block_read(fs, number, &block);

	if (error)
		return error;
	put_le32(fs->raw + SB_FREE_BLOCKS_LO, (uint32_t)fs->free_blocks);
	put_le32(fs->raw + SB_FREE_BLOCKS_HI,
		 (uint32_t)(fs->free_blocks >> 32));
	put_le32(fs->raw + SB_FREE_INODES, (uint32_t)fs->free_inodes);
	ext4_super_csum_set(fs);
	memcpy(block.data + offset, fs->raw, SB_SIZE);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	return 0;
}
