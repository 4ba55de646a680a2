// SPDX-License-Identifier: MIT
/*
 * Orphans: inodes that were open when they were removed, or in the middle of a
 * truncation, as an earlier system left them in the super block's list (each
 * points to the next through its deletion time). They are finished at mount.
 */
#include "fs/ext4/ext4.h"

#include "kernel/arch/x86_64/log.h"

/* The next one in the list, as the inode on disk says. */
static int next_of(struct ext4_fs *fs, uint32_t number, uint32_t *next)
{
	struct ext4_block block;
	uint8_t *raw;
	int error = ext4_inode_raw(fs, number, &block, &raw);

	if (error)
		return error;
	*next = get_le32(raw + IN_DTIME);
	ext4_block_put(&block);
	return 0;
}

static int finish(struct ext4_fs *fs, uint32_t number)
{
	struct inode *inode;
	int error = inode_get(fs->super, number, &inode);

	if (error)
		return error;
	if (inode->links)
		error = ext4_truncate(inode, inode->size);
	inode_put(inode); /* without links: its blocks go */
	return error;
}

void ext4_orphans_clean(struct ext4_fs *fs)
{
	uint32_t number = get_le32(fs->raw + SB_LAST_ORPHAN), count = 0;

	if (!number)
		return;
	fs->cleaning = true;
	while (number && number <= fs->inodes && count < fs->inodes) {
		uint32_t next;

		if (next_of(fs, number, &next) || finish(fs, number))
			break;
		number = next;
		count++;
	}
	fs->cleaning = false;
	put_le32(fs->raw + SB_LAST_ORPHAN, 0);
	log_info("ext4 (%s): %u orphans cleaned", fs->device->name, count);
}
