// SPDX-License-Identifier: MIT
/*
 * The extent tree: finding where a block of a file lies. The root is in the
 * inode (four entries); deeper nodes are blocks with a checksum behind their
 * room for entries. Entries are sorted; an index entry covers everything up to
 * the next one. Every node is checked before it is used.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

void ext4_extent_init(uint8_t *root)
{
	memset(root, 0, IN_BLOCK_BYTES);
	put_le16(root + EH_MAGIC, EXTENT_MAGIC);
	put_le16(root + EH_MAX, (IN_BLOCK_BYTES - EXTENT_SIZE) / EXTENT_SIZE);
}

void ext4_extent_write(uint8_t *entry, const struct ext4_run *run)
{
	put_le32(entry + EE_BLOCK, run->logical);
	put_le16(entry + EE_LENGTH,
		 (uint16_t)(run->length +
			    (run->unwritten ? EXTENT_LENGTH_MAX : 0)));
	put_le16(entry + EE_START_HI, (uint16_t)(run->physical >> 32));
	put_le32(entry + EE_START_LO, (uint32_t)run->physical);
}

/* Is this a node of the expected depth whose numbers fit its memory? */
static bool node_ok(const uint8_t *node, unsigned depth, size_t size)
{
	unsigned entries = get_le16(node + EH_ENTRIES);
	unsigned most = get_le16(node + EH_MAX);
	uint32_t last = 0;

	if (get_le16(node + EH_MAGIC) != EXTENT_MAGIC ||
	    get_le16(node + EH_DEPTH) != depth || entries > most ||
	    EXTENT_SIZE + (size_t)most * EXTENT_SIZE > size || !most)
		return false;
	for (unsigned i = 0; i < entries; i++) {
		const uint8_t *entry = node + EXTENT_SIZE + i * EXTENT_SIZE;
		uint32_t block = get_le32(entry);

		if (i && block < last)
			return false;
		last = depth ? block + 1 : block + ext4_extent_length(entry);
		if (!depth && (!ext4_extent_length(entry) || last < block))
			return false;
	}
	return true;
}

int ext4_node_load(struct inode *inode, uint64_t number, unsigned depth,
		   struct ext4_node *node)
{
	struct ext4_fs *fs = ext4_of(inode);
	int error = ext4_block_read(fs, number, &node->block);

	if (error)
		return error;
	node->number = number;
	node->data = node->block.data;
	node->at = 0;
	if (node_ok(node->data, depth, fs->block_size) &&
	    ext4_extent_csum_ok(inode, node->data))
		return 0;
	ext4_block_put(&node->block);
	return ext4_corrupt(fs, "an extent node of inode", inode->number);
}

/* The last entry that starts at or before `logical`; 0 if there is none. */
static unsigned search(uint8_t *node, uint32_t logical)
{
	unsigned low = 0, high = get_le16(node + EH_ENTRIES);

	while (high - low > 1) {
		unsigned middle = (low + high) / 2;

		if (get_le32(ext4_entry(node, middle)) <= logical)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void ext4_path_put(struct ext4_path *path)
{
	for (unsigned i = 0; i <= path->depth; i++)
		ext4_block_put(&path->node[i].block);
}

int ext4_path_find(struct inode *inode, uint32_t logical,
		   struct ext4_path *path)
{
	uint8_t *root = ext4_inode(inode)->block;
	unsigned depth = get_le16(root + EH_DEPTH);

	memset(path, 0, sizeof(*path));
	if (depth > EXTENT_DEPTH_MAX || !node_ok(root, depth, IN_BLOCK_BYTES))
		return ext4_corrupt(ext4_of(inode), "the extent root of inode",
				    inode->number);
	path->node[0].data = root;
	for (unsigned level = 0;; level++) {
		struct ext4_node *node = &path->node[level];
		int error;

		path->depth = level;
		node->at = search(node->data, logical);
		if (level == depth)
			return 0;
		if (!get_le16(node->data + EH_ENTRIES))
			error = ext4_corrupt(ext4_of(inode),
					     "an empty index of inode",
					     inode->number);
		else
			error = ext4_node_load(inode,
					       ext4_index_leaf(ext4_entry(
						       node->data, node->at)),
					       depth - level - 1, node + 1);
		if (error) {
			ext4_path_put(path);
			return error;
		}
	}
}

void ext4_node_changed(struct inode *inode, struct ext4_node *node)
{
	if (!node->block.page) {
		inode_mark_dirty(inode);
		return;
	}
	ext4_extent_csum_set(inode, node->data);
	ext4_block_dirty(&node->block);
}

/* Where the hole that `logical` lies in ends: the next entry to the right. */
static uint32_t hole_end(const struct ext4_path *path, uint32_t logical)
{
	for (unsigned level = path->depth + 1; level-- > 0;) {
		uint8_t *data = path->node[level].data;
		unsigned entries = get_le16(data + EH_ENTRIES);

		for (unsigned i = path->node[level].at; i < entries; i++)
			if (get_le32(ext4_entry(data, i)) > logical)
				return get_le32(ext4_entry(data, i));
	}
	return ~0u;
}

int ext4_map(struct inode *inode, uint32_t logical, struct ext4_run *run)
{
	struct ext4_path path;
	struct ext4_node *leaf;
	int error = ext4_path_find(inode, logical, &path);

	if (error)
		return error;
	memset(run, 0, sizeof(*run));
	run->logical = logical;
	leaf = &path.node[path.depth];
	if (get_le16(leaf->data + EH_ENTRIES)) {
		uint8_t *entry = ext4_entry(leaf->data, leaf->at);
		uint32_t start = get_le32(entry + EE_BLOCK);
		uint32_t length = ext4_extent_length(entry);

		if (logical >= start && logical - start < length) {
			run->length = length - (logical - start);
			run->physical =
				ext4_extent_start(entry) + (logical - start);
			run->unwritten = get_le16(entry + EE_LENGTH) >
					 EXTENT_LENGTH_MAX;
		}
	}
	if (!run->length)
		run->length = hole_end(&path, logical) - logical;
	else if (run->physical + run->length > ext4_of(inode)->blocks)
		error = ext4_corrupt(ext4_of(inode), "an extent of inode",
				     inode->number);
	ext4_path_put(&path);
	return error;
}
