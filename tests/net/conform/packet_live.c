// SPDX-License-Identifier: MIT
/*
 * What the stack sent: taken apart, compared with what the script expects, and
 * written in packetdrill's notation.
 *
 * Compared are: the kind, TCP's flags, sequence numbers, length and
 * acknowledgment always; window, urgent pointer and the IP fields when the
 * script gives them; options byte for byte (unless `<...>`), timestamps by
 * the rules of verify_stamp().
 */
#include "tests/net/conform/libc.h"

#include "lib/bytes.h"
#include "net/wire/checksum.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define TCP 6
#define UDP 17

/* ---- Taking apart ---- */

static void dissect_tcp(struct live_packet *p, uint8_t *at, uint32_t length)
{
	uint32_t header;

	if (length < 20)
		return;
	header = (uint32_t)(at[12] >> 4) * 4;
	if (header < 20 || header > length)
		return;
	p->protocol = TCP;
	p->tcp = at;
	p->src_port = get_be16(at);
	p->dst_port = get_be16(at + 2);
	p->seq = get_be32(at + 4);
	p->ack = get_be32(at + 8);
	p->flags = get_be16(at + 12) & 0x1ff;
	p->window = get_be16(at + 14);
	p->urgent = get_be16(at + 18);
	p->option_length = header - 20;
	memcpy(p->options, at + 20, p->option_length);
	p->length = length - header;
}

static void dissect_quoted(struct live_packet *p, const uint8_t *at,
			   uint32_t length)
{
	uint32_t header = run.six ? 40 : 20;

	if (length < header + 8)
		return;
	p->echoed_protocol = at[run.six ? 6 : 9];
	p->echoed_src_port = get_be16(at + header);
	p->echoed_dst_port = get_be16(at + header + 2);
	p->echoed_seq = get_be32(at + header + 4);
	p->echoed_length = get_be16(at + header + 4) - 8;
}

static void dissect_icmp(struct live_packet *p, const uint8_t *at,
			 uint32_t length)
{
	if (length < 8)
		return;
	p->protocol = 1;
	p->type = at[0];
	p->code = at[1];
	p->mtu = run.six ? get_be32(at + 4) : get_be16(at + 6);
	dissect_quoted(p, at + 8, length - 8);
}

void packet_dissect(struct live_packet *p, const struct wire_packet *wire)
{
	uint8_t *at = wire->bytes, *l4;
	uint8_t protocol;
	uint32_t length;
	uint64_t sum;

	*p = (struct live_packet){ .partial = wire->partial,
				   .gso_size = wire->gso_size };
	if (at[0] >> 4 != (run.six ? 6 : 4))
		return;
	if (run.six) {
		p->tos = (uint8_t)(get_be16(at) >> 4);
		p->flow = get_be32(at) & 0xfffff;
		p->ttl = at[7];
		protocol = at[6];
		l4 = at + 40;
		length = wire->length - 40;
	} else {
		p->tos = at[1];
		p->ttl = at[8];
		protocol = at[9];
		l4 = at + (at[0] & 15) * 4;
		length = wire->length - (at[0] & 15u) * 4;
	}
	sum = protocol == 1 ? 0 :
			      checksum_pseudo(&run.local, &run.remote, protocol,
					      length);
	p->corrupt = !wire->partial && (protocol == TCP || protocol == UDP) &&
		     checksum_finish(checksum_add(sum, l4, length)) != 0;
	if (protocol == TCP) {
		dissect_tcp(p, l4, length);
	} else if (protocol == UDP && length >= 8) {
		p->protocol = UDP;
		p->src_port = get_be16(l4);
		p->dst_port = get_be16(l4 + 2);
		p->length = length - 8;
	} else if (protocol == 1 || protocol == 58) {
		dissect_icmp(p, l4, length);
	}
}

/* ---- Names of ICMP ---- */

struct icmp_name {
	int type, code; /* code -1: a type's name */
	const char *name;
};

