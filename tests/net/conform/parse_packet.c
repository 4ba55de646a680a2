// SPDX-License-Identifier: MIT
/*
 * Packets of a script:
 *
 *	< [ip info] [ports] flags seq:end(length) [ack N] [win N] [urg N] [<opt>]
 *	< [ip info] UDP (length)
 *	< [seq:end(length)] icmp TYPE [CODE] [mtu N]
 *
 * TCP options are turned into bytes at once, in the order in which they are
 * written: the wire has them in this order, or the packet is another one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "tests/net/conform/conform.h"

#define ECN_MASK 3

/* ---- IP ---- */

static void set_tos(struct script_packet *p, uint8_t value, uint8_t mask)
{
	p->has_tos = true;
	p->tos = value;
	p->tos_mask = mask;
}

/* An address, up to the end of the item. */
static const char *parse_address(struct reader *r)
{
	size_t n;
	char *text;

	reader_space(r);
	n = strspn(r->at, "0123456789abcdefABCDEF.:");
	text = strndup(r->at, n);
	r->at += n;
	return text;
}

static void parse_ip_options(struct reader *r, struct script_packet *p)
{
	reader_space(r);
	while (isxdigit((unsigned char)r->at[0]) &&
	       isxdigit((unsigned char)r->at[1])) {
		char pair[3] = { r->at[0], r->at[1] };

		if (p->ip_option_length == OPTIONS_MAX)
			reader_fail(r, "more than 40 bytes of IP options");
		p->ip_options[p->ip_option_length++] =
			(uint8_t)strtoul(pair, NULL, 16);
		r->at += 2;
	}
	if (p->ip_option_length % 4)
		reader_fail(r, "IP options fill words of four bytes");
}

static void parse_ip_item(struct reader *r, struct script_packet *p)
{
	if (reader_take_word(r, "noecn")) {
		set_tos(p, 0, ECN_MASK);
	} else if (reader_take_word(r, "ect0")) {
		set_tos(p, 2, ECN_MASK);
	} else if (reader_take_word(r, "ect1")) {
		set_tos(p, 1, ECN_MASK);
	} else if (reader_take_word(r, "ce")) {
		set_tos(p, 3, ECN_MASK);
	} else if (reader_take_word(r, "tos") ||
		   reader_take_word(r, "tclass")) {
		set_tos(p, (uint8_t)reader_number(r), 0xff);
	} else if (reader_take_word(r, "flowlabel")) {
		p->has_flow = true;
		p->flow = (uint32_t)reader_number(r);
	} else if (reader_take_word(r, "ttl") || reader_take_word(r, "hl") ||
		   reader_take_word(r, "hop_limit")) {
		p->has_ttl = true;
		p->ttl = (uint8_t)reader_number(r);
	} else if (reader_take_word(r, "src")) {
		p->src = parse_address(r);
	} else if (reader_take_word(r, "dst")) {
		p->dst = parse_address(r);
	} else if (reader_take_word(r, "options")) {
		parse_ip_options(r, p);
	} else if (reader_take_word(r, "id")) {
		p->ip_id = (uint16_t)reader_number(r);
	} else if (reader_take_word(r, "part")) {
		p->part_from = (uint32_t)reader_number(r);
		reader_expect(r, "-");
		p->part_end = (uint32_t)reader_number(r);
	} else {
		reader_fail(r, "IP information expected");
	}
}

/* `[ect0]`, `(ttl 64)`: told from an echoed `[1:2(1)]` by its first letter. */
static void parse_ip_info(struct reader *r, struct script_packet *p)
{
	const char *end;

	reader_space(r);
	if (*r->at != '(' && *r->at != '[')
		return;
	end = *r->at == '(' ? ")" : "]";
	if (!isalpha((unsigned char)r->at[1]) ||
	    !strncasecmp(r->at + 1, "udp", 3))
		return;
	r->at++;
	do {
		parse_ip_item(r, p);
	} while (reader_take(r, ","));
	reader_expect(r, end);
}

