// SPDX-License-Identifier: MIT
/*
 * The only way to user memory. Each function checks the range against the user
 * half, opens SMAP for the copy alone, and returns -EFAULT through the fault
 * table when the memory is not there; faults that can be satisfied are, so
 * these may sleep. The _nofault forms never sleep: they fail instead.
 */
#pragma once

#include "lib/types.h"

#define USER_TOP 0x00007ffffffff000ull /* first address past user space */

int copy_from_user(void *to, uaddr_t from, size_t size);
int copy_to_user(uaddr_t to, const void *from, size_t size);
int clear_user(uaddr_t to, size_t size);
/* Bytes NOT copied: a partial copy is an answer (read and write need it). */
size_t copy_from_user_part(void *to, uaddr_t from, size_t size);
size_t copy_to_user_part(uaddr_t to, const void *from, size_t size);
int copy_from_user_nofault(void *to, uaddr_t from, size_t size);
/* Length without NUL; -EFAULT; -ENAMETOOLONG when no NUL within size bytes. */
ssize_t copy_string_from_user(char *to, uaddr_t from, size_t size);

int get_user_32(uint32_t *value, uaddr_t from);
int get_user_64(uint64_t *value, uaddr_t from);
int put_user_32(uaddr_t to, uint32_t value);
int put_user_64(uaddr_t to, uint64_t value);

/* Futex words: 0, -EFAULT; never sleeps (the caller holds a bucket's lock). */
int user_load_32_nofault(uint32_t *value, uaddr_t from);
/* *old is what was there; the store happened when *old == expect. */
int user_compare_exchange_32_nofault(uaddr_t at, uint32_t expect,
				     uint32_t desired, uint32_t *old);
/* Make the page at `at` present and, if asked, writable. May sleep. */
int user_fault_in(uaddr_t at, bool write);

static inline bool user_range_ok(uaddr_t at, size_t size)
{
	return at <= USER_TOP && size <= USER_TOP - at;
}
