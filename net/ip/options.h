// SPDX-License-Identifier: MIT
/*
 * IPv4 options (RFC 791 3.1, RFC 1122 3.2.1.8): record route and timestamp are
 * worked on, router alert and unknown ones pass, source routes are refused.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/packet.h"

#define IP_OPTION_END 0
#define IP_OPTION_NOP 1
#define IP_OPTION_RECORD_ROUTE 7
#define IP_OPTION_TIMESTAMP 68
#define IP_OPTION_LOOSE_ROUTE 131
#define IP_OPTION_STRICT_ROUTE 137
#define IP_OPTION_ROUTER_ALERT 148
#define IP_OPTION_COPIED 0x80 /* into every fragment */

/*
 * Copies the options of a received header to packet->options. REASON_NONE;
 * IP_SOURCE_ROUTE; IP_BAD_OPTION with *problem: where in the header (from its
 * first byte).
 */
enum reason options_take(struct packet *packet, const uint8_t *header,
			 uint32_t header_length, uint8_t *problem);
/* Writes `addr` and the time where record route and timestamp want this host's.
 * False: one of them is wrong; *problem says where. */
bool options_record(struct net *net, struct packet *packet,
		    const struct net_addr *addr,
		    uint8_t *problem) ON_NET_THREAD;
/* What a program gives to IP_OPTIONS: padded to a multiple of four, checked.
 * The length, or -EINVAL. */
int options_from_user(const void *value, uint32_t length, uint8_t out[40]);
/* What an answer to this packet carries (RFC 1122 3.2.2.6); the length. */
uint8_t options_echo(const struct packet *packet, uint8_t out[40]);
/* In all fragments but the first: what is not copied becomes NOP. */
void options_for_fragment(uint8_t *options, uint32_t length);
/* Milliseconds since midnight UT (RFC 791, RFC 792). */
uint32_t ip_timestamp(struct net *net);
