// SPDX-License-Identifier: MIT
/*
 * The UDP header (RFC 768).
 */
#pragma once

#include "lib/types.h"

#define UDP_HEADER 8
#define UDP_LENGTH_OFFSET 4
#define UDP_CHECKSUM_OFFSET 6

struct udp_header {
	uint16_t src_port, dst_port;
	uint16_t length; /* with the header */
	uint16_t checksum; /* 0: none (IPv4 only) */
};

/* -EINVAL: `size` or the length field below 8. */
int udp_parse(const uint8_t *bytes, size_t size, struct udp_header *out);
void udp_emit(uint8_t *bytes, const struct udp_header *h);
