// SPDX-License-Identifier: MIT
/* See vnet.h. */
#include "net/core/vnet.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/packet.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"
#include "net/wire/tcp.h"
#include "net/wire/udp.h"

#define FLAGS 0
#define KIND 1
#define LENGTH 2
#define SIZE 4
#define START 6
#define OFFSET 8

#define NEEDS_CSUM 1
#define DATA_VALID 2

#define KIND_NONE 0
#define KIND_TCP4 1
#define KIND_UDP 3 /* one datagram, to be fragmented */
#define KIND_TCP6 4
#define KIND_UDP_L4 5 /* several datagrams */
#define KIND_ECN 0x80

#define BY_FRAGMENTS 0xffff /* Linux's own meaning of a size */

static uint8_t kind_of(const struct packet *packet)
{
	switch (packet->gso_size ? packet->gso_type : GSO_NONE) {
	case GSO_TCP4:
		return KIND_TCP4;
	case GSO_TCP6:
		return KIND_TCP6;
	case GSO_UDP:
		return KIND_UDP_L4;
	default:
		return KIND_NONE;
	}
}

void vnet_describe(const struct packet *packet, int32_t shift,
		   uint8_t header[VNET_HEADER])
{
	memset(header, 0, VNET_HEADER);
	if (packet->flags & PACKET_CSUM_PARTIAL) {
		header[FLAGS] = NEEDS_CSUM;
		put_le16(header + START,
			 (uint16_t)(packet->csum_start + shift));
		put_le16(header + OFFSET, packet->csum_offset);
	} else if (packet->flags & PACKET_CSUM_GOOD) {
		header[FLAGS] = DATA_VALID;
	}
	header[KIND] = kind_of(packet);
	if (!header[KIND])
		return;
	put_le16(header + LENGTH, (uint16_t)(packet->payload + shift));
	put_le16(header + SIZE, packet->gso_size);
}

uint32_t vnet_header_length(const uint8_t header[VNET_HEADER])
{
	uint32_t length = get_le16(header + LENGTH);
	uint32_t end = (uint32_t)get_le16(header + START) +
		       get_le16(header + OFFSET) + 2;

	return header[FLAGS] & NEEDS_CSUM ? MAX(length, end) : length;
}

struct kind {
	uint32_t network, transport; /* bytes that their headers have */
	uint16_t sum; /* where the checksum is in the latter */
	uint8_t type;
};

static const struct kind kinds[] = {
	[KIND_NONE] = { IP4_HEADER_MIN, 0, 0, GSO_NONE },
	[KIND_TCP4] = { IP4_HEADER_MIN, TCP_HEADER_MIN, TCP_CHECKSUM_OFFSET,
			GSO_TCP4 },
	[KIND_UDP] = { IP4_HEADER_MIN, UDP_HEADER, UDP_CHECKSUM_OFFSET,
		       GSO_NONE },
	[KIND_TCP6] = { IP6_HEADER_LENGTH, TCP_HEADER_MIN, TCP_CHECKSUM_OFFSET,
			GSO_TCP6 },
	[KIND_UDP_L4] = { IP4_HEADER_MIN, UDP_HEADER, UDP_CHECKSUM_OFFSET,
			  GSO_UDP },
};

static int apply_checksum(struct packet *packet, const struct kind *kind,
			  uint16_t start, uint16_t offset)
{
	uint32_t needed = start + MAX(kind->transport, (uint32_t)offset + 2);

	if (needed > packet->length || start < kind->network)
		return -EINVAL;
	packet->csum_start = start;
	packet->csum_offset = offset;
	packet->flags |= PACKET_CSUM_PARTIAL;
	return 0;
}

static int apply_size(struct packet *packet, const struct kind *kind,
		      uint16_t start, uint16_t size)
{
	bool partial = packet->flags & PACKET_CSUM_PARTIAL;
	uint32_t headers = start + kind->transport;

	if (size == BY_FRAGMENTS)
		return -EINVAL;
	if (partial && kind->type != GSO_NONE &&
	    packet->csum_offset != kind->sum)
		return -EINVAL;
	if (kind->type == GSO_UDP && !partial)
		return -EINVAL;
	if (packet->length < headers)
		return -EINVAL;
	/* One datagram in several fragments is one here. */
	if (kind->type == GSO_NONE || packet->length - headers <= size)
		return 0;
	packet->gso_type = kind->type;
	packet->gso_size = size;
	if (partial) {
		packet->l4 = start;
		packet->payload = (uint16_t)headers;
	}
	return 0;
}

int vnet_apply(struct packet *packet, const uint8_t header[VNET_HEADER])
{
	uint8_t number = header[KIND] & (uint8_t)~KIND_ECN;
	uint16_t size = get_le16(header + SIZE);
	uint16_t start = get_le16(header + START);
	const struct kind *kind;
	bool partial = header[FLAGS] & NEEDS_CSUM;
	int err = 0;

	if (number >= ARRAY_LEN(kinds) ||
	    (number != KIND_NONE && !kinds[number].transport))
		return -EINVAL;
	kind = &kinds[number];
	if (header[KIND] != KIND_NONE && (number == KIND_NONE || size == 0))
		return -EINVAL;
	if (partial)
		err = apply_checksum(packet, kind, start,
				     get_le16(header + OFFSET));
	else if (header[FLAGS] & DATA_VALID)
		packet->flags |= PACKET_CSUM_GOOD;
	if (!err && number != KIND_NONE)
		err = apply_size(packet, kind, partial ? start : kind->network,
				 size);
	return err;
}
