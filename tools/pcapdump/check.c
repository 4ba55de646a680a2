// SPDX-License-Identifier: MIT
/*
 * The frame of --check: finds a packet's connection, keeps what the rules
 * remember, and lets each group of rules look at it.
 */
#include "tools/pcapdump/check_private.h"

#include <stdlib.h>

#include "lib/format.h"

#define NEAR (1 * NSEC_PER_MSEC)

void check_report(struct judge *j, enum check_rule rule, unsigned from,
		  uint64_t packet, uint64_t because, const char *fmt, ...)
{
	char text[256];
	struct check_finding finding = {
		.rule = rule,
		.conn = j->conn,
		.from = from,
		.packet = packet,
		.because = because,
		.selected = j->view->selected,
		.text = text,
	};
	va_list args;

	va_start(args, fmt);
	vformat_to(text, sizeof text, fmt, args);
	va_end(args);
	j->check->found_by_rule[rule]++;
	j->check->found(j->check->context, &finding);
}

void check_doubt(struct judge *j, unsigned slot, enum check_rule rule,
		 uint64_t because, const char *fmt, ...)
{
	struct check_doubt *doubt = &j->own->doubts[slot];
	va_list args;

	if (doubt->packet)
		return;
	doubt->rule = rule;
	doubt->packet = j->view->packet->number;
	doubt->because = because;
	va_start(args, fmt);
	vformat_to(doubt->text, sizeof doubt->text, fmt, args);
	va_end(args);
}

/* Many hosts number a connection's datagrams one by one. Others are found out
 * by a number that is missing, or too low for what comes later. */
static void take_number(struct judge *j)
{
	struct check_side *own = j->own;
	uint16_t id = j->view->frame->ip_id;
	bool newer = j->p->meaning & (CONN_NEW_DATA | CONN_ADVANCES_ACK);
	int16_t step = (int16_t)(id - own->last_id);

	if (j->tcp->flags & (TCP_SYN | TCP_RST))
		newer = false;
	else
		own->random_ids |= !id;
	own->random_ids |= newer && own->last_id && step <= 0;
	own->consecutive = j->view->packet->has_note ||
			   (!own->random_ids && step == 1);
	own->last_id = id;
	step = (int16_t)(id - own->top_id);
	own->later = !own->random_ids && own->top_id && step > 0 && step < 1000;
	if (step > 0 || !own->top_id)
		own->top_id = id;
}

/* Where no number lies between two, no packet is missing. Weir's captures tell
 * their losses. */
static void settle_doubts(struct judge *j)
{
	if (j->p->meaning & CONN_COPY)
		return;
	take_number(j);
	if (!j->own->consecutive)
		j->other->missed = j->now;
	j->own->corrupt_sure &= j->own->consecutive;
	for (int i = 0; i < 2; i++) {
		struct check_doubt *doubt = &j->other->doubts[i];

		if (doubt->packet && j->own->consecutive && !j->conn->lost)
			check_report(j, doubt->rule, !j->p->from, doubt->packet,
				     doubt->because, "%s", doubt->text);
		doubt->packet = 0;
	}
}

bool check_is_near(const struct judge *j, unsigned side)
{
	const struct check_side *s = &j->state->side[side];
	const struct check_side *t = &j->state->side[!side];

	if (s->out || t->out)
		return s->out;
	/* Loopback: both ends are here, and all packets come in. */
	if (s->in && t->in)
		return true;
	if (s->in || t->in)
		return t->in && !s->in;
	return s->quick * 2 > s->answers;
}

bool check_is_incomplete(const struct judge *j)
{
	return j->conn->incomplete || j->conn->lost;
}

static struct check_conn *state_of(struct check *check, const struct conn *conn)
{
	struct check_conn *state;

