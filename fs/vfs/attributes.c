// SPDX-License-Identifier: MIT
/*
 * Attributes: stat, chmod, chown, utimensat, truncate, with the rules of who
 * may change what and which bits fall away (setuid after a change of owner or
 * of contents). The file system stores them.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/sched/clock.h"

uint64_t (*vfs_file_size_limit)(void);

struct timespec64 inode_now(void)
{
	nsec_t time = clock_realtime();

	return (struct timespec64){ time / NSEC_PER_SEC, time % NSEC_PER_SEC };
}

void inode_stat(struct inode *inode, struct stat_result *stat)
{
	*stat = (struct stat_result){
		.device = inode->super->device,
		.inode = inode->number,
		.rdevice = inode->rdevice,
		.size = inode->size,
		.blocks = inode->blocks,
		.mode = inode->mode,
		.links = inode->links,
		.uid = inode->uid,
		.gid = inode->gid,
		.block_size = (uint32_t)inode->super->block_size,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
		.btime = inode->btime,
	};
	if (inode->ops->stat)
		inode->ops->stat(inode, stat);
}

int path_stat(const struct path *path, struct stat_result *stat)
{
	inode_stat(path->dentry->inode, stat);
	stat->mount_id = (uint64_t)path->mount->id;
	return 0;
}

void inode_apply_attributes(struct inode *inode,
			    const struct attributes *attributes)
{
	unsigned set = attributes->set;

	if (set & ATTR_MODE)
		inode->mode = (inode->mode & S_IFMT) |
			      (attributes->mode & 07777);
	if (set & ATTR_UID)
		inode->uid = attributes->uid;
	if (set & ATTR_GID)
		inode->gid = attributes->gid;
	if (set & ATTR_ATIME)
		inode->atime = attributes->atime;
	if (set & ATTR_MTIME)
		inode->mtime = attributes->mtime;
	if (set & ATTR_CTIME)
		inode->ctime = attributes->ctime;
	inode_mark_dirty(inode);
}

int inode_set_attributes(struct inode *inode,
			 const struct attributes *attributes)
{
	if (inode->ops->set_attributes)
		return inode->ops->set_attributes(inode, attributes);
	if (attributes->set & ATTR_SIZE) {
		if (inode->super->no_inode_cache)
			return 0; /* a file of /proc or /sys: O_TRUNC is fine */
		return -EINVAL;
	}
	inode_apply_attributes(inode, attributes);
	return 0;
}

/* Ask, then set, with the inode locked. */
static int set_locked(struct inode *inode, struct attributes *attributes)
{
	attributes->set |= ATTR_CTIME;
	attributes->ctime = inode_now();
	return inode_set_attributes(inode, attributes);
}

int path_chmod(const struct path *path, uint32_t mode)
{
	struct inode *inode = path->dentry->inode;
	struct attributes attributes = { .set = ATTR_MODE };
	int error = mount_want_write(path);

	if (error)
		return error;
	if (is_symlink(inode))
		return -EOPNOTSUPP;
	rwmutex_write_lock(&inode->lock);
	if (!inode_owner_or_capable(inode)) {
		error = -EPERM;
	} else {
		if (mode & S_ISGID && !inode_in_group(inode->gid) &&
		    !vfs_capable(CAP_FSETID))
			mode &= ~S_ISGID;
		attributes.mode = (inode->mode & S_IFMT) | (mode & 07777);
		error = set_locked(inode, &attributes);
	}
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_change(path->dentry, attributes.set);
	return error;
}

static bool may_chown(struct inode *inode, uint32_t uid, uint32_t gid)
{
	const struct credentials *cred = current_cred();
	bool owner = cred && cred->fsuid == inode->uid;

	if (vfs_capable(CAP_CHOWN))
		return true;
	if (uid != ~0u && !(owner && uid == inode->uid))
		return false;
	if (gid != ~0u &&
	    !(owner && (gid == inode->gid || inode_in_group(gid))))
		return false;
	return true;
}

