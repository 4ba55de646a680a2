// SPDX-License-Identifier: MIT
/*
 * Making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. Each
 * locks the directory for writing, looks the name up again under the lock, asks
 * the rights, and only then calls the file system.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/mm/slab.h"

/* A name about to be made: its directory is locked. */
struct making {
	struct lookup l;
	struct inode *directory;
	struct dentry *dentry; /* negative */
};

static uint32_t apply_umask(uint32_t mode)
{
	struct fs_context *fs = current_thread()->fs;

	return mode & 07777 & ~(fs ? fs->umask : 0);
}

static void making_end(struct making *m)
{
	rwmutex_write_unlock(&m->directory->lock);
	dentry_put(m->dentry);
	lookup_end(&m->l);
}

static int making_check(struct making *m, bool directory)
{
	if (m->dentry->inode)
		return -EEXIST;
	if (m->l.trailing && !directory)
		return -ENOENT;
	return may_create(&m->l.at);
}

/* `directory`: a slash after the name is fine. */
static int making_start(struct making *m, int dirfd, const char *name,
			bool directory)
{
	int error = lookup_start(&m->l, dirfd, name, 0);

	if (error)
		return error;
	error = lookup_parent(&m->l);
	if (!error && m->l.kind != LAST_NAME)
		error = -EEXIST;
	if (error) {
		lookup_end(&m->l);
		return error;
	}
	m->directory = m->l.at.dentry->inode;
	rwmutex_write_lock(&m->directory->lock);
	error = lookup_one_locked(m->l.at.dentry, m->l.last, m->l.last_length,
				  &m->dentry);
	if (error) {
		rwmutex_write_unlock(&m->directory->lock);
		lookup_end(&m->l);
		return error;
	}
	error = making_check(m, directory);
	if (error)
		making_end(m);
	return error;
}

/* The name now stands for `made`. */
static void making_done(struct making *m, struct inode *made)
{
	if (m->dentry->unhashed)
		inode_put(made); /* volatile names: looked up anew each time */
	else
		dentry_fill(m->dentry, made);
	notify_name(m->directory, IN_CREATE, m->dentry->inode, m->l.last,
		    m->l.last_length);
}

static int check_kind(uint32_t mode, uint64_t rdevice)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFCHR:
		if (rdevice == 0)
			return 0; /* a whiteout */
		FALLTHROUGH;
	case S_IFBLK:
		return vfs_capable(CAP_MKNOD) ? 0 : -EPERM;
	default:
		return -EINVAL;
	}
}

static int make(int dirfd, const char *name, uint32_t mode, uint64_t rdevice,
		struct inode **result)
{
	struct making m;
	struct inode *made;
	bool directory = (mode & S_IFMT) == S_IFDIR;
	int error = making_start(&m, dirfd, name, directory);

	if (error)
		return error;
	error = check_kind(mode, rdevice);
	if (!error)
		error = m.directory->ops->create ?
				m.directory->ops->create(m.directory, m.l.last,
							 m.l.last_length, mode,
							 rdevice, &made) :
				-EPERM;
	if (!error) {
		if (result) {
			inode_ref(made);
			*result = made;
		}
		making_done(&m, made);
	}
	making_end(&m);
	return error;
}

int path_make(int dirfd, const char *name, uint32_t mode, uint64_t rdevice)
{
	mode = (mode & S_IFMT) | apply_umask(mode);
	if ((mode & S_IFMT) == S_IFDIR)
		mode &= S_IFMT | S_ISVTX | 0777;
	return make(dirfd, name, mode, rdevice, NULL);
}

int path_make_socket(const char *name, uint32_t mode, struct inode **inode)
{
	int error =
		make(AT_FDCWD, name, S_IFSOCK | apply_umask(mode), 0, inode);

	return error == -EEXIST ? -EADDRINUSE : error;
}

int path_find_socket(const char *name, struct inode **inode)
{
	struct path path;
	int error = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	error = inode_permission(path.dentry->inode, MAY_WRITE);
	if (!error && (path.dentry->inode->mode & S_IFMT) != S_IFSOCK)
		error = -ECONNREFUSED;
	if (!error) {
		*inode = path.dentry->inode;
		inode_ref(*inode);
	}
	path_put(&path);
	return error;
}

int path_symlink(const char *target, int dirfd, const char *name)
{
	struct making m;
	struct inode *made;
	int error;

	if (!*target)
		return -ENOENT;
	error = making_start(&m, dirfd, name, false);
	if (error)
		return error;
	error = m.directory->ops->symlink ?
			m.directory->ops->symlink(m.directory, m.l.last,
						  m.l.last_length, target,
						  &made) :
			-EPERM;
	if (!error)
		making_done(&m, made);
	making_end(&m);
	return error;
}

/* ---- link ------------------------------------------------------------------ */

