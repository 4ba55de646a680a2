// SPDX-License-Identifier: MIT
/*
 * metadata_csum: crc32c over every structure, seeded by the volume and, for
 * what belongs to an inode, by its number and generation. Without the feature
 * nothing is checked or set. (Documentation: filesystems/ext4/checksums.)
 */
#include "fs/ext4/ext4.h"

#include "lib/crc.h"
#include "lib/string.h"

static uint32_t add_32(uint32_t crc, uint32_t value)
{
	uint8_t bytes[4];

	put_le32(bytes, value);
	return crc32c(crc, bytes, 4);
}

/* A range in which `size` bytes at `hole` count as zeros. */
static uint32_t sum_around(uint32_t crc, const uint8_t *data, size_t length,
			   size_t hole, size_t size)
{
	static const uint8_t zeros[4];

	crc = crc32c(crc, data, hole);
	crc = crc32c(crc, zeros, size);
	return crc32c(crc, data + hole + size, length - hole - size);
}

uint32_t ext4_inode_seed(const struct inode *inode)
{
	return add_32(add_32(ext4_of(inode)->csum_seed,
			     (uint32_t)inode->number),
		      inode->generation);
}

static bool has_high(const struct ext4_fs *fs, const uint8_t *raw)
{
	return fs->inode_size > IN_OLD_SIZE &&
	       get_le16(raw + IN_EXTRA_ISIZE) >= 4;
}

static uint32_t inode_csum(struct ext4_fs *fs, uint32_t number,
			   const uint8_t *raw)
{
	static const uint8_t zeros[2];
	uint32_t crc = add_32(add_32(fs->csum_seed, number),
			      get_le32(raw + IN_GENERATION));

	crc = crc32c(crc, raw, IN_CSUM_LO);
	crc = crc32c(crc, zeros, 2);
	crc = crc32c(crc, raw + IN_CSUM_LO + 2, IN_OLD_SIZE - IN_CSUM_LO - 2);
	if (fs->inode_size == IN_OLD_SIZE)
		return crc;
	if (!has_high(fs, raw))
		return crc32c(crc, raw + IN_OLD_SIZE,
			      fs->inode_size - IN_OLD_SIZE);
	crc = crc32c(crc, raw + IN_OLD_SIZE, IN_CSUM_HI - IN_OLD_SIZE);
	crc = crc32c(crc, zeros, 2);
	return crc32c(crc, raw + IN_CSUM_HI + 2,
		      fs->inode_size - IN_CSUM_HI - 2);
}

bool ext4_inode_csum_ok(struct ext4_fs *fs, uint32_t number, const uint8_t *raw)
{
	uint32_t sum, stored;

	if (!fs->checksums)
		return true;
	sum = inode_csum(fs, number, raw);
	stored = get_le16(raw + IN_CSUM_LO);
	if (!has_high(fs, raw))
		return (sum & 0xffff) == stored;
	return sum == (stored | (uint32_t)get_le16(raw + IN_CSUM_HI) << 16);
}

void ext4_inode_csum_set(struct ext4_fs *fs, uint32_t number, uint8_t *raw)
{
	uint32_t sum;

	if (!fs->checksums)
		return;
	sum = inode_csum(fs, number, raw);
	put_le16(raw + IN_CSUM_LO, (uint16_t)sum);
	if (has_high(fs, raw))
		put_le16(raw + IN_CSUM_HI, (uint16_t)(sum >> 16));
}

static uint16_t group_csum(struct ext4_fs *fs, uint32_t group,
			   const uint8_t *raw)
{
	return (uint16_t)sum_around(add_32(fs->csum_seed, group), raw,
				    fs->desc_size, GD_CHECKSUM, 2);
}

void ext4_group_csum_set(struct ext4_fs *fs, uint32_t group, uint8_t *raw)
{
	if (fs->checksums)
		put_le16(raw + GD_CHECKSUM, group_csum(fs, group, raw));
}

bool ext4_group_csum_ok(struct ext4_fs *fs, uint32_t group, const uint8_t *raw)
{
	return !fs->checksums ||
	       get_le16(raw + GD_CHECKSUM) == group_csum(fs, group, raw);
}

