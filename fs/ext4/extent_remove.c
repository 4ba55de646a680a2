// SPDX-License-Identifier: MIT
/*
 * The extent tree: taking blocks out, for truncate, holes and turning unwritten
 * blocks into written ones. One extent is handled at a time, so the tree is
 * valid after every step; empty nodes go at once.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

static unsigned entries(const uint8_t *node)
{
	return get_le16(node + EH_ENTRIES);
}

static void drop_entry(uint8_t *node, unsigned index)
{
	memmove(ext4_entry(node, index), ext4_entry(node, index + 1),
		(size_t)(entries(node) - index - 1) * EXTENT_SIZE);
	put_le16(node + EH_ENTRIES, (uint16_t)(entries(node) - 1));
}

/* A node's first entry became another: the indices that lead to it say so,
 * too (e2fsck asks for it; a search could do without). */
static void raise_keys(struct inode *inode, struct ext4_path *path,
		       unsigned level)
{
	while (level && !path->node[level].at) {
		uint8_t *child = path->node[level].data;
		struct ext4_node *node = &path->node[--level];

		if (!entries(child))
			return;
		put_le32(ext4_entry(node->data, node->at),
			 get_le32(ext4_entry(child, 0)));
		ext4_node_changed(inode, node);
	}
}

/* The leaf has lost an entry: empty nodes go, up to the root. */
static void prune(struct inode *inode, struct ext4_path *path)
{
	struct ext4_fs *fs = ext4_of(inode);
	unsigned level = path->depth;
	uint8_t *root = ext4_inode(inode)->block;

	while (level && !entries(path->node[level].data)) {
		uint64_t number = path->node[level].number;

		ext4_block_put(&path->node[level].block);
		ext4_block_forget(fs, number);
		ext4_blocks_free(fs, number, 1);
		inode->blocks -= fs->sectors_per_block;
		level--;
		drop_entry(path->node[level].data, path->node[level].at);
		ext4_node_changed(inode, &path->node[level]);
	}
	raise_keys(inode, path, level);
	if (!entries(root))
		ext4_extent_init(root);
	inode_mark_dirty(inode);
}

/* The extent at the path's end, and the part of it in [first, last]. False:
 * it has none; *next is where to go on (0: nowhere). */
static bool find_part(struct ext4_path *path, uint32_t first, uint32_t last,
		      struct ext4_run *extent, uint32_t *next)
{
	struct ext4_node *leaf = &path->node[path->depth];

	*next = 0;
	for (; leaf->at < entries(leaf->data); leaf->at++) {
		uint8_t *entry = ext4_entry(leaf->data, leaf->at);

		extent->logical = get_le32(entry + EE_BLOCK);
		extent->length = ext4_extent_length(entry);
		extent->physical = ext4_extent_start(entry);
		extent->unwritten = get_le16(entry + EE_LENGTH) >
				    EXTENT_LENGTH_MAX;
		if (extent->logical > last)
			return false;
		if (extent->logical + extent->length > first)
			return true;
	}
	/* The next leaf's first key, if there is one. */
	for (unsigned level = path->depth; level-- > 0;) {
		struct ext4_node *node = &path->node[level];

		if (node->at + 1 < entries(node->data)) {
			*next = get_le32(ext4_entry(node->data, node->at + 1));
			break;
		}
	}
	return false;
}

/* Take [from, to] out of one extent; a piece behind it is put in again. */
static int cut(struct inode *inode, struct ext4_path *path,
	       const struct ext4_run *extent, uint32_t from, uint32_t to,
	       struct ext4_run *behind)
{
	struct ext4_node *leaf = &path->node[path->depth];
	uint8_t *entry = ext4_entry(leaf->data, leaf->at);
	struct ext4_run left = *extent;
	uint32_t end = extent->logical + extent->length - 1;

	*behind = *extent;
	behind->logical = to + 1;
	behind->length = end - to;
	behind->physical += to + 1 - extent->logical;
	left.length = from - extent->logical;
	if (left.length) {
		ext4_extent_write(entry, &left);
		ext4_node_changed(inode, leaf);
	} else if (behind->length) {
		ext4_extent_write(entry, behind);
		ext4_node_changed(inode, leaf);
		raise_keys(inode, path, path->depth);
		behind->length = 0;
	} else {
		drop_entry(leaf->data, leaf->at);
		ext4_node_changed(inode, leaf);
		prune(inode, path);
	}
	return 0;
}

/* A directory's blocks are cached as metadata: what is dirty there must not be
 * written over whatever gets these blocks next. */
static void forget_names(struct inode *inode, uint64_t first, uint32_t count)
{
	if ((inode->mode & S_IFMT) != S_IFDIR)
		return;
	while (count--)
		ext4_block_forget(ext4_of(inode), first++);
}

/* The first part of [first, last] that an extent has goes out of the tree;
 * its length is 0 if there is none. *next: where to go on, or 0. The path is not
 * on the stack any more when something is put in. */
static NOINLINE int take_part(struct inode *inode, uint32_t first,
			      uint32_t last, struct ext4_run *part,
			      struct ext4_run *behind, uint32_t *next)
{
	struct ext4_run extent;
	struct ext4_path path;
	uint32_t from, to;
	int error = ext4_path_find(inode, first, &path);

	part->length = behind->length = 0;
	if (error)
		return error;
	if (find_part(&path, first, last, &extent, next)) {
		from = MAX(extent.logical, first);
		to = MIN(extent.logical + extent.length - 1, last);
		part->physical = extent.physical + (from - extent.logical);
		part->length = to - from + 1;
		*next = to + 1;
		error = cut(inode, &path, &extent, from, to, behind);
	}
	ext4_path_put(&path);
	return error;
}

/* One step; *again: there may be more from *first on. */
static int remove_one(struct inode *inode, uint32_t *first, uint32_t last,
		      bool keep, bool *again)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_run part, behind;
	uint32_t next;
	int error = take_part(inode, *first, last, &part, &behind, &next);

	*again = false;
	if (error)
		return error;
	if (behind.length)
		error = ext4_extent_insert(inode, &behind);
	if (part.length && !keep) {
		forget_names(inode, part.physical, part.length);
		ext4_blocks_free(fs, part.physical, part.length);
		inode->blocks -= (uint64_t)part.length * fs->sectors_per_block;
	}
	*again = next > *first && next <= last;
	*first = next;
	return error;
}

int ext4_extent_remove(struct inode *inode, uint32_t first, uint32_t last,
		       bool keep)
{
	bool again = true;
	int error = 0;

	while (again && !error)
		error = remove_one(inode, &first, last, keep, &again);
	return error;
}