/* `:8080 > :8081`, or without colons. */
static void parse_ports(struct reader *r, struct script_packet *p)
{
	struct reader start = *r;

	reader_take(r, ":");
	reader_space(r);
	if (!isdigit((unsigned char)*r->at)) {
		*r = start;
		return;
	}
	p->src_port = (uint16_t)reader_number(r);
	if (!reader_take(r, ">")) {
		*r = start;
		return;
	}
	reader_take(r, ":");
	p->dst_port = (uint16_t)reader_number(r);
	p->has_ports = true;
	reader_take(r, ":");
}

/* ---- TCP ---- */

static bool parse_flags(struct reader *r, struct script_packet *p)
{
	static const char letters[] = "FSRP.UEWA";
	const char *at = r->at;

	if (*at == '-' && !isdigit((unsigned char)at[1])) {
		r->at++;
		return true;
	}
	for (; *at && !isspace((unsigned char)*at); at++) {
		const char *bit = strchr(letters, *at);

		if (isdigit((unsigned char)*at) && at > r->at) {
			p->flags |= (uint16_t)((*at & 7) << 6);
			continue;
		}
		if (*at == 'C' && at > r->at) /* as some write CWR */
			bit = strchr(letters, 'W');
		if (!bit)
			return false;
		p->flags |= (uint16_t)(1 << (bit - letters));
	}
	if (at == r->at)
		return false;
	r->at = at;
	return true;
}

static void parse_sequence(struct reader *r, struct script_packet *p)
{
	if (reader_take(r, ".")) {
		p->any_seq = true;
		if (reader_take(r, ":"))
			reader_expect(r, ".");
		reader_expect(r, "(");
		p->length = (uint32_t)reader_number(r);
		reader_expect(r, ")");
		return;
	}
	p->seq = (uint32_t)reader_number(r);
	reader_expect(r, ":");
	p->end = (uint32_t)reader_number(r);
	reader_expect(r, "(");
	p->length = (uint32_t)reader_number(r);
	reader_expect(r, ")");
	if (p->end - p->seq != p->length)
		reader_fail(r, "sequence numbers and length do not agree");
}

static uint8_t *option_room(struct reader *r, struct script_packet *p,
			    uint8_t kind, uint32_t length)
{
	uint8_t *at = p->options + p->option_length;

	if (p->option_length + length > OPTIONS_MAX)
		reader_fail(r, "more than 40 bytes of options");
	p->option_length += length;
	at[0] = kind;
	if (kind > 1)
		at[1] = (uint8_t)length;
	return at;
}

static void parse_sack(struct reader *r, struct script_packet *p)
{
	uint8_t *at = option_room(r, p, 5, 2), *block;

	reader_space(r);
	while (isdigit((unsigned char)*r->at)) {
		block = option_room(r, p, 0, 8);
		put_be32(block, (uint32_t)reader_number(r));
		reader_expect(r, ":");
		put_be32(block + 4, (uint32_t)reader_number(r));
		at[1] += 8;
		reader_space(r);
	}
}

static uint32_t stamp(struct reader *r, bool *any)
{
	if (reader_take(r, ".")) {
		*any = true;
		return 0;
	}
	return (uint32_t)reader_number(r);
}

static void parse_timestamp(struct reader *r, struct script_packet *p)
{
	uint8_t *at = option_room(r, p, 8, 10);

	p->has_stamp = true;
	if (!reader_take_word(r, "val"))
		reader_fail(r, "\"val\" expected");
	put_be32(at + 2, stamp(r, &p->any_ts_val));
	if (reader_take_word(r, "abs") || reader_take_word(r, "absolute"))
		p->absolute_ecr = true;
	if (!reader_take_word(r, "ecr"))
		reader_fail(r, "\"ecr\" expected");
	if (reader_take_word(r, "abs"))
		p->absolute_ecr = true;
	put_be32(at + 6, stamp(r, &p->any_ts_ecr));
}

