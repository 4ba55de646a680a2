// SPDX-License-Identifier: MIT
/*
 * Urgent data between the two sides of a stream (RFC 6093, tcp(7)): one word,
 * the position of the urgent byte in the receive ring and what has become of
 * it. Without SO_OOBINLINE the byte is not part of what read() gives: reading
 * stops in front of it and then goes on behind it.
 *
 * The stack alone makes a mark (urgent_mark, urgent_arrived); the user alone
 * takes the byte and forgets the mark when it has read past it. Both change the
 * word by compare-and-swap. A mark is published before the bytes around it, so
 * whoever sees the bytes sees the mark.
 */
#pragma once

#include "lib/types.h"
#include "net/core/endpoint.h"

#define URGENT_COMING 0x100 /* the pointer is known, the byte is not here */
#define URGENT_HERE 0x200 /* the byte is in the low eight bits */
#define URGENT_TAKEN 0x400 /* read with MSG_OOB */
#define URGENT_STATE 0x700
#define URGENT_SHIFT 16

static inline uint64_t urgent_word(const struct endpoint *ep)
{
	const struct endpoint_extra *extra = atomic_load(&ep->extra);

	return extra ? atomic_load(&extra->urgent) : 0;
}

static inline bool urgent_pending(uint64_t word)
{
	return word & URGENT_STATE;
}

static inline uint64_t urgent_position(uint64_t word)
{
	return word >> URGENT_SHIFT;
}

/* ---- Stack side ---- */

/* The urgent pointer says that the byte at `position` is urgent. A byte that
 * the user had come to and not passed is lost to him (`head`: how far he had
 * read when this was known). */
void urgent_mark(struct endpoint *ep, uint64_t position,
		 uint64_t head) ON_NET_THREAD;
/* The byte has come. */
void urgent_arrived(struct endpoint *ep, uint8_t byte) ON_NET_THREAD;
/* connect() again: no mark. */
void urgent_reset(struct endpoint *ep) ON_NET_THREAD;

/* ---- User side, under its receiving lock ---- */

/* recv(MSG_OOB): 1 and the byte; 0: the end of the stream (`ended`); -EINVAL:
 * no such byte, read before, or SO_OOBINLINE; -EAGAIN: on its way. */
int urgent_take(struct endpoint *ep, bool peek, bool ended, uint8_t *byte);

/*
 * How a read at `*position` goes on: *position steps over bytes that are not
 * part of the stream, and the result says how many of the `there` bytes from
 * there on may be read before the next mark. `started`: the call has bytes
 * already, and stops at the mark.
 */
uint64_t urgent_span(const struct endpoint *ep, uint64_t *position,
		     uint64_t tail, bool started);

/* The user has read up to `head`: the mark behind it is history. */
void urgent_passed(struct endpoint *ep, uint64_t head);

/* Bytes that a program may read now (SIOCINQ): up to the mark. */
uint64_t urgent_readable(const struct endpoint *ep);
/* The mark is at this position of the ring. */
bool urgent_marks(const struct endpoint *ep, uint64_t position);
/* SIOCATMARK. */
bool urgent_at_mark(const struct endpoint *ep);
