// SPDX-License-Identifier: MIT
/*
 * mount(2), umount2(2) and pivot_root(2): which of the many things that their
 * flags can mean is asked for, whether it is allowed, and doing it.
 *
 * Mounts that are shared between namespaces: propagate.c.
 */
#include "fs/vfs/mount_tree.h"

#define MS_KERNEL_MAGIC 0xc0ed0000u
#define MOUNT_FLAGS                                                      \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW | \
	 MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

static struct mount_namespace *my_mounts(void)
{
	struct mount_namespace *mounts = current_thread()->mounts;

	return mounts ? mounts : initial_mounts;
}

static unsigned mount_flags(unsigned flags)
{
	unsigned result = flags & MOUNT_FLAGS;

	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		result |= MS_RELATIME;
	return result;
}

/* Puts a fresh mount on `where`; its first reference goes to the tree. */
static int attach_new(struct mount *mount, struct path *where)
{
	struct mount_namespace *space = my_mounts();
	struct inode *inode = where->dentry->inode;
	int error;

	if (is_directory(inode) != is_directory(mount->root->inode))
		return -ENOTDIR;
	if (inode->state & INODE_DEAD || where->dentry->deleted)
		return -ENOENT;
	if (where->mount->space != space)
		return -EINVAL;
	mount_attach(mount, where, space);
	error = mount_propagate(mount);
	if (!error)
		return 0;
	mount_detach_twins(mount);
	mount_get(mount); /* for the caller to drop */
	mount_detach(mount);
	return error;
}

/* `path` is taken over: the top of what is mounted there. */
static int add_mount(struct super_block *super, struct dentry *root,
		     const char *source, unsigned flags, struct path *where)
{
	struct mount *mount = mount_create(super, root, source, flags);
	int error;

	if (!mount)
		return -ENOMEM;
	mutex_lock(&mount_mutex);
	mount_cross(where);
	/* The same thing twice on one place is a mistake. */
	if (where->mount->super == super &&
	    where->dentry == where->mount->root && where->dentry == root)
		error = -EBUSY;
	else
		error = attach_new(mount, where);
	mutex_unlock(&mount_mutex);
	if (error)
		mount_put(mount);
	return error;
}

static int mount_new(const char *source, struct path *where, const char *type,
		     unsigned flags, const char *options)
{
	struct super_block *super;
	int error;

	if (!type)
		return -EINVAL;
	error = super_open(type, source, flags, options, &super);
	if (error)
		return error;
	error = add_mount(super, super->root_dentry,
			  source && *source ? source : "none",
			  mount_flags(flags), where);
	super_put(super);
	return error;
}

static bool may_bind(const struct path *from,
		     const struct mount_namespace *space)
{
	return !from->mount->unbindable && (from->mount->space == space ||
					    from->mount->super->bind_anywhere);
}

static int mount_bind(const char *source, struct path *where, bool recursive)
{
	struct mount_namespace *space = my_mounts();
	struct mount *mount;
	struct path from;
	int error;

	if (!source)
		return -EINVAL;
	error = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
	if (error)
		return error;
	mount = mount_create(from.mount->super, from.dentry,
			     from.mount->device_name, from.mount->flags);
	if (!mount) {
		path_put(&from);
		return -ENOMEM;
	}
	mutex_lock(&mount_mutex);
	mount_cross(where);
	mount_copy_groups(mount, from.mount);
	error = may_bind(&from, space) ? attach_new(mount, where) : -EINVAL;
	if (error) {
		mount_leave_groups(mount);
		mutex_unlock(&mount_mutex);
		mount_put(mount);
		path_put(&from);
		return error;
	}
	if (recursive) {
		error = mount_copy_tree(from.mount, from.dentry, mount, space);
		if (error)
			mount_detach_tree(mount);
	}
	mutex_unlock(&mount_mutex);
	path_put(&from);
	return error;
}

static int check_move(const struct path *from, const struct path *where)
{
	struct mount_namespace *space = my_mounts();

	if (from->dentry != from->mount->root || !from->mount->parent)
		return -EINVAL;
	if (from->mount->space != space || where->mount->space != space)
		return -EINVAL;
	if (is_directory(from->dentry->inode) !=
	    is_directory(where->dentry->inode))
		return -EINVAL;
	if (mount_is_below(where->mount, from->mount))
		return -ELOOP;
	return 0;
}

static int mount_move(const char *source, struct path *where)
{
	struct path from;
	int error;

	if (!source)
		return -EINVAL;
	error = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
	if (error)
		return error;
	mutex_lock(&mount_mutex);
	mount_cross(where);
	error = check_move(&from, where);
	if (!error) {
		mount_unhook(from.mount);
		mount_attach(from.mount, where, from.mount->space);
	}
	mutex_unlock(&mount_mutex);
	path_put(&from);
	return error;
}

static int remount_super(struct super_block *super, unsigned flags,
			 const char *options)
{
	unsigned changed = (super->flags ^ flags) & MS_RDONLY;
	int error;

	if (changed && flags & MS_RDONLY) {
		if (atomic_load(&super->writers))
			return -EBUSY;
		mapping_write_all(true);
		error = super_sync(super, true);
		if (error)
			return error;
	}
	if (super->ops->remount) {
		error = super->ops->remount(super, flags, options);
		if (error)
			return error;
	}
	super->flags = (super->flags & ~MS_RDONLY) | (flags & MS_RDONLY);
	return 0;
}

