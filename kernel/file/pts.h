// SPDX-License-Identifier: MIT
/*
 * Between ptys (kernel/tty) and devpts (fs/devfs), which do not know each
 * other: devpts fills the table in, ptys call it. Device numbers of slaves:
 * major 136 + index / 256, minor index % 256.
 */
#pragma once

#include "lib/types.h"

#define PTS_MAJOR 136
#define PTS_MAX 1024

struct pts_ops {
	/* Makes the node "index" in devpts, owned by the current thread's fsuid.
	 * 0 or -E. The fields are NULL while there is no devpts. */
	int (*add)(unsigned index, uint64_t rdevice);
	void (*remove)(unsigned index);
};
extern struct pts_ops pts_ops;
