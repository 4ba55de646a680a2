// SPDX-License-Identifier: MIT
/*
 * Descriptor tables. Looking a descriptor up takes no lock when the table is
 * not shared; installing one never fails once it was reserved.
 */
#pragma once

#include "kernel/file/file.h"

struct fd_table;

struct fd_table *fd_table_create(void);
struct fd_table *fd_table_copy(struct fd_table *table); /* fork; NULL: ENOMEM */
void fd_table_get(struct fd_table *table);
void fd_table_put(struct fd_table *table); /* closes all at the last */
void fd_table_close_on_exec(struct fd_table *table);

/* The file with a reference of the caller's, or NULL (-EBADF). O_PATH files
 * are given only by fd_get_any. Drop it with file_put. */
struct file *fd_get(int fd);
struct file *fd_get_any(int fd);
struct file *fd_get_from(struct fd_table *table, int fd);
/* The lowest free number >= from, taken but not yet visible; -EMFILE. */
int fd_reserve(int from, bool close_on_exec);
/* Gives the caller's reference away. */
void fd_install(int fd, struct file *file);
void fd_unreserve(int fd);
/* reserve + install; on error the reference is dropped too. */
int fd_add(struct file *file, bool close_on_exec);
int fd_close(int fd);
int fd_replace(int fd, struct file *file, bool close_on_exec); /* dup2 */
int fd_flags(int fd); /* FD_CLOEXEC or 0, -EBADF */
int fd_set_flags(int fd, bool close_on_exec);
/* The next used number >= from, for /proc/PID/fd and close_range; or -1. */
int fd_next(struct fd_table *table, int from);

/* The current process's RLIMIT_NOFILE; set by kernel/syscall. */
extern uint64_t (*fd_limit)(void);
#define FD_LIMIT_HARD (1u << 20) /* fs/nr_open */
/* Numbers the table has room for, for "FDSize:" in /proc/PID/status. */
unsigned fd_table_size(struct fd_table *table);
bool fd_table_shared(struct fd_table *table);
