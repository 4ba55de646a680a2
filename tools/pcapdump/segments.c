// SPDX-License-Identifier: MIT
/*
 * See segments.h. Segments mostly come at the end and leave at the front, so
 * the array is a window that slides through its memory and is moved back to
 * the start when it has reached the end.
 */
#include "tools/pcapdump/segments.h"

#include <stdlib.h>
#include <string.h>

uint32_t segments_above(const struct conn_side *side, int64_t seq)
{
	uint32_t low = 0, high = side->segment_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (conn_segment(side, middle)->end > seq)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void drop_first(struct conn_side *side, uint32_t n)
{
	side->segment_first += n;
	side->segment_count -= n;
}

/* Room for one more behind the last; false when there is no memory. */
static bool make_room(struct conn_side *side)
{
	uint32_t room = side->segment_room;
	struct conn_segment *more;

	if (side->segment_first + side->segment_count < room)
		return true;
	if (side->segment_first > room / 2) {
		memmove(side->segments, conn_segment(side, 0),
			side->segment_count * sizeof *more);
		side->segment_first = 0;
		return true;
	}
	room = room ? room * 2 : 16;
	more = realloc(side->segments, room * sizeof *more);
	if (!more)
		return false;
	side->segments = more;
	side->segment_room = room;
	return true;
}

void segments_insert(struct conn_side *side, uint32_t i,
		     const struct conn_segment *segment)
{
	if (side->segment_count == CONN_SEGMENTS_MAX) {
		drop_first(side, 1);
		i -= i > 0;
	}
	if (!make_room(side))
		return;
	memmove(conn_segment(side, i + 1), conn_segment(side, i),
		(side->segment_count - i) * sizeof *segment);
	*conn_segment(side, i) = *segment;
	side->segment_count++;
}

struct segments_acked segments_ack(struct conn_side *side, int64_t from,
				   int64_t ack, nsec_t now)
{
	struct segments_acked got = { .rtt = -1 };
	bool twice = false;

	while (side->segment_count && conn_segment(side, 0)->seq < ack) {
		struct conn_segment *s = conn_segment(side, 0);

		got.hole |= s->seq > from;
		twice |= s->times > 1;
		got.rtt = s->sacked ? -1 : MAX(now - s->first, 0);
		got.rtt_of = s->packet;
		from = s->end;
		if (s->end > ack) {
			s->seq = ack;
			s->hash = 0;
			break;
		}
		drop_first(side, 1);
	}
	got.hole |= from < ack;
	if (twice)
		got.rtt = -1;
	return got;
}

void segments_sack(struct conn_side *side, int64_t left, int64_t right)
{
	for (uint32_t i = segments_above(side, left); i < side->segment_count;
	     i++) {
		struct conn_segment *s = conn_segment(side, i);

		if (s->end > right)
			break;
		if (s->seq >= left)
			s->sacked = true;
	}
}
