// SPDX-License-Identifier: MIT
/*
 * Ethernet, ARP, IPv4, IPv6, ICMP, UDP and TCP headers to text. Works on what
 * was captured: a header that is cut off ends the line with [|name], as in
 * tcpdump. Nothing here judges a packet; that was the kernel's business.
 */
#include "tools/pcapdump/decode.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "lib/hash.h"
#include "tools/pcapdump/frame.h"

/* What is left of the packet from here on. */
struct span {
	const uint8_t *at;
	size_t captured; /* bytes that are there */
	size_t length; /* bytes that there were */
};

struct endpoints {
	uint8_t version; /* 4 or 6 */
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
};

/* ---- relative sequence numbers ---- */

#define FLOWS 16384

struct flow {
	bool used;
	struct endpoints ends;
	uint32_t first; /* the sequence number that counts as 0 */
};

struct flows {
	struct flow slot[FLOWS];
};

struct flows *flows_new(void)
{
	return calloc(1, sizeof(struct flows));
}

void flows_free(struct flows *flows)
{
	free(flows);
}

static struct endpoints reverse(const struct endpoints *ends)
{
	struct endpoints other = *ends;

	memcpy(other.src, ends->dst, 16);
	memcpy(other.dst, ends->src, 16);
	other.sport = ends->dport;
	other.dport = ends->sport;
	return other;
}

/* The slot of one direction; NULL when the table is full around there. */
static struct flow *find_flow(struct flows *flows, const struct endpoints *ends)
{
	uint64_t h = hash_bytes(ends, sizeof *ends);

	for (uint64_t i = 0; i < 64; i++) {
		struct flow *flow = &flows->slot[(h + i) % FLOWS];

		if (!flow->used) {
			flow->ends = *ends;
			return flow;
		}
		if (!memcmp(&flow->ends, ends, sizeof *ends))
			return flow;
	}
	return NULL;
}

/* The first number of a direction: a SYN sets it, else the first seen. */
static uint32_t base_of(struct flows *flows, const struct endpoints *ends,
			uint32_t number, bool set)
{
	struct flow *flow = flows ? find_flow(flows, ends) : NULL;

	if (!flow)
		return 0;
	if (set || !flow->used) {
		flow->used = true;
		flow->first = number;
	}
	return flow->first;
}

/* ---- headers ---- */

static bool skip(struct span *span, size_t n)
{
	if (span->captured < n || span->length < n)
		return false;
	span->at += n;
	span->captured -= n;
	span->length -= n;
	return true;
}

static void add_address(struct text *out, const struct endpoints *ends,
			const uint8_t *address)
{
	char buf[INET6_ADDRSTRLEN];

	inet_ntop(ends->version == 4 ? AF_INET : AF_INET6, address, buf,
		  sizeof buf);
	text_str(out, buf);
}

static void add_ends(struct text *out, const struct endpoints *ends, bool ports)
{
	text_str(out, ends->version == 4 ? "IP " : "IP6 ");
	add_address(out, ends, ends->src);
	if (ports)
		text_add(out, ".%u", ends->sport);
	text_str(out, " > ");
	add_address(out, ends, ends->dst);
	if (ports)
		text_add(out, ".%u", ends->dport);
	text_str(out, ": ");
}

static void add_flags(struct text *out, uint8_t flags)
{
	static const char names[] = "FSRP.UEW";
	bool any = false;

	text_str(out, "Flags [");
	for (int i = 0; i < 8; i++) {
		if (i == 4 || !(flags & (1 << i)))
			continue;
		text_char(out, names[i]);
		any = true;
	}
	if (flags & 0x10)
		text_char(out, '.');
	else if (!any)
		text_str(out, "none");
	text_char(out, ']');
}

static void add_sack(struct text *out, const uint8_t *p, size_t len,
		     uint32_t base)
{
	text_add(out, "sack %zu ", len / 8);
	for (; len >= 8; len -= 8, p += 8)
		text_add(out, "{%u:%u}", get_be32(p) - base,
			 get_be32(p + 4) - base);
}

static void add_option(struct text *out, const uint8_t *p, size_t len,
		       uint32_t ack_base)
{
	switch (p[0]) {
	case 2:
		if (len == 4)
			text_add(out, "mss %u", get_be16(p + 2));
		break;
	case 3:
		if (len == 3)
			text_add(out, "wscale %u", p[2]);
		break;
	case 4:
		text_str(out, "sackOK");
		break;
	case 5:
		add_sack(out, p + 2, len - 2, ack_base);
		break;
	case 8:
		if (len == 10)
			text_add(out, "TS val %u ecr %u", get_be32(p + 2),
				 get_be32(p + 6));
		break;
	default:
		text_add(out, "opt-%u", p[0]);
		break;
	}
}

