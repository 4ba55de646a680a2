// SPDX-License-Identifier: MIT
/*
 * ARP packets as bytes.
 */
#include "net/wire/arp.h"

#include "lib/bytes.h"
#include "lib/errno.h"

int arp_parse(const uint8_t *bytes, size_t size, struct arp_packet *out)
{
	if (size < ARP_LENGTH)
		return -EINVAL;
	if (get_be16(bytes) != 1 || get_be16(bytes + 2) != 0x0800 ||
	    bytes[4] != 6 || bytes[5] != 4)
		return -EINVAL;
	out->operation = get_be16(bytes + 6);
	__builtin_memcpy(out->sender_mac, bytes + 8, 6);
	out->sender = get_be32(bytes + 14);
	__builtin_memcpy(out->target_mac, bytes + 18, 6);
	out->target = get_be32(bytes + 24);
	return 0;
}

void arp_emit(uint8_t *bytes, const struct arp_packet *arp)
{
	put_be16(bytes, 1);
	put_be16(bytes + 2, 0x0800);
	bytes[4] = 6;
	bytes[5] = 4;
	put_be16(bytes + 6, arp->operation);
	__builtin_memcpy(bytes + 8, arp->sender_mac, 6);
	put_be32(bytes + 14, arp->sender);
	__builtin_memcpy(bytes + 18, arp->target_mac, 6);
	put_be32(bytes + 24, arp->target);
}
