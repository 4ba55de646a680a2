// SPDX-License-Identifier: MIT
/*
 * A captured packet taken apart once: where its IP header and its transport
 * header stand, addresses, the TCP header, the payload, and whether the
 * checksums are right. Knows the link types that Linux and Weir write:
 * Ethernet (with VLAN tags), raw IP, "cooked" (SLL, SLL2), BSD loopback.
 *
 * Nothing here judges a packet. What the snapshot length cut off is absent;
 * lengths are those on the wire. Pointers lead into the packet's bytes.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"
#include "net/wire/tcp.h"
#include "tools/pcapdump/capture.h"

enum linktype {
	LINK_NULL = 0, /* BSD loopback: the family in host order */
	LINK_ETHERNET = 1,
	LINK_RAW_OLD = 12,
	LINK_RAW = 101,
	LINK_LOOP = 108, /* the family in network order */
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum frame_checksum {
	CHECKSUM_UNKNOWN, /* cut off, a fragment, or no transport that we know */
	CHECKSUM_GOOD,
	CHECKSUM_NONE, /* UDP over IPv4 without one */
	CHECKSUM_OFFLOADED, /* left to the device: only the pseudo header's sum
			     * stands there, or the capture says so */
	CHECKSUM_BAD,
};

struct frame {
	unsigned direction; /* 0 unknown, 1 in, 2 out: the capture's options or
			     * the cooked header */
	uint16_t ethertype; /* 0: a frame without one */
	uint16_t vlan; /* id + 1; 0: untagged */
	uint8_t version; /* 4 or 6; 0: not IP, or its header is cut */
	uint8_t protocol, ttl, tos;
	uint16_t ip_id; /* IPv4 */
	bool dont_fragment;
	bool fragment; /* a piece of a datagram, not all of it */
	bool is_tcp; /* `tcp` and what follows it are valid */
	struct net_addr src, dst;
	const uint8_t *ip; /* NULL: none */
	size_t ip_captured, ip_length;
	const uint8_t *l4; /* NULL: none, or not the first fragment */
	size_t l4_captured, l4_length;
	enum frame_checksum ip_checksum, checksum;

	struct tcp_header tcp;
	const uint8_t *payload;
	uint32_t payload_captured, payload_length;
};

/* Finds the network layer: its bytes from `*offset` on and its ethertype (in
 * `frame`, with direction and VLAN). False when the link is cut or unknown. */
bool frame_link(struct frame *frame, uint16_t linktype, const uint8_t *data,
		size_t captured, size_t *offset);
/* All of it; always leaves a valid frame. */
void frame_decode(struct frame *frame, const struct capture_packet *packet);
