// SPDX-License-Identifier: MIT
/*
 * Indexed directories (dir_index): block 0 is the root of a tree of hashes,
 * one or two levels deep; its leaves are ordinary directory blocks. Each index
 * entry says from which hash on its block holds names; a hash with the lowest
 * bit set goes on from the block before.
 *
 * Root: the dots, then at 0x18 the info, entries from 0x20. Inner node: an
 * empty entry over the whole block, entries from 8. The first entry's hash
 * field holds limit and count.
 */
#include "fs/ext4/ext4.h"

#include "kernel/mm/slab.h"
#include "lib/string.h"

#define ROOT_ENTRIES 0x20
#define NODE_ENTRIES 8
#define INFO_VERSION 0x1c
#define INFO_LENGTH 0x1d
#define INFO_LEVELS 0x1e
#define ENTRY 8
#define HASH_VERSIONS 6

struct frame {
	struct ext4_block block;
	unsigned entries_at;
	unsigned at; /* entry that leads down */
};

struct walk {
	uint32_t hash;
	uint8_t version;
	unsigned levels; /* frame[levels] points to leaves */
	struct frame frame[2];
};

static unsigned limit(const struct frame *frame)
{
	return get_le16(frame->block.data + frame->entries_at);
}

static unsigned count(const struct frame *frame)
{
	return get_le16(frame->block.data + frame->entries_at + 2);
}

static void set_count(struct frame *frame, unsigned number)
{
	put_le16(frame->block.data + frame->entries_at + 2, (uint16_t)number);
}

static uint8_t *entry(const struct frame *frame, unsigned index)
{
	return frame->block.data + frame->entries_at + index * ENTRY;
}

static uint32_t hash_of(const struct frame *frame, unsigned index)
{
	return index ? get_le32(entry(frame, index)) : 0;
}

static uint32_t block_of(const struct frame *frame, unsigned index)
{
	return get_le32(entry(frame, index) + 4) & 0x0fffffff;
}

static void changed(struct inode *directory, struct frame *frame)
{
	ext4_index_csum_set(directory, frame->block.data, frame->entries_at);
	ext4_block_dirty(&frame->block);
}

static void put_walk(struct walk *walk)
{
	for (unsigned i = 0; i <= walk->levels; i++)
		ext4_block_put(&walk->frame[i].block);
}

static unsigned room_for_entries(const struct ext4_fs *fs, unsigned at)
{
	return (fs->block_size - at - (fs->checksums ? 8 : 0)) / ENTRY;
}

static bool frame_ok(const struct ext4_fs *fs, const struct frame *frame)
{
	return limit(frame) <= room_for_entries(fs, frame->entries_at) &&
	       count(frame) && count(frame) <= limit(frame);
}

/* The last entry whose hash is not above the wanted one. */
static void search(struct frame *frame, uint32_t hash)
{
	unsigned low = 0, high = count(frame);

	while (high - low > 1) {
		unsigned middle = (low + high) / 2;

		if (hash_of(frame, middle) <= hash)
			low = middle;
		else
			high = middle;
	}
	frame->at = low;
}

static int load_frame(struct inode *directory, uint32_t logical,
		      struct frame *frame)
{
	int error = ext4_dir_block(directory, logical, &frame->block);

	if (error)
		return error;
	frame->entries_at = logical ? NODE_ENTRIES : ROOT_ENTRIES;
	if (frame_ok(ext4_of(directory), frame))
		return 0;
	ext4_block_put(&frame->block);
	return ext4_corrupt(ext4_of(directory), "the index of directory",
			    directory->number);
}

static int check_root(struct inode *directory, struct walk *walk)
{
	struct ext4_fs *fs = ext4_of(directory);
	const uint8_t *root = walk->frame[0].block.data;

	walk->version = root[INFO_VERSION];
	if (walk->version < 3 &&
	    get_le32(fs->raw + SB_FLAGS) & FLAG_UNSIGNED_HASH)
		walk->version += 3;
	walk->levels = root[INFO_LEVELS];
	if (walk->version < HASH_VERSIONS && walk->levels < 2 &&
	    root[INFO_LENGTH] == 8)
		return 0;
	walk->levels = 0;
	return -EOPNOTSUPP;
}

