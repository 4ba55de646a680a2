// SPDX-License-Identifier: MIT
/*
 * See stream.h. Pieces are kept sorted and do not overlap: what came first
 * stays, as a receiver does it.
 */
#include "tools/pcapdump/stream.h"

#include <stdlib.h>
#include <string.h>

struct stream_piece {
	struct stream_piece *next;
	int64_t seq, end;
	uint8_t data[];
};

static void gap(struct stream *stream, int64_t to)
{
	if (to <= stream->next)
		return;
	stream->out(stream->context, stream->next, NULL,
		    (uint64_t)(to - stream->next));
	stream->next = to;
}

/* Passes on what of [seq, end) is new and in order. */
static void pass_on(struct stream *stream, int64_t seq, int64_t end,
		    const uint8_t *data)
{
	if (end <= stream->next)
		return;
	data += stream->next - seq;
	stream->out(stream->context, stream->next, data,
		    (uint64_t)(end - stream->next));
	stream->next = end;
}

static void take_first(struct stream *stream)
{
	struct stream_piece *piece = stream->pending;

	stream->pending = piece->next;
	stream->pending_bytes -= (size_t)(piece->end - piece->seq);
	pass_on(stream, piece->seq, piece->end, piece->data);
	free(piece);
}

static void drain(struct stream *stream)
{
	while (stream->pending && stream->pending->seq <= stream->next)
		take_first(stream);
}

static void keep_piece(struct stream *stream, struct stream_piece **at,
		       int64_t seq, int64_t end, const uint8_t *data)
{
	size_t length = (size_t)(end - seq);
	struct stream_piece *piece = malloc(sizeof *piece + length);
	bool last = !*at;

	if (!piece) {
		stream->failed = true;
		return;
	}
	piece->seq = seq;
	piece->end = end;
	memcpy(piece->data, data, length);
	piece->next = *at;
	*at = piece;
	if (last)
		stream->last = piece;
	stream->pending_bytes += length;
}

/* Puts into the holes what fits there. */
static void keep(struct stream *stream, int64_t seq, int64_t end,
		 const uint8_t *data)
{
	struct stream_piece **at = &stream->pending;

	/* Most come in order behind the hole. */
	if (*at && stream->last->end <= seq)
		at = &stream->last->next;
	while (seq < end) {
		struct stream_piece *next = *at;
		int64_t stop = next ? MIN(end, next->seq) : end;

		if (seq < stop)
			keep_piece(stream, at, seq, stop, data);
		if (!next)
			return;
		if (*at != next)
			at = &(*at)->next;
		at = &next->next;
		if (next->end > seq) {
			data += MIN(next->end, end) - seq;
			seq = next->end;
		}
	}
}

void stream_data(struct stream *stream, int64_t seq, const uint8_t *data,
		 uint32_t captured, uint32_t length)
{
	int64_t end = seq + MIN(captured, length);

	if (!stream->begun) {
		stream->begun = true;
		stream->next = seq;
	}
	if (seq <= stream->next) {
		pass_on(stream, seq, end, data);
	} else {
		keep(stream, seq, end, data);
		while (stream->pending_bytes > STREAM_PENDING) {
			gap(stream, stream->pending->seq);
			drain(stream);
		}
	}
	drain(stream);
}

void stream_acked(struct stream *stream, int64_t ack)
{
	while (stream->begun && stream->pending &&
	       stream->pending->seq <= ack) {
		gap(stream, stream->pending->seq);
		drain(stream);
	}
}

void stream_end(struct stream *stream)
{
	while (stream->pending) {
		gap(stream, stream->pending->seq);
		drain(stream);
	}
}
