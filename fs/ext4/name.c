// SPDX-License-Identifier: MIT
/*
 * What the VFS asks of a directory: looking up, making, linking, removing and
 * renaming, and the attributes of every kind of inode. The VFS holds the
 * directories' locks and has checked rights and types; here the disk follows.
 */
#include "fs/ext4/ext4.h"

#include "lib/string.h"

#define LINK_MAX 65000
#define RENAME_EXCHANGE 2u

static int lookup(struct inode *directory, const char *name, size_t length,
		  struct inode **found)
{
	struct ext4_slot slot;
	uint32_t number;
	int error = ext4_dir_find(directory, name, length, &slot);

	if (error)
		return error;
	number = get_le32(slot.block.data + slot.offset);
	ext4_block_put(&slot.block);
	error = inode_get(directory->super, number, found);
	return error == -ESTALE ? -EUCLEAN : error;
}

/* A subdirectory more or less in the link count; 1 means "many" for good. */
static void count_subdirectory(struct inode *directory, int by)
{
	if (by > 0)
		directory->links = directory->links == 1 || directory->links >=
								    LINK_MAX ?
					   1 :
					   directory->links + 1;
	else if (directory->links > 2)
		directory->links--;
	inode_mark_dirty(directory);
}

static void drop_link(struct inode *inode)
{
	if (inode->links)
		inode->links--;
	inode_touch(inode, ATTR_CTIME);
	inode_mark_dirty(inode);
}

/* The first block of a new directory. */
static int fill_directory(struct inode *inode, struct inode *parent)
{
	struct ext4_block block;
	unsigned room = ext4_dir_room(ext4_of(inode));
	uint32_t logical;
	int error = ext4_dir_grow(inode, &logical, &block);

	if (error)
		return error;
	put_le32(block.data, (uint32_t)inode->number);
	put_le16(block.data + DE_LENGTH, 12);
	block.data[DE_NAME_LENGTH] = 1;
	block.data[DE_TYPE] = 2;
	block.data[DE_NAME] = '.';
	put_le32(block.data + 12, (uint32_t)parent->number);
	put_le16(block.data + 12 + DE_LENGTH, (uint16_t)(room - 12));
	block.data[12 + DE_NAME_LENGTH] = 2;
	block.data[12 + DE_TYPE] = 2;
	memcpy(block.data + 12 + DE_NAME, "..", 2);
	ext4_dir_csum_set(inode, block.data);
	ext4_block_dirty(&block);
	ext4_block_put(&block);
	inode->links = 2;
	return 0;
}

static int add_made(struct inode *directory, const char *name, size_t length,
		    struct inode *inode)
{
	return ext4_dir_add(directory, name, length, (uint32_t)inode->number,
			    inode->mode);
}

/* It could not be finished: as if it had never been. */
static void give_up(struct inode *inode)
{
	inode->links = 0;
	inode_put(inode);
}

static int create(struct inode *directory, const char *name, size_t length,
		  uint32_t mode, uint64_t rdevice, struct inode **made)
{
	bool is_directory = (mode & S_IFMT) == S_IFDIR;
	struct inode *inode;
	int error = ext4_inode_create(directory, mode, rdevice, &inode);

	if (error)
		return error;
	if (is_directory)
		error = fill_directory(inode, directory);
	if (!error)
		error = add_made(directory, name, length, inode);
	if (error) {
		give_up(inode);
		return error;
	}
	if (is_directory)
		count_subdirectory(directory, 1);
	inode_mark_dirty(inode);
	*made = inode;
	return 0;
}

/* A target of 60 bytes or more is the first block's content. */
static int write_target(struct inode *inode, const char *target, size_t length)
{
	struct ext4_inode *self = ext4_inode(inode);
	struct page *page;
	int error;

	if (length < IN_BLOCK_BYTES) {
		memset(self->block, 0, IN_BLOCK_BYTES);
		memcpy(self->block, target, length);
		inode->size = inode->mapping.size_hint = length;
		return 0;
	}
	self->flags = INODE_FLAG_EXTENTS;
	ext4_extent_init(self->block);
	if (length > ext4_of(inode)->block_size)
		return -ENAMETOOLONG;
	inode->size = inode->mapping.size_hint = length;
	error = ext4_mapping_ops.make_writable(&inode->mapping, 0);
	if (!error)
		error = mapping_grab(&inode->mapping, 0, &page);
	if (error)
		return error;
	memset(page_address(page), 0, PAGE_SIZE);
	memcpy(page_address(page), target, length);
	page_set_uptodate(page);
	page_set_dirty(page);
	page_unlock(page);
	page_put(page);
	return 0;
}

static int symlink(struct inode *directory, const char *name, size_t length,
		   const char *target, struct inode **made)
{
	struct inode *inode;
	int error = ext4_inode_create(directory, S_IFLNK | 0777, 0, &inode);

	if (error)
		return error;
	error = write_target(inode, target, strlen(target));
	if (!error)
		error = add_made(directory, name, length, inode);
	if (error) {
		give_up(inode);
		return error;
	}
	inode_mark_dirty(inode);
	*made = inode;
	return 0;
}

static int link(struct inode *directory, const char *name, size_t length,
		struct inode *target)
{
	int error;

	if (target->links >= LINK_MAX)
		return -EMLINK;
	error = add_made(directory, name, length, target);
	if (error)
		return error;
	target->links++;
	inode_touch(target, ATTR_CTIME);
	inode_mark_dirty(target);
	return 0;
}

