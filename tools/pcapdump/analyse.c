// SPDX-License-Identifier: MIT
/*
 * What a segment means. In this order: is it a copy or corrupt, then nothing
 * else; where does it stand in its sender's sequence space (new, repeated, out
 * of order, a probe); what does its acknowledgement do to the other side.
 *
 * The words are Wireshark's where it has them, so that numbers compare. What
 * cannot be known from outside (which timer sent a segment again) is taken
 * from Weir's note, else guessed and marked as such.
 */
#include "tools/pcapdump/analyse.h"

#include <string.h>

#include "lib/hash.h"
#include "net/core/reason.h"
#include "tools/pcapdump/segments.h"

#define RTO_FIRST NSEC_PER_SEC
#define RTT_MOST (3600 * NSEC_PER_SEC)
#define RTO_LEAST (200 * NSEC_PER_MSEC) /* Linux's, below RFC 6298's */
/* A hole that is filled within this time was filled by a late packet. */
#define REORDERING (3 * NSEC_PER_MSEC)

/* All that an analysis looks at, so that the steps take one argument. */
struct step {
	const struct capture_packet *packet;
	const struct frame *frame;
	const struct tcp_header *tcp;
	struct conn_packet *out;
	struct conn *conn;
	struct conn_side *self, *peer;
	nsec_t now;
};

int64_t conn_relative(const struct conn_side *side, uint32_t number)
{
	return side->next +
	       (int32_t)(number - (uint32_t)(side->isn + (uint32_t)side->next));
}

static nsec_t rto_of(const struct conn_side *side)
{
	nsec_t rto = side->srtt + 4 * side->rttvar;

	return side->srtt ? MAX(rto, RTO_LEAST) : RTO_FIRST;
}

/* The sent byte that the other side waits for. */
static int64_t unacknowledged(const struct step *s)
{
	return s->peer->acked_any ? MAX(s->peer->acked, s->self->start) :
				    s->self->start;
}

/* ---- copies and damage ---- */

static bool is_copy(const struct step *s)
{
	const struct frame *f = s->frame;
	struct conn_side *self = s->self;
	uint64_t hash;

	/* A copy has the same datagram number, or at least the timestamp of
	 * the same instant; without both it cannot be told from a repeat. */
	if (!f->ip_id && !(f->tcp.opt.has_timestamp && f->payload_length))
		return false;
	hash = hash_bytes(f->l4, f->tcp.length) ^ hash_u64(f->ip_id);
	for (int i = 0; i < CONN_RECENT; i++)
		if (self->recent[i] == hash)
			return true;
	memmove(self->recent + 1, self->recent,
		sizeof self->recent - sizeof self->recent[0]);
	self->recent[0] = hash;
	return false;
}

/* It does not leave its checksums to its device after all: what was wrong was
 * damaged on its way, and what it said is forgotten. */
static void unlearn(const struct step *s)
{
	struct conn_side *self = s->self;

	self->offloads = false;
	if (self->packets > 3)
		return;
	self->seen_syn = self->isn_known = self->acked_any = false;
	self->seen_fin = self->seen_rst = self->window_known = false;
	self->edge = self->acked = 0;
	s->conn->reset = s->peer->seen_rst;
	s->conn->closed = false;
}

/* A host whose first checksums are all wrong leaves them to its device. A SYN
 * has to be believed at once, since much depends on it; of others the second
 * one is. */
static bool is_corrupt(const struct step *s)
{
	struct conn_side *self = s->self;
	bool syn = s->tcp->flags & TCP_SYN;

	if (s->frame->checksum == CHECKSUM_GOOD && self->offloads)
		unlearn(s);
	if (s->frame->checksum != CHECKSUM_BAD)
		return false;
	if (s->frame->direction != 1) {
		self->offloads |= (self->packets == 1 && syn) ||
				  (self->packets == 2 && self->first_bad);
		self->first_bad |= self->packets == 1;
	}
	return !self->offloads;
}

/* A segment that the receiver did not let in says nothing of its connection:
 * anybody can have sent it. */
