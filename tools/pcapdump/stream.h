// SPDX-License-Identifier: MIT
/*
 * One direction of a connection put back in order: segments go in as they were
 * captured, bytes come out as the receiver's program read them, each once. A
 * hole is waited for until the receiver has acknowledged it (then its bytes
 * passed beside the capture) or STREAM_PENDING bytes stand behind it.
 */
#pragma once

#include "lib/types.h"

#define STREAM_PENDING (64u << 20)

struct stream_piece;

struct stream {
	/* What becomes of the bytes: `data` NULL is a gap of `length`. */
	void (*out)(void *context, int64_t seq, const uint8_t *data,
		    uint64_t length);
	void *context;
	bool begun;
	int64_t next; /* of the byte that is to come out next */
	struct stream_piece *pending, *last; /* by sequence number */
	size_t pending_bytes;
	bool failed; /* out of memory: some bytes became gaps */
};

/* `captured` of the `length` payload bytes from `seq` on are at `data`. */
void stream_data(struct stream *stream, int64_t seq, const uint8_t *data,
		 uint32_t captured, uint32_t length);
/* The receiver has everything below `ack`. */
void stream_acked(struct stream *stream, int64_t ack);
/* Everything that still waits, with its gaps. */
void stream_end(struct stream *stream);
