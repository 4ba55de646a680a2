// SPDX-License-Identifier: MIT
/*
 * ARP for IPv4 over Ethernet (RFC 826): 28 bytes. Other hardware or protocol
 * types are refused.
 */
#pragma once

#include "lib/types.h"

#define ARP_LENGTH 28
#define ARP_REQUEST 1
#define ARP_REPLY 2

struct arp_packet {
	uint16_t operation;
	uint8_t sender_mac[6], target_mac[6];
	uint32_t sender, target; /* IPv4, host order */
};

/* -EINVAL: too short, or not IPv4 over Ethernet. */
int arp_parse(const uint8_t *bytes, size_t size, struct arp_packet *out);
void arp_emit(uint8_t *bytes, const struct arp_packet *arp);