/* Bits that a change of owner or contents takes away. */
static uint32_t without_privileges(uint32_t mode)
{
	mode &= ~(uint32_t)S_ISUID;
	if (mode & 010)
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

int path_chown(const struct path *path, uint32_t uid, uint32_t gid)
{
	struct inode *inode = path->dentry->inode;
	struct attributes attributes = { .uid = uid, .gid = gid };
	int error = mount_want_write(path);

	if (error)
		return error;
	if (uid != ~0u)
		attributes.set |= ATTR_UID;
	if (gid != ~0u)
		attributes.set |= ATTR_GID;
	rwmutex_write_lock(&inode->lock);
	if (!may_chown(inode, uid, gid)) {
		error = -EPERM;
	} else {
		attributes.mode = without_privileges(inode->mode);
		if (!is_directory(inode) && attributes.mode != inode->mode)
			attributes.set |= ATTR_MODE;
		error = set_locked(inode, &attributes);
	}
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_change(path->dentry, attributes.set);
	return error;
}

static int may_set_times(struct inode *inode, bool now)
{
	if (inode_owner_or_capable(inode))
		return 0;
	if (!now)
		return -EPERM;
	return inode_permission(inode, MAY_WRITE);
}

int path_set_times(const struct path *path, const struct timespec64 *atime,
		   const struct timespec64 *mtime, bool now)
{
	struct inode *inode = path->dentry->inode;
	struct attributes attributes = { 0 };
	int error = mount_want_write(path);

	if (error)
		return error;
	if (atime) {
		attributes.set |= ATTR_ATIME;
		attributes.atime = *atime;
	}
	if (mtime) {
		attributes.set |= ATTR_MTIME;
		attributes.mtime = *mtime;
	}
	rwmutex_write_lock(&inode->lock);
	error = may_set_times(inode, now);
	if (!error)
		error = set_locked(inode, &attributes);
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_change(path->dentry, attributes.set);
	return error;
}

int inode_truncate(struct inode *inode, uint64_t size)
{
	struct attributes attributes = { .set = ATTR_SIZE | ATTR_MTIME,
					 .size = size };
	int error;

	if (is_directory(inode))
		return -EISDIR;
	if (!is_regular(inode))
		return -EINVAL;
	if (vfs_file_size_limit && size > inode->size &&
	    size > vfs_file_size_limit()) {
		if (thread_raise)
			thread_raise(25); /* SIGXFSZ */
		return -EFBIG;
	}
	rwmutex_write_lock(&inode->lock);
	if ((inode->seals & SEAL_SHRINK && size < inode->size) ||
	    (inode->seals & SEAL_GROW && size > inode->size)) {
		error = -EPERM;
	} else {
		attributes.mtime = inode_now();
		attributes.mode = without_privileges(inode->mode);
		if (attributes.mode != inode->mode && !vfs_capable(CAP_FSETID))
			attributes.set |= ATTR_MODE;
		error = set_locked(inode, &attributes);
	}
	rwmutex_write_unlock(&inode->lock);
	return error;
}

int path_truncate(const struct path *path, uint64_t size)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (is_directory(inode))
		return -EISDIR;
	if (!is_regular(inode))
		return -EINVAL;
	error = mount_want_write(path);
	if (!error)
		error = inode_permission(inode, MAY_WRITE);
	if (!error && atomic_load(&inode->writers) < 0)
		error = -ETXTBSY;
	if (!error)
		error = inode_truncate(inode, size);
	if (!error)
		notify_change(path->dentry, ATTR_SIZE);
	return error;
}

/* The contents are about to change (the inode is locked). */
void inode_drop_privileges(struct inode *inode)
{
	struct attributes attributes = { .set = ATTR_MODE };

	attributes.mode = without_privileges(inode->mode);
	if (attributes.mode != inode->mode && !vfs_capable(CAP_FSETID))
		inode_set_attributes(inode, &attributes);
}

int path_access(const struct path *path, unsigned mask)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (!mask)
		return 0;
	if (mask & MAY_EXEC && is_regular(inode) &&
	    path->mount->flags & MS_NOEXEC)
		return -EACCES;
	error = inode_permission(inode, mask);
	if (error || !(mask & MAY_WRITE))
		return error;
	if (is_regular(inode) || is_directory(inode) || is_symlink(inode))
		return mount_want_write(path);
	return 0;
}

int path_statfs(const struct path *path, struct statfs_result *result)
{
	struct super_block *super = path->mount->super;
	unsigned flags = path->mount->flags | (super->flags & MS_RDONLY);
	int error;

	*result = (struct statfs_result){
		.type = super->magic,
		.block_size = super->block_size,
		.fragment_size = super->block_size,
		.name_max = NAME_MAX,
		.id = super->device,
	};
	error = super->ops->statfs ? super->ops->statfs(super, result) : 0;
	/* ST_RDONLY, NOSUID, NODEV, NOEXEC have the values of MS_*. */
	result->flags |= 0x20 | (flags & (MS_RDONLY | MS_NOSUID | MS_NODEV |
					  MS_NOEXEC | MS_NOATIME));
	if (flags & MS_NODIRATIME)
		result->flags |= 0x800;
	if (flags & MS_RELATIME)
		result->flags |= 0x1000;
	return error;
}