static int descend(struct inode *directory, const char *name, size_t length,
		   struct walk *walk)
{
	int error;

	memset(walk, 0, sizeof(*walk));
	error = load_frame(directory, 0, &walk->frame[0]);
	if (error)
		return error;
	error = check_root(directory, walk);
	if (!error) {
		walk->hash = ext4_hash(ext4_of(directory), walk->version, name,
				       length);
		search(&walk->frame[0], walk->hash);
	}
	if (!error && walk->levels) {
		error = load_frame(directory,
				   block_of(&walk->frame[0], walk->frame[0].at),
				   &walk->frame[1]);
		if (!error)
			search(&walk->frame[1], walk->hash);
	}
	if (error)
		put_walk(walk);
	return error;
}

/* The next leaf, if it continues our hash. */
static bool next_leaf(struct inode *directory, struct walk *walk)
{
	struct frame *bottom = &walk->frame[walk->levels];

	if (bottom->at + 1 < count(bottom)) {
		bottom->at++;
		return (hash_of(bottom, bottom->at) & ~1u) == walk->hash;
	}
	if (!walk->levels || walk->frame[0].at + 1 >= count(&walk->frame[0]))
		return false;
	walk->frame[0].at++;
	if ((hash_of(&walk->frame[0], walk->frame[0].at) & ~1u) != walk->hash)
		return false;
	ext4_block_put(&bottom->block);
	if (load_frame(directory, block_of(&walk->frame[0], walk->frame[0].at),
		       bottom))
		return false;
	bottom->at = 0;
	return true;
}

int ext4_htree_find(struct inode *directory, const char *name, size_t length,
		    struct ext4_slot *slot)
{
	struct ext4_fs *fs = ext4_of(directory);
	struct walk walk;
	int error = descend(directory, name, length, &walk);

	if (error)
		return error;
	do {
		struct frame *bottom = &walk.frame[walk.levels];

		error = ext4_dir_block(directory, block_of(bottom, bottom->at),
				       &slot->block);
		if (error)
			break;
		if (ext4_dir_search(fs, slot->block.data, name, length,
				    &slot->offset, &slot->previous))
			break;
		ext4_block_put(&slot->block);
		error = -ENOENT;
	} while (next_leaf(directory, &walk));
	put_walk(&walk);
	return error;
}

static void insert_entry(struct inode *directory, struct frame *frame,
			 unsigned index, uint32_t hash, uint32_t logical)
{
	unsigned n = count(frame);

	memmove(entry(frame, index + 1), entry(frame, index),
		(size_t)(n - index) * ENTRY);
	put_le32(entry(frame, index), hash);
	put_le32(entry(frame, index) + 4, logical);
	set_count(frame, n + 1);
	changed(directory, frame);
}

struct name_hash {
	uint32_t hash;
	unsigned offset, size;
};

static unsigned collect(struct inode *directory, uint8_t version,
			const uint8_t *data, struct name_hash *names)
{
	struct ext4_fs *fs = ext4_of(directory);
	unsigned n = 0, at = 0, room = ext4_dir_room(fs);

	while (at < room && ext4_dir_entry_ok(fs, data, at)) {
		const uint8_t *name = data + at;

		if (get_le32(name)) {
			names[n].hash = ext4_hash(fs, version,
						  (const char *)name + DE_NAME,
						  name[DE_NAME_LENGTH]);
			names[n].offset = at;
			names[n].size = (unsigned)ALIGN_UP(
				DE_NAME + name[DE_NAME_LENGTH], 4);
			n++;
		}
		at += get_le16(name + DE_LENGTH);
	}
	return n;
}

static void sort(struct name_hash *names, unsigned n)
{
	for (unsigned gap = n / 2; gap; gap /= 2) {
		for (unsigned i = gap; i < n; i++) {
			struct name_hash moving = names[i];
			unsigned j = i;

			for (; j >= gap && names[j - gap].hash > moving.hash;
			     j -= gap)
				names[j] = names[j - gap];
			names[j] = moving;
		}
	}
}

