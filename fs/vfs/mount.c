// SPDX-License-Identifier: MIT
/*
 * The tree of mounts: finding what lies on a place, attaching and detaching,
 * and namespaces. The mount(2) family that decides what to do with it is in
 * mount_call.c. See mount.h for the rules.
 */
#include "fs/vfs/mount_tree.h"

#include "kernel/mm/slab.h"

#define BUCKETS 256

struct spinlock mount_lock;
struct mutex mount_mutex;
struct mount_namespace *initial_mounts;
static struct hlist buckets[BUCKETS];
static int next_id = 20;
static uint64_t next_namespace = 4026531841; /* as Linux numbers them */

void mount_init(void)
{
	mutex_init(&mount_mutex);
}

static struct hlist *bucket_of(const struct mount *parent,
			       const struct inode *inode)
{
	return &buckets[hash_pair((uintptr_t)parent, (uintptr_t)inode) %
			BUCKETS];
}

struct mount *mount_create(struct super_block *super, struct dentry *root,
			   const char *device_name, unsigned flags)
{
	struct mount *mount = kzalloc(sizeof *mount);

	if (!mount)
		return NULL;
	mount->device_name = kstrdup(device_name);
	if (!mount->device_name) {
		kfree(mount);
		return NULL;
	}
	mount->refs = 1;
	mount->id = __atomic_add_fetch(&next_id, 1, __ATOMIC_RELAXED);
	mount->super = super_ref(super);
	mount->root = dentry_get(root);
	mount->flags = flags;
	list_init(&mount->link);
	list_init(&mount->group_link);
	return mount;
}

struct mount *mount_kernel(const char *type, const char *options)
{
	struct super_block *super;
	struct mount *mount;

	if (super_open(type, NULL, 0, options, &super))
		return NULL;
	mount = mount_create(super, super->root_dentry, type, 0);
	super_put(super);
	return mount;
}

struct mount *mount_get(struct mount *mount)
{
	atomic_fetch_add(&mount->refs, 1);
	return mount;
}

void mount_put(struct mount *mount)
{
	if (!mount || atomic_fetch_sub(&mount->refs, 1) > 1)
		return;
	dentry_put(mount->root);
	super_put(mount->super);
	kfree(mount->device_name);
	kfree(mount);
}

/* The uppermost mount on this place, with a reference, or NULL. */
static struct mount *find(const struct path *path)
{
	const struct inode *inode = path->dentry->inode;
	struct mount *mount, *found = NULL;

	spin_lock(&mount_lock);
	HLIST_FOR_EACH(mount, bucket_of(path->mount, inode), hash_link) {
		if (mount->parent != path->mount ||
		    mount->mountpoint->inode != inode)
			continue;
		/* A bind mount on a file lies on one of its names. */
		if (!is_directory(inode) && mount->mountpoint != path->dentry)
			continue;
		found = mount_get(mount);
		break;
	}
	spin_unlock(&mount_lock);
	return found;
}

void mount_cross(struct path *path)
{
	struct mount *mount;

	while (path->dentry->inode && READ_ONCE(path->dentry->inode->mounts)) {
		mount = find(path);
		if (!mount)
			return;
		path_put(path);
		path->mount = mount;
		path->dentry = dentry_get(mount->root);
	}
}

bool mount_up(struct path *path)
{
	struct path up = { NULL, NULL };

	spin_lock(&mount_lock);
	if (path->mount->parent) {
		up.mount = mount_get(path->mount->parent);
		up.dentry = dentry_get(path->mount->mountpoint);
	}
	spin_unlock(&mount_lock);
	if (!up.mount)
		return false;
	path_put(path);
	*path = up;
	return true;
}

static void note_change(struct mount_namespace *space)
{
	if (!space)
		return;
	space->changes++;
	wake_up_all(&space->wait, POLLERR | POLLPRI);
}

void mount_attach(struct mount *mount, const struct path *where,
		  struct mount_namespace *space)
{
	struct inode *inode = where->dentry->inode;

	mount_get(where->mount);
	dentry_get(where->dentry);
	atomic_fetch_add(&inode->mounts, 1);
	spin_lock(&mount_lock);
	mount->parent = where->mount;
	mount->mountpoint = where->dentry;
	hlist_add(bucket_of(where->mount, inode), &mount->hash_link);
	if (mount->space != space) {
		mount->space = space;
		list_push_back(&space->mounts, &mount->link);
	}
	spin_unlock(&mount_lock);
	note_change(space);
}

/* Off its mountpoint; still in its namespace's list. */
void mount_unhook(struct mount *mount)
{
	struct mount *parent = mount->parent;
	struct dentry *mountpoint = mount->mountpoint;

	if (!parent)
		return;
	spin_lock(&mount_lock);
	hlist_remove(&mount->hash_link);
	mount->parent = NULL;
	mount->mountpoint = NULL;
	spin_unlock(&mount_lock);
	atomic_fetch_sub(&mountpoint->inode->mounts, 1);
	dentry_put(mountpoint);
	mount_put(parent);
}

/* Out of the namespace, whose reference is dropped. */
void mount_detach(struct mount *mount)
{
	struct mount_namespace *space = mount->space;

	mount_unhook(mount);
	spin_lock(&mount_lock);
	list_remove(&mount->link);
	mount->space = NULL;
	spin_unlock(&mount_lock);
	mount_leave_groups(mount);
	note_change(space);
	mount_put(mount);
}

