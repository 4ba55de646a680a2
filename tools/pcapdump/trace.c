// SPDX-License-Identifier: MIT
/*
 * From packets to a trace. Growing arrays and nothing else: the judgement is
 * conn.c's, the drawing plot.c's.
 */
#include "tools/pcapdump/trace.h"

#include <stdlib.h>
#include <string.h>

#include "net/core/reason.h"

const char *segment_kind_name(enum segment_kind kind)
{
	static const char *const names[SEGMENT_KINDS] = {
		[SEGMENT_NEW] = "data",
		[SEGMENT_FAST] = "fast retransmit",
		[SEGMENT_TIMEOUT] = "retransmission timeout",
		[SEGMENT_TAIL_PROBE] = "tail loss probe",
		[SEGMENT_NEEDLESS] = "sent again needlessly",
		[SEGMENT_LATE] = "lost before the capture",
		[SEGMENT_PROBE] = "window probe or keepalive",
	};

	return names[kind];
}

enum segment_kind segment_kind_of(const struct view *view)
{
	const struct capture_packet *packet = view->packet;
	const struct conn_packet *tcp = view->tcp;

	/* A probe of new data is no retransmission: only the kernel knows. */
	if (packet->has_note && packet->note.why == WHY_TAIL_LOSS_PROBE)
		return SEGMENT_TAIL_PROBE;
	if (tcp->meaning & (CONN_KEEPALIVE | CONN_WINDOW_PROBE))
		return SEGMENT_PROBE;
	if (!(tcp->meaning & CONN_RETRANSMISSION))
		return SEGMENT_NEW;
	switch (tcp->kind) {
	case RETRANSMIT_TIMEOUT:
	case RETRANSMIT_HANDSHAKE:
		return SEGMENT_TIMEOUT;
	case RETRANSMIT_PROBE:
		return SEGMENT_TAIL_PROBE;
	case RETRANSMIT_SPURIOUS:
		return SEGMENT_NEEDLESS;
	case RETRANSMIT_LOST_BEFORE:
		return SEGMENT_LATE;
	default:
		return SEGMENT_FAST;
	}
}

bool trace_has_state(unsigned side, const struct view *view)
{
	unsigned ours = view->tcp->from == side ? 2 : 1;

	return view->packet->has_note && view->packet->note.tcp &&
	       view->frame->direction == ours;
}

/* Room for one more in an array that doubles; NULL: out of memory. */
static void *append(struct trace *trace, void *array, size_t *count,
		    size_t size)
{
	void *grown = array;

	if (trace->failed)
		return NULL;
	/* Its room is 64, 128, 256 ...: full when the count is one of them. */
	if (*count == 0 || (*count >= 64 && IS_POWER_OF_TWO(*count)))
		grown = realloc(array, MAX(*count * 2, 64u) * size);
	if (!grown) {
		trace->failed = true;
		return NULL;
	}
	memset((char *)grown + *count * size, 0, size);
	++*count;
	return grown;
}

