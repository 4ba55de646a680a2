// SPDX-License-Identifier: MIT
/* Private to fs/sysfs: the part of the tree that is network interfaces. */
#pragma once

#include "fs/vfs/inode.h"

enum interface_kind {
	INTERFACE_NONE,
	INTERFACE_LINK, /* class/net/NAME */
	INTERFACE_DIRECTORY, /* devices/virtual/net/NAME */
	INTERFACE_GROUP, /* "statistics" in it */
	INTERFACE_ATTRIBUTE,
};

/* The inodes' numbers are beyond all nodes'. */
#define INTERFACE_NUMBERS (UINT64_C(1) << 48)

/* An inode with such a number. */
int interface_read_inode(struct inode *inode);
/* Makes a directory's inode one that lists interfaces as links or directories;
 * its parent's number is for "..". */
void interface_set_list(struct inode *inode, enum interface_kind of);
extern const struct sysfs_interfaces *sysfs_interfaces;
