// SPDX-License-Identifier: MIT
/*
 * pcapng blocks as bytes; the layout is in tap_pcapng.h. Pure: no state.
 */
#include "net/core/tap_pcapng.h"

#include "lib/bytes.h"
#include "lib/format.h"
#include "lib/string.h"

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_STATISTICS 5
#define BLOCK_PACKET 6

struct writer {
	uint8_t *start;
	uint8_t *at;
};

static void put16(struct writer *w, uint16_t v)
{
	put_le16(w->at, v);
	w->at += 2;
}

static void put32(struct writer *w, uint32_t v)
{
	put_le32(w->at, v);
	w->at += 4;
}

static void put64(struct writer *w, uint64_t v)
{
	put_le64(w->at, v);
	w->at += 8;
}

/* Timestamps are two halves, the high one first. */
static void put_time(struct writer *w, nsec_t time)
{
	put32(w, (uint32_t)((uint64_t)time >> 32));
	put32(w, (uint32_t)time);
}

static void pad(struct writer *w)
{
	while ((w->at - w->start) & 3)
		*w->at++ = 0;
}

static void put_bytes(struct writer *w, const void *data, size_t length)
{
	if (length && w->at != data)
		memcpy(w->at, data, length);
	w->at += length;
	pad(w);
}

static void option(struct writer *w, uint16_t code, const void *data,
		   size_t length)
{
	put16(w, code);
	put16(w, (uint16_t)length);
	put_bytes(w, data, length);
}

static struct writer begin(uint8_t *to, uint32_t type)
{
	struct writer w = { to, to };

	put32(&w, type);
	put32(&w, 0); /* by end() */
	return w;
}

static size_t end(struct writer *w)
{
	uint32_t length;

	put32(w, 0); /* opt_endofopt */
	length = (uint32_t)(w->at - w->start) + 4;
	put32(w, length);
	put_le32(w->start + 4, length);
	return length;
}

size_t pcapng_section(uint8_t *to)
{
	static const char os[] = "Weir", application[] = "Weir tap";
	struct writer w = begin(to, BLOCK_SECTION);

	put32(&w, 0x1a2b3c4d);
	put16(&w, 1);
	put16(&w, 0);
	put64(&w, UINT64_MAX); /* length of the section: not known */
	option(&w, 3, os, sizeof os - 1);
	option(&w, 4, application, sizeof application - 1);
	return end(&w);
}

size_t pcapng_interface(uint8_t *to, const char *name, uint16_t linktype,
			uint32_t snap, const uint8_t mac[6])
{
	static const uint8_t nanoseconds = 9;
	struct writer w = begin(to, BLOCK_INTERFACE);

	put16(&w, linktype);
	put16(&w, 0);
	put32(&w, snap);
	option(&w, 2, name, strnlen(name, 64));
	if (linktype == LINKTYPE_ETHERNET)
		option(&w, 6, mac, 6);
	option(&w, 9, &nanoseconds, 1);
	return end(&w);
}

static const char *tcp_state(uint8_t state)
{
	static const char *const names[] = {
		"?",
		"ESTABLISHED",
		"SYN_SENT",
		"SYN_RECEIVED",
		"FIN_WAIT_1",
		"FIN_WAIT_2",
		"TIME_WAIT",
		"CLOSED",
		"CLOSE_WAIT",
		"LAST_ACK",
		"LISTEN",
		"CLOSING",
		"SYN_RECEIVED",
	};

	return names[state < ARRAY_LEN(names) ? state : 0];
}

static void comment_tcp(struct text *text, const struct packet_note *n)
{
	text_add(text,
		 " %s una=%u nxt=%u wnd=%u rcv=%u rwnd=%u cwnd=%u flight=%u",
		 tcp_state(n->tcp_state), n->snd_una, n->snd_nxt, n->snd_wnd,
		 n->rcv_nxt, n->rcv_wnd, n->cwnd, n->in_flight);
	if (n->ssthresh < 0x7fffffff)
		text_add(text, " ssthresh=%u", n->ssthresh);
	text_add(text, " srtt=%uus rto=%uus", n->srtt_us, n->rto_us);
}

/* What a reader stops at: losses, probes, resets. The connection's variables
 * stand in the comment of these alone; every record has them as numbers. */
