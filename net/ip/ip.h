// SPDX-License-Identifier: MIT
/*
 * IP's face to the transports.
 *
 * Output: a transport makes a packet whose first byte is its own header
 * (packet_push) with the payload behind, and sets src, dst, protocol, ttl
 * (0: default), tos, flags and, if segmented, gso_*; then ip_output() sends it
 * on its way (stage IP_OUT). The transport computes its own checksum or leaves
 * it with transport_checksum() to whoever does it cheapest.
 *
 * Input: the stage UDP_IN/TCP_IN/ICMP_IN finds l3, l4 (the transport header),
 * src, dst, ttl, tos set, and the packet trimmed to IP's total length.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/route.h"
#include "net/core/stage.h"

struct net;
struct icmp_error;

#define IP4_HEADER 20
#define IP6_HEADER 40

/* Space that IP's header takes from the MTU towards this address. */
static inline uint32_t ip_header_length(const struct net_addr *dst)
{
	return addr_is_ip4(dst) ? IP4_HEADER : IP6_HEADER;
}

/*
 * The transport header stands at l4 = first byte. Puts the pseudo header's sum
 * into the field at `field` bytes into it, marks the packet
 * PACKET_CSUM_PARTIAL; the device or the last stage finishes it.
 */
void transport_checksum(struct packet *packet, uint8_t protocol,
			uint32_t field);

/* Submits at stage IP_OUT; takes over the reference. */
void ip_output(struct net *net, struct packet *packet) ON_NET_THREAD;

/* ICMP answers to a received packet that could not be delivered; rate limited,
 * never about broadcasts, errors or fragments. The packet stays the caller's. */
void icmp_send_port_unreachable(struct net *net,
				struct packet *packet) ON_NET_THREAD;
