// SPDX-License-Identifier: MIT
/*
 * The Ethernet header (RFC 894, IEEE 802.3): destination, source, type. Tags
 * (802.1Q, 802.1ad) are net/vlan's.
 */
#pragma once

#include "lib/types.h"
#include "lib/bytes.h"

#define ETHERNET_HEADER 14
#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_SERVICE_VLAN 0x88a8
#define ETHERTYPE_IP6 0x86dd

struct ethernet_header {
	uint8_t dst[6], src[6];
	uint16_t type;
};

/* -EINVAL when `size` < ETHERNET_HEADER. */
int ethernet_parse(const uint8_t *bytes, size_t size,
		   struct ethernet_header *out);
void ethernet_emit(uint8_t *bytes, const uint8_t dst[6], const uint8_t src[6],
		   uint16_t type);

static inline bool mac_is_broadcast(const uint8_t mac[6])
{
	return get_le32(mac) == 0xffffffff && get_le16(mac + 4) == 0xffff;
}

static inline bool mac_is_multicast(const uint8_t mac[6])
{
	return mac[0] & 1;
}

static inline bool mac_equal(const uint8_t a[6], const uint8_t b[6])
{
	return get_le32(a) == get_le32(b) && get_le16(a + 4) == get_le16(b + 4);
}
