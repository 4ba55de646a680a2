// SPDX-License-Identifier: MIT
/*
 * Private to fs/ext4: what its files share.
 *
 * Metadata blocks live in the page cache (`fs->meta`: the device's own mapping
 * when blocks are pages, else one with a page for each block). Changing one
 * means: change the bytes, renew its checksum, ext4_block_dirty. That is the
 * place where a journal will be told.
 *
 * Locks, outermost first: the VFS's inode locks; xattr_lock; map_lock (the block
 * map of one inode); ext4_fs.alloc_lock (bitmaps, descriptors, super block).
 * File pages may be locked outside of map_lock, never inside.
 */
#pragma once

#include "fs/ext4/format.h"
#include "fs/vfs/inode.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/lock.h"
#include "kernel/vm/block.h"
#include "lib/bytes.h"
#include "lib/errno.h"

struct ext4_group {
	uint64_t block_bitmap, inode_bitmap, inode_table; /* constant */
	uint32_t free_blocks, free_inodes, directories, unused_inodes;
	uint16_t flags;
};

struct ext4_fs {
	/* Constant after mount. */
	struct super_block *super;
	struct block_device *device;
	struct mapping *meta, own_meta;
	uint32_t block_size, block_shift;
	uint32_t sectors_per_block, blocks_per_page;
	uint64_t blocks;
	uint32_t inodes, groups, blocks_per_group, inodes_per_group;
	uint32_t first_data_block, first_inode, inode_size, desc_size;
	uint32_t compat, incompat, ro_compat;
	uint32_t csum_seed, hash_seed[4];
	uint8_t hash_version;
	uint16_t want_extra_isize;
	bool read_only, checksums;
	bool cleaning; /* orphans: inodes without links are read */

	struct mutex alloc_lock; /* guards all below, bitmaps and
					   descriptor blocks */
	struct ext4_group *group;
	uint8_t raw[SB_SIZE]; /* the super block as on disk */
	uint64_t free_blocks, free_inodes;
	uint64_t reserved; /* promised to dirty pages; atomic */
};

struct ext4_inode {
	/* Guards block, the tree, reserved, the raw inode, inode->blocks. */
	struct rwmutex map_lock;
	uint8_t block[IN_BLOCK_BYTES];
	uint32_t flags; /* INODE_FLAG_* */
	uint16_t extra_isize;
	uint64_t xattr_block;
	uint64_t goal; /* where the next block should lie */
	uint64_t reserved; /* blocks promised to dirty pages */
	struct mutex xattr_lock;
};

static inline struct ext4_fs *ext4_of(const struct inode *inode)
{
	return inode->super->private;
}

static inline struct ext4_inode *ext4_inode(const struct inode *inode)
{
	return inode->private;
}

/* ---- block.c: metadata blocks ---- */
struct ext4_block {
	struct page *page; /* one reference */
	uint8_t *data;
};
int ext4_block_read(struct ext4_fs *fs, uint64_t number,
		    struct ext4_block *block);
/* A block without old contents: zeros. */
int ext4_block_new(struct ext4_fs *fs, uint64_t number,
		   struct ext4_block *block);
void ext4_block_dirty(struct ext4_block *block);
void ext4_block_put(struct ext4_block *block);
/* The block was freed: never write it again. */
void ext4_block_forget(struct ext4_fs *fs, uint64_t number);
void ext4_meta_init(struct ext4_fs *fs);
/* A byte range as a warning in the log: a damaged structure. */
int ext4_corrupt(const struct ext4_fs *fs, const char *what, uint64_t where);

/* ---- checksum.c ---- */
uint32_t ext4_inode_seed(const struct inode *inode);
bool ext4_inode_csum_ok(struct ext4_fs *fs, uint32_t number,
			const uint8_t *raw);
void ext4_inode_csum_set(struct ext4_fs *fs, uint32_t number, uint8_t *raw);
void ext4_group_csum_set(struct ext4_fs *fs, uint32_t group, uint8_t *raw);
bool ext4_group_csum_ok(struct ext4_fs *fs, uint32_t group, const uint8_t *raw);
void ext4_super_csum_set(struct ext4_fs *fs);
bool ext4_super_csum_ok(const uint8_t *raw);
uint32_t ext4_xattr_csum(struct ext4_fs *fs, uint64_t number,
			 const uint8_t *block);
uint32_t ext4_bitmap_csum(struct ext4_fs *fs, const uint8_t *bitmap,
			  uint32_t bits);
