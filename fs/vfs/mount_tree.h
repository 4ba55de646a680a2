// SPDX-License-Identifier: MIT
/*
 * Private to fs/vfs: changing the tree of mounts. All of these need
 * mount_mutex.
 */
#pragma once

#include "fs/vfs/internal.h"

extern struct mutex mount_mutex;

struct mount *mount_create(struct super_block *super, struct dentry *root,
			   const char *device_name, unsigned flags);
void mount_attach(struct mount *mount, const struct path *where,
		  struct mount_namespace *space);
void mount_unhook(struct mount *mount);
void mount_detach(struct mount *mount);
void mount_detach_tree(struct mount *top);
bool mount_has_children(const struct mount *mount);
bool mount_is_below(const struct mount *mount, const struct mount *ancestor);
int mount_copy_tree(struct mount *top, struct dentry *root,
		    struct mount *new_top, struct mount_namespace *space);
struct mount_namespace *mounts_create(void);
