// SPDX-License-Identifier: MIT
/*
 * System calls that ask about files: stat, statx, access, statfs and their
 * forms, in the layouts of x86-64 Linux.
 */
#include "kernel/syscall/path.h"

#include "kernel/proc/process.h"

struct user_stat {
	uint64_t device, inode, links;
	uint32_t mode, uid, gid, unused0;
	uint64_t rdevice;
	int64_t size, block_size, blocks;
	struct timespec64 atime, mtime, ctime;
	int64_t unused[3];
};
STATIC_ASSERT(sizeof(struct user_stat) == 144);

struct user_statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t unused;
};

struct user_statx {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, unused0;
	uint64_t inode, size, blocks, attributes_mask;
	struct user_statx_time atime, btime, ctime, mtime;
	uint32_t rdevice_major, rdevice_minor, device_major, device_minor;
	uint64_t mount_id;
	uint32_t dio_memory_align, dio_offset_align;
	uint64_t unused[12];
};
STATIC_ASSERT(sizeof(struct user_statx) == 256);

static long stat_to_user(const struct stat_result *stat, uaddr_t to)
{
	struct user_stat out = {
		.device = stat->device,
		.inode = stat->inode,
		.links = stat->links,
		.mode = stat->mode,
		.uid = stat->uid,
		.gid = stat->gid,
		.rdevice = stat->rdevice,
		.size = (int64_t)stat->size,
		.block_size = stat->block_size,
		.blocks = (int64_t)stat->blocks,
		.atime = stat->atime,
		.mtime = stat->mtime,
		.ctime = stat->ctime,
	};

	return copy_to_user(to, &out, sizeof out);
}

static int stat_fd(int fd, struct stat_result *stat)
{
	struct file *file = fd_get_any(fd);
	int error;

	if (!file)
		return -EBADF;
	error = file_stat(file, stat);
	file_put(file);
	return error;
}

/* /proc/self/fd/N of a pipe or socket. */
static int stat_target(int dirfd, uaddr_t name, struct stat_result *stat)
{
	struct file *file;
	char *copy;
	int error = path_name_from_user(name, false, &copy);

	if (error)
		return error;
	error = path_target(dirfd, copy, &file);
	kfree(copy);
	if (error)
		return error;
	error = file_stat(file, stat);
	file_put(file);
	return error;
}

static int stat_at(int dirfd, uaddr_t name, unsigned at_flags,
		   struct stat_result *stat)
{
	struct path path;
	int error;

	/* fstat by another name; also for what has no path, as pipes. */
	if (at_flags & AT_EMPTY_PATH && dirfd >= 0 && name_is_empty(name))
		return stat_fd(dirfd, stat);
	error = path_at(dirfd, name, at_flags, &path);
	if (error == -ESTALE)
		return stat_target(dirfd, name, stat);
	if (error)
		return error;
	error = path_stat(&path, stat);
	path_put(&path);
	return error;
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)

long sys_newfstatat(int dirfd, uaddr_t path, uaddr_t statbuf, int flags)
{
	struct stat_result stat;
	int error;

	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	error = stat_at(dirfd, path, (unsigned)flags, &stat);
	return error ? error : stat_to_user(&stat, statbuf);
}

long sys_stat(uaddr_t path, uaddr_t statbuf)
{
	return sys_newfstatat(AT_FDCWD, path, statbuf, 0);
}

