// SPDX-License-Identifier: MIT
/*
 * Paths: names, mounts and the one resolver for every *at call.
 *
 * A dentry caches one name in one directory (its inode, or the fact that there
 * is none). Children hold their parent. A place is a (mount, dentry) pair.
 * Mounts are keyed by (mounted-on super block, inode) in a mount namespace that
 * processes share by reference.
 */
#pragma once

#include "fs/vfs/inode.h"

struct dentry {
	struct hnode hash_link;	/* (parent, name) */
	struct dentry *parent;		/* referenced; root: itself */
	struct inode *inode;		/* NULL: the name does not exist */
	int32_t refs;
	uint32_t hash;
	uint16_t length;
	bool unhashed;			/* deleted, or a volatile name */
	struct super_block *super;	/* constant; the parent's */
	struct list lru_link, children, sibling;
	char *name;			/* short_name, or kmalloc'ed */
	char short_name[40];
};

struct mount {
	int32_t refs;
	int id;
	struct super_block *super;
	struct dentry *root;
	struct mount *parent;		/* NULL or itself at the top */
	struct dentry *mountpoint;
	unsigned flags;			/* MS_RDONLY, NOSUID, NODEV, NOEXEC ... */
	char *device_name;
	struct list link;		/* namespace's list, in mount order */
	struct hnode hash_link;
};

struct path {
	struct mount *mount;
	struct dentry *dentry;
};
void path_get(const struct path *path);
void path_put(struct path *path);

/* Per process (CLONE_FS): where "/" and "." are, and the umask. */
struct fs_context {
	int32_t refs;
	struct spinlock lock;
	struct path root, cwd;
	uint32_t umask;
};

#define AT_FDCWD -100
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS 0x200
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_NO_AUTOMOUNT 0x800
#define AT_EMPTY_PATH 0x1000

#define LOOKUP_FOLLOW 1u	/* the last component too */
#define LOOKUP_DIRECTORY 2u	/* -ENOTDIR unless it is one */
#define LOOKUP_EMPTY 4u		/* "" means dirfd itself */
#define LOOKUP_KERNEL 8u	/* no permission checks, from the real root */

/* 0 and a referenced place, or -E exactly as path_resolution(7) says. `name`
 * is kernel memory. */
int path_lookup(int dirfd, const char *name, unsigned flags,
		struct path *path);
/* The directory and last component of a name that may not exist yet. `last`
 * points into `name`; *length excludes trailing slashes, which *trailing
 * reports. -EEXIST for "." and ".." is the caller's to give. */
int path_lookup_parent(int dirfd, const char *name, unsigned flags,
		       struct path *parent, const char **last, size_t *length,
		       bool *trailing);
/* From user memory, kmalloc'ed; -ENOENT for "", -ENAMETOOLONG, -EFAULT. */
int path_name_from_user(uaddr_t name, bool allow_empty, char **copy);
/* open(2) and all its rules. *file has one reference. */
int path_open(int dirfd, const char *name, unsigned flags, uint32_t mode,
	      struct file **file);
/* Absolute path as the current root sees it; "(unreachable)" as Linux. */
ssize_t path_print(const struct path *path, char *buffer, size_t size);
/* MAY_READ 4, MAY_WRITE 2, MAY_EXEC 1 for the current fsuid: 0 or -EACCES. */
int inode_permission(struct inode *inode, unsigned mask);

/* A file for an inode that has no name (pipes, memfd use their own). */
int dentry_open(const struct path *path, unsigned flags, struct file **file);

/* UNIX sockets: make an S_IFSOCK inode at name / find it. */
int path_make_socket(const char *name, uint32_t mode, struct inode **inode);
int path_find_socket(const char *name, struct inode **inode);

/* Character and block device tables: open goes to the registered ops. */
int device_register(bool block, unsigned major, unsigned minor_first,
		    unsigned minor_count, const struct file_ops *ops);
/* ... and a node in devtmpfs, e.g. "vda", "input/mice". */
int device_create_node(const char *name, uint32_t mode, uint64_t rdevice);

void vfs_init(void);
/* Unpacks the initramfs if there is one, mounts root= otherwise. */
int vfs_mount_root(void);
/* Orderly end: write everything back and mark file systems clean. */
void vfs_shutdown(void);