static bool is_unacceptable(const struct capture_packet *packet)
{
	if (!packet->has_note || packet->note.verdict < VERDICT_REASON)
		return false;
	switch (packet->note.verdict - VERDICT_REASON) {
	case REASON_TCP_RCVBUF_FULL:
	case REASON_TCP_MEMORY:
	case REASON_TCP_REASSEMBLY_FULL:
	case REASON_TCP_AFTER_CLOSE:
	case REASON_TCP_OLD_DUPLICATE:
	case REASON_TCP_NO_SOCKET:
	case REASON_TCP_BACKLOG_FULL:
	case REASON_TCP_SYN_QUEUE_FULL:
	case REASON_TCP_DEFERRED:
	case REASON_TCP_TIME_WAIT:
	case REASON_TCP_CLOSED_STATE:
		return false;
	default:
		return true;
	}
}

static bool is_refused(const struct step *s)
{
	const struct conn_side *peer = s->peer;

	if (s->tcp->flags & TCP_SYN)
		return false;
	return is_unacceptable(s->packet) ||
	       (peer->acked_any && peer->window_known &&
		s->out->seq > peer->edge);
}

/* ---- the sender's half ---- */

static void learn_syn(const struct step *s)
{
	const struct tcp_options *opt = &s->tcp->opt;
	struct conn_side *self = s->self;

	self->seen_syn = true;
	self->mss = opt->mss;
	self->has_wscale = opt->has_wscale;
	self->wscale = opt->wscale;
	self->sack_permitted = opt->sack_permitted;
	self->timestamps = opt->has_timestamp;
}

static void place(const struct step *s)
{
	struct conn_side *self = s->self;
	struct conn_packet *out = s->out;
	bool syn = s->tcp->flags & TCP_SYN, fin = s->tcp->flags & TCP_FIN;

	if (syn && !self->seen_syn) {
		learn_syn(s);
		if (!self->isn_known || self->packets == 1) {
			self->isn = s->tcp->seq;
			self->isn_known = true;
			self->next = self->start = 0;
		}
	} else if (!self->isn_known) {
		self->isn = s->tcp->seq - 1;
		self->isn_known = true;
		self->next = self->start = 1;
	}
	out->length = s->frame->payload_length;
	out->seq = conn_relative(self, s->tcp->seq);
	out->end = out->seq + out->length + syn + fin;
	/* The first packet says where this side is, unless the other's
	 * acknowledgements have said so. */
	if (self->packets == 1 && !(s->tcp->flags & TCP_RST)) {
		self->start = MIN(self->start, out->seq);
		self->next = MAX(self->next, out->seq);
	}
	if (fin && !self->seen_fin && !is_refused(s)) {
		self->seen_fin = true;
		self->fin = out->end - 1;
	}
}

static uint32_t payload_hash(const struct frame *f)
{
	if (!f->payload_length || f->payload_captured < f->payload_length ||
	    f->checksum == CHECKSUM_BAD)
		return 0;
	return (uint32_t)hash_bytes(f->payload, f->payload_length) | 1;
}

/* Enters [seq, end) less what is in the list already. */
static void remember(const struct step *s, int64_t seq, int64_t end)
{
	struct conn_segment segment = {
		.first = s->now,
		.last = s->now,
		.packet = s->packet->number,
		.times = 1,
	};
	struct conn_side *self = s->self;

	while (seq < end) {
		uint32_t i = segments_above(self, seq);
		struct conn_segment *at = NULL;

		if (i < self->segment_count)
			at = conn_segment(self, i);
		segment.seq = seq;
		segment.end = at ? MIN(end, MAX(at->seq, seq)) : end;
		if (segment.end > seq) {
			segment.hash = seq == s->out->seq &&
						       segment.end ==
							       s->out->end ?
					       payload_hash(s->frame) :
					       0;
			segments_insert(self, i, &segment);
			seq = segment.end;
		} else {
			seq = at->end;
		}
	}
}

static enum conn_retransmission kind_of_note(const struct step *s)
{
	if (!s->packet->has_note)
		return RETRANSMIT_NONE;
	switch (s->packet->note.why) {
	case WHY_RETRANSMIT_TIMEOUT:
		return RETRANSMIT_TIMEOUT;
	case WHY_FAST_RETRANSMIT:
		return RETRANSMIT_FAST;
	case WHY_TAIL_LOSS_PROBE:
		return RETRANSMIT_PROBE;
	default:
		return RETRANSMIT_NONE;
	}
}

