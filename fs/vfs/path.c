// SPDX-License-Identifier: MIT
/*
 * Places and contexts: references to (mount, dentry) pairs, their printed form,
 * and struct fs_context, which says where "/" and "." are for a process.
 */
#include "fs/vfs/internal.h"

#include "kernel/mm/slab.h"

void path_get(const struct path *path)
{
	mount_get(path->mount);
	dentry_get(path->dentry);
}

void path_put(struct path *path)
{
	dentry_put(path->dentry);
	mount_put(path->mount);
	path->dentry = NULL;
	path->mount = NULL;
}

/* ---- printing ---------------------------------------------------------- */

/* Text that grows to the left. */
struct tail {
	char *start, *at;
	bool full;
};

static void prepend(struct tail *tail, const char *text, size_t length)
{
	if ((size_t)(tail->at - tail->start) < length) {
		tail->full = true;
		return;
	}
	tail->at -= length;
	memcpy(tail->at, text, length);
}

/* True when `root` was met; false at the top of everything. */
static bool print_upwards(struct tail *tail, const struct path *root,
			  const struct path *path)
{
	struct mount *mount = path->mount;
	struct dentry *dentry = path->dentry;

	for (;;) {
		if (dentry == root->dentry && mount == root->mount)
			return true;
		if (dentry == mount->root) {
			if (!mount->parent)
				return false;
			dentry = mount->mountpoint;
			mount = mount->parent;
			continue;
		}
		prepend(tail, dentry->name, dentry->length);
		if (dentry->name[0] != '/')
			prepend(tail, "/", 1);
		if (dentry->parent == dentry)
			return true; /* nameless: memfd and the like */
		dentry = dentry->parent;
	}
}

ssize_t path_print_below(const struct path *root, const struct path *path,
			 char *buffer, size_t size, bool *deleted)
{
	struct tail tail = { buffer, buffer + size, false };
	size_t length;
	bool reached;

	if (!size)
		return -ERANGE;
	prepend(&tail, "", 1);
	spin_lock(&mount_lock);
	spin_lock(&dentry_tree_lock);
	if (path->dentry->deleted)
		prepend(&tail, " (deleted)", 10);
	if (deleted)
		*deleted = path->dentry->deleted;
	reached = print_upwards(&tail, root, path);
	spin_unlock(&dentry_tree_lock);
	spin_unlock(&mount_lock);
	length = (size_t)(buffer + size - tail.at);
	if (length == 1 || (tail.at[0] != '/' && length <= 11))
		prepend(&tail, "/", 1);
	if (!reached)
		prepend(&tail, "(unreachable)", 13);
	if (tail.full)
		return -ENAMETOOLONG;
	length = (size_t)(buffer + size - tail.at);
	memmove(buffer, tail.at, length);
	return (ssize_t)length - 1;
}

ssize_t path_print(const struct path *path, char *buffer, size_t size)
{
	struct fs_context *fs = current_thread()->fs;
	struct path root = { initial_mounts->root, initial_mounts->root->root };
	ssize_t length;

	if (fs)
		fs_context_root(fs, &root);
	else
		path_get(&root);
	length = path_print_below(&root, path, buffer, size, NULL);
	path_put(&root);
	return length;
}

/* ---- fs_context -------------------------------------------------------- */

static struct spinlock contexts_lock;
static struct list contexts = LIST_INIT(contexts);

static struct fs_context *enlist(struct fs_context *fs)
{
	fs->refs = 1;
	spin_init(&fs->lock);
	spin_lock(&contexts_lock);
	list_push_back(&contexts, &fs->link);
	spin_unlock(&contexts_lock);
	return fs;
}

struct fs_context *fs_context_create(const struct path *root)
{
	struct fs_context *fs = kzalloc(sizeof *fs);

	if (!fs)
		return NULL;
	path_get(root);
	fs->root = *root;
	path_get(root);
	fs->cwd = *root;
	fs->umask = 022;
	return enlist(fs);
}

struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct fs_context *fs = kzalloc(sizeof *fs);

	if (!fs)
		return NULL;
	fs_context_root(from, &fs->root);
	fs_context_cwd(from, &fs->cwd);
	fs->umask = from->umask;
	return enlist(fs);
}

void fs_context_get(struct fs_context *fs)
{
	atomic_fetch_add(&fs->refs, 1);
}

void fs_context_put(struct fs_context *fs)
{
	if (!fs || atomic_fetch_sub(&fs->refs, 1) > 1)
		return;
	spin_lock(&contexts_lock);
	list_remove(&fs->link);
	spin_unlock(&contexts_lock);
	path_put(&fs->cwd);
	path_put(&fs->root);
	kfree(fs);
}

void fs_context_root(struct fs_context *fs, struct path *root)
{
	spin_lock(&fs->lock);
	*root = fs->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

void fs_context_cwd(struct fs_context *fs, struct path *cwd)
{
	spin_lock(&fs->lock);
	*cwd = fs->cwd;
	path_get(cwd);
	spin_unlock(&fs->lock);
}

static void replace(struct fs_context *fs, struct path *slot,
		    const struct path *path)
{
	struct path old;

	spin_lock(&fs->lock);
	old = *slot;
	*slot = *path;
	spin_unlock(&fs->lock);
	path_put(&old);
}

void fs_context_set_root(struct fs_context *fs, const struct path *root)
{
	replace(fs, &fs->root, root);
}

void fs_context_set_cwd(struct fs_context *fs, const struct path *cwd)
{
	replace(fs, &fs->cwd, cwd);
}

static unsigned move_one(struct path *slot, const struct path *from,
			 const struct path *to)
{
	if (slot->mount != from->mount || slot->dentry != from->dentry)
		return 0;
	path_get(to);
	*slot = *to;
	return 1;
}

/* pivot_root: everyone whose root or cwd is the old root goes to the new. */
void fs_context_move_all(const struct path *from, const struct path *to)
{
	struct fs_context *fs;
	unsigned moved = 0;

	spin_lock(&contexts_lock);
	LIST_FOR_EACH(fs, &contexts, link) {
		spin_lock(&fs->lock);
		moved += move_one(&fs->root, from, to);
		moved += move_one(&fs->cwd, from, to);
		spin_unlock(&fs->lock);
	}
	spin_unlock(&contexts_lock);
	while (moved--) {
		struct path old = *from;

		path_put(&old);
	}
}
