// SPDX-License-Identifier: MIT
/*
 * tmpfs: files that live in the page cache alone. It is also the root before
 * (or without) a disk, the memory behind memfd_create, and what devtmpfs is
 * made of.
 */
#pragma once

#include "fs/vfs/inode.h"

#define TMPFS_MAGIC 0x01021994

void tmpfs_init(void);
/* Fill a super block of another file system (devtmpfs) the same way. */
int tmpfs_fill(struct super_block *super, const char *options);
/* Make a node, and the directories on the way, from inside the kernel; `path`
 * is relative to the root. An existing one is left as it is. */
int tmpfs_make_node(struct super_block *super, const char *path, uint32_t mode,
		    uint64_t rdevice);
int tmpfs_make_symlink(struct super_block *super, const char *path,
		       const char *target);
/* memfd_create: a nameless file, open for reading and writing. `flags`:
 * MFD_ALLOW_SEALING keeps sealing possible. */
#define MFD_CLOEXEC 1u
#define MFD_ALLOW_SEALING 2u
int tmpfs_memfd(const char *name, unsigned flags, struct file **file);
