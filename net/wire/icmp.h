// SPDX-License-Identifier: MIT
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): the first eight bytes and the numbers.
 */
#pragma once

#include "lib/types.h"

#define ICMP_HEADER 8

#define ICMP_ECHO_REPLY 0
#define ICMP_DEST_UNREACHABLE 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETER_PROBLEM 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMP_REPLY 14
#define ICMP_INFORMATION 15
#define ICMP_INFORMATION_REPLY 16
#define ICMP_ADDRESS_MASK 17
#define ICMP_ADDRESS_MASK_REPLY 18
#define ICMP_TYPES_KNOWN 18 /* the greatest */

#define ICMP_NET_UNREACHABLE 0
#define ICMP_HOST_UNREACHABLE 1
#define ICMP_PROTOCOL_UNREACHABLE 2
#define ICMP_PORT_UNREACHABLE 3
#define ICMP_FRAGMENTATION_NEEDED 4
#define ICMP_SOURCE_ROUTE_FAILED 5
#define ICMP_PROHIBITED 13

#define ICMP6_DEST_UNREACHABLE 1
#define ICMP6_PACKET_TOO_BIG 2
#define ICMP6_TIME_EXCEEDED 3
#define ICMP6_PARAMETER_PROBLEM 4
#define ICMP6_ERRORS 128 /* below: errors */
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129
#define ICMP6_MLD_QUERY 130
#define ICMP6_MLD_REPORT 131
#define ICMP6_MLD_DONE 132
#define ICMP6_ROUTER_SOLICIT 133
#define ICMP6_ROUTER_ADVERT 134
#define ICMP6_NEIGHBOUR_SOLICIT 135
#define ICMP6_NEIGHBOUR_ADVERT 136
#define ICMP6_REDIRECT 137
#define ICMP6_MLD2_REPORT 143
#define ICMP6_NO_ROUTE 0
#define ICMP6_PROHIBITED 1
#define ICMP6_ADDRESS_UNREACHABLE 3
#define ICMP6_PORT_UNREACHABLE 4

struct icmp_header {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t id, sequence; /* echo */
	uint32_t word; /* the same four bytes: MTU, pointer, unused */
};

/* -EINVAL when shorter than ICMP_HEADER. */
int icmp_parse(const uint8_t *bytes, size_t size, struct icmp_header *out);
/* Checksum field 0; `word` is written. */
void icmp_emit(uint8_t *bytes, uint8_t type, uint8_t code, uint32_t word);
