// SPDX-License-Identifier: MIT
/*
 * The extent tree: putting a run in. It joins a neighbour where it can; a full
 * leaf is split, and a full path gets one level more at the root. Splitting
 * always leaves room for one entry on the whole path, so one retry suffices.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

static unsigned entries(const uint8_t *node)
{
	return get_le16(node + EH_ENTRIES);
}

static bool is_full(const uint8_t *node)
{
	return entries(node) >= get_le16(node + EH_MAX);
}

static void put_at(uint8_t *node, unsigned index)
{
	memmove(ext4_entry(node, index + 1), ext4_entry(node, index),
		(size_t)(entries(node) - index) * EXTENT_SIZE);
	put_le16(node + EH_ENTRIES, (uint16_t)(entries(node) + 1));
}

static void take_at(uint8_t *node, unsigned index)
{
	memmove(ext4_entry(node, index), ext4_entry(node, index + 1),
		(size_t)(entries(node) - index - 1) * EXTENT_SIZE);
	put_le16(node + EH_ENTRIES, (uint16_t)(entries(node) - 1));
}

static bool read_entry(const uint8_t *entry, struct ext4_run *run)
{
	run->logical = get_le32(entry + EE_BLOCK);
	run->length = ext4_extent_length(entry);
	run->physical = ext4_extent_start(entry);
	run->unwritten = get_le16(entry + EE_LENGTH) > EXTENT_LENGTH_MAX;
	return true;
}

static bool can_join(const struct ext4_run *a, const struct ext4_run *b)
{
	uint32_t most = EXTENT_LENGTH_MAX - (a->unwritten ? 1 : 0);

	return a->unwritten == b->unwritten &&
	       a->logical + a->length == b->logical &&
	       a->physical + a->length == b->physical &&
	       a->length + b->length <= most;
}

/* Joins the run with the entry before or after it. */
static bool join(uint8_t *node, unsigned before, bool has_before,
		 const struct ext4_run *run)
{
	struct ext4_run other, sum;
	unsigned after = has_before ? before + 1 : 0;

	if (has_before && read_entry(ext4_entry(node, before), &other) &&
	    can_join(&other, run)) {
		sum = other;
		sum.length += run->length;
		if (after < entries(node) &&
		    read_entry(ext4_entry(node, after), &other) &&
		    can_join(&sum, &other)) {
			sum.length += other.length;
			take_at(node, after);
		}
		ext4_extent_write(ext4_entry(node, before), &sum);
		return true;
	}
	if (after < entries(node) &&
	    read_entry(ext4_entry(node, after), &other) &&
	    can_join(run, &other)) {
		sum = *run;
		sum.length += other.length;
		ext4_extent_write(ext4_entry(node, after), &sum);
		return true;
	}
	return false;
}

/* The first entry of a node became smaller: so do the indices above. */
static void lower_keys(struct inode *inode, struct ext4_path *path)
{
	for (unsigned level = path->depth; level-- > 0;) {
		struct ext4_node *child = &path->node[level + 1];
		struct ext4_node *node = &path->node[level];
		uint32_t first = get_le32(ext4_entry(child->data, 0));

		if (child->at ||
		    get_le32(ext4_entry(node->data, node->at)) <= first)
			return;
		put_le32(ext4_entry(node->data, node->at), first);
		ext4_node_changed(inode, node);
	}
}

static int new_node(struct inode *inode, unsigned depth, struct ext4_node *node)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint32_t got, room = fs->block_size - EXTENT_SIZE - 4;
	int error = ext4_blocks_alloc(fs, ext4_inode(inode)->goal, 1,
				      &node->number, &got);

	if (error)
		return error;
	error = ext4_block_new(fs, node->number, &node->block);
	if (error) {
		ext4_blocks_free(fs, node->number, 1);
		return error;
	}
	inode->blocks += fs->sectors_per_block;
	node->data = node->block.data;
	put_le16(node->data + EH_MAGIC, EXTENT_MAGIC);
	put_le16(node->data + EH_MAX, (uint16_t)(room / EXTENT_SIZE));
	put_le16(node->data + EH_DEPTH, (uint16_t)depth);
	return 0;
}

