// SPDX-License-Identifier: MIT
/*
 * System calls on extended attributes, for paths, links and descriptors.
 */
#include "kernel/syscall/path.h"

#define XATTR_NAME_SIZE 256
#define XATTR_SIZE_MAX 65536

/* Which file: by path, followed or not, or by descriptor. */
struct subject {
	int fd;
	uaddr_t path;
	unsigned at_flags;
};

static int find(const struct subject *s, struct path *place)
{
	if (s->fd >= 0)
		return path_of_fd(s->fd, place);
	return path_at(AT_FDCWD, s->path, s->at_flags, place);
}

static int take_name(uaddr_t from, char name[XATTR_NAME_SIZE])
{
	ssize_t length = copy_string_from_user(name, from, XATTR_NAME_SIZE);

	if (length == -ENAMETOOLONG || length == 0)
		return -ERANGE;
	return length < 0 ? (int)length : 0;
}

static long set(const struct subject *s, uaddr_t name, uaddr_t value,
		size_t size, int flags)
{
	char text[XATTR_NAME_SIZE];
	struct path place;
	void *copy;
	int error = take_name(name, text);

	if (error)
		return error;
	if (flags & ~3)
		return -EINVAL;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	copy = kmalloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	error = copy_from_user(copy, value, size) ? -EFAULT : find(s, &place);
	if (!error) {
		error = path_set_xattr(&place, text, copy, size, flags);
		path_put(&place);
	}
	kfree(copy);
	return error;
}

static long get(const struct subject *s, uaddr_t name, uaddr_t value,
		size_t size)
{
	char text[XATTR_NAME_SIZE];
	struct path place;
	void *copy;
	ssize_t length = take_name(name, text);

	if (length)
		return length;
	size = MIN(size, (size_t)XATTR_SIZE_MAX);
	copy = kmalloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	length = find(s, &place);
	if (!length) {
		length = path_get_xattr(&place, text, copy, size);
		path_put(&place);
	}
	if (length > 0 && size && copy_to_user(value, copy, (size_t)length))
		length = -EFAULT;
	kfree(copy);
	return length;
}

static long list(const struct subject *s, uaddr_t names, size_t size)
{
	struct path place;
	void *copy;
	ssize_t length;

	size = MIN(size, (size_t)XATTR_SIZE_MAX);
	copy = kmalloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	length = find(s, &place);
	if (!length) {
		length = path_list_xattr(&place, copy, size);
		path_put(&place);
	}
	if (length > 0 && size && copy_to_user(names, copy, (size_t)length))
		length = -EFAULT;
	kfree(copy);
	return length;
}

static long drop(const struct subject *s, uaddr_t name)
{
	char text[XATTR_NAME_SIZE];
	struct path place;
	int error = take_name(name, text);

	if (!error)
		error = find(s, &place);
	if (error)
		return error;
	error = path_remove_xattr(&place, text);
	path_put(&place);
	return error;
}

#define BY_PATH(path) (&(struct subject){ -1, path, 0 })
#define BY_LINK(path) (&(struct subject){ -1, path, AT_SYMLINK_NOFOLLOW })
#define BY_FD(fd) (&(struct subject){ fd, 0, 0 })

long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t xvalue, size_t size,
		  int flags)
{
	return set(BY_PATH(path), name, xvalue, size, flags);
}

long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t xvalue, size_t size,
		   int flags)
{
	return set(BY_LINK(path), name, xvalue, size, flags);
}

long sys_fsetxattr(int fd, uaddr_t name, uaddr_t xvalue, size_t size, int flags)
{
	return fd < 0 ? -EBADF : set(BY_FD(fd), name, xvalue, size, flags);
}

long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t xvalue, size_t size)
{
	return get(BY_PATH(path), name, xvalue, size);
}

long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t xvalue, size_t size)
{
	return get(BY_LINK(path), name, xvalue, size);
}

long sys_fgetxattr(int fd, uaddr_t name, uaddr_t xvalue, size_t size)
{
	return fd < 0 ? -EBADF : get(BY_FD(fd), name, xvalue, size);
}

long sys_listxattr(uaddr_t path, uaddr_t names, size_t size)
{
	return list(BY_PATH(path), names, size);
}

long sys_llistxattr(uaddr_t path, uaddr_t names, size_t size)
{
	return list(BY_LINK(path), names, size);
}

long sys_flistxattr(int fd, uaddr_t names, size_t size)
{
	return fd < 0 ? -EBADF : list(BY_FD(fd), names, size);
}

long sys_removexattr(uaddr_t path, uaddr_t name)
{
	return drop(BY_PATH(path), name);
}

long sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	return drop(BY_LINK(path), name);
}

long sys_fremovexattr(int fd, uaddr_t name)
{
	return fd < 0 ? -EBADF : drop(BY_FD(fd), name);
}
