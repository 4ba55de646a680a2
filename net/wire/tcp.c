// SPDX-License-Identifier: MIT
/*
 * The TCP header and its options as bytes; see tcp.h.
 *
 * The option walk follows RFC 9293 3.1 and 3.2: kind 0 ends, kind 1 is one
 * byte, all others carry a length that counts kind and length themselves. A
 * known option with a wrong length is skipped as if it were unknown.
 */
#include "net/wire/tcp.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACK_PERMITTED = 4,
	OPT_SACK = 5,
	OPT_TIMESTAMP = 8,
	OPT_FAST_OPEN = 34,
	OPT_EXPERIMENT = 254,
};

#define FAST_OPEN_MAGIC 0xf989 /* in the experimental option */

static void parse_sack(const uint8_t *p, uint8_t len, struct tcp_options *o)
{
	uint8_t n = (len - 2) / 8;

	if ((len - 2) % 8 != 0 || n == 0 || n > TCP_MAX_SACKS)
		return;
	for (uint8_t i = 0; i < n; i++) {
		o->sack[i].left = get_be32(p + 2 + 8 * i);
		o->sack[i].right = get_be32(p + 6 + 8 * i);
	}
	o->sack_count = n;
}

/* A length that no cookie can have is as if the option were absent. */
static void parse_cookie(const uint8_t *p, uint8_t len, bool old_kind,
			 struct tcp_options *o)
{
	if ((len & 1) || len > TCP_COOKIE_MAX || (len && len < TCP_COOKIE_MIN))
		return;
	o->has_cookie = true;
	o->cookie_old_kind = old_kind;
	o->cookie_length = len;
	memcpy(o->cookie, p, len);
}

static void parse_option(const uint8_t *p, uint8_t len, bool syn,
			 struct tcp_options *o)
{
	switch (p[0]) {
	case OPT_MSS:
		if (syn && len == 4)
			o->mss = get_be16(p + 2);
		break;
	case OPT_WSCALE:
		if (syn && len == 3) {
			o->has_wscale = true;
			/* RFC 7323 2.3: more than 14 is taken as 14. */
			o->wscale = p[2] > TCP_MAX_WSCALE ? TCP_MAX_WSCALE :
							    p[2];
		}
		break;
	case OPT_SACK_PERMITTED:
		if (syn && len == 2)
			o->sack_permitted = true;
		break;
	case OPT_SACK:
		if (!syn)
			parse_sack(p, len, o);
		break;
	case OPT_TIMESTAMP:
		if (len == 10) {
			o->has_timestamp = true;
			o->ts_val = get_be32(p + 2);
			o->ts_ecr = get_be32(p + 6);
		}
		break;
	case OPT_FAST_OPEN:
		if (syn)
			parse_cookie(p + 2, len - 2, false, o);
		break;
	case OPT_EXPERIMENT:
		if (syn && len >= 4 && get_be16(p + 2) == FAST_OPEN_MAGIC)
			parse_cookie(p + 4, len - 4, true, o);
		break;
	}
}

static void parse_options(const uint8_t *p, size_t size, bool syn,
			  struct tcp_options *o)
{
	while (size > 0 && p[0] != OPT_END) {
		uint8_t len = 1;

		if (p[0] != OPT_NOP) {
			/* MUST-7: survive a length of 0, 1 or too much. */
			if (size < 2 || p[1] < 2 || p[1] > size)
				return;
			len = p[1];
			parse_option(p, len, syn, o);
		}
		p += len;
		size -= len;
	}
}

int tcp_header_parse(const uint8_t *bytes, size_t size, struct tcp_header *out)
{
	if (size < TCP_HEADER_MIN)
		return -EINVAL;
	*out = (struct tcp_header){
		.src_port = get_be16(bytes),
		.dst_port = get_be16(bytes + 2),
		.seq = get_be32(bytes + 4),
		.ack = get_be32(bytes + 8),
		.length = (bytes[12] >> 4) * 4,
		.flags = bytes[13],
		.window = get_be16(bytes + 14),
		.checksum = get_be16(bytes + 16),
		.urgent = get_be16(bytes + 18),
	};
	if (out->length < TCP_HEADER_MIN || out->length > size)
		return -EINVAL;
	parse_options(bytes + TCP_HEADER_MIN, out->length - TCP_HEADER_MIN,
		      out->flags & TCP_SYN, &out->opt);
	return 0;
}

