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
	struct hnode hash_link; /* (parent, name) */
	struct dentry *parent; /* referenced; root: itself */
	struct inode *inode; /* NULL: the name does not exist */
	int32_t refs;
	uint32_t hash;
	uint16_t length;
	bool unhashed; /* not in the cache (any more) */
	bool deleted; /* " (deleted)" in its path */
	/* Its parent is watched, or was; dentry_tree_lock. */
	bool parent_watched;
	struct super_block *super; /* constant; the parent's */
	struct list lru_link, children, sibling;
	char *name; /* short_name, or kmalloc'ed */
	char short_name[40];
};

struct mount {
	int32_t refs;
	int id;
	struct super_block *super;
	struct dentry *root;
	struct mount *parent; /* NULL or itself at the top */
	struct dentry *mountpoint;
	unsigned flags; /* MS_RDONLY, NOSUID, NODEV, NOEXEC ... */
	char *device_name;
	/* Guarded by mount_lock, changed under mount_mutex. */
	struct mount_namespace *space; /* NULL: detached */
	struct mount *copy; /* while a tree is being copied */
	struct list link; /* namespace's list, in mount order */
	struct hnode hash_link; /* (parent, mountpoint's inode) */
	/* propagate.c's; guarded by mount_mutex. */
	uint32_t group, master; /* 0: none */
	bool unbindable;
	struct list group_link;
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
	struct list link; /* all contexts, for pivot_root */
};
struct fs_context *fs_context_create(const struct path *root);
void fs_context_get(struct fs_context *fs);
struct fs_context *fs_context_copy(struct fs_context *fs); /* NULL: ENOMEM */
void fs_context_put(struct fs_context *fs);
/* Referenced copies of what the lock guards. */
void fs_context_root(struct fs_context *fs, struct path *root);
void fs_context_cwd(struct fs_context *fs, struct path *cwd);
/* Take over the path's references. */
void fs_context_set_root(struct fs_context *fs, const struct path *root);
void fs_context_set_cwd(struct fs_context *fs, const struct path *cwd);

#define AT_FDCWD -100
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS 0x200
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_NO_AUTOMOUNT 0x800
#define AT_EMPTY_PATH 0x1000

#define LOOKUP_FOLLOW 1u /* the last component too */
#define LOOKUP_DIRECTORY 2u /* -ENOTDIR unless it is one */
#define LOOKUP_EMPTY 4u /* "" means dirfd itself */
#define LOOKUP_KERNEL 8u /* no permission checks, from the real root */

/* 0 and a referenced place, or -E exactly as path_resolution(7) says. `name`
 * is kernel memory. */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *path);
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
/* The same below another root (/proc/PID/...). A removed file's path ends with
 * " (deleted)"; *deleted may be NULL. */
ssize_t path_print_below(const struct path *root, const struct path *path,
			 char *buffer, size_t size, bool *deleted);
/* MAY_READ 4, MAY_WRITE 2, MAY_EXEC 1 for the current fsuid: 0 or -EACCES. */
int inode_permission(struct inode *inode, unsigned mask);
/* The usual check by mode bits, for an inode's own `permission`. */
int inode_check_mode(struct inode *inode, unsigned mask);

/* A file for a place that was found already; rights are not checked. */
int dentry_open(const struct path *path, unsigned flags, struct file **file);

/* A file for an inode without a name (its reference is taken over), whose path
 * reads "/TITLE (deleted)". */
int open_nameless_inode(struct mount *mount, struct inode *inode,
			const char *title, unsigned flags, struct file **file);
/* A place for such an inode (its reference is taken over), outside all names;
 * what it is called is only for people. -ENOMEM. */
int path_alone(struct mount *mount, struct inode *inode, const char *name,
	       struct path *path);
/* When a walk gives -ESTALE: the open file that a link of /proc/PID/fd stands
 * for though it has no place (a pipe, a socket). Referenced. */
int path_target(int dirfd, const char *name, struct file **target);
/* Open with AT_SYMLINK_NOFOLLOW / AT_EMPTY_PATH (execveat: O_EXECUTE). */
int path_open_place(int dirfd, const char *name, unsigned at_flags,
		    unsigned flags, struct file **file);

/* ---- attributes.c: rights are checked ---- */
int path_stat(const struct path *path, struct stat_result *stat);
int path_chmod(const struct path *path, uint32_t mode);
int path_chown(const struct path *path, uint32_t uid,
	       uint32_t gid); /* ~0: keep */
/* NULL: keep; `now`: both are the present (a weaker right is enough). */
int path_set_times(const struct path *path, const struct timespec64 *atime,
		   const struct timespec64 *mtime, bool now);
int path_truncate(const struct path *path, uint64_t size);
/* access(2) with the thread's file-system ids: MAY_* bits. */
int path_access(const struct path *path, unsigned mask);
int path_statfs(const struct path *path, struct statfs_result *result);

/* ---- names.c, rename.c: making and removing names ---- */
int path_make(int dirfd, const char *name, uint32_t mode, uint64_t rdevice);
int path_symlink(const char *target, int dirfd, const char *name);
int path_link(int from_fd, const char *from, int to_fd, const char *to,
	      unsigned at_flags);
int path_unlink(int dirfd, const char *name);
int path_rmdir(int dirfd, const char *name);
#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE 2u
#define RENAME_WHITEOUT 4u
int path_rename(int from_fd, const char *from, int to_fd, const char *to,
		unsigned flags);
/* Length, cut to size, no NUL; -EINVAL: not a link. */
ssize_t path_readlink(const struct path *path, char *buffer, size_t size);

/* ---- xattr.c ---- */
ssize_t path_get_xattr(const struct path *path, const char *name, void *value,
		       size_t size);
int path_set_xattr(const struct path *path, const char *name, const void *value,
		   size_t size, int flags);
ssize_t path_list_xattr(const struct path *path, char *names, size_t size);
int path_remove_xattr(const struct path *path, const char *name);

/* UNIX sockets: make an S_IFSOCK inode at name / find it. */
int path_make_socket(const char *name, uint32_t mode, struct inode **inode);
int path_find_socket(const char *name, struct inode **inode);

/* Character and block device tables: open goes to the registered ops. */
int device_register(bool block, unsigned major, unsigned minor_first,
		    unsigned minor_count, const struct file_ops *ops);
void device_each(void (*row)(void *arg, bool block, unsigned major,
			     const char *name),
		 void *arg);
/* ... and a node in devtmpfs, e.g. "vda", "input/mice". */
int device_create_node(const char *name, uint32_t mode, uint64_t rdevice);
/* For every registered block device. */
void device_create_block_nodes(void);

void vfs_init(void);
/* Unpacks the initramfs if there is one, mounts root= otherwise. */
int vfs_mount_root(void);
/* sync(2): all data and attributes are on their devices when it returns. */
void vfs_sync(void);
/* Orderly end: write everything back and mark file systems clean. */
void vfs_shutdown(void);
