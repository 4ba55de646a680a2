// SPDX-License-Identifier: MIT
/*
 * The IPv6 header (RFC 8200) and a walk over its extension headers.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

#define IP6_HEADER_LENGTH 40

#define IP6_NEXT_HOP_BY_HOP 0
#define IP6_NEXT_ROUTING 43
#define IP6_NEXT_FRAGMENT 44
#define IP6_NEXT_NONE 59
#define IP6_NEXT_DESTINATION 60

struct ip6_header {
	uint8_t traffic_class, next_header, hop_limit;
	uint32_t flow_label;
	uint16_t payload_length;
	struct net_addr src, dst;
};

/* -EINVAL: too short or not version 6. */
int ip6_parse(const uint8_t *bytes, size_t size, struct ip6_header *out);
void ip6_emit(uint8_t *bytes, const struct ip6_header *h);
/*
 * Skips hop-by-hop, destination and routing (segments left 0) headers, starting
 * with type *next at `offset` of `bytes`. Sets *next to the transport's number;
 * the offset of its header, or -EINVAL (malformed or cut), -EOPNOTSUPP
 * (fragment header, or an option that demands a discard).
 */
int ip6_skip_extensions(const uint8_t *bytes, size_t size, size_t offset,
			uint8_t *next);