static const struct icmp_name names4[] = {
	{ 0, -1, "echo_reply" },
	{ 3, -1, "unreachable" },
	{ 4, -1, "source_quench" },
	{ 5, -1, "redirect" },
	{ 8, -1, "echo_request" },
	{ 8, -1, "echo" },
	{ 11, -1, "time_exceeded" },
	{ 12, -1, "parameter_problem" },
	{ 3, 0, "net_unreachable" },
	{ 3, 1, "host_unreachable" },
	{ 3, 2, "protocol_unreachable" },
	{ 3, 3, "port_unreachable" },
	{ 3, 4, "frag_needed" },
	{ 3, 5, "source_route_failed" },
	{ 3, 6, "net_unknown" },
	{ 3, 7, "host_unknown" },
	{ 3, 8, "source_host_isolated" },
	{ 3, 9, "net_prohibited" },
	{ 3, 10, "host_prohibited" },
	{ 3, 11, "net_unreachable_for_tos" },
	{ 3, 12, "host_unreachable_for_tos" },
	{ 3, 13, "packet_filtered" },
	{ 3, 14, "precedence_violation" },
	{ 3, 15, "precedence_cutoff" },
	{ 5, 0, "net" },
	{ 5, 1, "host" },
	{ 11, 0, "ttl_exceeded" },
	{ 11, 0, "ttl" },
	{ 11, 1, "fragment_reassembly" },
	{ 11, 1, "frag_time" },
	{ 12, 0, "pointer" },
};

static const struct icmp_name names6[] = {
	{ 1, -1, "unreachable" },
	{ 2, -1, "packet_too_big" },
	{ 3, -1, "time_exceeded" },
	{ 4, -1, "param_problem" },
	{ 4, -1, "parameter_problem" },
	{ 128, -1, "echo_request" },
	{ 3, 0, "ttl" },
	{ 3, 1, "frag_time" },
	{ 129, -1, "echo_reply" },
	{ 1, 0, "no_route" },
	{ 1, 0, "net_unreachable" },
	{ 1, 1, "admin_prohibited" },
	{ 1, 2, "beyond_scope" },
	{ 1, 2, "not_neighbour" },
	{ 1, 3, "addr_unreachable" },
	{ 1, 3, "address_unreachable" },
	{ 1, 3, "host_unreachable" },
	{ 1, 4, "port_unreachable" },
	{ 3, 0, "hop_limit" },
	{ 3, 0, "exceed_hop_limit" },
	{ 3, 1, "exceed_reassembly_time" },
	{ 4, 0, "header_field" },
	{ 4, 1, "unrecognized_next_header" },
	{ 4, 2, "unrecognized_option" },
};

static int find_icmp(int type, const char *name, bool six)
{
	const struct icmp_name *names = six ? names6 : names4;
	size_t n = six ? ARRAY_LEN(names6) : ARRAY_LEN(names4);
	char *end;
	long number = strtol(name, &end, 0);

	if (end != name && !*end)
		return (int)number;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		if (type < 0 && names[i].code < 0)
			return names[i].type;
		if (type == names[i].type && names[i].code >= 0)
			return names[i].code;
	}
	return -1;
}

int icmp_type_number(const char *name, bool six)
{
	return find_icmp(-1, name, six);
}

int icmp_code_number(int type, const char *name, bool six)
{
	return name ? find_icmp(type, name, six) : 0;
}

/* ---- Text ---- */

#define TEXTS 6
#define TEXT_SIZE 700

static char *next_text(void)
{
	static char texts[TEXTS][TEXT_SIZE];
	static int turn;

	turn = (turn + 1) % TEXTS;
	texts[turn][0] = 0;
	return texts[turn];
}

static void PRINTF_LIKE(2, 3) append(char *text, const char *format, ...)
{
	size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + n, TEXT_SIZE - n, format, args);
	va_end(args);
}

static void append_option(char *text, const uint8_t *o, uint32_t length)
{
	switch (o[0]) {
	case 2:
		append(text, "mss %u", length == 4 ? get_be16(o + 2) : 0u);
		break;
	case 3:
		append(text, "wscale %u", length == 3 ? o[2] : 0u);
		break;
	case 4:
		append(text, "sackOK");
		break;
	case 5:
		append(text, "sack");
		for (uint32_t i = 2; i + 8 <= length; i += 8)
			append(text, " %u:%u", get_be32(o + i),
			       get_be32(o + i + 4));
		break;
	case 8:
		if (length == 10)
			append(text, "TS val %u ecr %u", get_be32(o + 2),
			       get_be32(o + 6));
		break;
	case 34:
	case 254:
		append(text, o[0] == 34 ? "FO" : "FOEXP");
		for (uint32_t i = o[0] == 34 ? 2 : 4; i < length; i++)
			append(text,
			       i == 2 || (i == 4 && o[0] == 254) ? " %02x" :
								   "%02x",
			       o[i]);
		break;
	default:
		append(text, "kind %u", o[0]);
		for (uint32_t i = 2; i < length; i++)
			append(text, i == 2 ? " %02x" : "%02x", o[i]);
	}
}

