// SPDX-License-Identifier: MIT
/*
 * Who may do what: mode bits against the file-system ids of the thread,
 * CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, the sticky bit, read-only mounts
 * (path_resolution(7), inode(7), capabilities(7)). Threads without credentials
 * are the kernel's own and may do anything.
 */
#include "fs/vfs/internal.h"

bool vfs_capable(unsigned capability)
{
	const struct credentials *cred = current_cred();

	return !cred || credentials_capable(cred, capability);
}

bool inode_in_group(uint32_t gid)
{
	const struct credentials *cred = current_cred();

	return !cred || cred->fsgid == gid || credentials_in_group(cred, gid);
}

bool inode_owner_or_capable(struct inode *inode)
{
	const struct credentials *cred = current_cred();

	return !cred || cred->fsuid == inode->uid || vfs_capable(CAP_FOWNER);
}

static unsigned granted(const struct inode *inode,
			const struct credentials *cred)
{
	if (cred->fsuid == inode->uid)
		return inode->mode >> 6 & 7;
	if (((inode->mode >> 3 ^ inode->mode) & 7) &&
	    inode_in_group(inode->gid))
		return inode->mode >> 3 & 7;
	return inode->mode & 7;
}

static bool overridden(const struct inode *inode, unsigned mask)
{
	if (is_directory(inode)) {
		if (!(mask & MAY_WRITE) && vfs_capable(CAP_DAC_READ_SEARCH))
			return true;
		return vfs_capable(CAP_DAC_OVERRIDE);
	}
	if (mask == MAY_READ && vfs_capable(CAP_DAC_READ_SEARCH))
		return true;
	if (!(mask & MAY_EXEC) || inode->mode & 0111)
		return vfs_capable(CAP_DAC_OVERRIDE);
	return false;
}

int inode_check_mode(struct inode *inode, unsigned mask)
{
	const struct credentials *cred = current_cred();

	if (!cred || !(mask & ~granted(inode, cred)) || overridden(inode, mask))
		return 0;
	return -EACCES;
}

int inode_permission(struct inode *inode, unsigned mask)
{
	uint32_t type = inode->mode & S_IFMT;

	if (mask & MAY_WRITE && inode->super->flags & MS_RDONLY &&
	    (type == S_IFREG || type == S_IFDIR || type == S_IFLNK))
		return -EROFS;
	if (inode->ops->permission)
		return inode->ops->permission(inode, mask);
	return inode_check_mode(inode, mask);
}

int mount_want_write(const struct path *path)
{
	unsigned flags = path->mount->flags | path->mount->super->flags;

	return flags & MS_RDONLY ? -EROFS : 0;
}

int may_create(struct path *parent)
{
	struct inode *directory = parent->dentry->inode;
	int error = mount_want_write(parent);

	if (error)
		return error;
	if (directory->state & INODE_DEAD)
		return -ENOENT;
	return inode_permission(directory, MAY_WRITE | MAY_EXEC);
}

static bool sticky_forbids(const struct inode *directory,
			   const struct inode *victim)
{
	const struct credentials *cred = current_cred();

	if (!(directory->mode & S_ISVTX) || !cred)
		return false;
	return cred->fsuid != victim->uid && cred->fsuid != directory->uid &&
	       !vfs_capable(CAP_FOWNER);
}

int may_delete(struct path *parent, struct dentry *victim, bool directory)
{
	struct inode *inode = parent->dentry->inode;
	int error = inode_permission(inode, MAY_WRITE | MAY_EXEC);

	if (error)
		return error;
	if (sticky_forbids(inode, victim->inode))
		return -EPERM;
	if (directory && !is_directory(victim->inode))
		return -ENOTDIR;
	if (!directory && is_directory(victim->inode))
		return -EISDIR;
	if (inode->state & INODE_DEAD)
		return -ENOENT;
	return 0;
}