static void add_options(struct text *out, const uint8_t *p, size_t len,
			uint32_t ack_base)
{
	const char *between = ", options [";

	if (!len)
		return;
	while (len) {
		size_t n = 1;

		text_str(out, between);
		between = ",";
		if (p[0] == 0) {
			text_str(out, "eol");
			break;
		}
		if (p[0] == 1) {
			text_str(out, "nop");
		} else {
			if (len < 2 || p[1] < 2 || p[1] > len) {
				text_str(out, "bad");
				break;
			}
			n = p[1];
			add_option(out, p, n, ack_base);
		}
		p += n;
		len -= n;
	}
	text_char(out, ']');
}

static void add_tcp(struct text *out, struct flows *flows, struct span span,
		    struct endpoints *ends)
{
	const uint8_t *p = span.at;
	struct endpoints other;
	uint32_t seq, ack, base, ack_base;
	size_t header, payload;

	if (span.captured < 20) {
		add_ends(out, ends, false);
		text_str(out, "[|tcp]");
		return;
	}
	ends->sport = get_be16(p);
	ends->dport = get_be16(p + 2);
	other = reverse(ends);
	seq = get_be32(p + 4);
	ack = get_be32(p + 8);
	header = (size_t)(p[12] >> 4) * 4;
	base = base_of(flows, ends, seq, p[13] & 2);
	ack_base = p[13] & 0x10 ? base_of(flows, &other, ack - 1, false) : 0;
	add_ends(out, ends, true);
	add_flags(out, p[13]);
	payload = span.length > header ? span.length - header : 0;
	if (p[13] & 2)
		base = 0; /* a SYN shows its number as it is */
	if (payload)
		text_add(out, ", seq %u:%u", seq - base,
			 (uint32_t)(seq + payload - base));
	else if (p[13] & 7)
		text_add(out, ", seq %u", seq - base);
	if (p[13] & 0x10)
		text_add(out, ", ack %u", ack - ack_base);
	text_add(out, ", win %u", get_be16(p + 14));
	if (header > 20 && header <= span.captured)
		add_options(out, p + 20, header - 20, ack_base);
	text_add(out, ", length %zu", payload);
}

static void add_udp(struct text *out, struct span span, struct endpoints *ends)
{
	if (span.captured < 8) {
		add_ends(out, ends, false);
		text_str(out, "[|udp]");
		return;
	}
	ends->sport = get_be16(span.at);
	ends->dport = get_be16(span.at + 2);
	add_ends(out, ends, true);
	if (ends->sport == 67 || ends->dport == 67)
		text_str(out, "BOOTP/DHCP, ");
	else
		text_str(out, "UDP, ");
	text_add(out, "length %u", get_be16(span.at + 4) - 8);
}

static void add_icmp4(struct text *out, const struct span *span)
{
	const uint8_t *p = span->at;

	switch (p[0]) {
	case 0:
	case 8:
		text_add(out, "ICMP echo %s, id %u, seq %u",
			 p[0] ? "request" : "reply", get_be16(p + 4),
			 get_be16(p + 6));
		break;
	case 3:
		text_add(out, "ICMP unreachable, code %u", p[1]);
		if (p[1] == 4)
			text_add(out, " (need to frag, mtu %u)",
				 get_be16(p + 6));
		break;
	case 11:
		text_add(out, "ICMP time exceeded, code %u", p[1]);
		break;
	default:
		text_add(out, "ICMP type %u, code %u", p[0], p[1]);
		break;
	}
}

static void add_icmp6(struct text *out, const struct span *span)
{
	const uint8_t *p = span->at;

	switch (p[0]) {
	case 128:
	case 129:
		text_add(out, "ICMP6, echo %s, id %u, seq %u",
			 p[0] == 128 ? "request" : "reply", get_be16(p + 4),
			 get_be16(p + 6));
		break;
	case 135:
	case 136:
		text_add(out, "ICMP6, neighbor %s",
			 p[0] == 135 ? "solicitation" : "advertisement");
		break;
	default:
		text_add(out, "ICMP6, type %u, code %u", p[0], p[1]);
		break;
	}
}

