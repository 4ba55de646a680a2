// SPDX-License-Identifier: MIT
/*
 * The UDP header as bytes.
 */
#include "net/wire/udp.h"

#include "lib/bytes.h"
#include "lib/errno.h"

int udp_parse(const uint8_t *bytes, size_t size, struct udp_header *out)
{
	if (size < UDP_HEADER)
		return -EINVAL;
	out->src_port = get_be16(bytes);
	out->dst_port = get_be16(bytes + 2);
	out->length = get_be16(bytes + 4);
	out->checksum = get_be16(bytes + 6);
	return out->length < UDP_HEADER ? -EINVAL : 0;
}

void udp_emit(uint8_t *bytes, const struct udp_header *h)
{
	put_be16(bytes, h->src_port);
	put_be16(bytes + 2, h->dst_port);
	put_be16(bytes + 4, h->length);
	put_be16(bytes + 6, h->checksum);
}
