// SPDX-License-Identifier: MIT
/*
 * O_ASYNC: a signal to a file's owner (F_SETOWN) whenever it may have become
 * ready.
 */
#pragma once

#include "kernel/file/file.h"

/* Watches the file, or ceases to. -ENOTTY: it announces nothing. */
int async_set(struct file *file, int fd, bool on);
/* F_SETOWN: a process, or a group when negative. -ESRCH, -EINVAL are the
 * caller's to find; -ENOMEM. */
int async_set_owner(struct file *file, int owner);

/* A socket whose owner is to get SIGURG: urgent data has been announced. */
struct async_urgent {
	/* Guarded by async.c's lock; the last one: itself; NULL: not due. */
	struct async_urgent *next;
	struct file *file; /* constant */
};
void async_urgent_init(struct async_urgent *urgent, struct file *file);
/* Any context. */
void async_urgent(struct async_urgent *urgent);
/* The file is going: no signal is under way any more. */
void async_urgent_forget(struct async_urgent *urgent);

/* kernel/file only: the last reference is going. */
void async_forget_file(struct file *file);
void async_init(void);

/* Sends SIGIO or the F_SETSIG signal to the owner; filled in by
 * kernel/syscall. `events`: POLL* bits, or ASYNC_URGENT: SIGURG. */
#define ASYNC_URGENT 0x10000u
extern void (*async_signal)(struct file *file, int fd, unsigned events);
