// SPDX-License-Identifier: MIT
/*
 * Files of namespaces: what /proc/PID/ns/NAME leads to. An open one, or a
 * mount of one, keeps its namespace alive; two are the same namespace when
 * device and inode are the same.
 */
#pragma once

#include "lib/types.h"

/* Their numbers are Linux's. */
#define NSFS_TIME 4026531834ul
#define NSFS_CGROUP 4026531835ul
#define NSFS_PID 4026531836ul
#define NSFS_USER 4026531837ul
#define NSFS_IPC 4026531839ul

struct file;
struct namespace;
struct path;

void nsfs_init(void);
/* Where a namespace's file is. -ENOMEM. */
int nsfs_path(struct namespace *space, struct path *path);
/* The same for those of a kind that there is one of: NSFS_*. */
int nsfs_only_path(uint64_t number, struct path *path);
/* What such a file stands for, without a reference; NULL: another file. */
struct namespace *nsfs_namespace(struct file *file);
