// SPDX-License-Identifier: MIT
/*
 * The IPv6 header as bytes.
 */
#include "net/wire/ip6.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

int ip6_parse(const uint8_t *bytes, size_t size, struct ip6_header *out)
{
	uint32_t word;

	if (size < IP6_HEADER_LENGTH || bytes[0] >> 4 != 6)
		return -EINVAL;
	word = get_be32(bytes);
	out->traffic_class = (uint8_t)(word >> 20);
	out->flow_label = word & 0xfffff;
	out->payload_length = get_be16(bytes + 4);
	out->next_header = bytes[6];
	out->hop_limit = bytes[7];
	memcpy(out->src.b, bytes + 8, 16);
	memcpy(out->dst.b, bytes + 24, 16);
	return 0;
}

void ip6_emit(uint8_t *bytes, const struct ip6_header *h)
{
	put_be32(bytes, UINT32_C(6) << 28 | (uint32_t)h->traffic_class << 20 |
				(h->flow_label & 0xfffff));
	put_be16(bytes + 4, h->payload_length);
	bytes[6] = h->next_header;
	bytes[7] = h->hop_limit;
	memcpy(bytes + 8, h->src.b, 16);
	memcpy(bytes + 24, h->dst.b, 16);
}

/* Options whose two top bits are not 00 want the packet discarded when they
 * are unknown, and we know none but padding (RFC 8200 4.2). */
static int check_options(const uint8_t *at, size_t size)
{
	size_t i = 2;

	while (i < size) {
		if (at[i] == 0) {
			i++;
			continue;
		}
		if (i + 1 >= size || i + 2 + at[i + 1] > size)
			return -EINVAL;
		if (at[i] & 0xc0)
			return -EOPNOTSUPP;
		i += 2 + (size_t)at[i + 1];
	}
	return 0;
}

int ip6_skip_extensions(const uint8_t *bytes, size_t size, size_t offset,
			uint8_t *next)
{
	for (;;) {
		const uint8_t *at = bytes + offset;
		size_t length;
		int err;

		if (*next != 0 && *next != 43 && *next != 60)
			return *next == 44 ? -EOPNOTSUPP : (int)offset;
		if (offset + 8 > size)
			return -EINVAL;
		length = ((size_t)at[1] + 1) * 8;
		if (offset + length > size)
			return -EINVAL;
		if (*next == 43 && at[3] != 0)
			return -EOPNOTSUPP;
		if (*next != 43) {
			err = check_options(at, length);
			if (err)
				return err;
		}
		*next = at[0];
		offset += length;
	}
}
