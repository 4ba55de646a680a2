// SPDX-License-Identifier: MIT
/*
 * Private to fs/tmpfs: what hangs off its super blocks and inodes.
 *
 * An entry holds a reference on its inode, so a file with a name never leaves
 * memory. Entries are numbered in the order of making: the number is the
 * position in the directory and stays valid while others come and go.
 */
#pragma once

#include "fs/tmpfs/tmpfs.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/rbtree.h"
#include "lib/string.h"

struct tmpfs_super {
	uint64_t max_pages, used_pages; /* used_pages: atomic */
	uint64_t max_inodes, used_inodes;
	uint64_t next_number;
	uint32_t mode, uid, gid;
	bool show_mode;
};

struct tmpfs_entry {
	struct rb_node by_number, by_name;
	uint64_t number;
	uint32_t hash;
	struct inode *inode; /* referenced */
	uint16_t length;
	char name[];
};

struct tmpfs_xattr {
	struct list link;
	size_t size;
	char *value;
	char name[];
};

struct tmpfs_node {
	/* Directories; guarded by inode->lock. */
	struct rb_tree by_number, by_name;
	uint64_t next_number;
	struct inode *parent; /* itself at the root; not referenced */
	char *target; /* symlinks; constant */
	struct list xattrs; /* guarded by inode->lock */
	uint64_t accounted; /* pages of this file in used_pages */
};

static inline struct tmpfs_node *node_of(struct inode *inode)
{
	return inode->private;
}
static inline struct tmpfs_super *tmpfs_super_of(struct super_block *super)
{
	return super->private;
}

extern const struct inode_ops tmpfs_directory_ops, tmpfs_file_ops_inode,
	tmpfs_symlink_ops, tmpfs_special_ops;
extern const struct file_ops tmpfs_directory_file_ops, tmpfs_file_ops;
extern const struct mapping_ops tmpfs_mapping_ops;

/* directory.c */
struct inode *tmpfs_new_inode(struct super_block *super,
			      const struct inode *directory, uint32_t mode,
			      uint64_t rdevice);
int tmpfs_create(struct inode *directory, const char *name, size_t length,
		 uint32_t mode, uint64_t rdevice, struct inode **made);
int tmpfs_symlink(struct inode *directory, const char *name, size_t length,
		  const char *target, struct inode **made);
int tmpfs_lookup(struct inode *directory, const char *name, size_t length,
		 struct inode **found);
void tmpfs_drop_entries(struct inode *directory);
/* file.c */
int tmpfs_fsync(struct file *file, bool data_only);
void tmpfs_account(struct inode *inode);
int tmpfs_set_attributes(struct inode *inode,
			 const struct attributes *attributes);
/* xattr.c */
ssize_t tmpfs_get_xattr(struct inode *inode, const char *name, void *value,
			size_t size);
int tmpfs_set_xattr(struct inode *inode, const char *name, const void *value,
		    size_t size, int flags);
ssize_t tmpfs_list_xattr(struct inode *inode, char *names, size_t size);
int tmpfs_remove_xattr(struct inode *inode, const char *name);
void tmpfs_drop_xattrs(struct inode *inode);
