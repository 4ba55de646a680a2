// SPDX-License-Identifier: MIT
/*
 * Indices of a ring with one writer and one reader (on different CPUs, with
 * no lock). `head` counts all that was ever written, `tail` all that was ever
 * read; both wrap. The size is a power of two. The writer alone stores head,
 * the reader alone tail: a release store publishes what lies before it, an
 * acquire load sees it. The storage belongs to the caller; byte rings can use
 * ring_span_*() to find contiguous pieces, rings of objects ring_slot().
 */
#pragma once

#include "lib/types.h"

struct ring {
	uint32_t size;
	uint32_t head ALIGNED(64); /* the writer's */
	uint32_t tail ALIGNED(64); /* the reader's */
};

static inline void ring_init(struct ring *ring, uint32_t size)
{
	ring->size = size;
	ring->head = 0;
	ring->tail = 0;
}

static inline uint32_t ring_head(const struct ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

static inline uint32_t ring_tail(const struct ring *ring)
{
	return __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

static inline uint32_t ring_used(const struct ring *ring)
{
	return ring_head(ring) - ring_tail(ring);
}

static inline uint32_t ring_free(const struct ring *ring)
{
	return ring->size - ring_used(ring);
}

static inline uint32_t ring_slot(const struct ring *ring, uint32_t count)
{
	return count & (ring->size - 1);
}

/* Writer: how much fits contiguously from `offset` on and at most `len`. */
static inline uint32_t ring_span(const struct ring *ring, uint32_t count,
				 uint32_t len)
{
	uint32_t to_end = ring->size - ring_slot(ring, count);

	return len < to_end ? len : to_end;
}

/* Writer: publishes `n` more. */
static inline void ring_produce(struct ring *ring, uint32_t n)
{
	__atomic_store_n(&ring->head, ring->head + n, __ATOMIC_RELEASE);
}

/* Reader: gives `n` back. */
static inline void ring_consume(struct ring *ring, uint32_t n)
{
	__atomic_store_n(&ring->tail, ring->tail + n, __ATOMIC_RELEASE);
}
