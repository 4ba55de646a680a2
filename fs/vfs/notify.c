// SPDX-License-Identifier: MIT
/*
 * See notify.h. A watch holds its inode, not a name: a watched file that moves
 * stays watched. It ends when its descriptor is closed, when the program says so,
 * after its event (IN_ONESHOT), when the inode's last name and last user are
 * gone, and when the file system is unmounted.
 *
 * watch_lock guards which watches an inode has. Watches that end while it is
 * held are collected and let go of after it, since that may sleep. Outside it
 * may be dentry_tree_lock, inside it the lock of a descriptor's queue.
 */
#include "fs/vfs/notify.h"

#include "fs/vfs/internal.h"
#include "kernel/mm/page.h"

/* Of a file in a watched directory, told with its name. */
#define CHILD_EVENTS                                          \
	(IN_ACCESS | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | \
	 IN_CLOSE_NOWRITE | IN_OPEN)
/* These may come by an unlinked file, which IN_EXCL_UNLINK leaves out. */
#define FILE_EVENTS (CHILD_EVENTS & ~IN_ATTRIB)
#define WATCH_COST 1024 /* bytes: the watch, and the inode that it holds */

struct notice {
	uint32_t mask, cookie;
	const char *name; /* or NULL */
	size_t length;
	bool unlinked;
	struct list ended; /* watches, by on_inode */
};

void notify_init(void)
{
	struct memory_counts counts;

	memory_counts(&counts);
	inotify_limits.user_watches =
		(int32_t)CLAMP(counts.total * (PAGE_SIZE / 100) / WATCH_COST,
			       (uint64_t)8192, (uint64_t)1 << 20);
}

/* ---- watches of an inode: watch_lock is held ---- */

static void recalculate(struct inode *inode)
{
	struct watch *watch;
	uint32_t mask = 0;

	LIST_FOR_EACH(watch, &inode->watches, on_inode)
		mask |= watch->mask;
	WRITE_ONCE(inode->watch_mask, mask);
}

void notify_unwatch(struct watch *watch)
{
	list_remove(&watch->on_inode);
	list_remove(&watch->on_super);
	recalculate(watch->inode);
}

static void end(struct watch *watch, struct list *ended)
{
	watch_leave(watch);
	notify_unwatch(watch);
	list_push_back(ended, &watch->on_inode);
}

static void tell(struct inode *inode, struct notice *notice)
{
	struct watch *watch;

	LIST_FOR_EACH_SAFE(watch, &inode->watches, on_inode) {
		if (!(watch->mask & notice->mask &
		      (IN_ALL_EVENTS | IN_UNMOUNT)))
			continue;
		if (notice->unlinked && watch->mask & IN_EXCL_UNLINK)
			continue;
		watch_tell(watch, notice->mask, notice->cookie, notice->name,
			   notice->length);
		if (watch->mask & IN_ONESHOT)
			end(watch, &notice->ended);
	}
}

/* Without the lock. */
static void let_go(struct list *ended)
{
	struct watch *watch;

	while ((watch = LIST_POP(ended, struct watch, on_inode))) {
		inode_put(watch->inode);
		watch_free(watch);
	}
}

static struct watch *find(struct inode *inode, const struct inotify *owner)
{
	struct watch *watch;

	LIST_FOR_EACH(watch, &inode->watches, on_inode)
		if (watch->owner == owner)
			return watch;
	return NULL;
}

/* ---- telling ---- */

static uint32_t with_kind(uint32_t mask, const struct inode *inode)
{
	return inode && is_directory(inode) ? mask | IN_ISDIR : mask;
}

static void tell_one(struct inode *inode, uint32_t mask, uint32_t cookie,
		     const char *name, size_t length)
{
	struct notice notice = {
		.mask = mask, .cookie = cookie, .name = name, .length = length
	};

	list_init(&notice.ended);
	spin_lock(&watch_lock);
	tell(inode, &notice);
	spin_unlock(&watch_lock);
	let_go(&notice.ended);
}

void notify_inode(struct inode *inode, uint32_t mask)
{
	if (READ_ONCE(inode->watch_mask) & mask)
		tell_one(inode,
			 mask & IN_MOVE_SELF ? mask : with_kind(mask, inode), 0,
			 NULL, 0);
}

void notify_move(struct inode *directory, uint32_t mask, uint32_t cookie,
		 const struct inode *of, const char *name, size_t length)
{
	if (READ_ONCE(directory->watch_mask) & mask)
		tell_one(directory, with_kind(mask, of), cookie, name, length);
}

void notify_name(struct inode *directory, uint32_t mask, const struct inode *of,
		 const char *name, size_t length)
{
	notify_move(directory, mask, 0, of, name, length);
}

uint32_t notify_cookie(void)
{
	static uint32_t last;

	return atomic_fetch_add(&last, 1) + 1;
}

/* By name to the directory's watchers, if it (still) has any; its dentry stays
 * its parent, and keeps its name, under dentry_tree_lock. */
static void tell_parent(struct dentry *dentry, struct notice *notice)
{
	struct inode *parent = dentry->parent->inode;

	if (dentry->parent == dentry || !parent->watch_mask) {
		dentry->parent_watched = false;
		return;
	}
	notice->name = dentry->name;
	notice->length = dentry->length;
	tell(parent, notice);
	notice->name = NULL;
	notice->length = 0;
}

