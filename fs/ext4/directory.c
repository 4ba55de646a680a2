// SPDX-License-Identifier: MIT
/*
 * Directories as sequences of blocks of entries: reading, searching, adding and
 * removing. An entry's length reaches to the next one; a removed entry's room
 * joins the one before it. With checksums a fake entry at each block's end
 * holds the sum. Index blocks (htree.c) look like blocks with one empty entry,
 * so all of this can read an indexed directory as well.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

#define DT_OF_MODE(mode) ((mode) >> 12 & 15)

unsigned ext4_dir_room(const struct ext4_fs *fs)
{
	return fs->block_size - (fs->checksums ? DE_TAIL_SIZE : 0);
}

/* Bytes that an entry with a name of this length needs. */
static unsigned need(size_t length)
{
	return (unsigned)ALIGN_UP(DE_NAME + length, (size_t)4);
}

uint8_t ext4_dir_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 1;
	case S_IFDIR:
		return 2;
	case S_IFCHR:
		return 3;
	case S_IFBLK:
		return 4;
	case S_IFIFO:
		return 5;
	case S_IFSOCK:
		return 6;
	case S_IFLNK:
		return 7;
	default:
		return 0;
	}
}

bool ext4_dir_entry_ok(const struct ext4_fs *fs, const uint8_t *data,
		       unsigned offset)
{
	unsigned length;

	if (offset + DE_NAME > fs->block_size)
		return false;
	length = get_le16(data + offset + DE_LENGTH);
	return length >= DE_NAME && length % 4 == 0 &&
	       offset + length <= fs->block_size &&
	       (!get_le32(data + offset) ||
		need(data[offset + DE_NAME_LENGTH]) <= length);
}

static unsigned length_at(const uint8_t *data, unsigned offset)
{
	return get_le16(data + offset + DE_LENGTH);
}

/* Index blocks have a sum of their own (htree.c): one empty entry, or the root
 * with its dots. */
static bool is_index(struct inode *directory, uint32_t logical,
		     const uint8_t *data)
{
	struct ext4_fs *fs = ext4_of(directory);

	if (!(ext4_inode(directory)->flags & INODE_FLAG_INDEX))
		return false;
	return !logical ||
	       (!get_le32(data) && length_at(data, 0) == fs->block_size);
}

int ext4_dir_block(struct inode *directory, uint32_t logical,
		   struct ext4_block *block)
{
	struct ext4_fs *fs = ext4_of(directory);
	struct ext4_run run;
	int error;

	rwmutex_read_lock(&ext4_inode(directory)->map_lock);
	error = ext4_map(directory, logical, &run);
	rwmutex_read_unlock(&ext4_inode(directory)->map_lock);
	if (!error && !run.physical)
		error = ext4_corrupt(fs, "a hole in directory",
				     directory->number);
	if (!error)
		error = ext4_block_read(fs, run.physical, block);
	if (error)
		return error;
	if (!fs->checksums)
		return 0;
	if (is_index(directory, logical, block->data) ?
		    ext4_index_csum_ok(directory, block->data,
				       logical ? 8 : 0x20) :
		    ext4_dir_csum_ok(directory, block->data))
		return 0;
	ext4_block_put(block);
	return ext4_corrupt(fs, "a block of directory", directory->number);
}

void ext4_dir_init_block(struct inode *directory, uint8_t *data)
{
	struct ext4_fs *fs = ext4_of(directory);
	unsigned room = ext4_dir_room(fs);

	memset(data, 0, fs->block_size);
	put_le16(data + DE_LENGTH, (uint16_t)room);
	if (fs->checksums) {
		put_le16(data + room + DE_LENGTH, DE_TAIL_SIZE);
		data[room + DE_TYPE] = DE_TAIL_TYPE;
	}
}

/* The run's one block, in memory and at the directory's end; or neither. */
static int insert_block(struct inode *directory, const struct ext4_run *run,
			struct ext4_block *block)
{
	struct ext4_fs *fs = ext4_of(directory);
	int error = ext4_block_new(fs, run->physical, block);

	if (error)
		return error;
	error = ext4_extent_insert(directory, run);
	if (error) {
		ext4_block_put(block);
		ext4_block_forget(fs, run->physical);
		return error;
	}
	ext4_inode(directory)->goal = run->physical + 1;
	directory->size += fs->block_size;
	directory->mapping.size_hint = directory->size;
	directory->blocks += fs->sectors_per_block;
	return 0;
}

int ext4_dir_grow(struct inode *directory, uint32_t *logical,
		  struct ext4_block *block)
{
	struct ext4_inode *self = ext4_inode(directory);
	struct ext4_fs *fs = ext4_of(directory);
	struct ext4_run run = {
		.logical = (uint32_t)(directory->size >> fs->block_shift),
	};
	int error;

