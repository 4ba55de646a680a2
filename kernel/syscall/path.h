// SPDX-License-Identifier: MIT
/*
 * Private to kernel/syscall: what the calls that take paths share.
 */
#pragma once

#include "fs/vfs/mount.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/syscall/syscall.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PATH_MAX 4096

/* The place that (dirfd, name, at_flags) names: AT_SYMLINK_NOFOLLOW and
 * AT_EMPTY_PATH are looked at, others must have been checked. */
int path_at(int dirfd, uaddr_t name, unsigned at_flags, struct path *path);
/* The place of an open file, referenced; -EBADF, -EOPNOTSUPP without one. */
int path_of_fd(int fd, struct path *path);
bool name_is_empty(uaddr_t name);
/* Copies a path, calls, frees. */
long with_name(int dirfd, uaddr_t name,
	       int (*call)(int dirfd, const char *name, void *arg), void *arg);
long with_two_names(int a_fd, uaddr_t a, int b_fd, uaddr_t b, unsigned flags,
		    int (*call)(int a_fd, const char *a, int b_fd,
				const char *b, unsigned flags));
