// SPDX-License-Identifier: MIT
/*
 * The IPv4 header (RFC 791). Options are skipped by their lengths; the parser
 * says when they are malformed.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

#define IP4_HEADER_MIN 20
#define IP4_HEADER_MAX 60
#define IP4_DONT_FRAGMENT 0x4000
#define IP4_MORE_FRAGMENTS 0x2000
#define IP4_OFFSET_MASK 0x1fff

struct ip4_header {
	uint8_t header_length; /* bytes */
	uint8_t tos, ttl, protocol;
	uint16_t total_length, id;
	bool dont_fragment, more_fragments;
	uint16_t offset; /* of the fragment, bytes */
	uint32_t src, dst;
};

/* -EINVAL: not version 4, a length that contradicts itself or `size` (bytes
 * at hand, at least IP4_HEADER_MIN). The checksum is ip4_checksum_ok(). */
int ip4_parse(const uint8_t *bytes, size_t size, struct ip4_header *out);
bool ip4_checksum_ok(const uint8_t *bytes, size_t header_length);
/* Whether the options between 20 and header_length are well formed. */
bool ip4_options_ok(const uint8_t *bytes, size_t header_length);
/* A header without options, checksum filled in. */
void ip4_emit(uint8_t *bytes, const struct ip4_header *h);

/* The priority (SO_PRIORITY) that the old meaning of TOS gives (RFC 1349), as
 * Linux: minimal delay 6, throughput 2, both 4. */
static inline uint32_t ip4_priority(uint8_t tos)
{
	static const uint8_t priorities[] = { 0, 2, 6, 4 };

	return priorities[tos >> 3 & 3];
}
