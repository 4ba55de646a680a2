// SPDX-License-Identifier: MIT
/*
 * rename(2).
 *
 * Order of locks: one rename between directories at a time in a super block
 * (rename_mutex), then the ancestor of the two directories before the other
 * (by address when neither is), then the replaced inode and the moved one if it
 * is a directory that changes its parent. With rename_mutex held no directory
 * changes its place, so "is it below itself" stays true until the end.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/mm/slab.h"

static struct mutex rename_mutex;

struct renaming {
	struct lookup from, to;
	struct dentry *old, *new;
	unsigned flags;
};

void rename_init(void)
{
	mutex_init(&rename_mutex);
}

static void lock_directories(struct dentry *a, struct dentry *b)
{
	if (a == b) {
		rwmutex_write_lock(&a->inode->lock);
		return;
	}
	mutex_lock(&rename_mutex);
	if (dentry_is_ancestor(b, a) ||
	    (!dentry_is_ancestor(a, b) && a->inode > b->inode)) {
		struct dentry *swap = a;

		a = b;
		b = swap;
	}
	rwmutex_write_lock(&a->inode->lock);
	rwmutex_write_lock(&b->inode->lock);
}

static void unlock_directories(struct dentry *a, struct dentry *b)
{
	rwmutex_write_unlock(&a->inode->lock);
	if (a == b)
		return;
	rwmutex_write_unlock(&b->inode->lock);
	mutex_unlock(&rename_mutex);
}

static int find_both(struct renaming *r)
{
	int error = lookup_one_locked(r->from.at.dentry, r->from.last,
				      r->from.last_length, &r->old);

	if (error)
		return error;
	if (!r->old->inode) {
		dentry_put(r->old);
		return -ENOENT;
	}
	error = lookup_one_locked(r->to.at.dentry, r->to.last,
				  r->to.last_length, &r->new);
	if (error)
		dentry_put(r->old);
	return error;
}

/* What Linux asks before it asks the rights. */
static int check_names(const struct renaming *r)
{
	struct dentry *old = r->old, *new = r->new;

	if (r->flags & RENAME_NOREPLACE && new->inode)
		return -EEXIST;
	if (r->flags & RENAME_EXCHANGE && !new->inode)
		return -ENOENT;
	if (!is_directory(old->inode)) {
		if (r->from.trailing)
			return -ENOTDIR;
		if (!(r->flags & RENAME_EXCHANGE) && r->to.trailing)
			return -ENOTDIR;
	}
	if (r->flags & RENAME_EXCHANGE && r->to.trailing &&
	    !is_directory(new->inode))
		return -ENOTDIR;
	/* Into itself; or the target holds the source. */
	if (dentry_is_ancestor(old, r->to.at.dentry))
		return -EINVAL;
	if (dentry_is_ancestor(new, r->from.at.dentry))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int check_rights(struct renaming *r)
{
	bool directory = is_directory(r->old->inode);
	int error = may_delete(&r->from.at, r->old, directory);

	if (error)
		return error;
	if (!r->new->inode)
		error = may_create(&r->to.at);
	else if (r->flags & RENAME_EXCHANGE)
		error = may_delete(&r->to.at, r->new,
				   is_directory(r->new->inode));
	else
		error = may_delete(&r->to.at, r->new, directory);
	if (error)
		return error;
	/* ".." inside it changes: the right to write it is needed. */
	if (r->from.at.dentry != r->to.at.dentry && directory)
		error = inode_permission(r->old->inode, MAY_WRITE);
	if (error)
		return error;
	if (atomic_load(&r->old->inode->mounts) ||
	    (r->new->inode &&atomic_load(&r->new->inode->mounts)))
		return -EBUSY;
	return 0;
}

/* Both names are told, with one cookie, and what was moved or replaced. */
static void tell(const struct lookup *from, const struct lookup *to,
		 struct inode *moved, struct inode *replaced)
{
	uint32_t cookie = notify_cookie();

	notify_move(from->at.dentry->inode, IN_MOVED_FROM, cookie, moved,
		    from->last, from->last_length);
	notify_move(to->at.dentry->inode, IN_MOVED_TO, cookie, moved, to->last,
		    to->last_length);
	if (replaced)
		notify_inode(replaced, IN_ATTRIB);
	notify_inode(moved, IN_MOVE_SELF);
}

/* The names in the cache follow what was done on disk. */
static void move_names(struct renaming *r, char *copy)
{
	if (r->flags & RENAME_EXCHANGE) {
		dentry_swap(r->old, r->new);
		return;
	}
	if (r->new->inode) {
		if (is_directory(r->new->inode)) {
			r->new->inode->state |= INODE_DEAD;
			dentry_prune_children(r->new);
		}
		dentry_delete(r->new);
	}
	if (!r->new->unhashed)
		dentry_drop(r->new);
	dentry_move(r->old, r->to.at.dentry, r->to.last, r->to.last_length,
		    copy);
}

static int perform(struct renaming *r)
{
	struct inode *from = r->from.at.dentry->inode;
	struct inode *to = r->to.at.dentry->inode;
	struct inode *moved = r->old->inode, *replaced = r->new->inode;
	bool lock_moved = from != to && is_directory(moved);
	char *copy = NULL;
	int error;

	if (!from->ops->rename)
		return -EPERM;
	if (r->to.last_length >= sizeof r->old->short_name) {
		copy = kmalloc(r->to.last_length + 1);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, r->to.last, r->to.last_length);
		copy[r->to.last_length] = 0;
	}
	if (replaced)
		rwmutex_write_lock(&replaced->lock);
	if (lock_moved)
		rwmutex_write_lock(&moved->lock);
	error = from->ops->rename(from, r->from.last, r->from.last_length,
				  moved, to, r->to.last, r->to.last_length,
				  replaced, r->flags & RENAME_EXCHANGE);
	if (lock_moved)
		rwmutex_write_unlock(&moved->lock);
	if (replaced)
		rwmutex_write_unlock(&replaced->lock);
	if (error || r->flags & RENAME_EXCHANGE)
		kfree(copy);
	if (error)
		return error;
	/* What is replaced goes when its watchers know of the move. */
	if (replaced)
		dentry_get(r->new);
	move_names(r, copy);
	if (r->flags & RENAME_EXCHANGE) {
		tell(&r->from, &r->to, moved, NULL);
		tell(&r->to, &r->from, replaced, NULL);
	} else {
		tell(&r->from, &r->to, moved, replaced);
	}
	if (replaced)
		dentry_put(r->new);
	return 0;
}