	rwmutex_write_lock(&self->map_lock);
	error = ext4_blocks_alloc_free(fs, self->goal, 1, &run.physical,
				       &run.length);
	if (!error) {
		error = insert_block(directory, &run, block);
		if (error)
			ext4_blocks_free(fs, run.physical, 1);
	}
	rwmutex_write_unlock(&self->map_lock);
	if (error)
		return error;
	inode_mark_dirty(directory);
	*logical = run.logical;
	ext4_dir_init_block(directory, block->data);
	ext4_dir_csum_set(directory, block->data);
	ext4_block_dirty(block);
	return 0;
}

bool ext4_dir_search(const struct ext4_fs *fs, const uint8_t *data,
		     const char *name, size_t length, unsigned *offset,
		     unsigned *previous)
{
	unsigned at = 0, before = 0, room = ext4_dir_room(fs);

	while (at < room && ext4_dir_entry_ok(fs, data, at)) {
		const uint8_t *entry = data + at;

		if (get_le32(entry) && entry[DE_NAME_LENGTH] == length &&
		    !memcmp(entry + DE_NAME, name, length)) {
			*offset = at;
			*previous = before;
			return true;
		}
		before = at;
		at += length_at(data, at);
	}
	return false;
}

static int find_linear(struct inode *directory, const char *name, size_t length,
		       struct ext4_slot *slot)
{
	struct ext4_fs *fs = ext4_of(directory);
	uint32_t blocks = (uint32_t)(directory->size >> fs->block_shift);

	for (uint32_t i = 0; i < blocks; i++) {
		int error = ext4_dir_block(directory, i, &slot->block);

		if (error)
			return error;
		if (ext4_dir_search(fs, slot->block.data, name, length,
				    &slot->offset, &slot->previous))
			return 0;
		ext4_block_put(&slot->block);
	}
	return -ENOENT;
}

int ext4_dir_find(struct inode *directory, const char *name, size_t length,
		  struct ext4_slot *slot)
{
	int error = -EOPNOTSUPP;

	if (ext4_inode(directory)->flags & INODE_FLAG_INDEX)
		error = ext4_htree_find(directory, name, length, slot);
	return error == -EOPNOTSUPP ?
		       find_linear(directory, name, length, slot) :
		       error;
}

static void write_entry(uint8_t *entry, const char *name, size_t length,
			uint32_t number, uint8_t type)
{
	put_le32(entry, number);
	entry[DE_NAME_LENGTH] = (uint8_t)length;
	entry[DE_TYPE] = type;
	memcpy(entry + DE_NAME, name, length);
}

int ext4_dir_add_to_block(struct inode *directory, struct ext4_block *block,
			  const char *name, size_t length, uint32_t number,
			  uint8_t type)
{
	struct ext4_fs *fs = ext4_of(directory);
	unsigned room = ext4_dir_room(fs), want = need(length);
	uint8_t *data = block->data;

	for (unsigned at = 0; at < room; at += length_at(data, at)) {
		uint8_t *entry = data + at;
		unsigned has, used;

		if (!ext4_dir_entry_ok(fs, data, at))
			return ext4_corrupt(fs, "an entry in directory",
					    directory->number);
		has = length_at(data, at);
		used = get_le32(entry) ? need(entry[DE_NAME_LENGTH]) : 0;
		if (has - used < want)
			continue;
		if (used) {
			put_le16(entry + DE_LENGTH, (uint16_t)used);
			entry += used;
			put_le16(entry + DE_LENGTH, (uint16_t)(has - used));
		}
		write_entry(entry, name, length, number, type);
		ext4_dir_csum_set(directory, data);
		ext4_block_dirty(block);
		return 0;
	}
	return -ENOSPC;
}

static int add_linear(struct inode *directory, const char *name, size_t length,
		      uint32_t number, uint8_t type)
{
	struct ext4_fs *fs = ext4_of(directory);
	uint32_t blocks = (uint32_t)(directory->size >> fs->block_shift), new;
	struct ext4_block block;
	int error;

	for (uint32_t i = 0; i < blocks; i++) {
		error = ext4_dir_block(directory, i, &block);
		if (error)
			return error;
		error = ext4_dir_add_to_block(directory, &block, name, length,
					      number, type);
		ext4_block_put(&block);
		if (error != -ENOSPC)
			return error;
	}
	if (blocks == 1 && fs->compat & COMPAT_DIR_INDEX) {
		error = ext4_htree_convert(directory);
		if (!error)
			return ext4_htree_add(directory, name, length, number,
					      type);
		if (error != -EOPNOTSUPP)
			return error;
	}
	error = ext4_dir_grow(directory, &new, &block);
	if (error)
		return error;
	error = ext4_dir_add_to_block(directory, &block, name, length, number,
				      type);
	ext4_block_put(&block);
	return error;
}

int ext4_dir_add(struct inode *directory, const char *name, size_t length,
		 uint32_t number, uint32_t mode)
{
	uint8_t type = ext4_dir_type(mode);
	int error;

	if (ext4_inode(directory)->flags & INODE_FLAG_INDEX)
		error = ext4_htree_add(directory, name, length, number, type);
	else
		error = add_linear(directory, name, length, number, type);
	if (!error) {
		directory->version++;
		inode_touch(directory, ATTR_MTIME | ATTR_CTIME);
	}
	return error;
}

