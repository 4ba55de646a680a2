// SPDX-License-Identifier: MIT
/*
 * The resolver: from a name to a place, by path_resolution(7). Every *at call
 * comes through here.
 *
 * The walk is a loop, never a recursion: a symbolic link's target is put before
 * what is left of the name (at most 40 times). The last component is left to
 * the caller (lookup_parent), who knows whether it must exist, may be made, or
 * is to be followed.
 */
#include "fs/vfs/internal.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"

/* ---- one name in one directory ------------------------------------------- */

/* Asks the file system; the directory is locked, at least for reading. */
static int ask(struct dentry *parent, const char *name, size_t length,
	       struct dentry **dentry)
{
	struct inode *directory = parent->inode, *found = NULL;
	bool cached = !directory->ops->volatile_names &&
		      !(directory->state & INODE_DEAD);
	int error = directory->ops->lookup(directory, name, length, &found);

	if (error && error != -ENOENT)
		return error;
	return dentry_add(parent, name, length, error ? NULL : found, cached,
			  dentry);
}

int lookup_one(struct dentry *parent, const char *name, size_t length,
	       struct dentry **dentry)
{
	struct inode *directory = parent->inode;
	int error;

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	*dentry = dentry_find(parent, name, length,
			      dentry_hash_name(name, length));
	if (*dentry)
		return 0;
	if (!directory->ops->lookup)
		return -ENOTDIR;
	rwmutex_read_lock(&directory->lock);
	error = ask(parent, name, length, dentry);
	rwmutex_read_unlock(&directory->lock);
	return error;
}

int lookup_one_locked(struct dentry *parent, const char *name, size_t length,
		      struct dentry **dentry)
{
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	*dentry = dentry_find(parent, name, length,
			      dentry_hash_name(name, length));
	if (*dentry)
		return 0;
	if (!parent->inode->ops->lookup)
		return -ENOTDIR;
	return ask(parent, name, length, dentry);
}

/* ---- the walk ------------------------------------------------------------- */

static void kernel_root(struct path *path)
{
	path->mount = initial_mounts->root;
	path->dentry = path->mount->root;
	path_get(path);
}

static int start_at_fd(struct lookup *l, int dirfd)
{
	struct file *file = fd_get_any(dirfd);

	if (!file)
		return -EBADF;
	if (!file->dentry) {
		file_put(file);
		return -ENOTDIR;
	}
	l->at.mount = file->mount;
	l->at.dentry = file->dentry;
	path_get(&l->at);
	file_put(file);
	if (*l->rest && !is_directory(l->at.dentry->inode)) {
		path_put(&l->at);
		return -ENOTDIR;
	}
	return 0;
}

