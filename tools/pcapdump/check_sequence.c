// SPDX-License-Identifier: MIT
/*
 * Rules for who sends data: what stands where in sequence space, how much of
 * it at a time, and what may come after a FIN or a RST.
 */
#include "tools/pcapdump/check_private.h"

#include "lib/hash.h"
#include "tools/pcapdump/segments.h"

#define INITIAL_SEGMENTS 10
#define STORM 5

static void check_content(struct judge *j)
{
	const struct frame *f = j->view->frame;
	const struct conn_segment *segment;
	uint32_t i;

	if (!(j->p->meaning & CONN_RETRANSMISSION) || !f->payload_length ||
	    f->payload_captured < f->payload_length)
		return;
	i = segments_above(j->self, j->p->seq);
	if (i == j->self->segment_count)
		return;
	segment = conn_segment(j->self, i);
	if (segment->seq != j->p->seq || segment->end != j->p->end ||
	    !segment->hash)
		return;
	if (segment->hash !=
	    ((uint32_t)hash_bytes(f->payload, f->payload_length) | 1))
		CHECK_REPORT(j, CHECK_SEQ_CONTENT, segment->packet,
			     "repeats bytes %lld to %lld with another content",
			     (long long)j->p->seq, (long long)j->p->end);
}

static void check_window(struct judge *j)
{
	int64_t end = j->p->end - !!(j->tcp->flags & TCP_FIN);

	if (!j->p->length || j->tcp->flags & (TCP_SYN | TCP_RST) ||
	    !j->peer->acked_any || !j->peer->window_known ||
	    j->p->meaning & (CONN_WINDOW_PROBE | CONN_KEEPALIVE) ||
	    j->own->over_packet || end <= j->peer->edge)
		return;
	j->own->over_end = end;
	j->own->over_edge = j->peer->edge;
	j->own->over_stamp = j->tcp->opt.ts_val;
	j->own->over_packet = j->view->packet->number;
}

/* Whether the receiver sent this after the data in question had arrived: it
 * echoes its timestamp or, where there are none, no packet is missing. */
static bool came_after(const struct judge *j)
{
	if (j->tcp->opt.has_timestamp)
		return (int32_t)(j->tcp->opt.ts_ecr - j->other->over_stamp) >=
		       0;
	return j->own->consecutive;
}

/* Data went beyond the window that the capture knew. When the receiver, having
 * got it, tells an edge below it, the edge was lower still when the data was
 * sent. Otherwise the capture may lack an acknowledgement. */
static void resolve_overrun(struct judge *j)
{
	struct check_side *other = j->other;
	int64_t edge = j->p->ack + j->p->window;

	if (!other->over_packet || !j->p->has_ack || !j->p->window_known ||
	    j->tcp->flags & TCP_RST)
		return;
	if (edge >= other->over_end)
		j->conn->incomplete = true;
	else if (came_after(j))
		check_report(j, CHECK_WINDOW_OVERRUN, !j->p->from,
			     other->over_packet, j->view->packet->number,
			     "sends up to %lld, the window ends at %lld",
			     (long long)other->over_end,
			     (long long)other->over_edge);
	else
		return;
	other->over_packet = 0;
}

static void check_shrinking(struct judge *j)
{
	int64_t edge = j->p->ack + j->p->window;
	int64_t grain = j->self->has_wscale ? INT64_C(1) << j->self->wscale : 1;

	if (!j->p->has_ack || !j->p->window_known ||
	    j->tcp->flags & (TCP_SYN | TCP_RST) || !j->self->acked_any ||
	    j->p->ack < j->self->acked)
		return;
	/* Elsewhere an old acknowledgement may have been overtaken. */
	if (edge + grain <= j->self->edge && check_is_near(j, j->p->from))
		CHECK_REPORT(j, CHECK_WINDOW_SHRUNK, 0,
			     "its window ended at %lld and now at %lld",
			     (long long)j->self->edge, (long long)edge);
}

/* Only a segment whose checksum is right went over a wire as it stands; others
 * were cut up by the device, or put together. A device that receives may put
 * together and sum up anew. */