void ext4_extent_csum_set(const struct inode *inode, uint8_t *node);
bool ext4_extent_csum_ok(const struct inode *inode, const uint8_t *node);
void ext4_dir_csum_set(const struct inode *inode, uint8_t *block);
bool ext4_dir_csum_ok(const struct inode *inode, const uint8_t *block);
void ext4_index_csum_set(const struct inode *inode, uint8_t *block,
			 unsigned entries_at);
bool ext4_index_csum_ok(const struct inode *inode, const uint8_t *block,
			unsigned entries_at);

/* ---- group.c ---- */
int ext4_groups_load(struct ext4_fs *fs);
/* Descriptor and super block follow the numbers in memory. alloc_lock held. */
int ext4_group_store(struct ext4_fs *fs, uint32_t group, int block_csum_valid,
		     uint32_t block_csum, int inode_csum_valid,
		     uint32_t inode_csum);
int ext4_super_store(struct ext4_fs *fs);
bool ext4_group_has_super(const struct ext4_fs *fs, uint32_t group);
uint64_t ext4_group_first(const struct ext4_fs *fs, uint32_t group);
uint32_t ext4_group_blocks(const struct ext4_fs *fs, uint32_t group);
uint32_t ext4_group_meta_blocks(const struct ext4_fs *fs, uint32_t group);

/* ---- alloc_block.c, alloc_inode.c ---- */
/* Up to `want` contiguous blocks near `goal`: how many in *got. -ENOSPC. */
int ext4_blocks_alloc(struct ext4_fs *fs, uint64_t goal, uint32_t want,
		      uint64_t *first, uint32_t *got);
/* The same for whom nothing was promised: what others were is left alone. */
int ext4_blocks_alloc_free(struct ext4_fs *fs, uint64_t goal, uint32_t want,
			   uint64_t *first, uint32_t *got);
void ext4_blocks_free(struct ext4_fs *fs, uint64_t first, uint64_t count);
int ext4_reserve(struct ext4_fs *fs, uint64_t blocks);
void ext4_unreserve(struct ext4_fs *fs, uint64_t blocks);
int ext4_number_alloc(struct ext4_fs *fs, const struct inode *parent,
		      bool directory, uint32_t *number);
void ext4_number_free(struct ext4_fs *fs, uint32_t number, bool directory);

/* ---- extent.c, extent_insert.c, extent_remove.c; under map_lock ---- */
struct ext4_run {
	uint32_t logical; /* first block in the file */
	uint32_t length; /* blocks, of the run or of the hole */
	uint64_t physical; /* 0: a hole */
	bool unwritten;
};
/* The run that covers `logical`, cut to start there. */
int ext4_map(struct inode *inode, uint32_t logical, struct ext4_run *run);
int ext4_extent_insert(struct inode *inode, const struct ext4_run *run);
/* Takes [first, last] out of the tree; frees the blocks unless `keep`. */
int ext4_extent_remove(struct inode *inode, uint32_t first, uint32_t last,
		       bool keep);
void ext4_extent_init(uint8_t *root);

struct ext4_node {
	struct ext4_block block; /* page NULL: the root */
	uint64_t number;
	uint8_t *data; /* header */
	unsigned at; /* entry on the path */
};
struct ext4_path {
	unsigned depth; /* node[depth] is the leaf */
	struct ext4_node node[EXTENT_DEPTH_MAX + 1];
};
int ext4_path_find(struct inode *inode, uint32_t logical,
		   struct ext4_path *path);
void ext4_path_put(struct ext4_path *path);
/* The node's bytes changed: checksum, dirty (the root: the inode). */
void ext4_node_changed(struct inode *inode, struct ext4_node *node);
int ext4_node_load(struct inode *inode, uint64_t number, unsigned depth,
		   struct ext4_node *node);

static inline uint8_t *ext4_entry(uint8_t *node, unsigned index)
{
	return node + EXTENT_SIZE + index * EXTENT_SIZE;
}
static inline uint64_t ext4_extent_start(const uint8_t *entry)
{
	return get_le32(entry + EE_START_LO) |
	       (uint64_t)get_le16(entry + EE_START_HI) << 32;
}
static inline uint32_t ext4_extent_length(const uint8_t *entry)
{
	uint32_t raw = get_le16(entry + EE_LENGTH);

	return raw > EXTENT_LENGTH_MAX ? raw - EXTENT_LENGTH_MAX : raw;
}
static inline uint64_t ext4_index_leaf(const uint8_t *entry)
{
	return get_le32(entry + EI_LEAF_LO) |
	       (uint64_t)get_le16(entry + EI_LEAF_HI) << 32;
}
void ext4_extent_write(uint8_t *entry, const struct ext4_run *run);

