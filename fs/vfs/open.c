// SPDX-License-Identifier: MIT
/*
 * open(2): finding or making the file, the checks in Linux's order, and the
 * struct file at the end. Also openat with O_PATH, O_TMPFILE, O_EXECUTE (exec's
 * own open), and the release of what a file holds.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/file/pipe.h"
#include "kernel/vm/block.h"

static const struct file_ops place_ops = { .name = "path" };

/* ---- what a file is ------------------------------------------------------- */

static const struct file_ops *ops_of(struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFCHR:
		return device_ops(false, inode->rdevice);
	case S_IFBLK:
		return block_find(inode->rdevice) ? &block_file_ops : NULL;
	case S_IFIFO:
		return &fifo_ops;
	case S_IFSOCK:
	case S_IFLNK:
		return NULL;
	default:
		return inode->file_ops;
	}
}

/* Nobody writes to what is executed, and the other way round. */
static int claim(struct inode *inode, int step)
{
	int32_t writers = atomic_load(&inode->writers);

	do {
		if (writers * step < 0)
			return -ETXTBSY;
	} while (!__atomic_compare_exchange_n(
		&inode->writers, &writers, writers + step, true,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	/* Nor does its file system become read-only meanwhile. */
	if (step > 0)
		atomic_fetch_add(&inode->super->writers, 1);
	return 0;
}

static int claim_of(const struct file *file)
{
	if (!is_regular(file->inode) || file->mode & FILE_PATH)
		return 0;
	if (file->flags & O_EXECUTE)
		return -1;
	return file->mode & FILE_WRITE ? 1 : 0;
}

static void file_released(struct file *file)
{
	struct path place = { file->mount, file->dentry };
	int step = claim_of(file);

	if (file->ops != &place_ops)
		notify_place(file->dentry, file->mode & FILE_WRITE ?
						   IN_CLOSE_WRITE :
						   IN_CLOSE_NOWRITE);
	if (step)
		atomic_fetch_sub(&file->inode->writers, step);
	if (step > 0)
		atomic_fetch_sub(&file->inode->super->writers, 1);
	path_put(&place);
}

/* Its own opening: the device's, the FIFO's. */
static int open_special(struct file *file)
{
	struct inode *inode = file->inode;

	if ((inode->mode & S_IFMT) == S_IFIFO)
		return fifo_open(file, &inode->endpoint, &inode->endpoint_lock);
	return file->ops->open ? file->ops->open(file, inode->rdevice) : 0;
}

int open_place(const struct path *path, unsigned flags, bool created,
	       struct file **result)
{
	struct inode *inode = path->dentry->inode;
	const struct file_ops *ops = flags & O_PATH ? &place_ops :
						      ops_of(inode);
	struct file *file;
	int step, error = 0;

	if (!ops)
		return is_symlink(inode) ? -ELOOP : -ENXIO;
	file = file_create(
		ops, flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC), NULL);
	if (!file)
		return -ENOMEM;
	file->inode = inode;
	file->dentry = path->dentry;
	file->mount = path->mount;
	path_get(path);
	step = claim_of(file);
	if (step)
		error = claim(inode, step);
	if (error) {
		file->mode = 0; /* nothing was claimed */
		file->flags &= ~O_EXECUTE;
	} else if (!(flags & O_PATH)) {
		if (inode->mapping.ops)
			file->mapping = &inode->mapping;
		/* A terminal's open must know it. */
		file->flags |= flags & O_NOCTTY;
		error = open_special(file);
		file->flags &= ~(unsigned)O_NOCTTY;
	}
	if (error) {
		file->ops = &place_ops;
		file_put(file);
		return error;
	}
	notify_file(file, IN_OPEN);
	*result = file;
	return 0;
}

int dentry_open(const struct path *path, unsigned flags, struct file **file)
{
	return open_place(path, flags, false, file);
}

/* ---- may it be opened? ------------------------------------------------------ */

static unsigned wanted_rights(unsigned flags)
{
	static const unsigned rights[4] = { MAY_READ, MAY_WRITE,
					    MAY_READ | MAY_WRITE,
					    MAY_READ | MAY_WRITE };
	unsigned mask = flags & O_EXECUTE ? MAY_EXEC :
					    rights[flags & O_ACCMODE];

	return flags & O_TRUNC ? mask | MAY_WRITE : mask;
}

static int check_type(const struct path *path, unsigned flags, unsigned mask)
{
	struct inode *inode = path->dentry->inode;

	switch (inode->mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		if (mask & MAY_WRITE || flags & O_CREAT)
			return -EISDIR;
		return flags & O_EXECUTE ? -EACCES : 0;
	case S_IFCHR:
	case S_IFBLK:
		if (path->mount->flags & MS_NODEV)
			return -EACCES;
		FALLTHROUGH;
	case S_IFIFO:
	case S_IFSOCK:
		return flags & O_EXECUTE ? -EACCES : 0;
	default:
		if (flags & O_EXECUTE && path->mount->flags & MS_NOEXEC)
			return -EACCES;
		if (mask & MAY_WRITE)
			return mount_want_write(path);
		return 0;
	}
}

static int may_open(const struct path *path, unsigned flags)
{
	struct inode *inode = path->dentry->inode;
	unsigned mask = wanted_rights(flags);
	int error = check_type(path, flags, mask);

	if (error)
		return error;
	if ((inode->mode & S_IFMT) == S_IFIFO)
		mask = wanted_rights(flags & ~O_TRUNC);
	error = inode_permission(inode, mask);
	if (error)
		return error;
	if (flags & O_NOATIME && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

static int truncate_opened(struct file *file)
{
	struct attributes none = { .set = ATTR_SIZE | ATTR_MTIME | ATTR_CTIME };
	struct inode *inode = file->inode;
	int error;

	if (!is_regular(inode))
		return 0;
	rwmutex_write_lock(&inode->lock);
	none.mtime = none.ctime = inode_now();
	error = inode_set_attributes(inode, &none);
	rwmutex_write_unlock(&inode->lock);
	if (!error)
		notify_file(file, IN_MODIFY);
	return error;
}

/* Everything after the place is known; `created`: by this very call. */
static int finish(const struct path *path, unsigned flags, bool created,
		  struct file **file)
{
	int error;

	if (flags & O_PATH)
		return open_place(path, flags, false, file);
	if (flags & O_DIRECTORY && !is_directory(path->dentry->inode))
		return -ENOTDIR;
	error = created ? 0 : may_open(path, flags);
	if (error)
		return error;
	error = open_place(path, flags, created, file);
	if (error || created || !(flags & O_TRUNC))
		return error;
	error = truncate_opened(*file);
	if (error)
		file_put(*file);
	return error;
}

/* ---- O_CREAT ----------------------------------------------------------------- */

static uint32_t apply_umask(uint32_t mode)
{
	struct fs_context *fs = current_thread()->fs;

	return mode & 07777 & ~(fs ? fs->umask : 0);
}

/* The name does not exist, or did not a moment ago. */
static int create_last(struct lookup *l, uint32_t mode, struct dentry **dentry,
		       bool *created)
{
	struct inode *directory = l->at.dentry->inode, *made;
	int error;

	rwmutex_write_lock(&directory->lock);
	error = lookup_one_locked(l->at.dentry, l->last, l->last_length,
				  dentry);
	if (error || (*dentry)->inode)
		goto out;
	error = may_create(&l->at);
	if (!error)
		error = directory->ops->create ?
				directory->ops->create(
					directory, l->last, l->last_length,
					S_IFREG | apply_umask(mode), 0, &made) :
				-EACCES;
	if (error) {
		dentry_put(*dentry);
		goto out;
	}
	if ((*dentry)->unhashed) {
		inode_put(made);
		dentry_put(*dentry);
		error = -EACCES;
		goto out;
	}
	dentry_fill(*dentry, made);
	notify_name(directory, IN_CREATE, made, l->last, l->last_length);
	*created = true;
out:
	rwmutex_write_unlock(&directory->lock);
	return error;
}

/* The last component under O_CREAT: a place with an inode in *child. */
static int find_or_create(struct lookup *l, unsigned flags, uint32_t mode,
			  struct path *child, bool *created)
{
	struct dentry *dentry;
	int error;

	if (l->kind != LAST_NAME)
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	if (l->trailing)
		return -EISDIR;
	error = lookup_last(l, child);
	if (error)
		return error;
	if (!child->dentry->inode) {
		error = create_last(l, mode, &dentry, created);
		if (error) {
			path_put(child);
			return error;
		}
		dentry_put(child->dentry);
		child->dentry = dentry;
		mount_cross(child);
	}
	if (!*created && flags & O_EXCL) {
		path_put(child);
		return -EEXIST;
	}
	return 0;
}

static int open_creating(struct lookup *l, unsigned flags, uint32_t mode,
			 struct file **file)
{
	struct path child;
	bool created, done;
	int error;

	for (;;) {
		created = false;
		error = lookup_parent(l);
		if (!error)
			error = find_or_create(l, flags, mode, &child,
					       &created);
		if (error)
			return error;
		if (!is_symlink(child.dentry->inode))
			break;
		l->rest = "";
		error = flags & O_NOFOLLOW ? -ELOOP :
					     lookup_follow(l, &child, &done);
		path_put(&child);
		if (error)
			return error;
		if (done) {
			child = l->at;
			path_get(&child);
			break;
		}
	}
	error = finish(&child, flags, created, file);
	path_put(&child);
	return error;
}

/* ---- nameless files, O_TMPFILE ----------------------------------------------------------------- */

int path_alone(struct mount *mount, struct inode *inode, const char *name,
	       struct path *path)
{
	path->dentry = dentry_alone(inode, name, false);
	if (!path->dentry)
		return -ENOMEM;
	path->mount = mount_get(mount);
	return 0;
}

int open_nameless_inode(struct mount *mount, struct inode *inode,
			const char *title, unsigned flags, struct file **file)
{
	struct path place = { mount, dentry_alone(inode, title, true) };
	int error;

	if (!place.dentry)
		return -ENOMEM;
	error = open_place(&place, flags, true, file);
	dentry_put(place.dentry);
	return error;
}

static int open_nameless(int dirfd, const char *name, unsigned flags,
			 uint32_t mode, struct file **file)
{
	struct path parent;
	struct inode *directory, *made = NULL;
	int error = path_lookup(dirfd, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
				&parent);

	if (error)
		return error;
	directory = parent.dentry->inode;
	rwmutex_write_lock(&directory->lock);
	error = may_create(&parent);
	if (!error)
		error = directory->ops->tmpfile ?
				directory->ops->tmpfile(
					directory, S_IFREG | apply_umask(mode),
					&made) :
				-EOPNOTSUPP;
	rwmutex_write_unlock(&directory->lock);
	if (!error)
		error = open_nameless_inode(parent.mount, made, "#tmpfile",
					    flags & ~(unsigned)O_DIRECTORY,
					    file);
	path_put(&parent);
	return error;
}

/* ---- what has no place: /proc/PID/fd/N of a pipe ---- */

int path_target(int dirfd, const char *name, struct file **target)
{
	struct path link;
	struct inode *inode;
	int error = path_lookup(dirfd, name, 0, &link);

	if (error)
		return error;
	inode = link.dentry->inode;
	*target = inode->ops->target ? inode->ops->target(inode) : NULL;
	path_put(&link);
	return *target ? 0 : -ENOENT;
}

/* Opening a pipe through its link joins it as one more reader or writer. */
static int open_again(int dirfd, const char *name, unsigned flags,
		      struct file **file)
{
	struct spinlock lock = SPINLOCK_INIT;
	struct file *target;
	void *endpoint;
	int error = path_target(dirfd, name, &target);

	if (error)
		return error;
	if (!file_is_pipe(target)) {
		file_put(target);
		return -ENXIO;
	}
	*file = file_create(target->ops,
			    flags & ~(O_CREAT | O_NOCTTY | O_TRUNC | O_EXCL),
			    NULL);
	if (*file) {
		endpoint = target->private;
		error = fifo_open(*file, &endpoint, &lock);
		if (error)
			file_put(*file);
	} else {
		error = -ENOMEM;
	}
	file_put(target);
	return error;
}

/* ---- open ------------------------------------------------------------------------ */

#define O_TMPFILE_ONLY (O_TMPFILE & ~O_DIRECTORY)

static int check_flags(unsigned *flags)
{
	if (*flags & O_PATH) {
		*flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
		return 0;
	}
	if (*flags & O_TMPFILE_ONLY) {
		if ((*flags & O_TMPFILE) != O_TMPFILE || *flags & O_CREAT)
			return -EINVAL;
		if ((*flags & O_ACCMODE) == O_RDONLY)
			return -EINVAL;
		return 0;
	}
	if ((*flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	return 0;
}

int path_open(int dirfd, const char *name, unsigned flags, uint32_t mode,
	      struct file **file)
{
	struct lookup l;
	struct path place;
	unsigned walk = flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	int error = check_flags(&flags);

	if (error)
		return error;
	if (flags & O_TMPFILE_ONLY)
		return open_nameless(dirfd, name, flags, mode, file);
	if (flags & O_CREAT) {
		error = lookup_start(&l, dirfd, name, 0);
		if (error)
			return error;
		error = open_creating(&l, flags, mode, file);
		lookup_end(&l);
		if (error == -ESTALE)
			error = open_again(dirfd, name, flags, file);
		return error;
	}
	if (flags & O_DIRECTORY)
		walk |= LOOKUP_DIRECTORY;
	error = path_lookup(dirfd, name, walk, &place);
	if (error == -ESTALE && !(flags & (O_PATH | O_DIRECTORY)))
		return open_again(dirfd, name, flags, file);
	if (error)
		return error;
	error = finish(&place, flags, false, file);
	path_put(&place);
	return error;
}

int path_open_place(int dirfd, const char *name, unsigned at_flags,
		    unsigned flags, struct file **file)
{
	struct path place;
	unsigned walk = at_flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	int error;

	if (at_flags & AT_EMPTY_PATH)
		walk |= LOOKUP_EMPTY;
	error = path_lookup(dirfd, name, walk, &place);
	if (error)
		return error;
	error = finish(&place, flags, false, file);
	path_put(&place);
	return error;
}

/* ---- the table for the floors below ----------------------------------------------- */

static int open_for_kernel(const char *path, unsigned flags, unsigned mode,
			   struct file **file)
{
	return path_open(AT_FDCWD, path, flags, mode, file);
}

static ssize_t path_of_file(struct file *file, char *buffer, size_t size)
{
	struct path place = { file->mount, file->dentry };

	if (!file->dentry || !file->mount)
		return -EINVAL;
	return path_print(&place, buffer, size);
}

static int stat_file(struct file *file, struct stat_result *stat)
{
	inode_stat(file->inode, stat);
	stat->mount_id = file->mount ? (uint64_t)file->mount->id : 0;
	return 0;
}

static void identify_inode(const struct inode *inode, uint64_t *number,
			   uint64_t *device)
{
	*number = inode->number;
	*device = inode->super->device;
}

void open_init(void)
{
	path_ops = (struct path_ops){
		.open = open_for_kernel,
		.path_of = path_of_file,
		.released = file_released,
		.stat = stat_file,
		.make_socket = path_make_socket,
		.find_socket = path_find_socket,
		.inode_put = inode_put,
		.inode_identity = identify_inode,
		.event = notify_file,
		.unwatch = notify_unwatch,
		.context_get = fs_context_get,
		.context_copy = fs_context_copy,
		.context_put = fs_context_put,
		.mounts_get = mounts_get,
		.mounts_put = mounts_put,
		.mounts_copy = mounts_copy,
	};
}
