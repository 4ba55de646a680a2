// SPDX-License-Identifier: MIT
/*
 * Link and IP headers off, see frame.h. The length fields of IP are believed
 * as far as the frame goes: a total length of 0, or one that is shorter than
 * the frame, are seen where segmentation or padding are the device's work.
 */
#include "tools/pcapdump/frame.h"

#include <string.h>

#include "lib/bytes.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"
#include "net/wire/udp.h"

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMP6 58
#define ETHERTYPE_QINQ 0x88a8
#define SLL_OUTGOING 4

/* ---- the link ---- */

static bool link_ethernet(struct frame *f, const uint8_t *data, size_t captured,
			  size_t *offset)
{
	size_t at = 12;

	if (captured < ETHERNET_HEADER)
		return false;
	f->ethertype = get_be16(data + at);
	while (f->ethertype == ETHERTYPE_VLAN ||
	       f->ethertype == ETHERTYPE_QINQ) {
		if (captured < at + 6)
			return false;
		f->vlan = (get_be16(data + at + 2) & 0xfff) + 1;
		f->ethertype = get_be16(data + at + 4);
		at += 4;
	}
	*offset = at + 2;
	return true;
}

static uint16_t type_of_family(uint32_t family)
{
	/* AF_INET6 has another number on each BSD, and on Linux. */
	switch (family) {
	case 2:
		return ETHERTYPE_IP4;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETHERTYPE_IP6;
	default:
		return 0;
	}
}

static uint16_t type_of_version(uint8_t first)
{
	if (first >> 4 == 4)
		return ETHERTYPE_IP4;
	return first >> 4 == 6 ? ETHERTYPE_IP6 : 0;
}

static bool link_loop(struct frame *f, const uint8_t *data, size_t captured,
		      size_t *offset)
{
	uint32_t family;

	if (captured < 4)
		return false;
	/* The host's order is not told: families are below 256. */
	family = get_be32(data);
	f->ethertype = type_of_family(family < 256 ? family : get_le32(data));
	*offset = 4;
	return true;
}

static bool link_cooked(struct frame *f, const uint8_t *data, size_t captured,
			bool second, size_t *offset)
{
	unsigned type;

	if (captured < (second ? 20 : 16))
		return false;
	type = second ? data[10] : get_be16(data);
	f->direction = type == SLL_OUTGOING ? 2 : 1;
	f->ethertype = get_be16(second ? data : data + 14);
	*offset = second ? 20 : 16;
	return true;
}

bool frame_link(struct frame *f, uint16_t linktype, const uint8_t *data,
		size_t captured, size_t *offset)
{
	*offset = 0;
	switch (linktype) {
	case LINK_ETHERNET:
		return link_ethernet(f, data, captured, offset);
	case LINK_NULL:
	case LINK_LOOP:
		return link_loop(f, data, captured, offset);
	case LINK_SLL:
	case LINK_SLL2:
		return link_cooked(f, data, captured, linktype == LINK_SLL2,
				   offset);
	case LINK_RAW:
	case LINK_RAW_OLD:
	case LINK_IPV4:
	case LINK_IPV6:
		if (!captured)
			return false;
		f->ethertype = type_of_version(data[0]);
		return true;
	default:
		return false;
	}
}

/* ---- IP ---- */

static void set_l4(struct frame *f, size_t header)
{
	if (header > f->ip_captured || header > f->ip_length)
		return;
	f->l4 = f->ip + header;
	f->l4_captured = f->ip_captured - header;
	f->l4_length = f->ip_length - header;
}

static void cut_length(struct frame *f, size_t length)
{
	if (length < f->ip_length)
		f->ip_length = length;
	f->ip_captured = MIN(f->ip_captured, f->ip_length);
}

static void decode_ip4(struct frame *f)
{
	const uint8_t *p = f->ip;
	size_t header, total;
	uint16_t fragment;

	if (f->ip_captured < IP4_HEADER_MIN || p[0] >> 4 != 4)
		return;
	header = (size_t)(p[0] & 15) * 4;
	if (header < IP4_HEADER_MIN)
		return;
	f->version = 4;
	f->tos = p[1];
	f->ip_id = get_be16(p + 4);
	f->ttl = p[8];
	f->protocol = p[9];
	f->src = addr_ip4(get_be32(p + 12));
	f->dst = addr_ip4(get_be32(p + 16));
	total = get_be16(p + 2);
	if (total >= header)
		cut_length(f, total);
	fragment = get_be16(p + 6);
	f->dont_fragment = fragment & IP4_DONT_FRAGMENT;
	f->fragment = fragment & (IP4_MORE_FRAGMENTS | IP4_OFFSET_MASK);
	if (f->ip_captured >= header)
		f->ip_checksum = ip4_checksum_ok(p, header) ? CHECKSUM_GOOD :
				 get_be16(p + 10)	    ? CHECKSUM_BAD :
							      CHECKSUM_OFFLOADED;
	if (!(fragment & IP4_OFFSET_MASK))
		set_l4(f, header);
}

