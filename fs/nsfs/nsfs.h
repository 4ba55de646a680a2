// SPDX-License-Identifier: MIT
/*
 * Files of namespaces: what /proc/PID/ns/NAME leads to. An open one, or a
 * mount of one, keeps its namespace alive; two are the same namespace when
 * device and inode are the same.
 */
#pragma once

struct file;
struct namespace;
struct path;

void nsfs_init(void);
/* Where a namespace's file is. -ENOMEM. */
int nsfs_path(struct namespace *space, struct path *path);
/* What such a file stands for, without a reference; NULL: another file. */
struct namespace *nsfs_namespace(struct file *file);
