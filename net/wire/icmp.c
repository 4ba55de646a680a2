// SPDX-License-Identifier: MIT
/*
 * ICMP messages as bytes.
 */
#include "net/wire/icmp.h"

#include "lib/bytes.h"
#include "lib/errno.h"

int icmp_parse(const uint8_t *bytes, size_t size, struct icmp_header *out)
{
	if (size < ICMP_HEADER)
		return -EINVAL;
	out->type = bytes[0];
	out->code = bytes[1];
	out->checksum = get_be16(bytes + 2);
	out->id = get_be16(bytes + 4);
	out->sequence = get_be16(bytes + 6);
	out->word = get_be32(bytes + 4);
	return 0;
}

void icmp_emit(uint8_t *bytes, uint8_t type, uint8_t code, uint32_t word)
{
	bytes[0] = type;
	bytes[1] = code;
	put_be16(bytes + 2, 0);
	put_be32(bytes + 4, word);
}
