// SPDX-License-Identifier: MIT
/*
 * Signals read from a descriptor (signalfd(2)). This floor knows no signals:
 * the table below is filled in by kernel/syscall.
 */
#pragma once

#include "kernel/file/file.h"

struct signalfd_ops {
	/* Takes one pending signal of the current thread out of `set` as a
	 * 128-byte struct signalfd_siginfo. False: none. */
	bool (*take)(uint64_t set, uint8_t record[128]);
	uint64_t (*pending)(void);
	/* The current process's queue, kept alive until detach(token). The same
	 * process always gives the same token. */
	void *(*attach)(struct wait_queue **queue);
	void (*detach)(void *token);
};
extern struct signalfd_ops signalfd_ops;

int signalfd_create(uint64_t mask, unsigned flags, struct file **file);
/* -EINVAL: not a signalfd. */
int signalfd_set_mask(struct file *file, uint64_t mask);
