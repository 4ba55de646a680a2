// SPDX-License-Identifier: MIT
/*
 * Who watches which inode (inotify(7)), and the places that tell them what was
 * done. An inode that nobody watches costs one test; a name in a directory that
 * is watched knows so itself (dentry->parent_watched), so nobody asks its
 * parent. Each of these may be called with the locks of inodes held; not with
 * dentry_tree_lock.
 */
#pragma once

#include "fs/vfs/path.h"
#include "kernel/file/inotify.h"

/* The watch's number, now with these IN_* of add_watch; -E. */
int notify_watch(struct inotify *owner, const struct path *path, uint32_t mask);
/* Ends a watch; -EINVAL: there is none of this number. */
int notify_unwatch_number(struct inotify *owner, int wd);
/* path_ops.unwatch: takes it from its inode, with watch_lock held. */
void notify_unwatch(struct watch *watch);

/* To who watches the inode, or the directory in which it has this name. */
void notify_place(struct dentry *dentry, uint32_t mask);
/* The same by way of an open file; path_ops.event. */
void notify_file(struct file *file, uint32_t mask);
/* The same for what ATTR_* say was set. */
void notify_change(struct dentry *dentry, unsigned attributes);
/* To who watches the inode itself. */
void notify_inode(struct inode *inode, uint32_t mask);
/* A name in a directory now stands for `of`, or does no longer. */
void notify_name(struct inode *directory, uint32_t mask, const struct inode *of,
		 const char *name, size_t length);
/* The same for both ends of a rename: one cookie. */
void notify_move(struct inode *directory, uint32_t mask, uint32_t cookie,
		 const struct inode *of, const char *name, size_t length);
uint32_t notify_cookie(void);
/* Its last name is gone, and nobody has it open: its watches end. */
void notify_removed(struct inode *inode);
/* The same for all inodes of a file system. */
void notify_unmount(struct super_block *super);
void notify_init(void);