/* Which mechanism sent `segment` again, as far as can be seen. */
static enum conn_retransmission guess_kind(const struct step *s,
					   const struct conn_segment *segment)
{
	struct conn_side *self = s->self;
	nsec_t elapsed = s->now - segment->last;
	bool soon = elapsed < rto_of(self);
	bool told = s->peer->duplicate_acks >= 3 ||
		    s->peer->sacked > segment->end;

	if (segment->seq < self->recovery_end &&
	    (self->recovery == RETRANSMIT_TIMEOUT || soon))
		return (enum conn_retransmission)self->recovery;
	if (told && soon)
		self->recovery = RETRANSMIT_FAST;
	else if (soon && segment->times == 1 && segment->end == self->next)
		return RETRANSMIT_PROBE;
	else
		self->recovery = RETRANSMIT_TIMEOUT;
	self->recovery_end = self->next;
	return (enum conn_retransmission)self->recovery;
}

/* Bytes that were sent and are not acknowledged, once more. */
static void repeat(const struct step *s, uint32_t i)
{
	struct conn_segment *segment = conn_segment(s->self, i);
	struct conn_packet *out = s->out;

	out->meaning |= CONN_RETRANSMISSION;
	out->repeats = segment->packet;
	out->repeats_after = s->now - segment->last;
	out->kind = kind_of_note(s);
	if (s->tcp->flags & TCP_SYN) {
		out->kind = RETRANSMIT_HANDSHAKE;
	} else if (!out->kind) {
		out->inferred = true;
		out->kind = guess_kind(s, segment);
	}
	for (; i < s->self->segment_count; i++) {
		segment = conn_segment(s->self, i);
		if (segment->seq >= out->end)
			break;
		segment->last = s->now;
		segment->times += segment->times < 255;
	}
}

static void fill_hole(const struct step *s)
{
	struct conn_side *self = s->self;
	nsec_t limit = s->conn->handshake > 0 ? s->conn->handshake : REORDERING;

	if (s->now - self->gap_time <= MAX(limit, REORDERING)) {
		s->out->meaning |= CONN_OUT_OF_ORDER;
		return;
	}
	s->out->meaning |= CONN_RETRANSMISSION;
	s->out->kind = RETRANSMIT_LOST_BEFORE;
	s->out->inferred = true;
}

static void seen_before(const struct step *s)
{
	struct conn_packet *out = s->out;
	uint32_t i;

	if (out->end <= unacknowledged(s)) {
		out->meaning |= CONN_RETRANSMISSION;
		out->kind = kind_of_note(s);
		out->inferred = !out->kind;
		if (!out->kind)
			out->kind = s->tcp->flags & TCP_SYN ?
					    RETRANSMIT_HANDSHAKE :
					    RETRANSMIT_SPURIOUS;
		return;
	}
	i = segments_above(s->self, MAX(out->seq, unacknowledged(s)));
	if (i < s->self->segment_count &&
	    conn_segment(s->self, i)->seq < out->end)
		repeat(s, i);
	else
		fill_hole(s);
}

