// SPDX-License-Identifier: MIT
/*
 * Extended attributes: in the room behind the inode's fields, and in one block
 * beside it that inodes may share. Both are a list of entries from the front
 * and values from the back. A change reads all attributes, changes the list,
 * and lays both places out anew: first what fits the inode, the rest in the
 * block, sorted as Linux looks them up.
 */
#include "fs/ext4/ext4.h"

#include "kernel/mm/slab.h"
#include "lib/string.h"

#define XATTR_CREATE 1
#define XATTR_REPLACE 2
#define ITEMS_MAX 128

struct prefix {
	uint8_t index;
	const char *text;
};

/* A prefix without a dot at its end is the whole name. */
static const struct prefix prefixes[] = {
	{ 1, "user." },
	{ 2, "system.posix_acl_access" },
	{ 3, "system.posix_acl_default" },
	{ 4, "trusted." },
	{ 6, "security." },
	{ 7, "system." },
};

struct item {
	uint8_t index, name_length;
	char name[256];
	uint32_t size;
	uint8_t *value; /* kmalloc'ed */
};

struct items {
	unsigned count;
	struct item *item[ITEMS_MAX];
};

/* A place for attributes: entries at `first`, offsets count from `base`. */
struct area {
	uint8_t *base, *first, *end;
};

static const struct prefix *split_name(const char *full, const char **rest)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t n = strlen(prefixes[i].text);

		if (strncmp(full, prefixes[i].text, n))
			continue;
		if (prefixes[i].text[n - 1] != '.' && full[n])
			continue;
		*rest = full + n;
		return &prefixes[i];
	}
	return NULL;
}

static unsigned entry_size(unsigned name_length)
{
	return (XATTR_ENTRY + name_length + 3) & ~3u;
}

static void free_items(struct items *items)
{
	for (unsigned i = 0; i < items->count; i++) {
		kfree(items->item[i]->value);
		kfree(items->item[i]);
	}
	items->count = 0;
}

static int add_item(struct items *items, uint8_t index, const char *name,
		    size_t length, const void *value, uint32_t size)
{
	struct item *item;

	if (items->count == ITEMS_MAX)
		return -ENOSPC;
	item = kzalloc(sizeof(*item));
	if (!item)
		return -ENOMEM;
	item->value = kmalloc(size ? size : 1);
	if (!item->value) {
		kfree(item);
		return -ENOMEM;
	}
	item->index = index;
	item->name_length = (uint8_t)length;
	memcpy(item->name, name, length);
	item->size = size;
	memcpy(item->value, value, size);
	items->item[items->count++] = item;
	return 0;
}

static int read_area(const struct inode *inode, const struct area *area,
		     struct items *items)
{
	const uint8_t *at = area->first;

	while (at + 4 <= area->end && get_le32(at)) {
		unsigned name_length = at[0], offset = get_le16(at + 2);
		uint32_t size = get_le32(at + 8);
		int error;

		if (at + entry_size(name_length) > area->end ||
		    get_le32(at + 4) ||
		    size > (size_t)(area->end - area->base) ||
		    offset + size > (size_t)(area->end - area->base))
			return ext4_corrupt(ext4_of(inode),
					    "an attribute of inode",
					    inode->number);
		error = add_item(items, at[1], (const char *)at + XATTR_ENTRY,
				 name_length, area->base + offset, size);
		if (error)
			return error;
		at += entry_size(name_length);
	}
	return 0;
}

/* The room in the inode; false: there is none. */
static bool inode_area(const struct inode *inode, uint8_t *raw,
		       struct area *area)
{
	uint32_t start = IN_OLD_SIZE + (uint32_t)ext4_inode(inode)->extra_isize;

	if (start + 8 > ext4_of(inode)->inode_size)
		return false;
	area->first = area->base = raw + start + 4;
	area->end = raw + ext4_of(inode)->inode_size;
	return true;
}

static void block_area(const struct ext4_fs *fs, uint8_t *data,
		       struct area *area)
{
	area->base = data;
	area->first = data + XATTR_HEADER;
	area->end = data + fs->block_size;
}

