// SPDX-License-Identifier: MIT
/*
 * /dev: devtmpfs, a tmpfs that the kernel fills with nodes, and devpts, where
 * the slave sides of pseudo terminals appear.
 */
#pragma once

#include "lib/types.h"

/* Registers both and makes the nodes that are always there. After tmpfs_init;
 * device_create_node works from here on. */
void devfs_init(void);
void devpts_init(void);
/* Called by kernel/tty through its table: the node /dev/pts/INDEX comes (owned
 * by the caller's ids) and goes. */
int devpts_add(unsigned index, uint64_t rdevice);
void devpts_remove(unsigned index);
