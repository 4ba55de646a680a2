// SPDX-License-Identifier: MIT
/*
 * The TCP header and its options as bytes (RFC 9293 3.1, 3.2; RFC 7323; RFC
 * 2018). tcp_header_parse() turns bytes into numbers, tcp_header_emit() does
 * the reverse. Both are pure: they know nothing of connections, and neither
 * checks nor fills the checksum.
 *
 * Options are found at any alignment; unknown ones are skipped; an option of
 * impossible length ends the list without harm (MUST-4 to MUST-7).
 */
#pragma once

#include "lib/types.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

#define TCP_HEADER_MIN 20
#define TCP_HEADER_MAX 60
#define TCP_MAX_WSCALE 14
#define TCP_TIMESTAMP_SPACE 12 /* of the option, padded */
#define TCP_MAX_SACKS 4
#define TCP_COOKIE_MIN 4 /* Fast Open, RFC 7413 4.1.1 */
#define TCP_COOKIE_MAX 16

struct tcp_sack_block {
	uint32_t left; /* first sequence number of the block */
	uint32_t right; /* the one after its last */
};

/* What the options say. Those of a SYN are ignored elsewhere (MUST-65). */
struct tcp_options {
	uint16_t mss; /* 0: absent */
	uint8_t wscale; /* valid if has_wscale */
	bool has_wscale;
	bool sack_permitted;
	bool has_timestamp;
	uint32_t ts_val;
	uint32_t ts_ecr;
	uint8_t sack_count;
	struct tcp_sack_block sack[TCP_MAX_SACKS];
	/* Fast Open: a cookie, or with length 0 the wish for one. */
	bool has_cookie;
	bool cookie_old_kind; /* the experimental option (RFC 6994) */
	uint8_t cookie_length;
	uint8_t cookie[TCP_COOKIE_MAX];
};

struct tcp_header {
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t seq;
	uint32_t ack;
	uint8_t length; /* of the header with its options, bytes */
	uint8_t flags;
	uint16_t window; /* as it stands in the header, unscaled */
	uint16_t checksum;
	uint16_t urgent;
	struct tcp_options opt;
};

/* Where the checksum field stands, for whoever fills it. */
#define TCP_CHECKSUM_OFFSET 16

/*
 * Reads a header from `size` contiguous bytes. -EINVAL when it is shorter
 * than its own data offset says, or when that offset is below 5.
 */
int tcp_header_parse(const uint8_t *bytes, size_t size, struct tcp_header *out);

/* The length that tcp_header_emit() will give to this header. */
size_t tcp_header_size(const struct tcp_header *h);

/*
 * Writes the header (checksum field: h->checksum) and its options, padded
 * with NOPs so that the 32-bit values are aligned. `bytes` has room for
 * TCP_HEADER_MAX. Returns the length written.
 */
size_t tcp_header_emit(uint8_t *bytes, const struct tcp_header *h);