static void add_transport(struct text *out, struct flows *flows,
			  struct span span, struct endpoints *ends,
			  unsigned protocol)
{
	switch (protocol) {
	case 6:
		add_tcp(out, flows, span, ends);
		return;
	case 17:
		add_udp(out, span, ends);
		return;
	case 1:
	case 58:
		add_ends(out, ends, false);
		if (span.captured < 8) {
			text_str(out, "[|icmp]");
			return;
		}
		if (protocol == 1)
			add_icmp4(out, &span);
		else
			add_icmp6(out, &span);
		text_add(out, ", length %zu", span.length);
		return;
	default:
		add_ends(out, ends, false);
		text_add(out, "ip-proto-%u, length %zu", protocol, span.length);
	}
}

static void add_ip4(struct text *out, struct flows *flows, struct span span)
{
	struct endpoints ends = { .version = 4 };
	const uint8_t *p = span.at;
	size_t header, total;
	unsigned offset;

	if (span.captured < 20) {
		text_str(out, "[|ip]");
		return;
	}
	header = (size_t)(p[0] & 15) * 4;
	total = get_be16(p + 2);
	offset = (get_be16(p + 6) & 0x1fffu) * 8;
	memcpy(ends.src, p + 12, 4);
	memcpy(ends.dst, p + 16, 4);
	/* 0: longer than 64 KiB, segmentation was left to the device. */
	if (total >= header && total < span.length)
		span.length = total;
	span.captured = MIN(span.captured, span.length);
	if (header < 20 || !skip(&span, header)) {
		add_ends(out, &ends, false);
		text_str(out, "[|ip]");
		return;
	}
	if (offset) {
		add_ends(out, &ends, false);
		text_add(out, "ip-proto-%u, fragment at %u, length %zu", p[9],
			 offset, span.length);
		return;
	}
	add_transport(out, flows, span, &ends, p[9]);
}

static void add_ip6(struct text *out, struct flows *flows, struct span span)
{
	struct endpoints ends = { .version = 6 };
	const uint8_t *p = span.at;
	unsigned protocol;
	size_t total;

	if (span.captured < 40) {
		text_str(out, "[|ip6]");
		return;
	}
	memcpy(ends.src, p + 8, 16);
	memcpy(ends.dst, p + 24, 16);
	protocol = p[6];
	total = get_be16(p + 4);
	skip(&span, 40);
	if (total && total < span.length)
		span.length = total;
	span.captured = MIN(span.captured, span.length);
	/* Hop-by-hop, routing and destination options stand before it. */
	while ((protocol == 0 || protocol == 43 || protocol == 60) &&
	       span.captured >= 8) {
		protocol = span.at[0];
		if (!skip(&span, (span.at[1] + 1u) * 8))
			break;
	}
	add_transport(out, flows, span, &ends, protocol);
}

static void add_arp(struct text *out, const struct span *span)
{
	struct endpoints ends = { .version = 4 };
	const uint8_t *p = span->at;

	if (span->captured < 28) {
		text_str(out, "[|arp]");
		return;
	}
	if (get_be16(p + 6) == 1) {
		text_str(out, "ARP, Request who-has ");
		add_address(out, &ends, p + 24);
		text_str(out, " tell ");
		add_address(out, &ends, p + 14);
	} else {
		text_str(out, "ARP, Reply ");
		add_address(out, &ends, p + 14);
		text_add(out, " is-at %02x:%02x:%02x:%02x:%02x:%02x", p[8],
			 p[9], p[10], p[11], p[12], p[13]);
	}
	text_add(out, ", length %zu", span->length);
}

void decode_packet(struct text *out, struct flows *flows, uint16_t linktype,
		   const uint8_t *data, size_t captured, size_t original)
{
	struct span span = { data, captured, original };
	struct frame frame = { 0 };
	size_t offset;

	if (!frame_link(&frame, linktype, data, captured, &offset) ||
	    !skip(&span, offset)) {
		if (linktype == LINK_ETHERNET)
			text_str(out, "[|ether]");
		else
			text_add(out, "link type %u, length %zu", linktype,
				 original);
		return;
	}
	if (frame.vlan)
		text_add(out, "vlan %u, ", frame.vlan - 1u);
	switch (frame.ethertype) {
	case 0x0800:
		add_ip4(out, flows, span);
		break;
	case 0x86dd:
		add_ip6(out, flows, span);
		break;
	case 0x0806:
		add_arp(out, &span);
		break;
	default:
		text_add(out, "ethertype 0x%04x, length %zu", frame.ethertype,
			 span.length);
		break;
	}
}
