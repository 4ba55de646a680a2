// SPDX-License-Identifier: MIT
/*
 * System calls that make, remove and find names: open, mkdir, link, rename,
 * chdir and their *at forms. Thin: copy the path in, call fs/vfs.
 */
#include "kernel/syscall/path.h"

#include "kernel/file/pipe.h"

int path_at(int dirfd, uaddr_t name, unsigned at_flags, struct path *path)
{
	unsigned walk = at_flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	char *copy;
	int error = path_name_from_user(name, at_flags & AT_EMPTY_PATH, &copy);

	if (error)
		return error;
	if (at_flags & AT_EMPTY_PATH)
		walk |= LOOKUP_EMPTY;
	error = path_lookup(dirfd, copy, walk, path);
	kfree(copy);
	return error;
}

int path_of_fd(int fd, struct path *path)
{
	struct file *file = fd_get_any(fd);
	int error = 0;

	if (!file)
		return -EBADF;
	if (file->dentry) {
		path->mount = file->mount;
		path->dentry = file->dentry;
		path_get(path);
	} else {
		error = -EOPNOTSUPP;
	}
	file_put(file);
	return error;
}

bool name_is_empty(uaddr_t name)
{
	char first;

	return !copy_from_user(&first, name, 1) && !first;
}

long with_name(int dirfd, uaddr_t name,
	       int (*call)(int dirfd, const char *name, void *arg), void *arg)
{
	char *copy;
	int error = path_name_from_user(name, false, &copy);

	if (error)
		return error;
	error = call(dirfd, copy, arg);
	kfree(copy);
	return error;
}

long with_two_names(int a_fd, uaddr_t a, int b_fd, uaddr_t b, unsigned flags,
		    int (*call)(int a_fd, const char *a, int b_fd,
				const char *b, unsigned flags))
{
	char *a_copy, *b_copy;
	/* An empty name is refused where its turn comes. */
	int error = path_name_from_user(a, true, &a_copy);

	if (error)
		return error;
	error = path_name_from_user(b, true, &b_copy);
	if (!error) {
		error = call(a_fd, a_copy, b_fd, b_copy, flags);
		kfree(b_copy);
	}
	kfree(a_copy);
	return error;
}

/* ---- open -------------------------------------------------------------------- */

static long open_fd(int dirfd, uaddr_t path, unsigned flags, uint32_t mode)
{
	struct file *file;
	char *name;
	int fd, error = path_name_from_user(path, false, &name);

	if (error)
		return error;
	flags &= ~(unsigned)O_EXECUTE;
	if (!(flags & O_PATH))
		flags |= O_LARGEFILE;
	fd = fd_reserve(0, flags & O_CLOEXEC);
	if (fd >= 0) {
		error = path_open(dirfd, name, flags, mode, &file);
		if (error) {
			fd_unreserve(fd);
			fd = error;
		} else {
			fd_install(fd, file);
		}
	}
	kfree(name);
	return restartable(fd);
}

long sys_open(uaddr_t path, int flags, uint32_t mode)
{
	return open_fd(AT_FDCWD, path, (unsigned)flags, mode);
}

long sys_openat(int dirfd, uaddr_t path, int flags, uint32_t mode)
{
	return open_fd(dirfd, path, (unsigned)flags, mode);
}