static int link_into(struct making *m, const struct path *from)
{
	struct inode *target = from->dentry->inode;
	int error;

	if (from->mount != m->l.at.mount)
		return -EXDEV;
	if (is_directory(target) || !m->directory->ops->link)
		return -EPERM;
	rwmutex_write_lock(&target->lock);
	/* A removed file has no name to come back to, unless O_TMPFILE. */
	if (!target->links && !string_equal(from->dentry->name, "#tmpfile"))
		error = -ENOENT;
	else
		error = m->directory->ops->link(m->directory, m->l.last,
						m->l.last_length, target);
	rwmutex_write_unlock(&target->lock);
	if (!error) {
		inode_ref(target);
		notify_inode(target, IN_ATTRIB);
		making_done(m, target);
	}
	return error;
}

int path_link(int from_fd, const char *from, int to_fd, const char *to,
	      unsigned at_flags)
{
	struct making m;
	struct path source;
	unsigned walk = at_flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	int error;

	if (at_flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (at_flags & AT_EMPTY_PATH) {
		if (!vfs_capable(CAP_DAC_READ_SEARCH) && !*from)
			return -ENOENT;
		walk |= LOOKUP_EMPTY;
	}
	error = path_lookup(from_fd, from, walk, &source);
	if (error)
		return error;
	error = making_start(&m, to_fd, to, false);
	if (!error) {
		error = link_into(&m, &source);
		making_end(&m);
	}
	path_put(&source);
	return error;
}

/* ---- unlink and rmdir ------------------------------------------------------- */

static int remove_file(struct lookup *l, struct inode *directory,
		       struct dentry *victim)
{
	struct inode *inode = victim->inode;
	int error = may_delete(&l->at, victim, false);

	if (error)
		return error;
	if (l->trailing)
		return -ENOTDIR;
	if (atomic_load(&inode->mounts))
		return -EBUSY;
	if (!directory->ops->unlink)
		return -EPERM;
	rwmutex_write_lock(&inode->lock);
	error = directory->ops->unlink(directory, l->last, l->last_length,
				       inode);
	rwmutex_write_unlock(&inode->lock);
	if (!error) {
		notify_inode(inode, IN_ATTRIB);
		dentry_delete(victim);
		notify_name(directory, IN_DELETE, inode, l->last,
			    l->last_length);
	}
	return error;
}

static int remove_directory(struct lookup *l, struct inode *directory,
			    struct dentry *victim)
{
	struct inode *inode = victim->inode;
	int error = may_delete(&l->at, victim, true);

	if (error)
		return error;
	if (atomic_load(&inode->mounts))
		return -EBUSY;
	if (!directory->ops->rmdir)
		return -EPERM;
	rwmutex_write_lock(&inode->lock);
	error = directory->ops->rmdir(directory, l->last, l->last_length,
				      inode);
	if (!error)
		inode->state |= INODE_DEAD;
	rwmutex_write_unlock(&inode->lock);
	if (!error) {
		dentry_prune_children(victim);
		dentry_delete(victim);
		notify_name(directory, IN_DELETE, inode, l->last,
			    l->last_length);
	}
	return error;
}

static int remove_name(int dirfd, const char *name,
		       int (*remove)(struct lookup *l, struct inode *directory,
				     struct dentry *victim),
		       const int *special)
{
	struct lookup l;
	struct dentry *victim;
	struct inode *directory, *inode;
	int error = lookup_start(&l, dirfd, name, 0);

	if (error)
		return error;
	error = lookup_parent(&l);
	if (!error && l.kind != LAST_NAME)
		error = special[l.kind];
	if (error)
		goto out;
	error = mount_want_write(&l.at);
	directory = l.at.dentry->inode;
	rwmutex_write_lock(&directory->lock);
	if (!error)
		error = lookup_one_locked(l.at.dentry, l.last, l.last_length,
					  &victim);
	if (!error) {
		/* Held until the directory is unlocked: freeing may be long. */
		inode = victim->inode;
		if (inode)
			inode_ref(inode);
		error = inode ? remove(&l, directory, victim) : -ENOENT;
		rwmutex_write_unlock(&directory->lock);
		dentry_put(victim);
		inode_put(inode);
	} else {
		rwmutex_write_unlock(&directory->lock);
	}
out:
	lookup_end(&l);
	return error;
}

int path_unlink(int dirfd, const char *name)
{
	static const int special[] = {
		[LAST_DOT] = -EISDIR, [LAST_DOTDOT] = -EISDIR, [LAST_ROOT] = -EISDIR
	};

	return remove_name(dirfd, name, remove_file, special);
}

int path_rmdir(int dirfd, const char *name)
{
	static const int special[] = {
		[LAST_DOT] = -EINVAL, [LAST_DOTDOT] = -ENOTEMPTY, [LAST_ROOT] = -EBUSY
	};

	return remove_name(dirfd, name, remove_directory, special);
}

ssize_t path_readlink(const struct path *path, char *buffer, size_t size)
{
	struct inode *inode = path->dentry->inode;
	char *whole;
	ssize_t length;

	if (!is_symlink(inode) || !inode->ops->readlink)
		return -EINVAL;
	whole = kmalloc(PATH_MAX);
	if (!whole)
		return -ENOMEM;
	length = inode->ops->readlink(inode, whole, PATH_MAX);
	if (length > 0) {
		length = MIN(length, (ssize_t)size);
		memcpy(buffer, whole, (size_t)length);
	}
	kfree(whole);
	return length;
}