static bool is_remarkable(const struct tap_record *r)
{
	return verdict_is_drop(r->verdict) ||
	       (r->note.why >= WHY_RETRANSMIT_TIMEOUT &&
		r->note.why <= WHY_RESET_AFTER_CLOSE);
}

size_t tap_comment(char *to, size_t size, const struct tap_record *r)
{
	const struct packet_note *n = &r->note;
	bool remarkable = is_remarkable(r);
	struct text text;

	text_init(&text, to, size);
	if (n->why) {
		text_str(&text, "sent: ");
		text_str(&text, why_name((enum why_sent)n->why));
	}
	if (r->verdict.code != VERDICT_SENT || !n->why) {
		if (text.len)
			text_str(&text, "; ");
		if (verdict_is_drop(r->verdict))
			text_str(&text, "dropped ");
		text_str(&text, verdict_name(r->verdict));
		text_str(&text, " at ");
		text_str(&text, stage_name((enum stage)r->stage));
	}
	if (n->socket && (remarkable || r->verdict.code == VERDICT_DELIVERED))
		text_add(&text, " socket=%u pid=%d", n->socket, (int)n->pid);
	if ((n->flags & NOTE_TCP) && remarkable)
		comment_tcp(&text, n);
	return text_length(&text);
}

static void option_verdict(struct writer *w, const struct tap_record *r)
{
	const char *name = verdict_name(r->verdict);
	size_t length = strlen(name);
	uint8_t value[64];

	value[0] = TAP_VERDICT_TYPE;
	put_le16(value + 1, r->verdict.code);
	value[3] = r->stage;
	value[4] = r->note.why;
	length = MIN(length, sizeof value - 5);
	memcpy(value + 5, name, length);
	option(w, 7, value, 5 + length);
}

static uint8_t custom_flags(const struct tap_record *r)
{
	uint8_t flags = 0;

	if (r->note.flags & NOTE_TCP)
		flags |= 1;
	if (r->checksum_partial)
		flags |= 2;
	if (r->gso_size)
		flags |= 4;
	return flags;
}

static void option_custom(struct writer *w, const struct tap_record *r)
{
	const struct packet_note *n = &r->note;

	put16(w, 2989);
	put16(w, 4 + TAP_CUSTOM_LENGTH);
	put32(w, TAP_PEN);
	*w->at++ = 1;
	*w->at++ = n->why;
	put16(w, r->verdict.code);
	*w->at++ = r->stage;
	*w->at++ = custom_flags(r);
	*w->at++ = n->tcp_state;
	*w->at++ = n->retransmits;
	put32(w, n->socket);
	put32(w, (uint32_t)n->pid);
	put32(w, n->snd_una);
	put32(w, n->snd_nxt);
	put32(w, n->snd_wnd);
	put32(w, n->rcv_nxt);
	put32(w, n->rcv_wnd);
	put32(w, n->cwnd);
	put32(w, n->ssthresh);
	put32(w, n->in_flight);
	put32(w, n->srtt_us);
	put32(w, n->rto_us);
	put32(w, r->gso_size);
	put32(w, 0);
}

size_t pcapng_packet(uint8_t *to, const struct tap_record *r,
		     const uint8_t *data)
{
	struct writer w = begin(to, BLOCK_PACKET);
	char comment[240];
	uint8_t number[8];

	put32(&w, r->interface);
	put_time(&w, r->time);
	put32(&w, r->captured);
	put32(&w, r->original);
	put_bytes(&w, data, r->captured);
	put_le32(number, r->direction);
	option(&w, 2, number, 4);
	if (r->lost) {
		put_le64(number, r->lost);
		option(&w, 4, number, 8);
	}
	put_le64(number, r->id);
	option(&w, 5, number, 8);
	option_verdict(&w, r);
	option(&w, 1, comment, tap_comment(comment, sizeof comment, r));
	option_custom(&w, r);
	return end(&w);
}

size_t pcapng_statistics(uint8_t *to, uint32_t interface, nsec_t time,
			 uint64_t received, uint64_t dropped)
{
	struct writer w = begin(to, BLOCK_STATISTICS);
	uint8_t number[8];

	put32(&w, interface);
	put_time(&w, time);
	put_le64(number, received);
	option(&w, 4, number, 8);
	put_le64(number, dropped);
	option(&w, 5, number, 8);
	return end(&w);
}