int lookup_start(struct lookup *l, int dirfd, const char *name, unsigned flags)
{
	struct fs_context *fs = current_thread()->fs;
	int error = 0;

	*l = (struct lookup){ .flags = flags, .rest = name };
	if (!*name && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	if (flags & LOOKUP_KERNEL || !fs) {
		kernel_root(&l->root);
		kernel_root(&l->at);
		return 0;
	}
	fs_context_root(fs, &l->root);
	if (*name == '/') {
		l->at = l->root;
		path_get(&l->at);
	} else if (dirfd == AT_FDCWD) {
		fs_context_cwd(fs, &l->at);
	} else {
		error = start_at_fd(l, dirfd);
		if (error)
			path_put(&l->root);
	}
	return error;
}

void lookup_end(struct lookup *l)
{
	path_put(&l->at);
	path_put(&l->root);
	kfree(l->buffer);
	l->buffer = NULL;
}

static int may_search(struct lookup *l)
{
	struct inode *inode = l->at.dentry->inode;

	if (!is_directory(inode))
		return -ENOTDIR;
	return l->flags & LOOKUP_KERNEL ? 0 : inode_permission(inode, MAY_EXEC);
}

static void go_up(struct lookup *l, struct path *path)
{
	struct dentry *parent;

	*path = l->at;
	path_get(path);
	for (;;) {
		if (path->dentry == l->root.dentry &&
		    path->mount == l->root.mount)
			return;
		if (path->dentry != path->mount->root)
			break;
		if (!mount_up(path))
			return;
	}
	spin_lock(&dentry_tree_lock);
	parent = dentry_get(path->dentry->parent);
	spin_unlock(&dentry_tree_lock);
	dentry_put(path->dentry);
	path->dentry = parent;
	mount_cross(path);
}

static int step(struct lookup *l, const char *name, size_t length,
		struct path *child)
{
	int error;

	if (name[0] == '.' && length == 1) {
		*child = l->at;
		path_get(child);
		return 0;
	}
	if (name[0] == '.' && name[1] == '.' && length == 2) {
		go_up(l, child);
		return 0;
	}
	error = lookup_one(l->at.dentry, name, length, &child->dentry);
	if (error)
		return error;
	child->mount = mount_get(l->at.mount);
	mount_cross(child);
	return 0;
}

static enum last_kind kind_of(const char *name, size_t length)
{
	if (name[0] != '.')
		return LAST_NAME;
	if (length == 1)
		return LAST_DOT;
	return length == 2 && name[1] == '.' ? LAST_DOTDOT : LAST_NAME;
}

/* One component that is not the last; `next` is what follows it. */
static int descend(struct lookup *l, const char *name, size_t length,
		   const char *next)
{
	struct path child;
	bool done;
	int error = step(l, name, length, &child);

	if (error)
		return error;
	l->rest = next;
	if (!child.dentry->inode) {
		error = -ENOENT;
	} else if (is_symlink(child.dentry->inode)) {
		error = lookup_follow(l, &child, &done);
	} else {
		path_put(&l->at);
		l->at = child;
		return 0;
	}
	path_put(&child);
	return error;
}

int lookup_parent(struct lookup *l)
{
	const char *name, *end, *next;
	int error;

	for (;;) {
		for (name = l->rest; *name == '/'; name++)
			;
		for (end = name; *end && *end != '/'; end++)
			;
		for (next = end; *next == '/'; next++)
			;
		l->last = name;
		l->last_length = (size_t)(end - name);
		l->trailing = next != end;
		if (!l->last_length) {
			l->trailing = name != l->rest;
			l->kind = LAST_ROOT;
			return 0;
		}
		error = may_search(l);
		if (error)
			return error;
		if (!*next) {
			l->kind = kind_of(name, l->last_length);
			return 0;
		}
		error = descend(l, name, l->last_length, next);
		if (error)
			return error;
	}
}

int lookup_last(struct lookup *l, struct path *child)
{
	if (l->kind == LAST_ROOT) {
		*child = l->at;
		path_get(child);
		return 0;
	}
	return step(l, l->last, l->last_length, child);
}

/* Puts the link's target before the rest. */
static int splice_target(struct lookup *l, struct inode *inode)
{
	size_t rest = strlen(l->rest);
	char *buffer = kmalloc(PATH_MAX + rest + 2);
	ssize_t length;

	if (!buffer)
		return -ENOMEM;
	length = inode->ops->readlink ?
			 inode->ops->readlink(inode, buffer, PATH_MAX) :
			 -EINVAL;
	if (length <= 0) {
		kfree(buffer);
		return length ? (int)length : -ENOENT;
	}
	if (rest) {
		/* "a/" + "b", and "a" + "/" for a trailing slash. */
		if (*l->rest != '/')
			buffer[length++] = '/';
		memcpy(buffer + length, l->rest, rest);
		length += (ssize_t)rest;
	}
	buffer[length] = 0;
	kfree(l->buffer);
	l->buffer = buffer;
	l->rest = buffer;
	return 0;
}

int lookup_follow(struct lookup *l, const struct path *link, bool *done)
{
	struct inode *inode = link->dentry->inode;
	struct path place;
	int error;

	*done = false;
	if (++l->links > LINKS_MAX || link->mount->flags & MS_NOSYMFOLLOW)
		return -ELOOP;
	if (inode->ops->follow) {
		error = inode->ops->follow(inode, &place);
		if (error)
			return error;
		path_put(&l->at);
		l->at = place;
		*done = true;
		return 0;
	}
	error = splice_target(l, inode);
	if (error)
		return error;
	if (*l->rest == '/') {
		path_put(&l->at);
		l->at = l->root;
		path_get(&l->at);
	}
	return 0;
}

/* ---- what others call ------------------------------------------------------ */

static int find_last(struct lookup *l, struct path *path)
{
	struct inode *inode;
	bool done = false;
	int error;

	for (;;) {
		error = lookup_parent(l);
		if (error)
			return error;
		error = lookup_last(l, path);
		if (error)
			return error;
		inode = path->dentry->inode;
		if (!inode || !is_symlink(inode) ||
		    !(l->flags & LOOKUP_FOLLOW || l->trailing))
			break;
		l->rest = l->trailing ? "/" : "";
		error = lookup_follow(l, path, &done);
		path_put(path);
		if (error)
			return error;
		if (done) {
			*path = l->at;
			path_get(path);
			break;
		}
	}
	inode = path->dentry->inode;
	if (!inode)
		error = -ENOENT;
	else if ((l->flags & LOOKUP_DIRECTORY ||
		  (l->trailing && l->kind != LAST_ROOT)) &&
		 !is_directory(inode))
		error = -ENOTDIR;
	if (error)
		path_put(path);
	return error;
}

int path_lookup(int dirfd, const char *name, unsigned flags, struct path *path)
{
	struct lookup l;
	int error = lookup_start(&l, dirfd, name, flags);

	if (error)
		return error;
	error = find_last(&l, path);
	lookup_end(&l);
	return error;
}

int path_lookup_parent(int dirfd, const char *name, unsigned flags,
		       struct path *parent, const char **last, size_t *length,
		       bool *trailing)
{
	struct lookup l;
	int error = lookup_start(&l, dirfd, name, flags);

	if (error)
		return error;
	error = lookup_parent(&l);
	if (!error) {
		*parent = l.at;
		path_get(parent);
		/* After links, `last` is in a buffer that ends as `name` does. */
		*last = name + strlen(name) - strlen(l.last);
		*length = l.last_length;
		*trailing = l.trailing;
	}
	lookup_end(&l);
	return error;
}

int path_name_from_user(uaddr_t name, bool allow_empty, char **copy)
{
	char *buffer = kmalloc(PATH_MAX);
	ssize_t length;

	if (!buffer)
		return -ENOMEM;
	length = copy_string_from_user(buffer, name, PATH_MAX);
	if (length > 0 || (!length && allow_empty)) {
		*copy = buffer;
		return 0;
	}
	kfree(buffer);
	return length ? (int)length : -ENOENT;
}
