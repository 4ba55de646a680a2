// SPDX-License-Identifier: MIT
/*
 * Reading a stream, for the user side: the receive ring, with what is urgent in
 * it taken into account (urgent.h). The caller holds his lock for receiving.
 *
 *	at = stream_head(ep)
 *	while (stream_span(ep, &at, got > 0, &span)) { copy; at += n; got += n; }
 *	stream_release(ep, at)		unless he only looks (MSG_PEEK)
 */
#pragma once

#include "net/core/endpoint.h"

/* A send of which the user wants to know when it was sent: the bytes before
 * `end` (SO_TIMESTAMPING). The stack frees it. */
struct stream_stamp {
	struct mail mail; /* endpoint->tx_stamps */
	struct stream_stamp *next; /* the stack's list */
	uint64_t end; /* ring position */
	uint32_t flags; /* NET_STAMP_TX_ bits */
	bool sent; /* the last of it has left */
};

/* NULL: no memory. */
struct stream_stamp *stream_stamp_new(void);
void stream_stamp_free(struct stream_stamp *stamp); /* may be NULL */

static inline uint64_t stream_head(const struct endpoint *ep)
{
	return atomic_load(&ep->rx.head);
}

/* The contiguous bytes at *at, which first steps over bytes that are not part
 * of the stream. False: none are there, or (`started`: the call has some) the
 * urgent mark has been reached. */
bool stream_span(struct endpoint *ep, uint64_t *at, bool started,
		 struct frag_span *span);

/* What was before `at` has been read: frees it and tells the stack. */
void stream_release(struct endpoint *ep, uint64_t at);