/* Hexadecimal digits, as many as there are. */
static void parse_hex(struct reader *r, struct script_packet *p, uint8_t *head)
{
	char *word;

	reader_space(r);
	if (!isxdigit((unsigned char)*r->at) && !isupper((unsigned char)*r->at))
		return;
	word = reader_word(r);
	if (word[0] == '0' && word[1] == 'x')
		word += 2;
	if (strspn(word, "0123456789abcdefABCDEF") != strlen(word) ||
	    strlen(word) % 2)
		reader_fail(r, "pairs of hexadecimal digits expected");
	for (; *word; word += 2) {
		char pair[3] = { word[0], word[1] };
		/* A byte of data: its value is in the place of the kind. */
		uint8_t *at = p->options + p->option_length;

		option_room(r, p, 0, 1);
		*at = (uint8_t)strtoul(pair, NULL, 16);
		head[1]++;
	}
}

/* AccECN's counters: e0b N, ceb N, e1b N in either order. */
static void parse_counters(struct reader *r, struct script_packet *p)
{
	uint8_t *head = option_room(r, p, 174, 2);

	for (int n = 0; n < 3; n++) {
		uint8_t *at;
		uint32_t v;

		if (reader_take_word(r, "e1b"))
			head[0] = n ? head[0] : 174;
		else if (reader_take_word(r, "e0b"))
			head[0] = n ? head[0] : 172;
		else if (!reader_take_word(r, "ceb"))
			break;
		v = (uint32_t)reader_number(r);
		at = option_room(r, p, 0, 3);
		at[0] = (uint8_t)(v >> 16);
		put_be16(at + 1, (uint16_t)v);
		head[1] += 3;
	}
}

static void parse_option_name(struct reader *r, struct script_packet *p)
{
	uint8_t *at;

	if (reader_take_word(r, "nop")) {
		option_room(r, p, 1, 1);
	} else if (reader_take_word(r, "eol")) {
		option_room(r, p, 0, 1);
	} else if (reader_take_word(r, "mss")) {
		at = option_room(r, p, 2, 4);
		put_be16(at + 2, (uint16_t)reader_number(r));
	} else if (reader_take_word(r, "wscale")) {
		at = option_room(r, p, 3, 3);
		at[2] = (uint8_t)reader_number(r);
	} else if (reader_take_word(r, "sackOK")) {
		option_room(r, p, 4, 2);
	} else if (reader_take_word(r, "sack")) {
		parse_sack(r, p);
	} else if (reader_take_word(r, "TS")) {
		parse_timestamp(r, p);
	} else if (reader_take_word(r, "FO")) {
		parse_hex(r, p, option_room(r, p, 34, 2));
	} else if (reader_take_word(r, "FOEXP")) {
		at = option_room(r, p, 254, 4);
		put_be16(at + 2, 0xf989);
		parse_hex(r, p, at);
	} else if (reader_take_word(r, "md5")) {
		parse_hex(r, p, option_room(r, p, 19, 2));
	} else if (reader_take_word(r, "exp") || reader_take_word(r, "kind")) {
		uint8_t kind = (uint8_t)reader_number(r);

		parse_hex(r, p, option_room(r, p, kind, 2));
	} else if (reader_take_word(r, "ECN") ||
		   reader_take_word(r, "ACCECN") ||
		   reader_take_word(r, "ACC_ECN")) {
		parse_counters(r, p);
	} else if (reader_take_word(r, "raw")) {
		/* Ours: bytes as they are, however wrong. */
		uint8_t ignored[2] = { 0 };

		parse_hex(r, p, ignored);
	} else {
		/* Another protocol's: mptcp, TCP-AO ... */
		p->unsupported = reader_word(r);
		if (!p->unsupported)
			reader_fail(r, "a TCP option expected");
		r->at += strcspn(r->at, ",>\n");
	}
}