static bool is_one_segment(const struct judge *j)
{
	const struct capture_packet *packet = j->view->packet;

	return j->view->frame->checksum == CHECKSUM_GOOD &&
	       !(packet->has_note && j->view->frame->direction == 1) &&
	       !(packet->has_note && packet->note.gso_size);
}

static uint32_t mss_of(const struct judge *j)
{
	if (j->peer->mss)
		return j->peer->mss;
	return j->view->frame->version == 6 ? 1220 : 536;
}

static void check_mss(struct judge *j)
{
	uint32_t options = j->tcp->length - TCP_HEADER_MIN;

	if (!j->p->length || !is_one_segment(j))
		return;
	j->own->full = MAX(j->own->full, j->p->length);
	if (j->peer->seen_syn && !(j->tcp->flags & TCP_SYN) &&
	    j->p->length + options > mss_of(j))
		CHECK_REPORT(j, CHECK_MSS, 0,
			     "%u bytes and %u of options, the MSS is %u",
			     j->p->length, options, mss_of(j));
}

static void check_initial_window(struct judge *j)
{
	int64_t limit = (int64_t)INITIAL_SEGMENTS * mss_of(j);
	int64_t sent = j->p->seq + j->p->length - 1;

	if (!(j->p->meaning & CONN_NEW_DATA) || !j->p->length ||
	    !j->self->seen_syn || !j->peer->seen_syn || j->peer->acked > 1)
		return;
	j->own->early_gap |= j->p->meaning & CONN_GAP;
	j->own->early = MAX(j->own->early, sent);
	j->own->early_limit = limit;
	if (sent > limit && !j->own->early_packet)
		j->own->early_packet = j->view->packet->number;
}

/* The first ACK has come. Had the capture lost some before it, they could have
 * let out twice what this one acknowledges and a few segments more. */
static void resolve_initial_window(struct judge *j)
{
	struct check_side *other = j->other;

	if (!other->early_packet || !(j->p->meaning & CONN_ADVANCES_ACK))
		return;
	if (!other->early_gap && other->early > other->early_limit +
							other->early_limit / 2 +
							2 * (j->p->ack - 1))
		check_report(j, CHECK_INITIAL_WINDOW, !j->p->from,
			     other->early_packet, j->view->packet->number,
			     "sends %lld bytes before the first of them is "
			     "acknowledged, %u segments are %lld",
			     (long long)other->early, INITIAL_SEGMENTS,
			     (long long)other->early_limit);
	other->early_packet = 0;
}

static void check_fin(struct judge *j)
{
	int64_t end = j->p->end - !!(j->tcp->flags & TCP_FIN);

	if (!j->self->seen_fin || j->tcp->flags & (TCP_RST | TCP_SYN) ||
	    j->p->meaning & (CONN_WINDOW_PROBE | CONN_KEEPALIVE))
		return;
	if (end > j->self->fin + (j->p->length == 0))
		CHECK_REPORT(j, CHECK_AFTER_FIN, 0,
			     "sends up to %lld, its FIN stands at %lld",
			     (long long)end, (long long)j->self->fin);
	else if (j->tcp->flags & TCP_FIN && end != j->self->fin)
		CHECK_REPORT(j, CHECK_AFTER_FIN, 0,
			     "its FIN stands at %lld and now at %lld",
			     (long long)j->self->fin, (long long)end);
}

/* A reset answers a segment that is none. Two that cross prove nothing, so a
 * few are let pass. */
static void check_resets(struct judge *j)
{
	bool rst = j->tcp->flags & TCP_RST;

	if (rst && j->other->last_rst && ++j->own->storm == STORM)
		CHECK_REPORT(j, CHECK_RST_STORM, j->peer->last_packet,
			     "answers resets by resets, %u times so far",
			     STORM);
	j->own->last_rst = rst;
	if (rst)
		j->other->last_rst = false;
}

void check_sequence(struct judge *j)
{
	check_resets(j);
	check_content(j);
	resolve_overrun(j);
	check_window(j);
	check_shrinking(j);
	check_mss(j);
	resolve_initial_window(j);
	check_initial_window(j);
	check_fin(j);
}

void check_refused(struct judge *j)
{
	resolve_overrun(j);
	check_window(j);
}
