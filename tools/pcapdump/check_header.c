// SPDX-License-Identifier: MIT
/*
 * Rules that one segment's header can break by itself or against the SYNs:
 * checksums, flags, options, timestamps.
 */
#include "tools/pcapdump/check_private.h"

#include "lib/bytes.h"

enum {
	OPT_END,
	OPT_NOP,
	OPT_MSS,
	OPT_WSCALE,
	OPT_SACK_OK,
	OPT_SACK,
	OPT_TS = 8
};

void check_checksums(struct judge *j)
{
	const struct frame *f = j->view->frame;

	if (j->p->meaning & CONN_ACKED_UNSEEN && j->other->corrupt &&
	    j->p->ack == j->other->corrupt_end && j->other->corrupt_sure)
		check_doubt(j, 0, CHECK_SUM_ACCEPTED, j->other->corrupt_packet,
			    "acknowledges %lld, which came only with a wrong "
			    "checksum",
			    (long long)j->p->ack);
	if (f->checksum != CHECKSUM_BAD || j->self->offloads)
		return;
	if (f->direction == 2)
		CHECK_REPORT(j, CHECK_SUM_SENT, 0,
			     "sent with a wrong checksum");
	else
		CHECK_REPORT(j, CHECK_SUM_BAD, 0,
			     "the checksum is wrong: damaged on its way, or "
			     "sent so");
	if (!f->payload_length && !(j->tcp->flags & TCP_FIN))
		return; /* nothing in it to acknowledge */
	j->own->corrupt = j->own->corrupt_sure = true;
	j->own->corrupt_packet = j->view->packet->number;
	j->own->corrupt_end = conn_relative(j->self, j->tcp->seq) +
			      f->payload_length + !!(j->tcp->flags & TCP_FIN);
}

static void check_flags(struct judge *j)
{
	uint8_t flags = j->tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST);

	if (flags & (flags - 1))
		CHECK_REPORT(j, CHECK_FLAGS, 0, "has%s%s%s at once",
			     flags & TCP_SYN ? " SYN" : "",
			     flags & TCP_FIN ? " FIN" : "",
			     flags & TCP_RST ? " RST" : "");
	else if (!(j->tcp->flags & TCP_ACK) && !(flags & (TCP_SYN | TCP_RST)))
		CHECK_REPORT(j, CHECK_NO_ACK_FLAG, 0,
			     "carries no acknowledgement");
}

/* The length that an option of this kind must have; 0: any. */
static uint8_t right_length(uint8_t kind)
{
	switch (kind) {
	case OPT_MSS:
		return 4;
	case OPT_WSCALE:
		return 3;
	case OPT_SACK_OK:
		return 2;
	case OPT_TS:
		return 10;
	default:
		return 0;
	}
}

static void check_option(struct judge *j, const uint8_t *p)
{
	static const char *const names[] = { "", "", "MSS", "window scale",
					     "SACK-permitted" };
	bool syn = j->tcp->flags & TCP_SYN;
	uint8_t right = right_length(p[0]);

	if ((right && p[1] != right) ||
	    (p[0] == OPT_SACK && (p[1] < 10 || (p[1] - 2) % 8))) {
		CHECK_REPORT(j, CHECK_OPTION_MALFORMED, 0,
			     "option %u has length %u", p[0], p[1]);
		return;
	}
	if (!syn && p[0] >= OPT_MSS && p[0] <= OPT_SACK_OK)
		CHECK_REPORT(j, CHECK_OPTION_SYN_ONLY, 0,
			     "has the option %s without SYN", names[p[0]]);
	if (p[0] == OPT_WSCALE && p[2] > TCP_MAX_WSCALE)
		CHECK_REPORT(j, CHECK_WSCALE, 0,
			     "offers to scale its window by %u bits", p[2]);
}

static void check_options(struct judge *j)
{
	const uint8_t *p = j->view->frame->l4 + TCP_HEADER_MIN;
	const uint8_t *end = j->view->frame->l4 + j->tcp->length;

	while (p < end && *p != OPT_END) {
		if (*p == OPT_NOP) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p) {
			CHECK_REPORT(j, CHECK_OPTION_MALFORMED, 0,
				     "option %u does not fit the header", p[0]);
			return;
		}
		check_option(j, p);
		p += p[1];
	}
}

/* A SYN-ACK answers: it may offer only what the SYN has offered. */
static void check_answer(struct judge *j)
{
	const struct tcp_options *opt = &j->tcp->opt;
	const char *what = NULL;

	if ((j->tcp->flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK) ||
	    !j->peer->seen_syn)
		return;
	if (opt->has_wscale && !j->peer->has_wscale)
		what = "window scaling";
	else if (opt->sack_permitted && !j->peer->sack_permitted)
		what = "SACK";
	else if (opt->has_timestamp && !j->peer->timestamps)
		what = "timestamps";
	if (what)
		CHECK_REPORT(j, CHECK_OPTION_UNASKED, j->conn->first_packet,
			     "offers %s, the SYN did not", what);
}

