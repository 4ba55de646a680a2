// SPDX-License-Identifier: MIT
/*
 * struct io: the other end of a read or a write, as a cursor over user memory
 * (an array of iovecs) or over one kernel buffer. Every file's read and write
 * take one, so readv, sendmsg, sendfile and the kernel's own reads are one
 * path. Copies advance the cursor; a fault ends them early.
 */
#pragma once

#include "lib/types.h"

struct page;

struct iovec {
	uaddr_t base;
	uint64_t length;
};

struct io {
	const struct iovec *vector; /* user memory, or NULL */
	size_t vector_count;
	size_t vector_offset; /* into vector[0] */
	char *kernel; /* kernel memory when vector is NULL */
	size_t left; /* bytes still to move */
	bool more; /* the writer has more at once (MSG_MORE) */
	/* Kernel memory that lies in this page, of which whoever takes the
	 * bytes may keep a reference instead of copying them (sendfile); or
	 * NULL. */
	struct page *page;
};

#define IOV_MAX 1024
#define IO_MAX 0x7ffff000ull /* Linux's MAX_RW_COUNT */

void io_init_kernel(struct io *io, void *buffer, size_t size);
/* `one` is the caller's storage for the single iovec. -EFAULT: not user. */
int io_init_user(struct io *io, struct iovec *one, uaddr_t buffer, size_t size);
/* Reads count iovecs from user memory into `fast` (fast_count entries) or, if
 * longer, a kmalloc'ed array left in *allocated. -EINVAL, -EFAULT, -ENOMEM. */
int io_init_iovecs(struct io *io, uaddr_t vector, size_t count,
		   struct iovec *fast, size_t fast_count,
		   struct iovec **allocated);

/* Bytes moved; fewer than asked only at the end of io or on a fault. */
size_t io_copy_to(struct io *io, const void *from, size_t size);
size_t io_copy_from(struct io *io, void *to, size_t size);
size_t io_zero(struct io *io, size_t size);
/* Skip without copying (MSG_TRUNC); go back after a failed attempt. */
void io_advance(struct io *io, size_t size);
/* Touch the next `size` bytes of user memory so that a copy under a lock that
 * forbids faults may succeed. -EFAULT. */
int io_fault_in(struct io *io, size_t size, bool write);