void ext4_super_csum_set(struct ext4_fs *fs)
{
	if (fs->checksums)
		put_le32(fs->raw + SB_CHECKSUM,
			 crc32c(~0u, fs->raw, SB_CHECKSUM));
}

bool ext4_super_csum_ok(const uint8_t *raw)
{
	return get_le32(raw + SB_CHECKSUM) == crc32c(~0u, raw, SB_CHECKSUM);
}

uint32_t ext4_bitmap_csum(struct ext4_fs *fs, const uint8_t *bitmap,
			  uint32_t bits)
{
	return fs->checksums ? crc32c(fs->csum_seed, bitmap, bits / 8) : 0;
}

uint32_t ext4_xattr_csum(struct ext4_fs *fs, uint64_t number,
			 const uint8_t *block)
{
	uint8_t bytes[8];

	put_le64(bytes, number);
	return sum_around(crc32c(fs->csum_seed, bytes, 8), block,
			  fs->block_size, 16, 4);
}

/* The tail lies right behind the room for entries. */
static size_t extent_tail(const uint8_t *node)
{
	return EXTENT_SIZE + (size_t)get_le16(node + EH_MAX) * EXTENT_SIZE;
}

void ext4_extent_csum_set(const struct inode *inode, uint8_t *node)
{
	size_t tail = extent_tail(node);

	if (ext4_of(inode)->checksums)
		put_le32(node + tail,
			 crc32c(ext4_inode_seed(inode), node, tail));
}

bool ext4_extent_csum_ok(const struct inode *inode, const uint8_t *node)
{
	size_t tail = extent_tail(node);

	if (!ext4_of(inode)->checksums)
		return true;
	return tail + 4 <= ext4_of(inode)->block_size &&
	       get_le32(node + tail) ==
		       crc32c(ext4_inode_seed(inode), node, tail);
}

void ext4_dir_csum_set(const struct inode *inode, uint8_t *block)
{
	size_t tail = ext4_of(inode)->block_size - DE_TAIL_SIZE;

	if (!ext4_of(inode)->checksums)
		return;
	put_le32(block + tail + 8, crc32c(ext4_inode_seed(inode), block, tail));
}

bool ext4_dir_csum_ok(const struct inode *inode, const uint8_t *block)
{
	size_t tail = ext4_of(inode)->block_size - DE_TAIL_SIZE;

	return !ext4_of(inode)->checksums ||
	       (block[tail + DE_TYPE] == DE_TAIL_TYPE &&
		get_le32(block + tail + 8) ==
			crc32c(ext4_inode_seed(inode), block, tail));
}

/* Index blocks: the entries in use, then the tail's first word and zeros. The
 * limit and count stand in the first entry's hash. */
static uint32_t index_csum(const struct inode *inode, const uint8_t *block,
			   unsigned entries_at, size_t *tail)
{
	uint32_t limit = get_le16(block + entries_at);
	uint32_t count = get_le16(block + entries_at + 2);
	uint32_t crc = ext4_inode_seed(inode);

	*tail = entries_at + (size_t)limit * 8;
	crc = crc32c(crc, block, entries_at + (size_t)count * 8);
	crc = crc32c(crc, block + *tail, 4);
	return add_32(crc, 0);
}

void ext4_index_csum_set(const struct inode *inode, uint8_t *block,
			 unsigned entries_at)
{
	size_t tail;
	uint32_t crc;

	if (!ext4_of(inode)->checksums)
		return;
	crc = index_csum(inode, block, entries_at, &tail);
	put_le32(block + tail + 4, crc);
}

bool ext4_index_csum_ok(const struct inode *inode, const uint8_t *block,
			unsigned entries_at)
{
	const struct ext4_fs *fs = ext4_of(inode);
	uint32_t limit = get_le16(block + entries_at);
	size_t tail;
	uint32_t crc;

	if (get_le16(block + entries_at + 2) > limit ||
	    entries_at + (size_t)limit * 8 + (fs->checksums ? 8 : 0) >
		    fs->block_size)
		return false;
	if (!fs->checksums)
		return true;
	crc = index_csum(inode, block, entries_at, &tail);
	return get_le32(block + tail + 4) == crc;
}