static int read_inode_items(struct inode *inode, struct items *items)
{
	struct ext4_block block;
	struct area area;
	uint8_t *raw;
	int error = ext4_inode_raw(ext4_of(inode), (uint32_t)inode->number,
				   &block, &raw);

	if (error)
		return error;
	if (inode_area(inode, raw, &area) &&
	    get_le32(area.first - 4) == XATTR_MAGIC)
		error = read_area(inode, &area, items);
	ext4_block_put(&block);
	return error;
}

static int load_block(struct inode *inode, struct ext4_block *block)
{
	struct ext4_fs *fs = ext4_of(inode);
	uint64_t number = ext4_inode(inode)->xattr_block;
	int error = ext4_block_read(fs, number, block);

	if (error)
		return error;
	if (get_le32(block->data) == XATTR_MAGIC &&
	    (!fs->checksums ||
	     get_le32(block->data + 16) ==
		     ext4_xattr_csum(fs, number, block->data)))
		return 0;
	ext4_block_put(block);
	return ext4_corrupt(fs, "the attribute block of inode", inode->number);
}

static int read_items(struct inode *inode, struct items *items)
{
	struct ext4_block block;
	struct area area;
	int error = read_inode_items(inode, items);

	if (error || !ext4_inode(inode)->xattr_block)
		return error;
	error = load_block(inode, &block);
	if (error)
		return error;
	block_area(ext4_of(inode), block.data, &area);
	error = read_area(inode, &area, items);
	ext4_block_put(&block);
	return error;
}

static uint32_t entry_hash(const struct item *item)
{
	uint32_t hash = 0;

	for (unsigned i = 0; i < item->name_length; i++)
		hash = hash << 5 ^ hash >> 27 ^ (uint8_t)item->name[i];
	for (uint32_t i = 0; i < item->size; i += 4) {
		uint8_t word[4] = { 0 };

		memcpy(word, item->value + i, MIN(item->size - i, 4u));
		hash = hash << 16 ^ hash >> 16 ^ get_le32(word);
	}
	return hash;
}

static bool less(const struct item *a, const struct item *b)
{
	if (a->index != b->index)
		return a->index < b->index;
	if (a->name_length != b->name_length)
		return a->name_length < b->name_length;
	return memcmp(a->name, b->name, a->name_length) < 0;
}

static void sort(struct items *items)
{
	for (unsigned i = 1; i < items->count; i++) {
		struct item *moving = items->item[i];
		unsigned j = i;

		for (; j && less(moving, items->item[j - 1]); j--)
			items->item[j] = items->item[j - 1];
		items->item[j] = moving;
	}
}

/* Lay out items from `from` on; gives the first that did not fit. */
static unsigned write_area(const struct area *area, const struct items *items,
			   unsigned from)
{
	uint8_t *entry = area->first, *value = area->end;

	memset(area->first, 0, (size_t)(area->end - area->first));
	for (; from < items->count; from++) {
		const struct item *item = items->item[from];
		unsigned size = entry_size(item->name_length);
		unsigned padded = (item->size + 3) & ~3u;

		if (entry + size + 4 + padded > value)
			break;
		value -= padded;
		entry[0] = item->name_length;
		entry[1] = item->index;
		put_le16(entry + 2,
			 item->size ? (uint16_t)(value - area->base) : 0);
		put_le32(entry + 8, item->size);
		put_le32(entry + 12, entry_hash(item));
		memcpy(entry + XATTR_ENTRY, item->name, item->name_length);
		memcpy(value, item->value, item->size);
		entry += size;
	}
	return from;
}

static uint32_t block_hash(const struct items *items, unsigned from)
{
	uint32_t hash = 0;

	for (; from < items->count; from++)
		hash = hash << 16 ^ hash >> 16 ^ entry_hash(items->item[from]);
	return hash;
}