/* Entries names[from, to) of `old`, packed into `data`. */
static void pack(struct inode *directory, uint8_t *data, const uint8_t *old,
		 const struct name_hash *names, unsigned from, unsigned to)
{
	unsigned room = ext4_dir_room(ext4_of(directory)), at = 0;

	ext4_dir_init_block(directory, data);
	for (unsigned i = from; i < to; i++) {
		unsigned size = i + 1 == to ? room - at : names[i].size;

		memcpy(data + at, old + names[i].offset, names[i].size);
		put_le16(data + at + DE_LENGTH, (uint16_t)size);
		at += size;
	}
	ext4_dir_csum_set(directory, data);
}

/* Half of the bytes stay; the names from there on move. */
static unsigned middle(const struct name_hash *names, unsigned n,
		       unsigned block_size)
{
	unsigned bytes = 0, i = 0;

	while (i < n && bytes + names[i].size / 2 < block_size / 2)
		bytes += names[i++].size;
	return MAX(MIN(i, n - 1), 1u);
}

/* Split the leaf under the bottom frame, which has room for one entry more. */
static int split_leaf(struct inode *directory, struct walk *walk,
		      struct ext4_block *leaf)
{
	struct ext4_fs *fs = ext4_of(directory);
	struct frame *bottom = &walk->frame[walk->levels];
	struct name_hash *names =
		kcalloc(fs->block_size / 12 + 1, sizeof(*names));
	uint8_t *old = kmemdup(leaf->data, fs->block_size);
	struct ext4_block right = { 0 };
	uint32_t logical, hash;
	unsigned n, keep;
	int error = names && old ? 0 : -ENOMEM;

	if (!error)
		error = ext4_dir_grow(directory, &logical, &right);
	if (!error) {
		n = collect(directory, walk->version, old, names);
		sort(names, n);
		keep = middle(names, n, fs->block_size);
		hash = names[keep].hash;
		if (hash == names[keep - 1].hash)
			hash |= 1;
		pack(directory, right.data, old, names, keep, n);
		pack(directory, leaf->data, old, names, 0, keep);
		ext4_block_dirty(leaf);
		ext4_block_dirty(&right);
		insert_entry(directory, bottom, bottom->at + 1, hash, logical);
		ext4_block_put(&right);
	}
	kfree(names);
	kfree(old);
	return error;
}

static void init_node(struct inode *directory, struct frame *frame)
{
	struct ext4_fs *fs = ext4_of(directory);

	memset(frame->block.data, 0, fs->block_size);
	put_le16(frame->block.data + DE_LENGTH, (uint16_t)fs->block_size);
	frame->entries_at = NODE_ENTRIES;
	put_le16(frame->block.data + NODE_ENTRIES,
		 (uint16_t)room_for_entries(fs, NODE_ENTRIES));
}

/* Entries [from, count) of one frame become all of another. */
static void move_entries(struct frame *to, struct frame *from, unsigned first)
{
	unsigned n = count(from) - first;

	for (unsigned i = 0; i < n; i++) {
		if (i)
			put_le32(entry(to, i), hash_of(from, first + i));
		put_le32(entry(to, i) + 4, block_of(from, first + i));
	}
	set_count(to, n);
}

/* The root is full and has no level below: push its entries one down. */
static int deepen(struct inode *directory, struct walk *walk)
{
	struct frame *root = &walk->frame[0], node = { 0 };
	uint32_t logical;
	int error = ext4_dir_grow(directory, &logical, &node.block);

	if (error)
		return error;
	init_node(directory, &node);
	move_entries(&node, root, 0);
	changed(directory, &node);
	set_count(root, 1);
	put_le32(entry(root, 0) + 4, logical);
	root->block.data[INFO_LEVELS] = 1;
	changed(directory, root);
	ext4_block_put(&node.block);
	return 0;
}

