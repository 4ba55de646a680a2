// SPDX-License-Identifier: MIT
/*
 * Extended attributes: the name spaces of xattr(7) and who may use them. The
 * file system keeps them; one without them says -EOPNOTSUPP.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536

static int check_user(struct inode *inode, unsigned mask)
{
	/* Only files and directories have them; a sticky directory's belong to
	 * its owner. */
	if (!is_regular(inode) && !is_directory(inode))
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (is_directory(inode) && inode->mode & S_ISVTX && mask & MAY_WRITE &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return inode_permission(inode, mask);
}

static int check(const struct path *path, const char *name, unsigned mask)
{
	struct inode *inode = path->dentry->inode;
	int error = mask & MAY_WRITE ? mount_want_write(path) : 0;

	if (error)
		return error;
	if (!*name || strlen(name) > XATTR_NAME_MAX)
		return -ERANGE;
	if (string_starts(name, "user."))
		return name[5] ? check_user(inode, mask) : -EINVAL;
	if (string_starts(name, "trusted."))
		return vfs_capable(CAP_SYS_ADMIN) ? 0 :
		       mask & MAY_WRITE		  ? -EPERM :
						    -ENODATA;
	if (string_starts(name, "security."))
		return !(mask & MAY_WRITE) || vfs_capable(CAP_SYS_ADMIN) ?
			       0 :
			       -EPERM;
	return -EOPNOTSUPP;
}

ssize_t path_get_xattr(const struct path *path, const char *name, void *value,
		       size_t size)
{
	struct inode *inode = path->dentry->inode;
	int error = check(path, name, MAY_READ);
	ssize_t length;

	if (error)
		return error;
	if (!inode->ops->get_xattr)
		return -EOPNOTSUPP;
	rwmutex_read_lock(&inode->lock);
	length = inode->ops->get_xattr(inode, name, value, size);
	rwmutex_read_unlock(&inode->lock);
	return length;
}

int path_set_xattr(const struct path *path, const char *name, const void *value,
		   size_t size, int flags)
{
	struct inode *inode = path->dentry->inode;
	int error = check(path, name, MAY_WRITE);

	if (error)
		return error;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (!inode->ops->set_xattr)
		return -EOPNOTSUPP;
	rwmutex_write_lock(&inode->lock);
	error = inode->ops->set_xattr(inode, name, value, size, flags);
	if (!error)
		inode_touch(inode, ATTR_CTIME);
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_place(path->dentry, IN_ATTRIB);
	return error;
}

ssize_t path_list_xattr(const struct path *path, char *names, size_t size)
{
	struct inode *inode = path->dentry->inode;
	ssize_t length;

	if (!inode->ops->list_xattr)
		return inode->ops->get_xattr ? 0 : -EOPNOTSUPP;
	rwmutex_read_lock(&inode->lock);
	length = inode->ops->list_xattr(inode, names, size);
	rwmutex_read_unlock(&inode->lock);
	return length;
}

int path_remove_xattr(const struct path *path, const char *name)
{
	struct inode *inode = path->dentry->inode;
	int error = check(path, name, MAY_WRITE);

	if (error)
		return error;
	if (!inode->ops->remove_xattr)
		return -EOPNOTSUPP;
	rwmutex_write_lock(&inode->lock);
	error = inode->ops->remove_xattr(inode, name);
	if (!error)
		inode_touch(inode, ATTR_CTIME);
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_place(path->dentry, IN_ATTRIB);
	return error;
}
