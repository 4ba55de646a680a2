// SPDX-License-Identifier: MIT
/*
 * Mounts: what hangs where. A mount namespace is one tree of mounts that
 * processes share by reference; CLONE_NEWNS copies it. A mount is found by its
 * parent mount and the inode that it lies on, so the same directory seen
 * through a bind mount does not show it.
 *
 * Changes are made under mount_mutex; readers take mount_lock (a spinlock). A
 * mount is referenced by its namespace, by children, and by every path in use;
 * detached, it lives until the last of those is gone.
 */
#pragma once

#include "fs/vfs/path.h"

struct text;

struct mount_namespace {
	int32_t refs;
	uint64_t number; /* /proc/PID/ns/mnt */
	struct mount *root;
	struct list mounts;
	uint64_t changes;
	struct wait_queue wait; /* poll on /proc/PID/mounts */
};

#define MNT_FORCE 1u
#define MNT_DETACH 2u
#define MNT_EXPIRE 4u
#define UMOUNT_NOFOLLOW 8u

extern struct mount_namespace *initial_mounts;

void mounts_get(struct mount_namespace *mounts);
void mounts_put(struct mount_namespace *mounts);
/* For CLONE_NEWNS; `fs`'s root and cwd move along. NULL: out of memory. */
struct mount_namespace *mounts_copy(struct mount_namespace *mounts,
				    struct fs_context *fs);
/* setns: root and cwd are the top of that tree. */
void mounts_enter(struct mount_namespace *mounts, struct fs_context *fs);

/* mount(2) with kernel strings; flags as in Linux. */
int mount_make(const char *source, const char *target, const char *type,
	       uint64_t flags, const char *options);
int mount_remove(const char *target, unsigned flags);
int mount_pivot(const char *new_root, const char *put_old);
/* At start-up: `super` becomes the root of the namespace and of the caller. */
int mount_set_root(struct super_block *super, const char *device_name,
		   unsigned flags);
/* A mount outside every namespace, for the kernel's own files; NULL: failed. */
struct mount *mount_kernel(const char *type, const char *options);
struct mount *mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* /proc/PID/mounts, mountinfo and mountstats, as `root` sees the tree. */
void mounts_print(struct mount_namespace *mounts, const struct path *root,
		  struct text *text);
void mounts_print_info(struct mount_namespace *mounts, const struct path *root,
		       struct text *text);
void mounts_print_stats(struct mount_namespace *mounts, const struct path *root,
			struct text *text);