static int split_node(struct inode *directory, struct walk *walk)
{
	struct frame *root = &walk->frame[0], *node = &walk->frame[1];
	struct frame right = { 0 };
	unsigned keep = count(node) / 2;
	uint32_t logical, hash = hash_of(node, keep);
	int error;

	if (count(root) >= limit(root))
		return -ENOSPC;
	error = ext4_dir_grow(directory, &logical, &right.block);
	if (error)
		return error;
	init_node(directory, &right);
	move_entries(&right, node, keep);
	changed(directory, &right);
	set_count(node, keep);
	changed(directory, node);
	insert_entry(directory, root, root->at + 1, hash, logical);
	ext4_block_put(&right.block);
	return 0;
}

/* One attempt: 0, an error, or -EAGAIN: something was split, look again. */
static int try_add(struct inode *directory, struct walk *walk, const char *name,
		   size_t length, uint32_t number, uint8_t type)
{
	struct frame *bottom = &walk->frame[walk->levels];
	struct ext4_block leaf;
	int error =
		ext4_dir_block(directory, block_of(bottom, bottom->at), &leaf);

	if (error)
		return error;
	error = ext4_dir_add_to_block(directory, &leaf, name, length, number,
				      type);
	if (error == -ENOSPC) {
		if (count(bottom) < limit(bottom))
			error = split_leaf(directory, walk, &leaf);
		else if (!walk->levels)
			error = deepen(directory, walk);
		else
			error = split_node(directory, walk);
		error = error ? error : -EAGAIN;
	}
	ext4_block_put(&leaf);
	return error;
}

int ext4_htree_add(struct inode *directory, const char *name, size_t length,
		   uint32_t number, uint8_t type)
{
	int error = -EAGAIN;

	for (int tries = 0; tries < 16 && error == -EAGAIN; tries++) {
		struct walk walk;

		error = descend(directory, name, length, &walk);
		if (error)
			return error;
		error = try_add(directory, &walk, name, length, number, type);
		put_walk(&walk);
	}
	return error == -EAGAIN ? -ENOSPC : error;
}

/* Where the entries behind "." and ".." begin; 0: not the usual layout. */
static unsigned behind_dots(const struct ext4_fs *fs, const uint8_t *data)
{
	unsigned first = get_le16(data + DE_LENGTH), second;

	if (first != 12 || !ext4_dir_entry_ok(fs, data, first))
		return 0;
	second = get_le16(data + first + DE_LENGTH);
	return second == 12 ? 24 : 0;
}

int ext4_htree_convert(struct inode *directory)
{
	struct ext4_fs *fs = ext4_of(directory);
	struct frame root = { .entries_at = ROOT_ENTRIES };
	struct ext4_block leaf;
	uint32_t logical;
	unsigned from, room = ext4_dir_room(fs), at, last;
	uint8_t version = fs->hash_version;
	int error = ext4_dir_block(directory, 0, &root.block);

	if (error)
		return error;
	from = behind_dots(fs, root.block.data);
	error = from && version < 3 ? 0 : -EOPNOTSUPP;
	if (!error)
		error = ext4_dir_grow(directory, &logical, &leaf);
	if (error) {
		ext4_block_put(&root.block);
		return error;
	}
	memcpy(leaf.data, root.block.data + from, room - from);
	for (at = last = 0; at < room - from;
	     at += get_le16(leaf.data + at + DE_LENGTH))
		last = at;
	put_le16(leaf.data + last + DE_LENGTH, (uint16_t)(room - last));
	ext4_dir_csum_set(directory, leaf.data);
	ext4_block_dirty(&leaf);
	ext4_block_put(&leaf);

	memset(root.block.data + from, 0, fs->block_size - from);
	put_le16(root.block.data + 12 + DE_LENGTH,
		 (uint16_t)(fs->block_size - 12));
	root.block.data[INFO_VERSION] = version;
	root.block.data[INFO_LENGTH] = 8;
	put_le16(root.block.data + ROOT_ENTRIES,
		 (uint16_t)room_for_entries(fs, ROOT_ENTRIES));
	set_count(&root, 1);
	put_le32(entry(&root, 0) + 4, logical);
	ext4_inode(directory)->flags |= INODE_FLAG_INDEX;
	inode_mark_dirty(directory);
	changed(directory, &root);
	ext4_block_put(&root.block);
	return 0;
}