/* The new last element of trace->NAMEs; leaves the function without memory. */
#define APPEND(trace, name)                                      \
	({                                                       \
		void *grown_ = append(trace, (trace)->name##s,   \
				      &(trace)->name##_count,    \
				      sizeof *(trace)->name##s); \
		if (!grown_)                                     \
			return;                                  \
		(trace)->name##s = grown_;                       \
		&(trace)->name##s[(trace)->name##_count - 1];    \
	})

static bool is_dropped(const struct view *view)
{
	return view->packet->has_note &&
	       view->packet->note.verdict >= VERDICT_REASON;
}

static void add_segment(struct trace *trace, const struct view *view)
{
	const struct conn_packet *tcp = view->tcp;
	uint8_t flags = view->frame->tcp.flags;
	bool special = flags & (TCP_SYN | TCP_FIN | TCP_RST);
	struct trace_segment *segment;

	if (!special && !tcp->length &&
	    !(tcp->meaning & (CONN_KEEPALIVE | CONN_WINDOW_PROBE)))
		return;
	segment = APPEND(trace, segment);
	segment->time = trace->end;
	segment->packet = view->packet->number;
	segment->from = tcp->seq;
	segment->to = tcp->end;
	segment->kind = segment_kind_of(view);
	segment->syn = flags & TCP_SYN;
	segment->fin = flags & TCP_FIN;
	segment->rst = flags & TCP_RST;
	segment->dropped = is_dropped(view);
	trace->kinds[segment->kind]++;
	trace->again += !!(tcp->meaning & CONN_RETRANSMISSION);
	trace->dropped += segment->dropped;
}

static void add_ack(struct trace *trace, const struct view *view)
{
	const struct conn_packet *tcp = view->tcp;
	uint8_t flags = view->frame->tcp.flags;
	struct trace_ack *ack = APPEND(trace, ack);

	ack->time = trace->end;
	ack->packet = view->packet->number;
	ack->ack = tcp->ack;
	ack->has_ack = tcp->has_ack;
	ack->has_edge = tcp->has_ack && tcp->window_known && !(flags & TCP_RST);
	ack->edge = tcp->ack + tcp->window;
	ack->zero = tcp->meaning & CONN_ZERO_WINDOW;
	ack->syn = flags & TCP_SYN;
	ack->fin = flags & TCP_FIN;
	ack->rst = flags & TCP_RST;
	ack->dropped = is_dropped(view);
	trace->dropped += ack->dropped;
	trace->zeros += ack->zero;
	trace->sacks += tcp->sack_count > 0;
	for (int i = 0; i < tcp->sack_count && ack->sacks < 4; i++) {
		ack->sack[ack->sacks].from = tcp->sack[i].left;
		ack->sack[ack->sacks++].to = tcp->sack[i].right;
	}
}

static void add_state(struct trace *trace, const struct capture_note *note)
{
	struct trace_state *state = APPEND(trace, state);

	*state = (struct trace_state){
		.time = trace->end,
		.cwnd = note->cwnd,
		.ssthresh = note->ssthresh,
		.flight = note->in_flight,
		.srtt_us = note->srtt_us,
		.rto_us = note->rto_us,
	};
}

static void add_flight(struct trace *trace, const struct conn *conn)
{
	int64_t flight =
		conn->side[trace->side].next - conn->side[!trace->side].acked;
	struct trace_point *point;

	if (!conn->side[!trace->side].acked_any)
		return;
	point = APPEND(trace, flight);
	point->time = trace->end;
	point->value = MAX(flight, 0);
}

static void add_rtt(struct trace *trace, const struct conn_packet *tcp)
{
	struct trace_point *point;

	if (tcp->from == trace->side || tcp->rtt < 0)
		return;
	point = APPEND(trace, rtt);
	point->time = trace->end;
	point->value = tcp->rtt;
}

void trace_begin(struct trace *trace, const struct conn *conn, unsigned side)
{
	*trace = (struct trace){
		.side = side,
		.number = conn->number,
		.start = conn->first_time,
	};
	conn_name_text(trace->from, sizeof trace->from, &conn->side[side].name);
	conn_name_text(trace->to, sizeof trace->to, &conn->side[!side].name);
}

void trace_add(struct trace *trace, const struct view *view)
{
	const struct conn_packet *tcp = view->tcp;
	bool ours = tcp->from == trace->side;

	if (tcp->meaning & (CONN_COPY | CONN_CORRUPT))
		return;
	/* Clocks step back; a line that does cannot be drawn or read. */
	trace->end = MAX(trace->end,
			 (nsec_t)(view->packet->time - (uint64_t)trace->start));
	if (view->frame->direction == (ours ? 2 : 1))
		trace->place = PLACE_SENDER;
	else if (view->frame->direction && trace->place == PLACE_UNKNOWN)
		trace->place = PLACE_RECEIVER;
	if (ours)
		add_segment(trace, view);
	else
		add_ack(trace, view);
	if (trace_has_state(trace->side, view))
		add_state(trace, &view->packet->note);
	add_flight(trace, tcp->conn);
	add_rtt(trace, tcp);
	/* Without SYN and FIN, which take a number each. */
	trace->bytes = MAX(tcp->conn->side[trace->side].next - 1 -
				   tcp->conn->side[trace->side].seen_fin,
			   0);
}

void trace_end(struct trace *trace)
{
	free(trace->segments);
	free(trace->acks);
	free(trace->states);
	free(trace->flights);
	free(trace->rtts);
	*trace = (struct trace){ 0 };
}