/* An empty or one-byte segment one below the next number asks for an ACK. */
static bool is_probe(const struct step *s)
{
	const struct conn_packet *out = s->out;
	const struct conn_side *self = s->self;
	uint8_t why = s->packet->has_note ? s->packet->note.why : WHY_NONE;
	bool below = out->length <= 1 && out->seq == self->next - 1 &&
		     out->seq < unacknowledged(s) + out->length &&
		     !self->seen_fin;

	if (s->tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return false;
	if (why == WHY_KEEPALIVE || why == WHY_WINDOW_PROBE)
		below = true;
	/* One byte beyond a closed window. */
	if (out->length == 1 && s->peer->window_known && !s->peer->window &&
	    s->peer->acked_any && out->seq >= s->peer->acked)
		below = true;
	if (!below)
		return false;
	s->out->meaning |= why == WHY_KEEPALIVE	   ? CONN_KEEPALIVE :
			   why == WHY_WINDOW_PROBE ? CONN_WINDOW_PROBE :
			   s->peer->acked_any && !s->peer->window ?
						     CONN_WINDOW_PROBE :
						     CONN_KEEPALIVE;
	return true;
}

static void take_sequence(const struct step *s)
{
	struct conn_side *self = s->self;
	struct conn_packet *out = s->out;

	if (is_probe(s)) {
		if (!is_refused(s) && out->end > self->next) {
			out->meaning |= CONN_NEW_DATA;
			remember(s, self->next, out->end);
			self->next = out->end;
		}
		return;
	}
	if (s->tcp->flags & TCP_RST || out->end == out->seq)
		return;
	if (out->seq < self->next)
		seen_before(s);
	if (out->seq > self->next) {
		out->meaning |= CONN_GAP;
		self->gap_time = s->now;
	}
	if (out->end > self->next)
		out->meaning |= CONN_NEW_DATA;
	remember(s, MAX(out->seq, unacknowledged(s)), out->end);
	self->next = MAX(self->next, out->end);
	if (out->length && s->peer->window_known && s->peer->acked_any &&
	    out->end == s->peer->edge)
		out->meaning |= CONN_WINDOW_FULL;
}

/* ---- the acknowledgement ---- */

static void sample_rtt(struct conn_side *side, nsec_t rtt)
{
	nsec_t error;

	rtt = MIN(rtt, RTT_MOST);
	error = rtt > side->srtt ? rtt - side->srtt : side->srtt - rtt;
	if (!side->srtt) {
		side->srtt = MAX(rtt, 1);
		side->rttvar = rtt / 2;
		return;
	}
	side->rttvar += (error - side->rttvar) / 4;
	side->srtt = MAX(side->srtt + (rtt - side->srtt) / 8, 1);
}

static void take_sack(const struct step *s)
{
	const struct tcp_options *opt = &s->tcp->opt;

	s->out->sack_count = opt->sack_count;
	for (int i = 0; i < opt->sack_count; i++) {
		int64_t left = conn_relative(s->peer, opt->sack[i].left);
		int64_t right = conn_relative(s->peer, opt->sack[i].right);

		s->out->sack[i].left = left;
		s->out->sack[i].right = right;
		if (left >= right || right > s->peer->next)
			continue;
		segments_sack(s->peer, left, right);
		s->self->sacked = MAX(s->self->sacked, right);
	}
}

/* Scaled once both SYNs have told of scaling; a SYN's own never is. */
static void take_window(const struct step *s)
{
	struct conn_side *self = s->self;
	bool both = self->seen_syn && s->peer->seen_syn;

	s->out->window = s->tcp->window;
	s->out->window_known = self->seen_syn;
	if (!(s->tcp->flags & TCP_SYN)) {
		s->out->window_known = both ||
				       (self->seen_syn && !self->has_wscale);
		if (both && self->has_wscale && s->peer->has_wscale)
			s->out->window <<= self->wscale;
	}
	/* Zero is zero at any scale. */
	s->out->window_known |= !s->tcp->window;
}

static void judge_pure_ack(const struct step *s)
{
	struct conn_side *self = s->self;
	struct conn_packet *out = s->out;
	uint32_t peer_meaning = s->peer->last_meaning;
	bool same_window = out->window == self->window;

	if (out->length || s->tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST) ||
	    out->meaning & (CONN_KEEPALIVE | CONN_WINDOW_PROBE) ||
	    !self->acked_any || out->ack != self->acked)
		return;
	if (same_window && peer_meaning & CONN_KEEPALIVE &&
	    s->peer->last_time > self->last_time) {
		out->meaning |= CONN_KEEPALIVE_ACK;
	} else if (out->sack_count ||
		   (same_window && out->window && s->peer->next > out->ack)) {
		out->meaning |= CONN_DUPLICATE_ACK;
		self->duplicate_acks++;
	} else if (!same_window && out->window) {
		out->meaning |= CONN_WINDOW_UPDATE;
	}
}

static void advance(const struct step *s)
{
	struct conn_side *peer = s->peer;
	struct conn_packet *out = s->out;
	struct segments_acked got;
	int64_t from = s->self->acked_any ? s->self->acked : peer->start;

	from = MAX(from, peer->start);
	got = segments_ack(peer, from, out->ack, s->now);
	if (got.hole && s->self->acked_any)
		s->conn->incomplete = true;
	out->newly_acked = out->ack - from;
	out->meaning |= CONN_ADVANCES_ACK;
	out->rtt = got.rtt;
	out->rtt_of = got.rtt_of;
	if (got.rtt >= 0)
		sample_rtt(peer, got.rtt);
	s->self->acked = out->ack;
	s->self->duplicate_acks = 0;
}

