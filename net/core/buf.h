// SPDX-License-Identifier: MIT
/*
 * A buffer: a reference-counted chunk of memory that payload lives in. The
 * port hands them out (port_buf_alloc), in the kernel from the direct map, so
 * that a device can read and write them in place. References may be taken and
 * dropped on any CPU. Bytes that more than one holder can see are never
 * changed; whoever made a buffer may go on appending behind them.
 *
 * A fragment is a piece of a buffer, and owns one reference to it.
 */
#pragma once

#include "lib/types.h"
#include "lib/atomic.h"

struct buf {
	struct refcount refs;
	uint32_t size; /* bytes at `data` */
	uint32_t truesize; /* what it really costs, for accounting */
	uint32_t kind; /* the port's own */
	uint8_t *data;
	/* Called for the last reference, on any CPU; NULL: port_buf_free(). */
	void (*release)(struct buf *buf);
	void *owner; /* for `release` */
};

struct fragment {
	struct buf *buf;
	uint32_t offset;
	uint32_t length;
};

void buf_free(struct buf *buf);

static inline struct buf *buf_get(struct buf *buf)
{
	refcount_get(&buf->refs);
	return buf;
}

static inline void buf_put(struct buf *buf)
{
	if (refcount_put(&buf->refs))
		buf_free(buf);
}

static inline uint8_t *fragment_data(const struct fragment *f)
{
	return f->buf->data + f->offset;
}