void ext4_xattr_free(struct inode *inode)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_block block;
	uint32_t refs;

	if (!self->xattr_block || load_block(inode, &block))
		return;
	refs = get_le32(block.data + 4);
	if (refs > 1) {
		put_le32(block.data + 4, refs - 1);
		put_le32(block.data + 16,
			 ext4_xattr_csum(fs, self->xattr_block, block.data));
		ext4_block_dirty(&block);
	}
	ext4_block_put(&block);
	if (refs <= 1) {
		ext4_block_forget(fs, self->xattr_block);
		ext4_blocks_free(fs, self->xattr_block, 1);
	}
	inode->blocks -= fs->sectors_per_block;
	self->xattr_block = 0;
	inode_mark_dirty(inode);
}

/* Items from `from` on into a block of the inode's own. */
static int write_block(struct inode *inode, const struct items *items,
		       unsigned from)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_block block;
	struct area area;
	uint64_t number;
	uint32_t got;
	int error = ext4_blocks_alloc_free(fs, self->goal, 1, &number, &got);

	if (error)
		return error;
	error = ext4_block_new(fs, number, &block);
	if (!error) {
		block_area(fs, block.data, &area);
		if (write_area(&area, items, from) < items->count)
			error = -ENOSPC;
		put_le32(block.data, XATTR_MAGIC);
		put_le32(block.data + 4, 1);
		put_le32(block.data + 8, 1);
		put_le32(block.data + 12, block_hash(items, from));
		if (fs->checksums)
			put_le32(block.data + 16,
				 ext4_xattr_csum(fs, number, block.data));
		ext4_block_dirty(&block);
		ext4_block_put(&block);
	}
	if (error) {
		ext4_block_forget(fs, number);
		ext4_blocks_free(fs, number, 1);
		return error;
	}
	ext4_xattr_free(inode);
	self->xattr_block = number;
	inode->blocks += fs->sectors_per_block;
	inode_mark_dirty(inode);
	return 0;
}

/* How many of the items fit the inode, without touching it. */
static unsigned fit_inode(struct inode *inode, const struct items *items)
{
	uint32_t start = IN_OLD_SIZE + (uint32_t)ext4_inode(inode)->extra_isize;
	uint32_t size = ext4_of(inode)->inode_size, used = start + 8;
	unsigned n = 0;

	if (start + 8 > size)
		return 0;
	for (; n < items->count; n++) {
		used += entry_size(items->item[n]->name_length) +
			((items->item[n]->size + 3) & ~3u);
		if (used > size)
			break;
	}
	return n;
}

static int write_items(struct inode *inode, struct items *items)
{
	struct ext4_fs *fs = ext4_of(inode);
	struct ext4_block block;
	struct area area;
	unsigned inside;
	uint8_t *raw;
	int error = 0;

	sort(items);
	inside = fit_inode(inode, items);
	if (inside < items->count)
		error = write_block(inode, items, inside);
	else
		ext4_xattr_free(inode);
	if (!error)
		error = ext4_inode_raw(fs, (uint32_t)inode->number, &block,
				       &raw);
	if (error)
		return error;
	if (inode_area(inode, raw, &area)) {
		unsigned all = items->count;

		items->count = inside;
		put_le32(area.first - 4, inside ? XATTR_MAGIC : 0);
		write_area(&area, items, 0);
		items->count = all;
	}
	ext4_inode_csum_set(fs, (uint32_t)inode->number, raw);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	inode_touch(inode, ATTR_CTIME);
	inode_mark_dirty(inode);
	return 0;
}

static int find(const struct items *items, uint8_t index, const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < items->count; i++)
		if (items->item[i]->index == index &&
		    items->item[i]->name_length == length &&
		    !memcmp(items->item[i]->name, name, length))
			return (int)i;
	return -ENODATA;
}

static struct items *load(struct inode *inode, int *error)
{
	struct items *items = kzalloc(sizeof(*items));

	*error = items ? read_items(inode, items) : -ENOMEM;
	if (*error && items) {
		free_items(items);
		kfree(items);
		items = NULL;
	}
	return items;
}