static void write_index(uint8_t *entry, uint32_t key, uint64_t leaf)
{
	memset(entry, 0, EXTENT_SIZE);
	put_le32(entry + EI_BLOCK, key);
	put_le32(entry + EI_LEAF_LO, (uint32_t)leaf);
	put_le16(entry + EI_LEAF_HI, (uint16_t)(leaf >> 32));
}

/* The root's entries move to a block; the root points to it. */
static int deepen(struct inode *inode)
{
	uint8_t *root = ext4_inode(inode)->block;
	unsigned depth = get_le16(root + EH_DEPTH), count = entries(root);
	struct ext4_node node = { 0 };
	uint32_t key;
	int error;

	if (depth >= EXTENT_DEPTH_MAX)
		return -EFBIG;
	error = new_node(inode, depth, &node);
	if (error)
		return error;
	memcpy(ext4_entry(node.data, 0), ext4_entry(root, 0),
	       (size_t)count * EXTENT_SIZE);
	put_le16(node.data + EH_ENTRIES, (uint16_t)count);
	ext4_node_changed(inode, &node);
	key = get_le32(ext4_entry(root, 0));
	memset(ext4_entry(root, 0), 0, IN_BLOCK_BYTES - EXTENT_SIZE);
	write_index(ext4_entry(root, 0), key, node.number);
	put_le16(root + EH_ENTRIES, 1);
	put_le16(root + EH_DEPTH, (uint16_t)(depth + 1));
	inode_mark_dirty(inode);
	ext4_block_put(&node.block);
	return 0;
}

/* Split the node at `level`, whose parent has room. A leaf that grows at its
 * end keeps its entries: files are mostly written forward. */
static int split(struct inode *inode, struct ext4_path *path, unsigned level)
{
	struct ext4_node *node = &path->node[level];
	struct ext4_node *parent = &path->node[level - 1];
	struct ext4_node right = { 0 };
	unsigned count = entries(node->data);
	unsigned keep = node->at + 1 >= count ? count - 1 : count / 2;
	int error = new_node(inode, path->depth - level, &right);

	if (error)
		return error;
	memcpy(ext4_entry(right.data, 0), ext4_entry(node->data, keep),
	       (size_t)(count - keep) * EXTENT_SIZE);
	put_le16(right.data + EH_ENTRIES, (uint16_t)(count - keep));
	put_le16(node->data + EH_ENTRIES, (uint16_t)keep);
	put_at(parent->data, parent->at + 1);
	write_index(ext4_entry(parent->data, parent->at + 1),
		    get_le32(ext4_entry(right.data, 0)), right.number);
	ext4_node_changed(inode, &right);
	ext4_node_changed(inode, node);
	ext4_node_changed(inode, parent);
	ext4_block_put(&right.block);
	return 0;
}

/* Make room on the path to `logical`: one step; the caller looks again. */
static int make_room(struct inode *inode, struct ext4_path *path)
{
	unsigned level = path->depth;

	while (level && is_full(path->node[level - 1].data))
		level--;
	return level ? split(inode, path, level) : deepen(inode);
}

static int insert_in_leaf(struct inode *inode, struct ext4_path *path,
			  const struct ext4_run *run, bool *done)
{
	struct ext4_node *leaf = &path->node[path->depth];
	bool has_before = entries(leaf->data) &&
			  get_le32(ext4_entry(leaf->data, leaf->at)) <=
				  run->logical;
	unsigned where = has_before ? leaf->at + 1 : 0;

	*done = true;
	if (!join(leaf->data, leaf->at, has_before, run)) {
		if (is_full(leaf->data)) {
			*done = false;
			return make_room(inode, path);
		}
		put_at(leaf->data, where);
		ext4_extent_write(ext4_entry(leaf->data, where), run);
	}
	ext4_node_changed(inode, leaf);
	leaf->at = where;
	lower_keys(inode, path);
	return 0;
}

int ext4_extent_insert(struct inode *inode, const struct ext4_run *run)
{
	bool done = false;

	for (int tries = 0; tries <= 2 * EXTENT_DEPTH_MAX + 2; tries++) {
		struct ext4_path path;
		int error = ext4_path_find(inode, run->logical, &path);

		if (error)
			return error;
		error = insert_in_leaf(inode, &path, run, &done);
		ext4_path_put(&path);
		if (error || done)
			return error;
	}
	return -EIO;
}