long sys_lstat(uaddr_t path, uaddr_t statbuf)
{
	return sys_newfstatat(AT_FDCWD, path, statbuf, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(int fd, uaddr_t statbuf)
{
	struct stat_result stat;
	int error = stat_fd(fd, &stat);

	return error ? error : stat_to_user(&stat, statbuf);
}

/* ---- statx ---------------------------------------------------------------- */

#define STATX_BASIC 0x7ffu
#define STATX_BTIME 0x800u
#define STATX_MNT_ID 0x1000u
#define STATX_RESERVED 0x80000000u
#define STATX_FLAGS (STAT_FLAGS | 0x6000) /* AT_STATX_*_SYNC */
/* compressed, immutable, append, nodump, encrypted: what attributes may say;
 * a mount's root */
#define STATX_ATTRIBUTES 0x2874u
#define STATX_MOUNT_ROOT 0x2000u

static uint32_t major_of(uint64_t device)
{
	return (uint32_t)((device >> 8 & 0xfff) | (device >> 32 & ~0xfffull));
}

static uint32_t minor_of(uint64_t device)
{
	return (uint32_t)((device & 0xff) | (device >> 12 & ~0xffull));
}

static struct user_statx_time statx_time(struct timespec64 time)
{
	return (struct user_statx_time){ time.seconds,
					 (uint32_t)time.nanoseconds, 0 };
}

static void fill_statx(struct user_statx *out, const struct stat_result *stat)
{
	*out = (struct user_statx){
		.mask = STATX_BASIC | STATX_MNT_ID,
		.block_size = stat->block_size,
		.attributes = stat->attributes,
		.attributes_mask = STATX_ATTRIBUTES,
		.links = stat->links,
		.uid = stat->uid,
		.gid = stat->gid,
		.mode = (uint16_t)stat->mode,
		.inode = stat->inode,
		.size = stat->size,
		.blocks = stat->blocks,
		.atime = statx_time(stat->atime),
		.ctime = statx_time(stat->ctime),
		.mtime = statx_time(stat->mtime),
		.rdevice_major = major_of(stat->rdevice),
		.rdevice_minor = minor_of(stat->rdevice),
		.device_major = major_of(stat->device),
		.device_minor = minor_of(stat->device),
		.mount_id = stat->mount_id,
	};
	if (stat->btime.seconds) {
		out->mask |= STATX_BTIME;
		out->btime = statx_time(stat->btime);
	}
}

long sys_statx(int dirfd, uaddr_t path, int flags, unsigned mask,
	       uaddr_t statxbuf)
{
	struct stat_result stat;
	struct user_statx out;
	int error;

	if (flags & ~STATX_FLAGS || (flags & 0x6000) == 0x6000 ||
	    mask & STATX_RESERVED)
		return -EINVAL;
	error = stat_at(dirfd, path, (unsigned)flags, &stat);
	if (error)
		return error;
	fill_statx(&out, &stat);
	return copy_to_user(statxbuf, &out, sizeof out);
}

/* ---- access ---------------------------------------------------------------- */

/* Gives the old ones; readers of /proc look at them under the lock. */
static struct credentials *swap_cred(struct credentials *cred)
{
	struct thread *self = current_thread();
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct credentials *old = self->cred;

	self->cred = cred;
	spin_unlock_irqrestore(&process_lock, flags);
	return old;
}

/* access(2) asks for the real ids: act as them for the length of the call. */
static int become_real(struct credentials **saved)
{
	const struct credentials *cred = current_cred();
	struct credentials *real;
	uint64_t effective = cred->uid ? 0 : cred->cap_permitted;

	*saved = NULL;
	if (cred->fsuid == cred->uid && cred->fsgid == cred->gid &&
	    cred->cap_effective == effective)
		return 0;
	real = kmemdup(cred,
		       sizeof *cred + cred->group_count * sizeof(uint32_t));
	if (!real)
		return -ENOMEM;
	real->refs = 1;
	real->fsuid = cred->uid;
	real->fsgid = cred->gid;
	real->cap_effective = effective;
	*saved = swap_cred(real);
	return 0;
}

static void become_self(struct credentials *saved)
{
	if (saved)
		credentials_put(swap_cred(saved));
}

static long access_at(int dirfd, uaddr_t name, unsigned mask, unsigned flags)
{
	struct credentials *saved = NULL;
	struct path path;
	int error;

	if (mask & ~7u)
		return -EINVAL;
	if (flags &
	    ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		error = become_real(&saved);
		if (error)
			return error;
	}
	error = path_at(dirfd, name, flags, &path);
	if (!error) {
		error = path_access(&path, mask);
		path_put(&path);
	}
	become_self(saved);
	return error;
}

long sys_access(uaddr_t path, int amode)
{
	return access_at(AT_FDCWD, path, (unsigned)amode, 0);
}

long sys_faccessat(int dirfd, uaddr_t path, int amode)
{
	return access_at(dirfd, path, (unsigned)amode, 0);
}

long sys_faccessat2(int dirfd, uaddr_t path, int amode, int flags)
{
	return access_at(dirfd, path, (unsigned)amode, (unsigned)flags);
}

/* ---- statfs ------------------------------------------------------------------ */

struct user_statfs {
	uint64_t type, block_size, blocks, free, available, files, files_free;
	uint32_t id[2];
	uint64_t name_max, fragment_size, flags, unused[4];
};
STATIC_ASSERT(sizeof(struct user_statfs) == 120);

static long statfs_to_user(const struct statfs_result *from, uaddr_t to)
{
	struct user_statfs out = {
		.type = from->type,
		.block_size = from->block_size,
		.blocks = from->blocks,
		.free = from->free,
		.available = from->available,
		.files = from->files,
		.files_free = from->files_free,
		.id = { (uint32_t)from->id, (uint32_t)(from->id >> 32) },
		.name_max = from->name_max,
		.fragment_size = from->fragment_size,
		.flags = from->flags,
	};

	return copy_to_user(to, &out, sizeof out);
}

static long statfs_place(struct path *path, uaddr_t to)
{
	struct statfs_result result;
	int error = path_statfs(path, &result);

	path_put(path);
	return error ? error : statfs_to_user(&result, to);
}

long sys_statfs(uaddr_t path, uaddr_t statfsbuf)
{
	struct path place;
	int error = path_at(AT_FDCWD, path, 0, &place);

	return error ? error : statfs_place(&place, statfsbuf);
}

#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b
#define ANON_MAGIC 0x09041934

/* Pipes, sockets and the like have no mount. */
static long statfs_anonymous(int fd, uaddr_t to)
{
	struct statfs_result result = { .block_size = 4096,
					.fragment_size = 4096,
					.name_max = 255,
					.flags = 0x20 };
	struct stat_result stat;
	int error = stat_fd(fd, &stat);

	if (error)
		return error;
	result.type = (stat.mode & S_IFMT) == S_IFIFO  ? PIPEFS_MAGIC :
		      (stat.mode & S_IFMT) == S_IFSOCK ? SOCKFS_MAGIC :
							 ANON_MAGIC;
	return statfs_to_user(&result, to);
}

long sys_fstatfs(int fd, uaddr_t statfsbuf)
{
	struct path place;
	int error = path_of_fd(fd, &place);

	if (error == -EOPNOTSUPP)
		return statfs_anonymous(fd, statfsbuf);
	return error ? error : statfs_place(&place, statfsbuf);
}
