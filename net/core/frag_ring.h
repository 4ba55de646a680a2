// SPDX-License-Identifier: MIT
/*
 * A byte stream between two threads: one writer, one reader, no lock. It is a
 * queue of fragments rather than a flat array, so an empty one owns no
 * memory, segments refer to the very bytes that send() wrote, and received
 * packets' buffers are queued without a copy.
 *
 * Positions are 64-bit counts of bytes since the beginning: `tail` counts what
 * was written, `head` what was released; tail - head is in the ring. The writer
 * alone stores tail, the reader alone head.
 *
 *   writer:  frag_ring_reserve() -> fill -> frag_ring_commit()      (send)
 *            frag_ring_push()                                       (TCP in)
 *   reader:  frag_ring_span() -> copy -> frag_ring_release()        (recv)
 *            frag_ring_peek() ... frag_ring_release()               (TCP out)
 *
 * Memory: `truesize` counts what the queued buffers cost. Small pieces are
 * copied together, so that it stays within a small multiple of the bytes.
 * Each function is for the writer's (W), the reader's (R) or any (A) thread.
 */
#pragma once

#include "lib/types.h"
#include "lib/atomic.h"
#include "net/core/buf.h"
#include "net/core/packet.h"

#define FRAG_NODE_ENTRIES 8 /* a power of two: entry numbers wrap */

/* The token `open` when it is no buffer; NULL: the newest entry is closed. */
#define FRAG_RING_BUSY ((struct buf *)1) /* the writer appends to it */
#define FRAG_RING_FRESH ((struct buf *)2) /* closed; a new one is coming */
#define FRAG_RING_CLOSING ((struct buf *)3) /* the reader looks if it is all */
#define FRAG_RING_EMPTY ((struct buf *)4) /* it was: the chain is gone */

struct frag_entry {
	struct buf *buf;
	uint64_t position; /* of its first byte */
	uint32_t offset; /* in the buffer */
	uint32_t charge; /* what it adds to truesize */
	nsec_t time; /* atomic: when its last bytes arrived */
};

struct frag_node {
	struct frag_node *next; /* set by the writer before it goes on there */
	struct frag_entry entries[FRAG_NODE_ENTRIES];
};

/* What a ring with bytes in it has beside: the writer makes it, with the first
 * node, and the reader frees it when he has emptied the ring. */
struct frag_chain {
	/* Writer's */
	struct frag_node *write_node;
	struct buf *writing; /* what reserve() gave out, NULL: nothing */
	uint32_t used : 31; /* bytes in use of `writing` or `open` */
	uint32_t fresh : 1; /* `writing` has no entry yet */

	/* Reader's */
	uint32_t hint_entry; /* where the last peek ended: peeks mostly go */
	struct frag_node *hint_node; /* forward */
	struct frag_node *read_node;

	struct frag_node first; /* the reader's start */
};

struct frag_ring {
	/* Writer's */
	uint64_t tail; /* atomic */
	struct frag_chain *chain; /* atomic; NULL: none yet */

	/* The token for the newest entry, atomic: a buffer that the writer may
	 * append to, or one of the above. Who closes it may release the entry;
	 * who finds that it was the last gives the chain back, too, so that an
	 * empty ring owns nothing. */
	struct buf *open;
	uint32_t entries_written; /* atomic */

	/* Constant while both sides run; the stack may change it. */
	uint32_t limit; /* bytes: SO_SNDBUF, SO_RCVBUF */
	uint32_t truesize; /* both sides', atomic */

	/* Reader's */
	uint32_t entries_read;
	uint64_t head; /* atomic */
};

struct frag_span {
	uint8_t *data;
	uint32_t length;
	nsec_t time; /* of arrival, receive rings only */
};

void frag_ring_init(struct frag_ring *ring, uint32_t limit);
/* Frees all that is queued. Both sides have ended. */
void frag_ring_destroy(struct frag_ring *ring);

/* A: bytes in the ring. */
static inline uint64_t frag_ring_used(const struct frag_ring *ring)
{
	uint64_t head = atomic_load(&ring->head);

	return atomic_load(&ring->tail) - head;
}

/* A: bytes that the writer may still add (0 when full). */
static inline uint32_t frag_ring_space(const struct frag_ring *ring)
{
	uint64_t used = frag_ring_used(ring);
	uint32_t limit = atomic_load_relaxed(&ring->limit);

	return used >= limit ? 0 : limit - (uint32_t)used;
}

/*
 * W: room for up to `want` contiguous bytes, at least one: the rest of the open
 * buffer or a new one. -EAGAIN when the ring is full, -ENOMEM. The room becomes
 * data by frag_ring_commit(n), n <= span.length; commit(0) gives it back.
 */
int frag_ring_reserve(struct frag_ring *ring, uint32_t want,
		      struct frag_span *span);
void frag_ring_commit(struct frag_ring *ring, uint32_t n);

/*
 * W: queues [offset, offset + length) of a packet, sharing its buffers or
 * copying small pieces. All or nothing; -ENOMEM. The limit is the caller's
 * affair (a receiver checks it against its window).
 */
int frag_ring_push(struct frag_ring *ring, const struct packet *packet,
		   uint32_t offset, uint32_t length);

/* W: queues bytes of the fragment, as many as fit, sharing its buffer (one more
 * reference). How many; -EAGAIN when the ring is full, -ENOMEM. */
int frag_ring_share(struct frag_ring *ring, const struct fragment *f);

/* R: the contiguous bytes at `position` (head <= position); length 0 at the
 * end. They stay until released. */
void frag_ring_span(struct frag_ring *ring, uint64_t position,
		    struct frag_span *span);

/*
 * R: the bytes [position, position + length) as up to `max` fragments, each
 * with a reference of its own. Returns how many bytes are covered; *count
 * fragments were written. Does not look beyond `end` (the sampled tail).
 */
uint32_t frag_ring_peek(struct frag_ring *ring, uint64_t position,
			uint32_t length, uint64_t end, struct fragment *out,
			int max, int *count);

/* R: gives up the bytes before `position`. */
void frag_ring_release(struct frag_ring *ring, uint64_t position);