static void check_ecn(struct judge *j)
{
	uint8_t flags = j->tcp->flags;
	unsigned codepoint = j->view->frame->tos & 3;

	if (flags & TCP_SYN) {
		j->own->offered_ecn = flags & TCP_ECE;
		j->own->ect_allowed = j->other->ect_allowed =
			j->own->offered_ecn && j->other->offered_ecn;
		return;
	}
	/* CE is the network's to set, but only on what was ECT. */
	if (codepoint && j->self->seen_syn && j->peer->seen_syn &&
	    !j->own->ect_allowed)
		CHECK_REPORT(j, CHECK_ECN_UNASKED, 0,
			     "is marked %s, and ECN was not agreed on",
			     codepoint == 3 ? "CE" : "ECT");
}

void check_header(struct judge *j)
{
	if (j->view->frame->checksum == CHECKSUM_BAD)
		return;
	check_flags(j);
	check_options(j);
	check_answer(j);
	check_ecn(j);
}

/* ---- timestamps ---- */

static void check_agreed(struct judge *j)
{
	bool both = j->self->seen_syn && j->peer->seen_syn;
	bool agreed = j->self->timestamps && j->peer->timestamps;
	bool has = j->tcp->opt.has_timestamp;

	if (!both || j->tcp->flags & (TCP_SYN | TCP_RST))
		return;
	if (agreed && !has)
		CHECK_REPORT(j, CHECK_TS_MISSING, 0,
			     "has no timestamp, and they were agreed on");
	else if (!agreed && has)
		CHECK_REPORT(j, CHECK_TS_UNASKED, 0,
			     "has a timestamp, and they were not agreed on");
}

/* Later by its own numbers is not enough: a copy of what the capture lacks may
 * come before it. The datagrams' numbers tell; so does the sender's capture. */
static bool was_sent_later(const struct judge *j, uint16_t than)
{
	uint16_t id = j->view->frame->ip_id;

	if (j->view->packet->has_note)
		return j->view->frame->direction == 2;
	return !j->own->random_ids && id && than && (int16_t)(id - than) > 0;
}

static void check_order(struct judge *j, struct check_stamp *most)
{
	uint32_t value = j->tcp->opt.ts_val;

	if (most->known && (int32_t)(value - most->value) < 0) {
		if (was_sent_later(j, most->ip_id))
			CHECK_REPORT(j, CHECK_TS_BACKWARDS, 0,
				     "timestamp %u after %u", value,
				     most->value);
		return;
	}
	most->value = value;
	most->known = true;
	most->ip_id = j->view->frame->ip_id;
}

/* The other side has echoed what was not captured. Who knows of that echo and
 * whose clock is still below it never sent such a timestamp. */
static void resolve_echo(struct judge *j)
{
	struct check_side *other = j->other;
	const struct tcp_options *opt = &j->tcp->opt;
	int32_t since = (int32_t)(opt->ts_ecr - other->echo_stamp);

	if (!other->echo_packet || since < 0 ||
	    (since == 0 && !other->echo_fresh))
		return;
	if ((int32_t)(opt->ts_val - other->echo) < 0)
		check_report(j, CHECK_TS_ECHO, !j->p->from, other->echo_packet,
			     j->view->packet->number,
			     "echoes timestamp %u, the other side's clock came "
			     "to %u only later",
			     other->echo, opt->ts_val);
	other->echo_packet = 0;
}

static void suspect_echo(struct judge *j)
{
	const struct tcp_options *opt = &j->tcp->opt;

	if (!(j->tcp->flags & TCP_ACK) || !j->other->has_ts ||
	    !j->conn->complete_start || j->own->echo_packet ||
	    (int32_t)(opt->ts_ecr - j->other->ts_most) <= 0)
		return;
	j->own->echo = opt->ts_ecr;
	j->own->echo_stamp = opt->ts_val;
	j->own->echo_fresh = j->own->ts_fresh;
	j->own->echo_packet = j->view->packet->number;
}

void check_timestamps(struct judge *j)
{
	const struct tcp_options *opt = &j->tcp->opt;

	check_agreed(j);
	if (!opt->has_timestamp || j->tcp->flags & TCP_RST)
		return;
	/* The network may turn packets round: compared is only what comes
	 * later by its own numbers. */
	if (j->p->meaning & CONN_NEW_DATA)
		check_order(j, &j->own->ts_data);
	if (j->p->meaning & CONN_ADVANCES_ACK)
		check_order(j, &j->own->ts_ack);
	resolve_echo(j);
	j->own->ts_fresh = !j->own->has_ts ||
			   (int32_t)(opt->ts_val - j->own->ts_most) > 0;
	if (j->own->ts_fresh)
		j->own->ts_most = opt->ts_val;
	j->own->has_ts = true;
	suspect_echo(j);
}
