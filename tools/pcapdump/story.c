// SPDX-License-Identifier: MIT
/*
 * See story.h: the parts of the story in their order. Sequence numbers are
 * relative everywhere, the kernel's variables too.
 */
#include "tools/pcapdump/story_private.h"

#include <time.h>

#include "tools/pcapdump/decode.h"

static void add_time(struct text *out, nsec_t t)
{
	if (t < NSEC_PER_SEC)
		text_add(out, "%lld.%03lld ms", (long long)(t / NSEC_PER_MSEC),
			 (long long)(t % NSEC_PER_MSEC / NSEC_PER_USEC));
	else
		text_add(out, "%lld.%03lld s", (long long)(t / NSEC_PER_SEC),
			 (long long)(t % NSEC_PER_SEC / NSEC_PER_MSEC));
}

static bool is_dropped(const struct capture_packet *packet)
{
	return packet->has_note && packet->note.verdict >= VERDICT_REASON;
}

/* ---- where it came from ---- */

static void tell_head(struct text *out, const struct view *view)
{
	static const char *const ways[] = { "", ", came in", ", went out", "" };
	const struct capture_packet *packet = view->packet;
	time_t seconds = (time_t)(packet->time / 1000000000u);
	char clock[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(clock, sizeof clock, "%Y-%m-%d %H:%M:%S", &tm);
	text_add(out, "Packet %llu: %s.%09llu UTC, interface %s%s.\n",
		 (unsigned long long)packet->number, clock,
		 (unsigned long long)(packet->time % 1000000000u),
		 view->capture->interfaces[packet->interface].name,
		 ways[view->frame->direction & 3]);
	text_str(out, "  ");
	decode_packet(out, NULL, packet->linktype, packet->data,
		      packet->captured, packet->original);
	text_char(out, '\n');
	if (packet->captured < packet->original)
		text_add(out, "Only %u of its %u bytes were captured.\n",
			 packet->captured, packet->original);
	if (packet->lost)
		text_add(out, "%llu records were lost just before it.\n",
			 (unsigned long long)packet->lost);
	if (!packet->has_note)
		text_str(out, "The capture has no notes of the kernel: what "
			      "follows is inferred from the packets.\n");
}

static void tell_since(struct text *out, nsec_t time, const char *what)
{
	text_str(out, ", ");
	add_time(out, time);
	text_str(out, what);
}

static void tell_connection(struct text *out, const struct view *view)
{
	const struct conn_packet *p = view->tcp;
	char from[80], to[80];

	conn_name_text(from, sizeof from, &p->conn->side[p->from].name);
	conn_name_text(to, sizeof to, &p->conn->side[!p->from].name);
	text_add(out, "Connection %u, from %s (the %s) to %s", p->conn->number,
		 from, p->from ? "one that was called" : "opener", to);
	if (p->meaning & CONN_FIRST)
		text_str(out, ", its first packet");
	else
		tell_since(out,
			   (nsec_t)view->packet->time - p->conn->first_time,
			   " after it began");
	if (p->since_same >= 0)
		tell_since(out, p->since_same, " after this side's last");
	text_str(out, ".\n");
}

/* ---- why it was sent ---- */

static void tell_departure(struct text *out, const struct view *view)
{
	const struct capture_note *note = &view->packet->note;

	if (!view->packet->has_note || !note->why)
		return;
	text_add(out, "It was sent (%s) because %s.\n",
		 note->why < WHY_COUNT ? why_name((enum why_sent)note->why) :
					 "?",
		 story_why(note->why));
	if (note->socket)
		text_add(out,
			 "  socket %u of process %d made it; then IP, the "
			 "neighbour's address, the link and the "
			 "interface.\n",
			 note->socket, note->pid);
	if (note->retransmits)
		text_add(out, "  The segment was sent %u time%s before.\n",
			 note->retransmits, note->retransmits > 1 ? "s" : "");
	if (note->gso_size)
		text_add(out,
			 "  The device cuts it into segments of %u "
			 "bytes.\n",
			 note->gso_size);
	if (note->checksum_offloaded)
		text_str(out, "  The device fills in the checksum.\n");
}

/* ---- what it means ---- */

static void tell_repeat(struct text *out, const struct conn_packet *p)
{
	if (!(p->meaning & CONN_RETRANSMISSION))
		return;
	text_add(out, "  It is sent again (%s%s)",
		 conn_retransmission_name(p->kind),
		 p->inferred ? ", inferred" : "");
	if (p->repeats) {
		text_add(out, ": packet %llu had these bytes first, ",
			 (unsigned long long)p->repeats);
		add_time(out, p->repeats_after);
		text_str(out, " after they were sent last");
	}
	text_str(out, ".\n");
}

static void tell_ack(struct text *out, const struct conn_packet *p)
{
	if (p->newly_acked > 0) {
		text_add(out, "  It acknowledges %lld new bytes, up to %lld",
			 (long long)p->newly_acked, (long long)p->ack);
		if (p->rtt_of)
			text_add(out, ", the last of packet %llu",
				 (unsigned long long)p->rtt_of);
		text_str(out, ".\n");
	}
	if (p->rtt >= 0) {
		text_str(out, "  That is a round trip of ");
		add_time(out, p->rtt);
		text_str(out, ", as measured here.\n");
	}
	for (int i = 0; i < p->sack_count; i++)
		text_add(out,
			 "  SACK: the bytes %lld to %lld have arrived, "
			 "too.\n",
			 (long long)p->sack[i].left,
			 (long long)p->sack[i].right);
}

static void tell_meaning(struct text *out, const struct conn_packet *p)
{
	char meaning[256];

	conn_meaning_text(meaning, sizeof meaning, p);
	text_add(out, "What it means%s%s:\n", meaning[0] ? ": " : "", meaning);
	if (p->end > p->seq)
		text_add(out,
			 "  It has the sequence numbers %lld to %lld, %u "
			 "bytes of data.\n",
			 (long long)p->seq, (long long)p->end, p->length);
	tell_repeat(out, p);
	tell_ack(out, p);
	if (p->has_ack && p->window_known)
		text_add(out, "  Its side's window is %u bytes.\n", p->window);
	if (p->in_flight > 0)
		text_add(out,
			 "  After it %lld bytes of its side are in "
			 "flight.\n",
			 (long long)p->in_flight);
}

/* ---- what it changed ---- */

struct change {
	struct text *out;
	bool any;
};

static void tell_number(struct change *c, const char *name, bool known,
			int64_t before, int64_t after)
{
	if (!known)
		text_add(c->out, "  %s is %lld\n", name, (long long)after);
	else if (before != after)
		text_add(c->out, "  %s %lld -> %lld\n", name, (long long)before,
			 (long long)after);
	c->any |= !known || before != after;
}

static void tell_changes(struct text *out, const struct view *view)
{
	const struct conn_packet *p = view->tcp;
	const struct capture_note *now = &view->packet->note, *old = &p->before;
	bool known = p->has_before;
	/* The notes are those of this host: who sends what goes out. */
	unsigned own = view->frame->direction == 2 ? p->from : !p->from;
	const struct conn_side *self = &p->conn->side[own];
	const struct conn_side *peer = &p->conn->side[!own];
	struct change c = { out, false };

	if (!view->packet->has_note || !now->tcp)
		return;
	text_str(out,
		 known ? "What it changed:\n" : "The connection after it:\n");
	if (!known || now->tcp_state != old->tcp_state) {
		text_add(out, "  state %s%s%s\n",
			 known ? story_state(old->tcp_state) : "",
			 known ? " -> " : "", story_state(now->tcp_state));
		c.any = true;
	}
	tell_number(&c, "snd.una", known, conn_relative(self, old->snd_una),
		    conn_relative(self, now->snd_una));
	tell_number(&c, "snd.nxt", known, conn_relative(self, old->snd_nxt),
		    conn_relative(self, now->snd_nxt));
	tell_number(&c, "snd.wnd", known, old->snd_wnd, now->snd_wnd);
	tell_number(&c, "rcv.nxt", known, conn_relative(peer, old->rcv_nxt),
		    conn_relative(peer, now->rcv_nxt));
	tell_number(&c, "rcv.wnd", known, old->rcv_wnd, now->rcv_wnd);
	tell_number(&c, "cwnd", known, old->cwnd, now->cwnd);
	if (now->ssthresh < 0x7fffffff)
		tell_number(&c, "ssthresh", known && old->ssthresh < 0x7fffffff,
			    old->ssthresh, now->ssthresh);
	tell_number(&c, "in flight", known, old->in_flight, now->in_flight);
	tell_number(&c, "srtt (us)", known, old->srtt_us, now->srtt_us);
	tell_number(&c, "rto (us)", known, old->rto_us, now->rto_us);
	if (!c.any)
		text_str(out, "  none of the connection's variables\n");
}

/* ---- what became of it ---- */

static void tell_end(struct text *out, const struct view *view)
{
	const struct capture_packet *packet = view->packet;
	uint16_t code = packet->note.verdict;

	if (!packet->has_note)
		return;
	if (is_dropped(packet))
		text_add(out, "In the end it was dropped in %s, %s: %s.\n",
			 stage_name((enum stage)packet->note.stage),
			 verdict_name((verdict_t){ code }),
			 story_reason((enum reason)(code - VERDICT_REASON)));
	else
		text_add(out, "In the end it was %s%s.\n",
			 verdict_name((verdict_t){ code }),
			 code == VERDICT_DELIVERED ? " to the socket" :
			 code == VERDICT_CONSUMED  ? ": it did its work in the "
						     "stack" :
			 code == VERDICT_HELD ? ": it waits and runs again" :
						"");
}

void story_tell(struct text *out, const struct view *view)
{
	bool out_bound = view->frame->direction == 2;

	tell_head(out, view);
	if (view->tcp)
		tell_connection(out, view);
	tell_departure(out, view);
	if (!out_bound)
		story_arrival(out, view);
	if (view->tcp) {
		tell_meaning(out, view->tcp);
		tell_changes(out, view);
	}
	tell_end(out, view);
}