ssize_t ext4_get_xattr(struct inode *inode, const char *name, void *value,
		       size_t size)
{
	const char *rest;
	const struct prefix *prefix = split_name(name, &rest);
	struct ext4_inode *self = ext4_inode(inode);
	struct items *items;
	int error, at;

	if (!prefix)
		return -EOPNOTSUPP;
	mutex_lock(&self->xattr_lock);
	items = load(inode, &error);
	mutex_unlock(&self->xattr_lock);
	if (!items)
		return error;
	at = find(items, prefix->index, rest);
	if (at >= 0) {
		uint32_t length = items->item[at]->size;

		if (size && length > size)
			at = -ERANGE;
		else if (size)
			memcpy(value, items->item[at]->value, length);
		at = at < 0 ? at : (int)length;
	}
	free_items(items);
	kfree(items);
	return at;
}

static int change(struct inode *inode, const char *name, const void *value,
		  size_t size, int flags, bool remove)
{
	const char *rest;
	const struct prefix *prefix = split_name(name, &rest);
	struct items *items;
	int error, at;

	if (!prefix)
		return -EOPNOTSUPP;
	if (strlen(rest) > 255 || size > ext4_of(inode)->block_size)
		return strlen(rest) > 255 ? -ERANGE : -ENOSPC;
	items = load(inode, &error);
	if (!items)
		return error;
	at = find(items, prefix->index, rest);
	if (at >= 0 && flags & XATTR_CREATE)
		error = -EEXIST;
	else if (at < 0 && (remove || flags & XATTR_REPLACE))
		error = -ENODATA;
	if (!error && at >= 0) {
		kfree(items->item[at]->value);
		kfree(items->item[at]);
		items->item[at] = items->item[--items->count];
	}
	if (!error && !remove)
		error = add_item(items, prefix->index, rest, strlen(rest),
				 value, (uint32_t)size);
	if (!error) {
		/* The inode's raw bytes and its count of blocks. */
		rwmutex_write_lock(&ext4_inode(inode)->map_lock);
		error = write_items(inode, items);
		rwmutex_write_unlock(&ext4_inode(inode)->map_lock);
	}
	free_items(items);
	kfree(items);
	return error;
}

int ext4_set_xattr(struct inode *inode, const char *name, const void *value,
		   size_t size, int flags)
{
	int error;

	mutex_lock(&ext4_inode(inode)->xattr_lock);
	error = change(inode, name, value, size, flags, false);
	mutex_unlock(&ext4_inode(inode)->xattr_lock);
	return error;
}

int ext4_remove_xattr(struct inode *inode, const char *name)
{
	int error;

	mutex_lock(&ext4_inode(inode)->xattr_lock);
	error = change(inode, name, NULL, 0, 0, true);
	mutex_unlock(&ext4_inode(inode)->xattr_lock);
	return error;
}

static const char *prefix_text(uint8_t index)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (prefixes[i].index == index)
			return prefixes[i].text;
	return NULL;
}

ssize_t ext4_list_xattr(struct inode *inode, char *names, size_t size)
{
	struct items *items;
	size_t used = 0;
	int error;

	mutex_lock(&ext4_inode(inode)->xattr_lock);
	items = load(inode, &error);
	mutex_unlock(&ext4_inode(inode)->xattr_lock);
	if (!items)
		return error;
	for (unsigned i = 0; i < items->count; i++) {
		const struct item *item = items->item[i];
		const char *prefix = prefix_text(item->index);
		size_t n = prefix ? strlen(prefix) : 0;
		size_t all = n + item->name_length + 1;

		if (!prefix)
			continue;
		if (size && used + all > size) {
			error = -ERANGE;
			break;
		}
		if (size) {
			memcpy(names + used, prefix, n);
			memcpy(names + used + n, item->name, item->name_length);
			names[used + all - 1] = 0;
		}
		used += all;
	}
	free_items(items);
	kfree(items);
	return error ? error : (ssize_t)used;
}
