// SPDX-License-Identifier: MIT
/*
 * The Ethernet header as bytes.
 */
#include "net/wire/ethernet.h"

#include "lib/errno.h"

int ethernet_parse(const uint8_t *bytes, size_t size,
		   struct ethernet_header *out)
{
	if (size < ETHERNET_HEADER)
		return -EINVAL;
	__builtin_memcpy(out->dst, bytes, 6);
	__builtin_memcpy(out->src, bytes + 6, 6);
	out->type = get_be16(bytes + 12);
	return 0;
}

void ethernet_emit(uint8_t *bytes, const uint8_t dst[6], const uint8_t src[6],
		   uint16_t type)
{
	__builtin_memcpy(bytes, dst, 6);
	__builtin_memcpy(bytes + 6, src, 6);
	put_be16(bytes + 12, type);
}