static void parse_options(struct reader *r, struct script_packet *p)
{
	if (!reader_take(r, "<"))
		return;
	if (reader_take(r, "...")) {
		p->any_options = true;
		reader_expect(r, ">");
		return;
	}
	if (reader_take(r, ">"))
		return;
	do {
		parse_option_name(r, p);
	} while (reader_take(r, ","));
	reader_expect(r, ">");
	while (p->option_length % 4)
		option_room(r, p, 0, 1); /* MUST-69: zeros behind the end */
}

static void parse_tcp(struct reader *r, struct script_packet *p)
{
	p->kind = PACKET_TCP;
	if (!parse_flags(r, p))
		reader_fail(r, "TCP flags expected");
	parse_sequence(r, p);
	if (reader_take_word(r, "ack")) {
		p->has_ack = true;
		p->ack = (uint32_t)reader_number(r);
	}
	if (reader_take_word(r, "win")) {
		p->has_window = true;
		p->window = (uint32_t)reader_number(r);
	} else if (p->inbound) {
		reader_fail(r, "an inbound packet needs a window");
	}
	if (reader_take_word(r, "urg")) {
		p->has_urgent = true;
		p->urgent = (uint32_t)reader_number(r);
	}
	parse_options(r, p);
	/* Ours: the checksum is spoilt on the way. */
	p->bad_checksum = reader_take_word(r, "badsum");
}

/* ---- UDP and ICMP ---- */

static void parse_udp(struct reader *r, struct script_packet *p)
{
	p->kind = PACKET_UDP;
	reader_expect(r, "(");
	p->length = (uint32_t)reader_number(r);
	reader_expect(r, ")");
	p->bad_checksum = reader_take_word(r, "badsum");
}

static void parse_echoed(struct reader *r, struct script_packet *p)
{
	if (!reader_take(r, "["))
		return;
	p->echoed = true;
	p->echoed_kind = PACKET_TCP;
	if (reader_take_word(r, "udp")) {
		p->echoed_kind = PACKET_UDP;
		reader_expect(r, "(");
		p->length = (uint32_t)reader_number(r);
		reader_expect(r, ")");
	} else {
		parse_sequence(r, p);
	}
	reader_expect(r, "]");
}

/* A word on this line that is not "mtu": the code. */
static char *parse_code(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
	if (!isalnum((unsigned char)*r->at) || !strncmp(r->at, "mtu ", 4))
		return NULL;
	return reader_word(r);
}

static void parse_icmp(struct reader *r, struct script_packet *p)
{
	p->kind = PACKET_ICMP;
	p->type = reader_word(r);
	if (!p->type)
		reader_fail(r, "a type of ICMP message expected");
	p->code = parse_code(r);
	if (reader_take_word(r, "mtu"))
		p->mtu = (uint32_t)reader_number(r);
	if (!p->echoed)
		parse_echoed(r, p);
}

/* ---- All of them ---- */

/* Encapsulations, and protocols that the stack does not speak: the rest of the
 * line is passed over. */
static bool foreign(struct reader *r, struct script_packet *p)
{
	static const char *const names[] = { "ipv4", "ipv6",	"gre", "mpls",
					     "sctp", "udplite", "psp" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!reader_take_word(r, names[i]))
			continue;
		p->unsupported = names[i];
		r->at += strcspn(r->at, "\n");
		return true;
	}
	return false;
}

struct script_packet *parse_packet(struct reader *r)
{
	struct script_packet *p = calloc(1, sizeof(*p));

	p->inbound = reader_take(r, "<");
	if (!p->inbound)
		reader_expect(r, ">");
	p->line = r->line;
	if (foreign(r, p))
		return p;
	parse_ip_info(r, p);
	parse_ports(r, p);
	parse_echoed(r, p);
	if (reader_take_word(r, "icmp") || reader_take_word(r, "icmpv6"))
		parse_icmp(r, p);
	else if (reader_take_word(r, "UDP"))
		parse_udp(r, p);
	else
		parse_tcp(r, p);
	return p;
}