static void tell_locked(struct dentry *dentry, struct notice *notice,
			bool by_name)
{
	spin_lock(&watch_lock);
	if (by_name)
		tell_parent(dentry, notice);
	tell(dentry->inode, notice);
	spin_unlock(&watch_lock);
}

/* The directory hears of it first. */
static void tell_both(struct dentry *dentry, uint32_t mask)
{
	struct notice notice = { .mask = with_kind(mask, dentry->inode) };

	list_init(&notice.ended);
	notice.unlinked = dentry->deleted && mask & FILE_EVENTS;
	if (READ_ONCE(dentry->parent_watched)) {
		spin_lock(&dentry_tree_lock);
		tell_locked(dentry, &notice, true);
		spin_unlock(&dentry_tree_lock);
	} else {
		tell_locked(dentry, &notice, false);
	}
	let_go(&notice.ended);
}

void notify_place(struct dentry *dentry, uint32_t mask)
{
	if (READ_ONCE(dentry->inode->watch_mask) & mask ||
	    READ_ONCE(dentry->parent_watched))
		tell_both(dentry, mask);
}

void notify_file(struct file *file, uint32_t mask)
{
	if (!(file->mode & FILE_PATH))
		notify_place(file->dentry, mask);
}

/* Both times: somebody set them. One of them: as if by reading or writing. */
void notify_change(struct dentry *dentry, unsigned attributes)
{
	uint32_t mask = 0;

	if (attributes & (ATTR_UID | ATTR_GID | ATTR_MODE))
		mask |= IN_ATTRIB;
	if (attributes & ATTR_SIZE)
		mask |= IN_MODIFY;
	if (attributes & ATTR_ATIME && attributes & ATTR_MTIME)
		mask |= IN_ATTRIB;
	else if (attributes & ATTR_ATIME)
		mask |= IN_ACCESS;
	else if (attributes & ATTR_MTIME)
		mask |= IN_MODIFY;
	if (mask)
		notify_place(dentry, mask);
}

/* ---- the end of an inode ---- */

static void end_all(struct inode *inode, struct notice *notice)
{
	struct watch *watch;

	tell(inode, notice);
	LIST_FOR_EACH_SAFE(watch, &inode->watches, on_inode)
		end(watch, &notice->ended);
}

void notify_removed(struct inode *inode)
{
	struct notice notice = { .mask = IN_DELETE_SELF };

	list_init(&notice.ended);
	spin_lock(&watch_lock);
	end_all(inode, &notice);
	spin_unlock(&watch_lock);
	let_go(&notice.ended);
}

void notify_unmount(struct super_block *super)
{
	struct notice notice = { 0 };
	struct watch *watch;

	list_init(&notice.ended);
	spin_lock(&watch_lock);
	while ((watch = LIST_FIRST(&super->watches, struct watch, on_super))) {
		notice.mask = with_kind(IN_UNMOUNT, watch->inode);
		end_all(watch->inode, &notice);
	}
	spin_unlock(&watch_lock);
	let_go(&notice.ended);
}

/* ---- adding ---- */

/* From now on they tell their parent's watchers. */
static void mark_children(struct dentry *directory)
{
	struct dentry *child;

	spin_lock(&dentry_tree_lock);
	LIST_FOR_EACH(child, &directory->children, sibling)
		child->parent_watched = true;
	spin_unlock(&dentry_tree_lock);
}

static uint32_t kept(uint32_t mask)
{
	return mask & (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK);
}

static int change(struct watch *watch, uint32_t mask)
{
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	if (mask & IN_MASK_ADD)
		watch->mask |= kept(mask);
	else
		watch->mask = IN_UNMOUNT | kept(mask);
	recalculate(watch->inode);
	return watch->wd;
}

static int add(struct watch *watch, struct inode *inode, uint32_t mask)
{
	watch_join(watch);
	watch->inode = inode;
	inode_ref(inode);
	watch->mask = IN_UNMOUNT | kept(mask);
	list_push_back(&inode->watches, &watch->on_inode);
	list_push_front(&inode->super->watches, &watch->on_super);
	recalculate(inode);
	return watch->wd;
}

int notify_watch(struct inotify *owner, const struct path *path, uint32_t mask)
{
	struct inode *inode = path->dentry->inode;
	struct watch *watch, *fresh = NULL;
	int result;

	spin_lock(&watch_lock);
	watch = find(inode, owner);
	if (!watch) {
		spin_unlock(&watch_lock);
		result = watch_create(owner, &fresh);
		if (result)
			return result;
		spin_lock(&watch_lock);
		watch = find(inode, owner); /* another thread's, meanwhile */
	}
	result = watch ? change(watch, mask) : add(fresh, inode, mask);
	spin_unlock(&watch_lock);
	if (fresh && watch)
		watch_free(fresh);
	if (is_directory(inode))
		mark_children(path->dentry);
	return result;
}

int notify_unwatch_number(struct inotify *owner, int wd)
{
	struct list ended = LIST_INIT(ended);
	struct watch *watch;

	spin_lock(&watch_lock);
	watch = watch_find(owner, wd);
	if (watch)
		end(watch, &ended);
	spin_unlock(&watch_lock);
	let_go(&ended);
	return watch ? 0 : -EINVAL;
}
