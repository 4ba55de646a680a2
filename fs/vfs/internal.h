// SPDX-License-Identifier: MIT
/*
 * Private to fs/vfs: what its files know of each other: the dentry cache, super
 * blocks and mounts, and the state of one path lookup.
 *
 * Locks, outermost first: inode->lock (parents before children), mount_lock,
 * dentry_tree_lock, a dentry's bucket, the LRU's lock; an inode's bucket is
 * taken inside none of them but dirty_lock.
 */
#pragma once

#include "fs/vfs/mount.h"
#include "fs/vfs/path.h"
#include "kernel/file/credentials.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NAME_MAX 255
#define PATH_MAX 4096
#define LINKS_MAX 40

#define MAY_EXEC 1u
#define MAY_WRITE 2u
#define MAY_READ 4u

/* ---- dentry.c ---- */
extern struct spinlock dentry_tree_lock; /* parents, children, names */

void dentry_init(void);
uint32_t dentry_hash_name(const char *name, size_t length);
struct dentry *dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry);
struct dentry *dentry_find(struct dentry *parent, const char *name,
			   size_t length, uint32_t hash);
/* A cached name, or the one that is already there. Takes over `inode`'s
 * reference (NULL: negative); `cached` false: known to the caller alone. */
int dentry_add(struct dentry *parent, const char *name, size_t length,
	       struct inode *inode, bool cached, struct dentry **dentry);
/* A root or a nameless file's; takes over the inode's reference. */
struct dentry *dentry_alone(struct inode *inode, const char *name,
			    bool deleted);
/* A negative one becomes the name of `inode` (reference taken over). */
void dentry_fill(struct dentry *dentry, struct inode *inode);
/* Its name was removed: negative if nobody else holds it, else unhashed. */
void dentry_delete(struct dentry *dentry);
/* Forget the name, without saying that the file is gone. */
void dentry_drop(struct dentry *dentry);
/* `name_copy`: a kmalloc'ed copy, used (and owned) when it is long. */
void dentry_move(struct dentry *dentry, struct dentry *parent, const char *name,
		 size_t length, char *name_copy);
void dentry_swap(struct dentry *a, struct dentry *b);
bool dentry_is_ancestor(struct dentry *ancestor, struct dentry *of);
void dentry_prune_children(struct dentry *parent);
void dentry_prune_super(struct super_block *super);
size_t dentry_shrink(size_t count); /* how many went */

/* ---- inode.c ---- */
void inode_init(void);
size_t inode_shrink(size_t count); /* how many went */
bool inode_try_ref(struct inode *inode);
void inode_drop_super(struct super_block *super);
int inode_sync_super(struct super_block *super);

/* ---- super.c ---- */
void super_init(void);
void vfs_start_threads(void);
struct super_block *super_ref(struct super_block *super);
void super_put(struct super_block *super);
/* A referenced super block of the system `type`. */
int super_open(const char *type, const char *source, unsigned flags,
	       const char *options, struct super_block **super);
int super_open_device(struct file_system *system, struct block_device *device,
		      unsigned flags, const char *options,
		      struct super_block **super);
int super_sync(struct super_block *super, bool wait);
void super_each(int (*visit)(struct super_block *super));
struct file_system *file_system_find(const char *name, size_t length);

/* ---- lookup.c ---- */
enum last_kind { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

/* One walk over a name. `at` is referenced from start to end. */
struct lookup {
	unsigned flags;
	unsigned links;
	struct path root;
	struct path at;
	const char *rest; /* what is still to walk */
	char *buffer; /* holds `rest` after a symlink; kmalloc'ed */
	const char *last;
	size_t last_length;
	enum last_kind kind;
	bool trailing; /* a slash after the last component */
};

int lookup_start(struct lookup *l, int dirfd, const char *name, unsigned flags);
void lookup_end(struct lookup *l);
/* Walk to the directory of the last component: `at` is it. */
int lookup_parent(struct lookup *l);
/* Resolve the last component in `at`: *child may be negative. Not followed. */
int lookup_last(struct lookup *l, struct path *child);
/* `link` is a symlink: `rest` is its target and `at` where that starts; true in
 * *done when `at` is the place itself (a magic link). */
int lookup_follow(struct lookup *l, const struct path *link, bool *done);
/* One name in a directory, cached or read; mounts not crossed. */
int lookup_one(struct dentry *parent, const char *name, size_t length,
	       struct dentry **dentry);
/* The same with the directory's lock held for writing. */
int lookup_one_locked(struct dentry *parent, const char *name, size_t length,
		      struct dentry **dentry);

/* ---- mount.c ---- */
void mount_init(void);
/* Go down through everything mounted on `path`. */
void mount_cross(struct path *path);
/* From a mount's root to what it lies on; false at the top. */
bool mount_up(struct path *path);
extern struct spinlock mount_lock;
void fs_context_move_all(const struct path *from, const struct path *to);

/* ---- permission.c ---- */
bool vfs_capable(unsigned capability);
bool inode_owner_or_capable(struct inode *inode);
bool inode_in_group(uint32_t gid);
/* May a name be made in or removed from `directory`? */
int may_create(struct path *parent);
int may_delete(struct path *parent, struct dentry *victim, bool directory);
int mount_want_write(const struct path *path);

/* ---- rename.c, open.c, device.c ---- */
void rename_init(void);
void open_init(void);
int open_place(const struct path *path, unsigned flags, bool created,
	       struct file **file);
const struct file_ops *device_ops(bool block, uint64_t rdevice);
extern const struct file_ops block_file_ops;

static inline bool is_directory(const struct inode *inode)
{
	return (inode->mode & S_IFMT) == S_IFDIR;
}
static inline bool is_symlink(const struct inode *inode)
{
	return (inode->mode & S_IFMT) == S_IFLNK;
}
static inline bool is_regular(const struct inode *inode)
{
	return (inode->mode & S_IFMT) == S_IFREG;
}