bool mount_is_below(const struct mount *mount, const struct mount *ancestor)
{
	for (; mount; mount = mount->parent) {
		if (mount == ancestor)
			return true;
	}
	return false;
}

static struct mount *child_of(const struct mount *mount)
{
	struct mount *other;

	LIST_FOR_EACH(other, &mount->space->mounts, link) {
		if (other->parent == mount)
			return other;
	}
	return NULL;
}

bool mount_has_children(const struct mount *mount)
{
	return child_of(mount) != NULL;
}

/* Detach a mount and all below it, the deepest first. */
void mount_detach_tree(struct mount *top)
{
	if (!top->space)
		return; /* it went with another one */
	struct mount *mount, *child;
	bool last;

	do {
		mount = top;
		while ((child = child_of(mount)))
			mount = child;
		last = mount == top;
		mount_detach(mount);
	} while (!last);
}

struct mount_namespace *mounts_create(void)
{
	struct mount_namespace *space = kzalloc(sizeof *space);

	if (!space)
		return NULL;
	space->refs = 1;
	space->number = atomic_fetch_add(&next_namespace, 1);
	list_init(&space->mounts);
	wait_queue_init(&space->wait);
	return space;
}

void mounts_get(struct mount_namespace *mounts)
{
	atomic_fetch_add(&mounts->refs, 1);
}

void mounts_put(struct mount_namespace *mounts)
{
	if (!mounts || atomic_fetch_sub(&mounts->refs, 1) > 1)
		return;
	mutex_lock(&mount_mutex);
	if (mounts->root)
		mount_detach_tree(mounts->root);
	mutex_unlock(&mount_mutex);
	kfree(mounts);
}

static void forget_copies(struct mount_namespace *space)
{
	struct mount *mount;

	LIST_FOR_EACH(mount, &space->mounts, link)
		mount->copy = NULL;
}

static int copy_all(struct mount_namespace *from, struct mount_namespace *to)
{
	struct mount *mount, *copy;
	struct path where;

	LIST_FOR_EACH(mount, &from->mounts, link) {
		copy = mount_create(mount->super, mount->root,
				    mount->device_name, mount->flags);
		if (!copy)
			return -ENOMEM;
		mount->copy = copy;
		mount_copy_groups(copy, mount);
		copy->unbindable = mount->unbindable;
		copy->space = to;
		spin_lock(&mount_lock);
		list_push_back(&to->mounts, &copy->link);
		spin_unlock(&mount_lock);
		if (mount == from->root)
			to->root = copy;
	}
	LIST_FOR_EACH(mount, &from->mounts, link) {
		if (!mount->parent || !mount->parent->copy)
			continue;
		where.mount = mount->parent->copy;
		where.dentry = mount->mountpoint;
		mount_attach(mount->copy, &where, to);
	}
	return 0;
}

static void move_path(struct path *path)
{
	struct mount *copy = path->mount->copy, *old = path->mount;

	if (!copy)
		return;
	path->mount = mount_get(copy);
	mount_put(old);
}

struct mount_namespace *mounts_copy(struct mount_namespace *mounts,
				    struct fs_context *fs)
{
	struct mount_namespace *copy = mounts_create();
	int error;

	if (!copy)
		return NULL;
	mutex_lock(&mount_mutex);
	error = copy_all(mounts, copy);
	if (!error && fs) {
		move_path(&fs->root);
		move_path(&fs->cwd);
	}
	forget_copies(mounts);
	mutex_unlock(&mount_mutex);
	if (!error)
		return copy;
	mounts_put(copy);
	return NULL;
}

void mounts_enter(struct mount_namespace *mounts, struct fs_context *fs)
{
	struct path top;

	spin_lock(&mount_lock);
	top.mount = mounts->root;
	top.dentry = mounts->root->root;
	path_get(&top);
	spin_unlock(&mount_lock);
	mount_cross(&top);
	path_get(&top);
	fs_context_set_root(fs, &top);
	fs_context_set_cwd(fs, &top);
}

static bool wanted(const struct mount *mount, const struct mount *top,
		   struct dentry *root)
{
	if (!mount->parent || !mount->parent->copy)
		return false;
	return mount->parent != top ||
	       dentry_is_ancestor(root, mount->mountpoint);
}

/* A copy of the mounts below `top` that lie under `root`, onto `new_top`. */
int mount_copy_tree(struct mount *top, struct dentry *root,
		    struct mount *new_top, struct mount_namespace *space)
{
	struct mount *mount;
	struct path where;
	size_t left = list_length(&space->mounts);
	int error = 0;

	top->copy = new_top;
	/* In mount order: parents come first. Copies are appended: look only at
	 * what was there. */
	LIST_FOR_EACH(mount, &space->mounts, link) {
		if (!left--)
			break;
		if (mount == new_top || !wanted(mount, top, root))
			continue;
		mount->copy = mount_create(mount->super, mount->root,
					   mount->device_name, mount->flags);
		if (!mount->copy) {
			error = -ENOMEM;
			break;
		}
		mount_copy_groups(mount->copy, mount);
		where.mount = mount->parent->copy;
		where.dentry = mount->mountpoint;
		mount_attach(mount->copy, &where, space);
	}
	forget_copies(space);
	return error;
}
