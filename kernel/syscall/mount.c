// SPDX-License-Identifier: MIT
/*
 * mount, umount2, pivot_root; and file handles, which no file system here can
 * give out yet.
 */
#include "kernel/syscall/path.h"

/* Strings that may be absent; at most a page, as in Linux. */
static int take_text(uaddr_t from, char **text)
{
	ssize_t length;

	*text = NULL;
	if (!from)
		return 0;
	*text = kmalloc(PATH_MAX);
	if (!*text)
		return -ENOMEM;
	length = copy_string_from_user(*text, from, PATH_MAX);
	if (length >= 0)
		return 0;
	kfree(*text);
	*text = NULL;
	return length == -ENAMETOOLONG ? -EINVAL : (int)length;
}

long sys_mount(uaddr_t source, uaddr_t path, uaddr_t fstype, uint64_t flags,
	       uaddr_t data)
{
	char *from = NULL, *target = NULL, *type = NULL, *options = NULL;
	int error = path_name_from_user(path, false, &target);

	if (error)
		return error;
	error = take_text(source, &from);
	if (!error)
		error = take_text(fstype, &type);
	if (!error)
		error = take_text(data, &options);
	if (!error)
		error = mount_make(from, target, type, flags, options);
	kfree(options);
	kfree(type);
	kfree(from);
	kfree(target);
	return error;
}

static int unmount(int dirfd, const char *name, void *arg)
{
	return mount_remove(name, *(unsigned *)arg);
}

long sys_umount2(uaddr_t path, int flags)
{
	unsigned copy = (unsigned)flags;

	return with_name(AT_FDCWD, path, unmount, &copy);
}

static int pivot(int a_fd, const char *new_root, int b_fd, const char *put_old,
		 unsigned flags)
{
	return mount_pivot(new_root, put_old);
}

long sys_pivot_root(uaddr_t newpath, uaddr_t oldpath)
{
	return with_two_names(0, newpath, 0, oldpath, 0, pivot);
}

long sys_name_to_handle_at(int dirfd, uaddr_t path, uaddr_t handle,
			   uaddr_t mount_id, int flags)
{
	struct path place;
	int error;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = path_at(
		dirfd, path,
		(unsigned)(flags & AT_EMPTY_PATH) |
			(flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW),
		&place);
	if (error)
		return error;
	path_put(&place);
	return -EOPNOTSUPP;
}
