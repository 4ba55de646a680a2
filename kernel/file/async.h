// SPDX-License-Identifier: MIT
/*
 * O_ASYNC: a signal to a file's owner (F_SETOWN) whenever it may have become
 * ready.
 */
#pragma once

#include "kernel/file/file.h"

/* Watches the file, or ceases to. -ENOTTY: it announces nothing. */
int async_set(struct file *file, int fd, bool on);
/* kernel/file only: the last reference is going. */
void async_forget_file(struct file *file);
void async_init(void);

/* Sends SIGIO or the F_SETSIG signal to the owner; filled in by
 * kernel/syscall. `events`: POLL* bits. */
extern void (*async_signal)(struct file *file, int fd, unsigned events);