int ext4_dir_remove(struct inode *directory, const char *name, size_t length)
{
	struct ext4_slot slot;
	uint8_t *data;
	int error = ext4_dir_find(directory, name, length, &slot);

	if (error)
		return error;
	data = slot.block.data;
	if (slot.previous != slot.offset)
		put_le16(data + slot.previous + DE_LENGTH,
			 (uint16_t)(length_at(data, slot.previous) +
				    length_at(data, slot.offset)));
	put_le32(data + slot.offset, 0);
	ext4_dir_csum_set(directory, data);
	ext4_block_dirty(&slot.block);
	ext4_block_put(&slot.block);
	directory->version++;
	inode_touch(directory, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

int ext4_dir_set(struct inode *directory, const char *name, size_t length,
		 uint32_t number, uint32_t mode)
{
	bool dots = length == 2 && name[0] == '.' && name[1] == '.';
	bool indexed = ext4_inode(directory)->flags & INODE_FLAG_INDEX;
	struct ext4_slot slot;
	int error = dots ? find_linear(directory, name, length, &slot) :
			   ext4_dir_find(directory, name, length, &slot);

	if (error)
		return error;
	put_le32(slot.block.data + slot.offset, number);
	slot.block.data[slot.offset + DE_TYPE] = ext4_dir_type(mode);
	if (dots && indexed)
		ext4_index_csum_set(directory, slot.block.data, 0x20);
	else
		ext4_dir_csum_set(directory, slot.block.data);
	ext4_block_dirty(&slot.block);
	ext4_block_put(&slot.block);
	inode_touch(directory, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

static bool is_dot(const uint8_t *entry)
{
	return (entry[DE_NAME_LENGTH] == 1 && entry[DE_NAME] == '.') ||
	       (entry[DE_NAME_LENGTH] == 2 && entry[DE_NAME] == '.' &&
		entry[DE_NAME + 1] == '.');
}

bool ext4_dir_is_empty(struct inode *directory)
{
	struct ext4_fs *fs = ext4_of(directory);
	uint32_t blocks = (uint32_t)(directory->size >> fs->block_shift);
	bool empty = true;

	for (uint32_t i = 0; i < blocks && empty; i++) {
		struct ext4_block block;
		unsigned at = 0, room = ext4_dir_room(fs);

		if (ext4_dir_block(directory, i, &block))
			return false;
		while (at < room && ext4_dir_entry_ok(fs, block.data, at)) {
			if (get_le32(block.data + at) &&
			    !is_dot(block.data + at))
				empty = false;
			at += length_at(block.data, at);
		}
		ext4_block_put(&block);
	}
	return empty;
}

static unsigned type_for_user(uint8_t type)
{
	static const uint32_t modes[] = { 0,	   S_IFREG, S_IFDIR,  S_IFCHR,
					  S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK };

	return type < ARRAY_LEN(modes) ? DT_OF_MODE(modes[type]) : 0;
}

/* Entries of one block from `offset` on; the position is the byte offset. */
static int list_block(struct file *file, struct directory_sink *sink,
		      uint32_t logical, unsigned offset)
{
	struct inode *directory = file->inode;
	struct ext4_fs *fs = ext4_of(directory);
	int64_t base = (int64_t)logical << fs->block_shift;
	struct ext4_block block;
	unsigned at = 0, room = ext4_dir_room(fs);
	int error = ext4_dir_block(directory, logical, &block);

	while (!error && at < room && ext4_dir_entry_ok(fs, block.data, at)) {
		const uint8_t *entry = block.data + at;
		unsigned next = at + length_at(block.data, at);

		/* A stale position may lie inside an entry: go on behind. */
		if (at >= offset && get_le32(entry))
			error = sink->add(sink, (const char *)entry + DE_NAME,
					  entry[DE_NAME_LENGTH],
					  get_le32(entry), base + next,
					  type_for_user(entry[DE_TYPE]));
		if (!error)
			file->position = base + next;
		at = next;
	}
	if (!error)
		file->position = base + fs->block_size;
	if (block.page)
		ext4_block_put(&block);
	return error;
}

static int readdir(struct file *file, struct directory_sink *sink)
{
	struct ext4_fs *fs = ext4_of(file->inode);
	int error = 0;

	while (!error && file->position >= 0 &&
	       (uint64_t)file->position < file->inode->size) {
		uint32_t logical =
			(uint32_t)(file->position >> fs->block_shift);
		unsigned offset = (unsigned)file->position &
				  (fs->block_size - 1);

		error = list_block(file, sink, logical, offset);
	}
	return error == -ENOSPC ? 0 : error;
}

const struct file_ops ext4_directory_file_ops = {
	.name = "ext4",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = readdir,
	.fsync = directory_fsync,
};
