// SPDX-License-Identifier: MIT
/* Character devices that no room below the VFS may register itself. */
#pragma once

/* Terminals and memory devices get their numbers and their nodes in devtmpfs;
 * devpts, terminals and process ends learn of each other. After vfs_init. */
void devices_init(void);