const char *options_text(const uint8_t *at, uint32_t length)
{
	char *text = next_text();

	for (uint32_t i = 0; i < length;) {
		uint32_t n = at[i] < 2 ? 1 : i + 1 < length ? at[i + 1] : 0;

		append(text, i ? "," : "<");
		if (at[i] == 1)
			append(text, "nop");
		else if (at[i] == 0)
			append(text, "eol");
		else if (n < 2 || i + n > length)
			append(text, "broken");
		else
			append_option(text, at + i, n);
		if (n < 1 || i + n > length)
			break;
		i += n;
	}
	if (length)
		append(text, ">");
	return text;
}

static void append_flags(char *text, uint16_t flags)
{
	static const char letters[] = "FSRP.UEWA";

	if (!(flags & 0x1ff))
		append(text, "-");
	/* SYN and FIN first, the dot last, as one writes them. */
	for (int i = 0; i < 9; i++)
		if (flags & 1 << i && i != 4)
			append(text, "%c", letters[i]);
	if (flags & 16)
		append(text, ".");
}

static void append_icmp(char *text, int type, int code, uint32_t mtu)
{
	append(text, "icmp type %d code %d", type, code);
	if (mtu)
		append(text, " mtu %u", mtu);
}

const char *packet_text(const struct script_packet *p)
{
	char *text = next_text();

	append(text, p->inbound ? "< " : "> ");
	if (p->has_tos)
		append(text, "[tos 0x%02x/0x%02x] ", p->tos, p->tos_mask);
	if (p->has_ttl)
		append(text, "(ttl %u) ", p->ttl);
	if (p->kind == PACKET_UDP) {
		append(text, "UDP (%u)", p->length);
		return text;
	}
	if (p->kind == PACKET_ICMP) {
		append(text, "icmp %s %s", p->type, p->code ? p->code : "");
		return text;
	}
	append_flags(text, p->flags);
	append(text, " %u:%u(%u)", p->seq, p->end, p->length);
	if (p->has_ack)
		append(text, " ack %u", p->ack);
	if (p->has_window)
		append(text, " win %u", p->window);
	if (p->has_urgent)
		append(text, " urg %u", p->urgent);
	if (p->any_options)
		append(text, " <...>");
	else if (p->option_length)
		append(text, " %s", options_text(p->options, p->option_length));
	return text;
}

const char *live_text(const struct live_packet *p)
{
	char *text = next_text();

	append(text, "> ");
	if (p->tos)
		append(text, "[tos 0x%02x] ", p->tos);
	if (p->protocol == UDP) {
		append(text, "UDP (%u)", p->length);
		return text;
	}
	if (p->protocol == 1) {
		append_icmp(text, p->type, p->code, p->mtu);
		return text;
	}
	append_flags(text, p->flags);
	append(text, " %u:%u(%u)", p->seq, p->seq + p->length, p->length);
	if (p->flags & 16)
		append(text, " ack %u", p->ack);
	append(text, " win %u", p->window);
	if (p->flags & 32)
		append(text, " urg %u", p->urgent);
	if (p->option_length)
		append(text, " %s", options_text(p->options, p->option_length));
	return text;
}

/* ---- Comparing ---- */

/* Where the timestamp option's value is, or 0. */
static uint32_t find_stamp(const uint8_t *o, uint32_t length)
{
	for (uint32_t i = 0; i < length;) {
		uint32_t n = o[i] < 2 ? 1 : i + 1 < length ? o[i + 1] : 0;

		if (n < 1 || i + n > length)
			return 0;
		if (o[i] == 8 && n == 10)
			return i + 2;
		i += n;
	}
	return 0;
}

static void remember_stamp(struct conversation *c, uint32_t script,
			   uint32_t live)
{
	if (!c->stamp_known) {
		c->stamp_known = true;
		c->first_script_stamp = script;
		c->first_live_stamp = live;
	}
	if (c->stamp_count == STAMPS_MAX)
		c->stamp_count = 0;
	c->stamps[c->stamp_count].script = script;
	c->stamps[c->stamp_count++].live = live;
}