long sys_creat(uaddr_t path, uint32_t mode)
{
	return open_fd(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

#define OPEN_FLAGS 037777703u /* all that open(2) knows */

long sys_openat2(int dirfd, uaddr_t path, uaddr_t open_how, size_t size)
{
	uint64_t how[3]; /* flags, mode, resolve */

	if (size < sizeof how)
		return -EINVAL;
	if (size > sizeof how)
		return -E2BIG;
	if (copy_from_user(how, open_how, sizeof how))
		return -EFAULT;
	if (how[0] & ~(uint64_t)OPEN_FLAGS || how[1] & ~07777ull)
		return -EINVAL;
	if (how[1] && !(how[0] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
		return -EINVAL;
	if (how[2])
		return -EINVAL; /* RESOLVE_*: not here */
	return open_fd(dirfd, path, (unsigned)how[0], (uint32_t)how[1]);
}

/* ---- making ---------------------------------------------------------------- */

struct node {
	uint32_t mode;
	uint64_t rdevice;
};

static int make(int dirfd, const char *name, void *arg)
{
	const struct node *node = arg;

	return path_make(dirfd, name, node->mode, node->rdevice);
}

long sys_mkdirat(int dirfd, uaddr_t path, uint32_t mode)
{
	struct node node = { S_IFDIR | (mode & 07777), 0 };

	return with_name(dirfd, path, make, &node);
}

long sys_mkdir(uaddr_t path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(int dirfd, uaddr_t path, uint32_t mode, uint64_t dev)
{
	struct node node = { mode & 0xffff, (uint32_t)dev };

	if (!(mode & S_IFMT))
		node.mode |= S_IFREG;
	if ((mode & S_IFMT) == S_IFDIR)
		return -EPERM;
	if ((mode & S_IFMT) != S_IFCHR && (mode & S_IFMT) != S_IFBLK)
		node.rdevice = 0;
	return with_name(dirfd, path, make, &node);
}

long sys_mknod(uaddr_t path, uint32_t mode, uint64_t dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

static int symlink(int a_fd, const char *target, int dirfd, const char *name,
		   unsigned flags)
{
	return path_symlink(target, dirfd, name);
}

long sys_symlinkat(uaddr_t oldpath, int newdirfd, uaddr_t newpath)
{
	return with_two_names(0, oldpath, newdirfd, newpath, 0, symlink);
}

long sys_symlink(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_symlinkat(oldpath, AT_FDCWD, newpath);
}

long sys_linkat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath,
		int flags)
{
	return with_two_names(olddirfd, oldpath, newdirfd, newpath,
			      (unsigned)flags, path_link);
}

long sys_link(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_linkat(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/* ---- removing, renaming ------------------------------------------------------- */

static int unlink(int dirfd, const char *name, void *arg)
{
	return path_unlink(dirfd, name);
}

static int rmdir(int dirfd, const char *name, void *arg)
{
	return path_rmdir(dirfd, name);
}

long sys_unlinkat(int dirfd, uaddr_t path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return with_name(dirfd, path, flags ? rmdir : unlink, NULL);
}

long sys_unlink(uaddr_t path)
{
	return with_name(AT_FDCWD, path, unlink, NULL);
}

long sys_rmdir(uaddr_t path)
{
	return with_name(AT_FDCWD, path, rmdir, NULL);
}

long sys_renameat2(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath,
		   unsigned flags)
{
	return with_two_names(olddirfd, oldpath, newdirfd, newpath, flags,
			      path_rename);
}

long sys_renameat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath)
{
	return sys_renameat2(olddirfd, oldpath, newdirfd, newpath, 0);
}

long sys_rename(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_renameat2(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/* ---- symbolic links -------------------------------------------------------------- */

long sys_readlinkat(int dirfd, uaddr_t path, uaddr_t buf, int size)
{
	struct path place;
	ssize_t length;
	char *text;
	int error;

	if (size <= 0)
		return -EINVAL;
	error = path_at(dirfd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
			&place);
	if (error)
		return error;
	text = kmalloc(PATH_MAX);
	length = text ? path_readlink(&place, text, PATH_MAX) : -ENOMEM;
	if (length == -EINVAL && name_is_empty(path))
		length = -ENOENT; /* a descriptor, but not of a link */
	else if (length >= 0)
		inode_accessed(place.dentry->inode, place.mount);
	/* Cut to the buffer, without a NUL. */
	length = MIN(length, (ssize_t)size);
	if (length > 0 && copy_to_user(buf, text, (size_t)length))
		length = -EFAULT;
	kfree(text);
	path_put(&place);
	return length;
}

long sys_readlink(uaddr_t path, uaddr_t buf, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buf, size);
}

/* ---- where "." and "/" are ------------------------------------------------------- */

static long enter(struct path *place,
		  void (*set)(struct fs_context *fs, const struct path *path))
{
	int error = inode_permission(place->dentry->inode, 1);

	if (error) {
		path_put(place);
		return error;
	}
	set(current_thread()->fs, place);
	return 0;
}

static int directory_at(int dirfd, const char *name, void *arg)
{
	return path_lookup(dirfd, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, arg);
}

long sys_chdir(uaddr_t path)
{
	struct path place;
	long error = with_name(AT_FDCWD, path, directory_at, &place);

	return error ? error : enter(&place, fs_context_set_cwd);
}

long sys_fchdir(int fd)
{
	struct path place;
	int error = path_of_fd(fd, &place);

	if (error)
		return error == -EOPNOTSUPP ? -ENOTDIR : error;
	if ((place.dentry->inode->mode & S_IFMT) != S_IFDIR) {
		path_put(&place);
		return -ENOTDIR;
	}
	return enter(&place, fs_context_set_cwd);
}

long sys_chroot(uaddr_t path)
{
	struct path place;
	long error = with_name(AT_FDCWD, path, directory_at, &place);

	if (error)
		return error;
	if (!capable(CAP_SYS_CHROOT)) {
		path_put(&place);
		return -EPERM;
	}
	return enter(&place, fs_context_set_root);
}

long sys_getcwd(uaddr_t outpath, size_t size)
{
	struct fs_context *fs = current_thread()->fs;
	struct path root, cwd;
	bool deleted = false;
	ssize_t length;
	char *text = kmalloc(PATH_MAX);

	if (!text)
		return -ENOMEM;
	fs_context_root(fs, &root);
	fs_context_cwd(fs, &cwd);
	length = path_print_below(&root, &cwd, text, PATH_MAX, &deleted);
	path_put(&cwd);
	path_put(&root);
	if (deleted)
		length = -ENOENT;
	else if (length >= 0 && (size_t)length + 1 > size)
		length = -ERANGE;
	else if (length >= 0 && copy_to_user(outpath, text, (size_t)length + 1))
		length = -EFAULT;
	kfree(text);
	return length < 0 ? length : length + 1;
}

long sys_umask(uint32_t mode)
{
	struct fs_context *fs = current_thread()->fs;

	return (long)__atomic_exchange_n(&fs->umask, mode & 0777,
					 __ATOMIC_SEQ_CST);
}