static int unlink(struct inode *directory, const char *name, size_t length,
		  struct inode *target)
{
	int error = ext4_dir_remove(directory, name, length);

	if (!error)
		drop_link(target);
	return error;
}

static int rmdir(struct inode *directory, const char *name, size_t length,
		 struct inode *target)
{
	int error;

	if (!ext4_dir_is_empty(target))
		return -ENOTEMPTY;
	error = ext4_dir_remove(directory, name, length);
	if (error)
		return error;
	target->links = 0;
	inode_touch(target, ATTR_CTIME);
	inode_mark_dirty(target);
	count_subdirectory(directory, -1);
	return 0;
}

static bool is_directory(const struct inode *inode)
{
	return inode && (inode->mode & S_IFMT) == S_IFDIR;
}

/* A directory came under another parent. */
static int move_parent(struct inode *moved, struct inode *from,
		       struct inode *to)
{
	int error;

	if (!is_directory(moved) || from == to)
		return 0;
	error = ext4_dir_set(moved, "..", 2, (uint32_t)to->number, S_IFDIR);
	count_subdirectory(from, -1);
	count_subdirectory(to, 1);
	return error;
}

static int exchange(struct inode *from, const char *name, size_t length,
		    struct inode *moved, struct inode *to, const char *to_name,
		    size_t to_length, struct inode *other)
{
	int error = ext4_dir_set(from, name, length, (uint32_t)other->number,
				 other->mode);

	if (!error)
		error = ext4_dir_set(to, to_name, to_length,
				     (uint32_t)moved->number, moved->mode);
	if (!error)
		error = move_parent(moved, from, to);
	if (!error)
		error = move_parent(other, to, from);
	inode_touch(moved, ATTR_CTIME);
	inode_touch(other, ATTR_CTIME);
	return error;
}

static int replace(struct inode *to, const char *name, size_t length,
		   struct inode *moved, struct inode *replaced)
{
	int error;

	if (is_directory(replaced) && !ext4_dir_is_empty(replaced))
		return -ENOTEMPTY;
	error = ext4_dir_set(to, name, length, (uint32_t)moved->number,
			     moved->mode);
	if (error)
		return error;
	if (is_directory(replaced)) {
		replaced->links = 0;
		count_subdirectory(to, -1);
		inode_mark_dirty(replaced);
	} else {
		drop_link(replaced);
	}
	to->version++;
	return 0;
}

static int rename(struct inode *from, const char *name, size_t length,
		  struct inode *moved, struct inode *to, const char *to_name,
		  size_t to_length, struct inode *replaced, unsigned flags)
{
	int error;

	if (flags & RENAME_EXCHANGE)
		return exchange(from, name, length, moved, to, to_name,
				to_length, replaced);
	if (replaced)
		error = replace(to, to_name, to_length, moved, replaced);
	else
		error = add_made(to, to_name, to_length, moved);
	if (!error)
		error = ext4_dir_remove(from, name, length);
	if (!error)
		error = move_parent(moved, from, to);
	inode_touch(moved, ATTR_CTIME);
	inode_mark_dirty(moved);
	return error;
}

static int tmpfile(struct inode *directory, uint32_t mode, struct inode **made)
{
	int error = ext4_inode_create(directory, mode, 0, made);

	if (!error)
		(*made)->links = 0;
	return error;
}

static int set_attributes(struct inode *inode,
			  const struct attributes *attributes)
{
	int error = 0;

	if (attributes->set & ATTR_SIZE && attributes->size != inode->size) {
		uint64_t old = inode->size;

		if (attributes->size > 1ull << 44)
			return -EFBIG;
		WRITE_ONCE(inode->size, attributes->size);
		mapping_truncate(&inode->mapping, attributes->size);
		WRITE_ONCE(inode->mapping.size_hint, attributes->size);
		if (attributes->size < old)
			error = ext4_truncate(inode, attributes->size);
	}
	inode_apply_attributes(inode, attributes);
	return error;
}

static void stat_inode(struct inode *inode, struct stat_result *stat)
{
	stat->blocks +=
		ext4_inode(inode)->reserved * ext4_of(inode)->sectors_per_block;
}

static ssize_t readlink(struct inode *inode, char *buffer, size_t size)
{
	size_t length = MIN((size_t)inode->size, size);
	struct page *page;
	int error;

	if (inode->size < IN_BLOCK_BYTES) {
		memcpy(buffer, ext4_inode(inode)->block, length);
		return (ssize_t)length;
	}
	if (inode->size > PAGE_SIZE)
		return -EUCLEAN;
	error = mapping_read(&inode->mapping, 0, &page);
	if (error)
		return error;
	memcpy(buffer, page_address(page), length);
	page_put(page);
	return (ssize_t)length;
}

#define COMMON_OPS                                                     \
	.set_attributes = set_attributes, .get_xattr = ext4_get_xattr, \
	.set_xattr = ext4_set_xattr, .list_xattr = ext4_list_xattr,    \
	.remove_xattr = ext4_remove_xattr

const struct inode_ops ext4_directory_ops = {
	.lookup = lookup,
	.create = create,
	.symlink = symlink,
	.link = link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.tmpfile = tmpfile,
	COMMON_OPS,
};

const struct inode_ops ext4_file_inode_ops = {
	.stat = stat_inode,
	COMMON_OPS,
};

const struct inode_ops ext4_symlink_ops = {
	.readlink = readlink,
	COMMON_OPS,
};

const struct inode_ops ext4_special_ops = {
	COMMON_OPS,
};