	if (conn->number >= check->room) {
		uint32_t room = MAX(conn->number + 1, check->room * 2 + 64);
		struct check_conn **more =
			realloc(check->conns, room * sizeof *more);

		if (!more)
			return NULL;
		for (uint32_t i = check->room; i < room; i++)
			more[i] = NULL;
		check->conns = more;
		check->room = room;
	}
	state = check->conns[conn->number];
	if (!state) {
		state = calloc(1, sizeof *state);
		check->conns[conn->number] = state;
		if (state)
			for (int i = 0; i < 2; i++)
				state->side[i].rtt = -1;
	}
	return state;
}

static void take_measures(struct judge *j)
{
	nsec_t rtt = j->p->rtt;

	j->own->out += j->view->frame->direction == 2;
	j->own->in += j->view->frame->direction == 1;
	if (rtt < 0)
		return;
	j->own->answers++;
	j->own->quick += rtt < NEAR;
	if (j->other->rtt < 0 || rtt < j->other->rtt)
		j->other->rtt = rtt;
}

static void tell_incomplete(struct judge *j)
{
	if (j->state->told_incomplete || !check_is_incomplete(j))
		return;
	j->state->told_incomplete = true;
	if (j->conn->lost)
		CHECK_REPORT(j, CHECK_INCOMPLETE, 0,
			     "capture incomplete: its writer lost %llu records",
			     (unsigned long long)j->conn->lost);
	else
		CHECK_REPORT(j, CHECK_INCOMPLETE, 0,
			     "capture incomplete: bytes below %lld were "
			     "acknowledged that it does not have",
			     (long long)j->p->ack);
}

static void check_ip(struct judge *j)
{
	if (j->view->frame->ip_checksum == CHECKSUM_BAD)
		CHECK_REPORT(j, CHECK_IP_SUM, 0,
			     "the IPv4 header's checksum is wrong");
}

static void judge_segment(struct judge *j)
{
	take_measures(j);
	settle_doubts(j);
	check_ip(j);
	check_checksums(j);
	if (j->p->meaning & CONN_CORRUPT)
		return;
	check_header(j);
	if (j->p->meaning & CONN_REFUSED) {
		check_refused(j);
		return;
	}
	if (!(j->p->meaning & CONN_COPY)) {
		check_timestamps(j);
		check_timers(j);
		check_sequence(j);
		check_sack(j);
	}
	check_acks(j);
	tell_incomplete(j);
}

void check_add(struct check *check, const struct view *view)
{
	struct judge j = {
		.check = check,
		.view = view,
		.p = view->tcp,
		.now = (nsec_t)view->packet->time,
	};

	if (!view->tcp)
		return;
	j.conn = view->tcp->conn;
	j.state = state_of(check, j.conn);
	if (!j.state)
		return;
	j.tcp = &view->frame->tcp;
	j.self = &j.conn->side[view->tcp->from];
	j.peer = &j.conn->side[!view->tcp->from];
	j.own = &j.state->side[view->tcp->from];
	j.other = &j.state->side[!view->tcp->from];
	judge_segment(&j);
}

/* An acknowledgement that was never explained: the capture may have lost what
 * it speaks of. */
void check_end(struct check *check, const struct conn_table *table)
{
	for (uint32_t i = 0; i < table->count && i < check->room; i++) {
		struct check_conn *state = check->conns[i];
		static const struct view nothing = { .selected = true };
		struct judge j = {
			.check = check,
			.view = &nothing,
			.conn = table->conns[i],
			.state = state,
		};

		for (unsigned s = 0; state && s < 2; s++)
			if (state->side[s].unsent_packet &&
			    !state->told_incomplete)
				check_report(
					&j, CHECK_INCOMPLETE, s,
					state->side[s].unsent_packet, 0,
					"capture incomplete: %lld was "
					"acknowledged and not seen",
					(long long)state->side[s].unsent_ack);
	}
}

void check_free(struct check *check)
{
	for (uint32_t i = 0; i < check->room; i++)
		free(check->conns[i]);
	free(check->conns);
}