static size_t cookie_size(const struct tcp_options *o)
{
	return ((o->cookie_old_kind ? 4u : 2u) + o->cookie_length + 3u) & ~3u;
}

size_t tcp_header_size(const struct tcp_header *h)
{
	const struct tcp_options *o = &h->opt;
	size_t n = TCP_HEADER_MIN;

	if (o->mss)
		n += 4;
	if (o->has_timestamp)
		n += 12;
	else if (o->sack_permitted)
		n += 4;
	if (o->has_wscale)
		n += 4;
	if (o->sack_count)
		n += 4 + 8 * o->sack_count;
	if (o->has_cookie)
		n += cookie_size(o);
	return n;
}

static uint8_t *emit_timestamp(uint8_t *p, const struct tcp_options *o)
{
	/* On a SYN, SACK-permitted takes the place of the two NOPs. */
	*p++ = o->sack_permitted ? OPT_SACK_PERMITTED : OPT_NOP;
	*p++ = o->sack_permitted ? 2 : OPT_NOP;
	*p++ = OPT_TIMESTAMP;
	*p++ = 10;
	put_be32(p, o->ts_val);
	put_be32(p + 4, o->ts_ecr);
	return p + 8;
}

static uint8_t *emit_bytes(uint8_t *p, uint8_t a, uint8_t b, uint8_t c,
			   uint8_t d)
{
	p[0] = a;
	p[1] = b;
	p[2] = c;
	p[3] = d;
	return p + 4;
}

static uint8_t *emit_sack(uint8_t *p, const struct tcp_options *o)
{
	p = emit_bytes(p, OPT_NOP, OPT_NOP, OPT_SACK, 2 + 8 * o->sack_count);
	for (uint8_t i = 0; i < o->sack_count; i++, p += 8) {
		put_be32(p, o->sack[i].left);
		put_be32(p + 4, o->sack[i].right);
	}
	return p;
}

static uint8_t *emit_cookie(uint8_t *p, const struct tcp_options *o)
{
	uint8_t *end = p + cookie_size(o);

	*p++ = o->cookie_old_kind ? OPT_EXPERIMENT : OPT_FAST_OPEN;
	*p++ = o->cookie_length + (o->cookie_old_kind ? 4 : 2);
	if (o->cookie_old_kind) {
		put_be16(p, FAST_OPEN_MAGIC);
		p += 2;
	}
	memcpy(p, o->cookie, o->cookie_length);
	for (p += o->cookie_length; p < end; p++)
		*p = OPT_NOP;
	return end;
}

static uint8_t *emit_options(uint8_t *p, const struct tcp_options *o)
{
	if (o->mss)
		p = emit_bytes(p, OPT_MSS, 4, o->mss >> 8, o->mss & 0xff);
	if (o->has_timestamp)
		p = emit_timestamp(p, o);
	else if (o->sack_permitted)
		p = emit_bytes(p, OPT_NOP, OPT_NOP, OPT_SACK_PERMITTED, 2);
	if (o->has_wscale)
		p = emit_bytes(p, OPT_NOP, OPT_WSCALE, 3, o->wscale);
	if (o->sack_count)
		p = emit_sack(p, o);
	if (o->has_cookie)
		p = emit_cookie(p, o);
	return p;
}

size_t tcp_header_emit(uint8_t *bytes, const struct tcp_header *h)
{
	size_t length = emit_options(bytes + TCP_HEADER_MIN, &h->opt) - bytes;

	put_be16(bytes, h->src_port);
	put_be16(bytes + 2, h->dst_port);
	put_be32(bytes + 4, h->seq);
	put_be32(bytes + 8, h->ack);
	bytes[12] = (length / 4) << 4;
	bytes[13] = h->flags;
	put_be16(bytes + 14, h->window);
	put_be16(bytes + 16, h->checksum);
	put_be16(bytes + 18, h->urgent);
	return length;
}