/*
 * The first timestamp fixes what the script's numbers mean. With
 * --tcp_ts_tick_usecs the later ones must agree within the tolerance; without,
 * any value will do, and is remembered for the echo.
 */
static const char *verify_stamp(const struct script_packet *want,
				const uint8_t *want_at, uint8_t *got_at,
				struct conversation *c)
{
	uint32_t script = get_be32(want_at), live = get_be32(got_at);
	int64_t tick = run.script->ts_tick_usecs, off;

	if (want->any_ts_val) {
		put_be32(got_at, script);
	} else {
		remember_stamp(c, script, live);
		off = (int32_t)(live - c->first_live_stamp -
				(script - c->first_script_stamp));
		if (tick &&
		    (off < 0 ? -off : off) * tick > run.script->tolerance_usecs)
			return "timestamp value";
		put_be32(got_at, script);
	}
	if (want->any_ts_ecr)
		put_be32(got_at + 4, get_be32(want_at + 4));
	return NULL;
}

static const char *compare_options(const struct script_packet *want,
				   const struct live_packet *got,
				   struct conversation *c)
{
	uint8_t mine[OPTIONS_MAX];
	uint32_t w, g;
	const char *wrong = NULL;

	if (want->any_options)
		return NULL;
	memcpy(mine, got->options, got->option_length);
	w = find_stamp(want->options, want->option_length);
	g = find_stamp(mine, got->option_length);
	if (w && g)
		wrong = verify_stamp(want, want->options + w, mine + g, c);
	if (wrong)
		return wrong;
	if (want->option_length != got->option_length ||
	    memcmp(want->options, mine, want->option_length) != 0)
		return "TCP options";
	return NULL;
}

static const char *compare_ip(const struct script_packet *want,
			      const struct live_packet *got)
{
	if (want->has_tos && (got->tos & want->tos_mask) != want->tos)
		return "type of service (ECN)";
	if (want->has_ttl && got->ttl != want->ttl)
		return "time to live";
	if (want->has_flow && run.six && got->flow != want->flow)
		return "flow label";
	return NULL;
}

static const char *compare_tcp(const struct script_packet *want,
			       const struct live_packet *got,
			       struct conversation *c, bool partly)
{
	uint16_t differ = (want->flags ^ got->flags) & 0x1ff;

	if (partly)
		differ &= (uint16_t) ~(8 | 1);
	if (differ)
		return "TCP flags";
	if (!want->any_seq && want->seq != got->seq)
		return "sequence number";
	if (want->length != got->length)
		return "length of data";
	if (want->has_ack && want->ack != got->ack)
		return "acknowledgment number";
	if (want->has_window && want->window != got->window)
		return "window";
	if (want->has_urgent && want->urgent != got->urgent)
		return "urgent pointer";
	return compare_options(want, got, c);
}

static const char *compare_icmp(const struct script_packet *want,
				const struct live_packet *got)
{
	int type = icmp_type_number(want->type, run.six), code;

	if (type < 0)
		unsupported(want->line, "ICMP type %s", want->type);
	code = icmp_code_number(type, want->code, run.six);
	if (type != got->type)
		return "ICMP type";
	if (code != got->code)
		return "ICMP code";
	if (want->mtu && want->mtu != got->mtu)
		return "path MTU";
	if (want->echoed && want->echoed_kind == PACKET_UDP &&
	    (got->echoed_protocol != UDP || want->length != got->echoed_length))
		return "quoted packet";
	if (want->echoed && want->echoed_kind == PACKET_TCP &&
	    (got->echoed_protocol != TCP || want->seq != got->echoed_seq))
		return "quoted packet";
	return NULL;
}

const char *packet_compare(const struct script_packet *want,
			   const struct live_packet *got,
			   struct conversation *c, bool partly)
{
	static const uint8_t protocols[] = { TCP, UDP, 1 };
	const char *wrong;

	if (protocols[want->kind] != got->protocol)
		return "kind of packet";
	if (got->corrupt)
		return "checksum";
	wrong = compare_ip(want, got);
	if (wrong)
		return wrong;
	if (want->kind == PACKET_TCP)
		return compare_tcp(want, got, c, partly);
	if (want->kind == PACKET_ICMP)
		return compare_icmp(want, got);
	return want->length == got->length ? NULL : "length of data";
}
