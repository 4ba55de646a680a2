// SPDX-License-Identifier: MIT
/*
 * The IPv4 header as bytes.
 */
#include "net/wire/ip4.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "net/wire/checksum.h"

int ip4_parse(const uint8_t *bytes, size_t size, struct ip4_header *out)
{
	uint16_t fragment;

	if (size < IP4_HEADER_MIN || bytes[0] >> 4 != 4)
		return -EINVAL;
	out->header_length = (uint8_t)((bytes[0] & 15) * 4);
	out->tos = bytes[1];
	out->total_length = get_be16(bytes + 2);
	out->id = get_be16(bytes + 4);
	fragment = get_be16(bytes + 6);
	out->dont_fragment = fragment & IP4_DONT_FRAGMENT;
	out->more_fragments = fragment & IP4_MORE_FRAGMENTS;
	out->offset = (uint16_t)((fragment & IP4_OFFSET_MASK) * 8);
	out->ttl = bytes[8];
	out->protocol = bytes[9];
	out->src = get_be32(bytes + 12);
	out->dst = get_be32(bytes + 16);
	if (out->header_length < IP4_HEADER_MIN ||
	    out->total_length < out->header_length)
		return -EINVAL;
	return 0;
}

bool ip4_checksum_ok(const uint8_t *bytes, size_t header_length)
{
	return checksum_fold(checksum_add(0, bytes, header_length)) == 0xffff;
}

bool ip4_options_ok(const uint8_t *bytes, size_t header_length)
{
	size_t at = IP4_HEADER_MIN;

	while (at < header_length) {
		if (bytes[at] == 0)
			return true;
		if (bytes[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= header_length || bytes[at + 1] < 2 ||
		    at + bytes[at + 1] > header_length)
			return false;
		at += bytes[at + 1];
	}
	return true;
}

void ip4_emit(uint8_t *bytes, const struct ip4_header *h)
{
	uint16_t fragment = h->offset / 8;

	if (h->dont_fragment)
		fragment |= IP4_DONT_FRAGMENT;
	if (h->more_fragments)
		fragment |= IP4_MORE_FRAGMENTS;
	bytes[0] = 0x45;
	bytes[1] = h->tos;
	put_be16(bytes + 2, h->total_length);
	put_be16(bytes + 4, h->id);
	put_be16(bytes + 6, fragment);
	bytes[8] = h->ttl;
	bytes[9] = h->protocol;
	put_be16(bytes + 10, 0);
	put_be32(bytes + 12, h->src);
	put_be32(bytes + 16, h->dst);
	checksum_store(bytes + 10,
		       checksum_finish(checksum_add(0, bytes, IP4_HEADER_MIN)));
}