static void take_ack(const struct step *s)
{
	struct conn_side *self = s->self, *peer = s->peer;
	struct conn_packet *out = s->out;

	if (!peer->isn_known) {
		peer->isn = s->tcp->ack - 1;
		peer->isn_known = true;
		peer->next = peer->start = 1;
	}
	out->ack = conn_relative(peer, s->tcp->ack);
	/* What the other side sends may not be captured at all. */
	if (!peer->packets)
		peer->next = MAX(peer->next, out->ack);
	if (s->tcp->flags & TCP_RST) {
		/* The answer to a SYN is a measure, if not a welcome. */
		if (!self->acked_any && out->ack <= peer->next)
			advance(s);
		return;
	}
	take_sack(s);
	judge_pure_ack(s);
	if (out->ack > peer->next) {
		out->meaning |= CONN_ACKED_UNSEEN;
		return;
	}
	if (!self->acked_any || out->ack > self->acked)
		advance(s);
	self->acked_any = true;
	if (out->ack < self->acked)
		return; /* an old one says nothing of the window */
	self->window = out->window;
	self->window_known = out->window_known;
	if (out->window_known)
		self->edge = MAX(self->edge, out->ack + out->window);
	if (!out->window && !(s->tcp->flags & TCP_SYN))
		out->meaning |= CONN_ZERO_WINDOW;
}

/* ---- the connection ---- */

static void take_handshake(const struct step *s)
{
	struct conn *conn = s->conn;

	if (s->out->from == 0 && conn->handshake < 0 &&
	    conn->side[1].seen_syn && conn->side[0].seen_syn &&
	    s->out->has_ack && s->out->ack >= 1)
		conn->handshake = s->now - (nsec_t)conn->first_time;
}

static void take_note(const struct step *s)
{
	const struct capture_note *note = &s->packet->note;
	struct capture_note *slot = s->conn->note;

	if (!s->packet->has_note || !note->tcp)
		return;
	if (slot[0].tcp && slot[0].socket != note->socket) {
		struct capture_note other = slot[0];

		slot[0] = slot[1];
		slot[1] = other;
	}
	if (slot[0].tcp && slot[0].socket == note->socket) {
		s->out->has_before = true;
		s->out->before = slot[0];
	}
	slot[0] = *note;
}

static void close_if_done(const struct step *s)
{
	struct conn *conn = s->conn;
	const struct conn_side *a = &conn->side[0], *b = &conn->side[1];

	if (s->tcp->flags & TCP_RST) {
		s->self->seen_rst = true;
		conn->reset = true;
	}
	conn->closed |= a->seen_fin && b->seen_fin && a->acked > b->fin &&
			b->acked > a->fin;
}

static void count(const struct step *s)
{
	struct conn_side *self = s->self;
	struct conn *conn = s->conn;

	s->out->since_same = self->packets ? s->now - self->last_time : -1;
	self->packets++;
	self->bytes += s->packet->original;
	self->payload += s->frame->payload_length;
	conn->last_time = s->now;
	conn->last_packet = s->packet->number;
	conn->lost += s->packet->lost;
}

void conn_analyse(const struct capture_packet *packet,
		  const struct frame *frame, struct conn_packet *out)
{
	struct conn *conn = out->conn;
	struct step s = {
		.packet = packet,
		.frame = frame,
		.tcp = &frame->tcp,
		.out = out,
		.conn = conn,
		.self = &conn->side[out->from],
		.peer = &conn->side[!out->from],
		.now = (nsec_t)packet->time,
	};

	out->rtt = -1;
	out->has_ack = frame->tcp.flags & TCP_ACK;
	count(&s);
	if (is_corrupt(&s)) {
		out->meaning |= CONN_CORRUPT;
		s.self->last_time = s.now;
		return;
	}
	place(&s);
	take_window(&s);
	if (is_copy(&s)) {
		out->meaning |= CONN_COPY;
		if (out->has_ack && s.peer->isn_known)
			out->ack = conn_relative(s.peer, frame->tcp.ack);
	} else if (is_refused(&s) && !is_probe(&s)) {
		out->meaning |= CONN_REFUSED;
		if (out->has_ack && s.peer->isn_known)
			out->ack = conn_relative(s.peer, frame->tcp.ack);
	} else {
		take_sequence(&s);
		if (out->has_ack)
			take_ack(&s);
		take_handshake(&s);
		s.self->last_meaning = out->meaning;
		s.self->last_packet = packet->number;
	}
	take_note(&s);
	if (!(out->meaning & CONN_REFUSED))
		close_if_done(&s);
	s.self->last_time = s.now;
	out->in_flight = s.self->next - unacknowledged(&s);
}
