// SPDX-License-Identifier: MIT
/*
 * inotify's calls: the checks of their flags, and the place that a name stands
 * for; kernel/file/inotify.c is the descriptor, fs/vfs/notify.c the rest.
 */
#include "fs/vfs/notify.h"
#include "kernel/syscall/path.h"

#define MAY_READ 4u
#define KNOWN_BITS                                                       \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED |       \
	 IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | \
	 IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)

long sys_inotify_init1(int flags)
{
	struct file *file;
	int error;

	if (flags & ~(int)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	error = inotify_create((unsigned)flags, &file);
	return error ? error : fd_add(file, flags & (int)O_CLOEXEC);
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static int watch_name(int dirfd, const char *name, unsigned mask,
		      struct path *path)
{
	unsigned walk = mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW;
	int error;

	if (mask & IN_ONLYDIR)
		walk |= LOOKUP_DIRECTORY;
	error = path_lookup(dirfd, name, walk, path);
	if (error)
		return error;
	error = inode_permission(path->dentry->inode, MAY_READ);
	if (error)
		path_put(path);
	return error;
}

static long add_watch(struct inotify *owner, uaddr_t name, uint32_t mask)
{
	struct path path;
	char *copy;
	long result = path_name_from_user(name, false, &copy);

	if (result)
		return result;
	result = watch_name(AT_FDCWD, copy, mask, &path);
	kfree(copy);
	if (result)
		return result;
	result = notify_watch(owner, &path, mask);
	path_put(&path);
	return result;
}

long sys_inotify_add_watch(int fd, uaddr_t path, uint32_t mask)
{
	struct inotify *owner;
	struct file *file;
	long result = -EINVAL;

	if (mask & ~KNOWN_BITS || !mask)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	owner = inotify_of(file);
	if (owner && !(mask & IN_MASK_ADD && mask & IN_MASK_CREATE))
		result = add_watch(owner, path, mask);
	file_put(file);
	return result;
}

long sys_inotify_rm_watch(int fd, int wd)
{
	struct file *file = fd_get(fd);
	struct inotify *owner;
	long result;

	if (!file)
		return -EBADF;
	owner = inotify_of(file);
	result = owner ? notify_unwatch_number(owner, wd) : -EINVAL;
	file_put(file);
	return result;
}