/* Steps over extension headers; 0 when they are cut. */
static size_t skip_extensions(struct frame *f)
{
	size_t at = IP6_HEADER_LENGTH;

	while (f->protocol == 0 || f->protocol == 43 || f->protocol == 60 ||
	       f->protocol == 44) {
		const uint8_t *p = f->ip + at;

		if (at + 8 > f->ip_captured)
			return 0;
		if (f->protocol == 44) {
			f->fragment = get_be16(p + 2) & 0xfff9;
			if (get_be16(p + 2) & 0xfff8)
				return 0;
			at += 8;
		} else {
			at += ((size_t)p[1] + 1) * 8;
		}
		f->protocol = p[0];
	}
	return at;
}

static void decode_ip6(struct frame *f)
{
	struct ip6_header h;
	size_t header;

	if (ip6_parse(f->ip, f->ip_captured, &h))
		return;
	f->version = 6;
	f->tos = h.traffic_class;
	f->ttl = h.hop_limit;
	f->protocol = h.next_header;
	f->src = h.src;
	f->dst = h.dst;
	f->dont_fragment = true;
	if (h.payload_length)
		cut_length(f, IP6_HEADER_LENGTH + h.payload_length);
	header = skip_extensions(f);
	if (header)
		set_l4(f, header);
}

/* ---- the transport ---- */

static int checksum_offset(const struct frame *f)
{
	switch (f->protocol) {
	case PROTOCOL_TCP:
		return TCP_CHECKSUM_OFFSET;
	case PROTOCOL_UDP:
		return UDP_CHECKSUM_OFFSET;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMP6:
		return 2;
	default:
		return -1;
	}
}

/* The field of an offloaded checksum holds the pseudo header's sum, with the
 * length of the segment or, where the device cuts it in pieces, without. */
static bool is_pseudo_sum(const struct frame *f, const uint8_t *field)
{
	uint64_t with = checksum_pseudo(&f->src, &f->dst, f->protocol,
					(uint32_t)f->l4_length);
	uint64_t without = checksum_pseudo(&f->src, &f->dst, f->protocol, 0);
	uint16_t have;

	memcpy(&have, field, 2);
	return have == checksum_fold(with) || have == checksum_fold(without);
}

static enum frame_checksum check_l4(const struct frame *f, bool offloaded)
{
	int offset = checksum_offset(f);
	uint64_t sum = 0;

	if (!f->l4 || f->fragment || offset < 0 ||
	    f->l4_captured < (size_t)offset + 2)
		return CHECKSUM_UNKNOWN;
	if (f->protocol == PROTOCOL_UDP && !get_be16(f->l4 + offset))
		return CHECKSUM_NONE;
	if (offloaded)
		return CHECKSUM_OFFLOADED;
	if (f->protocol != PROTOCOL_ICMP) {
		if (is_pseudo_sum(f, f->l4 + offset))
			return CHECKSUM_OFFLOADED;
		sum = checksum_pseudo(&f->src, &f->dst, f->protocol,
				      (uint32_t)f->l4_length);
	}
	if (f->l4_captured < f->l4_length)
		return CHECKSUM_UNKNOWN;
	sum = checksum_add(sum, f->l4, f->l4_length);
	return checksum_finish(sum) ? CHECKSUM_BAD : CHECKSUM_GOOD;
}

static void decode_tcp(struct frame *f)
{
	size_t header;

	if (f->protocol != PROTOCOL_TCP || !f->l4 ||
	    tcp_header_parse(f->l4, f->l4_captured, &f->tcp))
		return;
	header = f->tcp.length;
	if (header > f->l4_length)
		return;
	f->is_tcp = true;
	f->payload = f->l4 + header;
	f->payload_captured = (uint32_t)(f->l4_captured - header);
	f->payload_length = (uint32_t)(f->l4_length - header);
}

void frame_decode(struct frame *f, const struct capture_packet *packet)
{
	size_t offset;

	memset(f, 0, sizeof *f);
	if (!frame_link(f, packet->linktype, packet->data, packet->captured,
			&offset))
		return;
	if (packet->direction == 1 || packet->direction == 2)
		f->direction = packet->direction;
	f->ip = packet->data + offset;
	f->ip_captured = packet->captured - offset;
	f->ip_length = packet->original > offset ? packet->original - offset :
						   0;
	f->ip_captured = MIN(f->ip_captured, f->ip_length);
	if (f->ethertype == ETHERTYPE_IP4)
		decode_ip4(f);
	else if (f->ethertype == ETHERTYPE_IP6)
		decode_ip6(f);
	if (!f->version) {
		f->ip = NULL;
		return;
	}
	f->checksum = check_l4(f, packet->has_note &&
					  packet->note.checksum_offloaded);
	decode_tcp(f);
}