static int rename_locked(struct renaming *r)
{
	int error = find_both(r);

	if (error)
		return error;
	error = check_names(r);
	/* Two names of one file: nothing is to be done. */
	if (!error && r->old->inode == r->new->inode)
		goto out;
	if (!error)
		error = check_rights(r);
	if (!error)
		error = perform(r);
out:
	dentry_put(r->old);
	dentry_put(r->new);
	return error;
}

static int check_places(const struct renaming *r)
{
	int error;

	if (r->from.at.mount != r->to.at.mount)
		return -EXDEV;
	if (r->from.kind != LAST_NAME)
		return -EBUSY;
	if (r->to.kind != LAST_NAME)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	error = mount_want_write(&r->from.at);
	return error;
}

int path_rename(int from_fd, const char *from, int to_fd, const char *to,
		unsigned flags)
{
	struct renaming r = { .flags = flags };
	int error;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE &&
	    flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_WHITEOUT)
		return -EINVAL; /* as a file system without whiteouts says */
	error = lookup_start(&r.from, from_fd, from, 0);
	if (error)
		return error;
	error = lookup_parent(&r.from);
	if (!error)
		error = lookup_start(&r.to, to_fd, to, 0);
	if (error) {
		lookup_end(&r.from);
		return error;
	}
	error = lookup_parent(&r.to);
	if (!error)
		error = check_places(&r);
	if (!error) {
		lock_directories(r.from.at.dentry, r.to.at.dentry);
		error = rename_locked(&r);
		unlock_directories(r.from.at.dentry, r.to.at.dentry);
	}
	lookup_end(&r.to);
	lookup_end(&r.from);
	return error;
}