/* ---- inode.c ---- */
int ext4_read_inode(struct inode *inode);
int ext4_write_inode(struct inode *inode);
void ext4_evict_inode(struct inode *inode);
int ext4_inode_raw(struct ext4_fs *fs, uint32_t number,
		   struct ext4_block *block, uint8_t **raw);
/* A new inode with its number, owner and type; links 0, not in a directory. */
int ext4_inode_create(struct inode *directory, uint32_t mode, uint64_t rdevice,
		      struct inode **made);
void ext4_set_ops(struct inode *inode);
/* Free all blocks from byte `size` on. */
int ext4_truncate(struct inode *inode, uint64_t size);

/* ---- data.c, file.c ---- */
extern const struct mapping_ops ext4_mapping_ops;
extern const struct file_ops ext4_file_ops;
void ext4_release_reserved(struct inode *inode);

/* ---- directory.c, htree.c, hash.c, name.c, symlink ---- */
extern const struct inode_ops ext4_directory_ops, ext4_file_inode_ops,
	ext4_symlink_ops, ext4_special_ops;
extern const struct file_ops ext4_directory_file_ops;

struct ext4_slot {
	struct ext4_block block;
	unsigned offset; /* of the entry in the block */
	unsigned previous; /* of the one before it; == offset: none */
};
/* A directory's block by number in the file, checked. */
int ext4_dir_block(struct inode *directory, uint32_t logical,
		   struct ext4_block *block);
/* Appends an empty block; *logical is its number. */
int ext4_dir_grow(struct inode *directory, uint32_t *logical,
		  struct ext4_block *block);
/* The entry of a name. -ENOENT. */
int ext4_dir_find(struct inode *directory, const char *name, size_t length,
		  struct ext4_slot *slot);
int ext4_dir_add(struct inode *directory, const char *name, size_t length,
		 uint32_t number, uint32_t mode);
int ext4_dir_remove(struct inode *directory, const char *name, size_t length);
/* Change where an existing name points. */
int ext4_dir_set(struct inode *directory, const char *name, size_t length,
		 uint32_t number, uint32_t mode);
bool ext4_dir_is_empty(struct inode *directory);
/* Bytes for entries in a leaf block (without the checksum tail). */
unsigned ext4_dir_room(const struct ext4_fs *fs);
void ext4_dir_init_block(struct inode *directory, uint8_t *data);
/* Into one block: 0, -ENOSPC. */
int ext4_dir_add_to_block(struct inode *directory, struct ext4_block *block,
			  const char *name, size_t length, uint32_t number,
			  uint8_t type);
/* Within one block, from `from` on: true and slot->offset. */
bool ext4_dir_search(const struct ext4_fs *fs, const uint8_t *data,
		     const char *name, size_t length, unsigned *offset,
		     unsigned *previous);
bool ext4_dir_entry_ok(const struct ext4_fs *fs, const uint8_t *data,
		       unsigned offset);
uint8_t ext4_dir_type(uint32_t mode);

uint32_t ext4_hash(const struct ext4_fs *fs, uint8_t version, const char *name,
		   size_t length);
/* Indexed directories. -EOPNOTSUPP: read it linearly. */
int ext4_htree_find(struct inode *directory, const char *name, size_t length,
		    struct ext4_slot *slot);
int ext4_htree_add(struct inode *directory, const char *name, size_t length,
		   uint32_t number, uint8_t type);
/* A full linear directory of one block becomes an indexed one. */
int ext4_htree_convert(struct inode *directory);

/* ---- xattr.c ---- */
ssize_t ext4_get_xattr(struct inode *inode, const char *name, void *value,
		       size_t size);
int ext4_set_xattr(struct inode *inode, const char *name, const void *value,
		   size_t size, int flags);
ssize_t ext4_list_xattr(struct inode *inode, char *names, size_t size);
int ext4_remove_xattr(struct inode *inode, const char *name);
void ext4_xattr_free(struct inode *inode);

/* ---- journal.c, orphan.c ---- */
/* Replays the journal and empties it; fs->raw is the super block then. */
int ext4_journal_recover(struct ext4_fs *fs);
void ext4_orphans_clean(struct ext4_fs *fs);

void ext4_init(void);
