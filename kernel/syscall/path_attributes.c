// SPDX-License-Identifier: MIT
/*
 * System calls that change files' attributes: chmod, chown, utimensat, truncate,
 * fallocate; and those that make data safe: sync, fsync, fdatasync, syncfs.
 */
#include "kernel/file/inotify.h"
#include "kernel/syscall/path.h"

#include "kernel/vm/mapping.h"

/* ---- chmod, chown ------------------------------------------------------------ */

long sys_fchmodat(int dirfd, uaddr_t path, uint32_t mode)
{
	struct path place;
	int error = path_at(dirfd, path, 0, &place);

	if (error)
		return error;
	error = path_chmod(&place, mode);
	path_put(&place);
	return error;
}

long sys_chmod(uaddr_t path, uint32_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

static int place_of_opened(int fd, struct path *place)
{
	struct file *file = fd_get(fd);

	if (!file)
		return -EBADF; /* O_PATH too */
	file_put(file);
	return path_of_fd(fd, place);
}

long sys_fchmod(int fd, uint32_t mode)
{
	struct path place;
	int error = place_of_opened(fd, &place);

	if (error)
		return error;
	error = path_chmod(&place, mode);
	path_put(&place);
	return error;
}

long sys_fchownat(int dirfd, uaddr_t path, uint32_t uid, uint32_t gid,
		  int flags)
{
	struct path place;
	int error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = path_at(dirfd, path, (unsigned)flags, &place);
	if (error)
		return error;
	error = path_chown(&place, uid, gid);
	path_put(&place);
	return error;
}

long sys_chown(uaddr_t path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(uaddr_t path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, uint32_t uid, uint32_t gid)
{
	struct path place;
	int error = place_of_opened(fd, &place);

	if (error)
		return error;
	error = path_chown(&place, uid, gid);
	path_put(&place);
	return error;
}

/* ---- times -------------------------------------------------------------------- */

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static int set_times(int dirfd, uaddr_t name, const struct timespec64 times[2],
		     unsigned flags)
{
	const struct timespec64 *set[2] = { NULL, NULL };
	struct timespec64 value[2];
	struct path place;
	unsigned now = 0;
	int error;

	for (int i = 0; i < 2; i++) {
		if (times && times[i].nanoseconds == UTIME_OMIT)
			continue;
		if (times && times[i].nanoseconds != UTIME_NOW) {
			if ((uint64_t)times[i].nanoseconds >= NSEC_PER_SEC)
				return -EINVAL;
			value[i] = times[i];
		} else {
			value[i] = inode_now();
			now++;
		}
		set[i] = &value[i];
	}
	if (!set[0] && !set[1])
		return 0; /* both omitted: not even looked up */
	error = name ? path_at(dirfd, name, flags, &place) :
		       place_of_opened(dirfd, &place);
	if (error)
		return error;
	error = path_set_times(&place, set[0], set[1], now == 2);
	path_put(&place);
	return error;
}

long sys_utimensat(int dirfd, uaddr_t path, uaddr_t times, int flags)
{
	struct timespec64 value[2];

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!path && (dirfd == AT_FDCWD || flags & AT_SYMLINK_NOFOLLOW))
		return dirfd == AT_FDCWD ? -EFAULT : -EINVAL;
	if (times && copy_from_user(value, times, sizeof value))
		return -EFAULT;
	return set_times(dirfd, path, times ? value : NULL, (unsigned)flags);
}

long sys_futimesat(int dirfd, uaddr_t path, uaddr_t times)
{
	struct timespec64 value[2];

	if (times && copy_from_user(value, times, sizeof value))
		return -EFAULT;
	for (int i = 0; times && i < 2; i++) {
		if ((uint64_t)value[i].nanoseconds >= 1000000)
			return -EINVAL;
		value[i].nanoseconds *= 1000;
	}
	return set_times(dirfd, path, times ? value : NULL, 0);
}

long sys_utimes(uaddr_t path, uaddr_t times)
{
	return sys_futimesat(AT_FDCWD, path, times);
}

long sys_utime(uaddr_t path, uaddr_t times)
{
	struct timespec64 value[2] = { 0 };
	int64_t seconds[2];

	if (times && copy_from_user(seconds, times, sizeof seconds))
		return -EFAULT;
	if (times) {
		value[0].seconds = seconds[0];
		value[1].seconds = seconds[1];
	}
	return set_times(AT_FDCWD, path, times ? value : NULL, 0);
}

/* ---- size ------------------------------------------------------------------------ */

long sys_truncate(uaddr_t path, int64_t size)
{
	struct path place;
	int error;

	if (size < 0)
		return -EINVAL;
	error = path_at(AT_FDCWD, path, 0, &place);
	if (error)
		return error;
	error = path_truncate(&place, (uint64_t)size);
	path_put(&place);
	return error;
}

long sys_ftruncate(int fd, int64_t size)
{
	struct file *file;
	long error;

	if (size < 0)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	if (!(file->mode & FILE_WRITE) || !file->ops->truncate)
		error = -EINVAL;
	else
		error = file->ops->truncate(file, size);
	if (!error)
		file_event(file, IN_MODIFY);
	file_put(file);
	return error;
}

long sys_fallocate(int fd, int mode, int64_t offset, int64_t len)
{
	struct file *file;
	int64_t end;
	long error;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (__builtin_add_overflow(offset, len, &end))
		return -EFBIG;
	if (mode & 2 && !(mode & 1))
		return -EOPNOTSUPP; /* punching keeps the size */
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	if (!(file->mode & FILE_WRITE))
		error = -EBADF;
	else if (file->ops->stream)
		error = -ESPIPE;
	else if (!file->inode || (file->inode->mode & S_IFMT) != S_IFREG)
		error = -ENODEV;
	else if (!file->ops->allocate)
		error = -EOPNOTSUPP;
	else
		error = file->ops->allocate(file, mode, offset, len);
	if (!error)
		file_event(file, IN_MODIFY);
	file_put(file);
	return error;
}

/* ---- sync ------------------------------------------------------------------------- */

long sys_sync(void)
{
	vfs_sync();
	return 0;
}

static long sync_file(int fd, bool data_only)
{
	struct file *file = fd_get(fd);
	long error;

	if (!file)
		return -EBADF;
	error = file->ops->fsync ? file->ops->fsync(file, data_only) : -EINVAL;
	file_put(file);
	return error;
}

long sys_fsync(int fd)
{
	return sync_file(fd, false);
}

long sys_fdatasync(int fd)
{
	return sync_file(fd, true);
}

long sys_syncfs(int fd)
{
	struct file *file = fd_get(fd);

	if (!file)
		return -EBADF;
	file_put(file);
	vfs_sync();
	return 0;
}

long sys_sync_file_range(int fd, int64_t offset, int64_t count, unsigned flags)
{
	struct file *file;
	long error = 0;
	uint64_t last;

	if (offset < 0 || count < 0 || offset + count < offset || flags & ~7u)
		return -EINVAL;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	last = count ? (uint64_t)(offset + count - 1) >> PAGE_SHIFT : ~0ull;
	if (!file->inode || !file->mapping)
		error = -ESPIPE;
	else
		error = mapping_write_range(file->mapping,
					    (uint64_t)offset >> PAGE_SHIFT,
					    last, flags & 5);
	file_put(file);
	return error;
}
