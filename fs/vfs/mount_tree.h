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

/* ---- propagate.c ---- */

#define MS_UNBINDABLE (1u << 17)
#define MS_PRIVATE (1u << 18)
#define MS_SLAVE (1u << 19)
#define MS_SHARED (1u << 20)
#define MS_PROPAGATION (MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)

/* mount(2) with one of these; takes mount_mutex. -EINVAL. */
int mount_set_type(const struct path *where, unsigned flags);
void mount_copy_groups(struct mount *copy, const struct mount *from);
void mount_leave_groups(struct mount *mount);
/* `mount` was attached: also where its parent's peers and slaves are. -ENOMEM:
 * not everywhere. */
int mount_propagate(struct mount *mount);
/* It is about to be detached: those that came of it. */
bool mount_twins_busy(const struct mount *mount);
void mount_detach_twins(struct mount *mount);
/* /proc/PID/mountinfo's optional fields. */
void mount_groups_print(const struct mount *mount, struct text *text);