static int mount_again(struct path *where, unsigned flags, const char *options)
{
	struct mount *mount = where->mount;
	int error = 0;

	if (where->dentry != mount->root)
		return -EINVAL;
	mutex_lock(&mount_mutex);
	if (!(flags & MS_BIND))
		error = remount_super(mount->super, flags,
				      options ? options : "");
	if (!error) {
		/* Times are kept unless the call speaks of them. */
		if (!(flags & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)))
			flags |= mount->flags &
				 (MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
		mount->flags = mount_flags(flags);
	}
	mutex_unlock(&mount_mutex);
	return error;
}

int mount_make(const char *source, const char *target, const char *type,
	       uint64_t all_flags, const char *options)
{
	unsigned flags = (unsigned)all_flags;
	struct path where;
	int error;

	if ((flags & 0xffff0000u) == MS_KERNEL_MAGIC)
		flags &= 0xffff;
	if (!vfs_capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW, &where);
	if (error)
		return error;
	if (flags & MS_REMOUNT)
		error = mount_again(&where, flags, options);
	else if (flags & MS_BIND)
		error = mount_bind(source, &where, flags & MS_REC);
	else if (flags & MS_PROPAGATION)
		error = mount_set_type(&where, flags);
	else if (flags & MS_MOVE)
		error = mount_move(source, &where);
	else
		error = mount_new(source, &where, type, flags, options);
	path_put(&where);
	return error;
}

static int remove_mount(struct path *where, unsigned flags)
{
	struct mount *mount = where->mount;

	if (where->dentry != mount->root || mount->space != my_mounts())
		return -EINVAL;
	if (mount == mount->space->root)
		return flags & MNT_DETACH ?
			       -EINVAL :
			       remount_super(mount->super, MS_RDONLY, "");
	if (flags & MNT_DETACH) {
		mount_detach_twins(mount);
		mount_detach_tree(mount);
		return 0;
	}
	/* Ours, the tree's: whoever else has one uses it. */
	if (mount_has_children(mount) || atomic_load(&mount->refs) > 2 ||
	    mount_twins_busy(mount))
		return -EBUSY;
	mount_detach_twins(mount);
	mount_detach(mount);
	return 0;
}

int mount_remove(const char *target, unsigned flags)
{
	struct path where;
	int error;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!vfs_capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & MNT_EXPIRE)
		return flags & (MNT_FORCE | MNT_DETACH) ? -EINVAL : -EAGAIN;
	error = path_lookup(AT_FDCWD, target,
			    flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW,
			    &where);
	if (error)
		return error;
	mutex_lock(&mount_mutex);
	error = remove_mount(&where, flags);
	mutex_unlock(&mount_mutex);
	path_put(&where);
	return error;
}

static bool is_below(const struct path *path, const struct path *ancestor)
{
	struct path at = *path;

	while (at.mount != ancestor->mount) {
		if (!at.mount->parent)
			return false;
		at.dentry = at.mount->mountpoint;
		at.mount = at.mount->parent;
	}
	return dentry_is_ancestor(ancestor->dentry, at.dentry);
}

static int check_pivot(const struct path *new, const struct path *old,
		       const struct path *root)
{
	struct mount_namespace *space = my_mounts();

	if (new->mount->space != space || old->mount->space != space)
		return -EINVAL;
	if (new->mount == root->mount || old->mount == root->mount)
		return -EBUSY;
	if (root->dentry != root->mount->root ||
	    new->dentry != new->mount->root)
		return -EINVAL;
	if (!new->mount->parent || !is_below(old, new) || !is_below(new, root))
		return -EINVAL;
	return 0;
}

/* The old root goes onto `old`; the new root takes its place. */
static void pivot(struct path *new, struct path *old, struct path *root)
{
	struct mount_namespace *space = new->mount->space;
	struct path place = { NULL, NULL };

	if (root->mount->parent) {
		place.mount = mount_get(root->mount->parent);
		place.dentry = dentry_get(root->mount->mountpoint);
		mount_unhook(root->mount);
	}
	mount_unhook(new->mount);
	mount_attach(root->mount, old, space);
	if (place.mount) {
		mount_attach(new->mount, &place, space);
		path_put(&place);
	} else {
		space->root = new->mount;
	}
	fs_context_move_all(root, new);
}

int mount_pivot(const char *new_root, const char *put_old)
{
	struct path new, old, root;
	int error;

	if (!vfs_capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = path_lookup(AT_FDCWD, new_root,
			    LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (error)
		return error;
	error = path_lookup(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
			    &old);
	if (error) {
		path_put(&new);
		return error;
	}
	fs_context_root(current_thread()->fs, &root);
	mutex_lock(&mount_mutex);
	error = check_pivot(&new, &old, &root);
	if (!error)
		pivot(&new, &old, &root);
	mutex_unlock(&mount_mutex);
	path_put(&root);
	path_put(&old);
	path_put(&new);
	return error;
}

int mount_set_root(struct super_block *super, const char *device_name,
		   unsigned flags)
{
	struct mount_namespace *space = initial_mounts;
	struct mount *mount = mount_create(super, super->root_dentry,
					   device_name, mount_flags(flags));
	struct path root;

	if (!mount)
		return -ENOMEM;
	if (!space)
		space = initial_mounts = mounts_create();
	if (!space)
		return -ENOMEM;
	mutex_lock(&mount_mutex);
	if (space->root)
		mount_detach_tree(space->root);
	spin_lock(&mount_lock);
	mount->space = space;
	list_push_back(&space->mounts, &mount->link);
	space->root = mount;
	spin_unlock(&mount_lock);
	mutex_unlock(&mount_mutex);
	if (!current_thread()->fs)
		return 0;
	root.mount = mount;
	root.dentry = mount->root;
	path_get(&root);
	fs_context_set_root(current_thread()->fs, &root);
	path_get(&root);
	fs_context_set_cwd(current_thread()->fs, &root);
	return 0;
}
