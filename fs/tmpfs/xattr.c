// SPDX-License-Identifier: MIT
/*
 * tmpfs: extended attributes, a short list at each inode. The VFS has asked who
 * may; inode->lock is held.
 */
#include "fs/tmpfs/node.h"
#include "kernel/mm/slab.h"

#define XATTR_CREATE 1
#define XATTR_REPLACE 2

static struct tmpfs_xattr *find(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *xattr;

	LIST_FOR_EACH(xattr, &node_of(inode)->xattrs, link) {
		if (string_equal(xattr->name, name))
			return xattr;
	}
	return NULL;
}

static void drop(struct tmpfs_xattr *xattr)
{
	list_remove(&xattr->link);
	kfree(xattr->value);
	kfree(xattr);
}

ssize_t tmpfs_get_xattr(struct inode *inode, const char *name, void *value,
			size_t size)
{
	struct tmpfs_xattr *xattr = find(inode, name);

	if (!xattr)
		return -ENODATA;
	if (!size)
		return (ssize_t)xattr->size;
	if (size < xattr->size)
		return -ERANGE;
	memcpy(value, xattr->value, xattr->size);
	return (ssize_t)xattr->size;
}

int tmpfs_set_xattr(struct inode *inode, const char *name, const void *value,
		    size_t size, int flags)
{
	struct tmpfs_xattr *old = find(inode, name), *fresh;
	size_t length = strlen(name) + 1;

	if (old && flags & XATTR_CREATE)
		return -EEXIST;
	if (!old && flags & XATTR_REPLACE)
		return -ENODATA;
	fresh = kzalloc(sizeof *fresh + length);
	if (!fresh)
		return -ENOMEM;
	fresh->value = kmalloc(size ? size : 1);
	if (!fresh->value) {
		kfree(fresh);
		return -ENOMEM;
	}
	memcpy(fresh->value, value, size);
	memcpy(fresh->name, name, length);
	fresh->size = size;
	if (old)
		drop(old);
	list_push_back(&node_of(inode)->xattrs, &fresh->link);
	return 0;
}

ssize_t tmpfs_list_xattr(struct inode *inode, char *names, size_t size)
{
	struct tmpfs_xattr *xattr;
	size_t used = 0, length;

	LIST_FOR_EACH(xattr, &node_of(inode)->xattrs, link) {
		length = strlen(xattr->name) + 1;
		if (size && used + length > size)
			return -ERANGE;
		if (size)
			memcpy(names + used, xattr->name, length);
		used += length;
	}
	return (ssize_t)used;
}

int tmpfs_remove_xattr(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *xattr = find(inode, name);

	if (!xattr)
		return -ENODATA;
	drop(xattr);
	return 0;
}

void tmpfs_drop_xattrs(struct inode *inode)
{
	struct tmpfs_xattr *xattr;

	LIST_FOR_EACH_SAFE(xattr, &node_of(inode)->xattrs, link)
		drop(xattr);
}
