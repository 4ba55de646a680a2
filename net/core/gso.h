// SPDX-License-Identifier: MIT
/*
 * Segmentation in software: a packet of TCP, or of several datagrams, larger than the path's segments is cut
 * for a device that cannot do so itself. The stack above builds and routes one
 * large packet in either case; only here, right before the driver (and so
 * before the capture), it becomes several.
 */
#pragma once

#include "net/core/packet.h"

struct netif;

/* Length of the IP packet that each of its segments will be. 0: it is none
 * of these, or not one that could be cut; then it must not be passed on. Finds
 * where the payload begins: nobody has read a forwarded packet's TCP header. */
uint32_t gso_segment_length(struct packet *packet);

/* Whether the packet must be cut for this device. */
bool gso_needed(const struct netif *netif, const struct packet *packet);

/* Cuts it into a list of packets; how many. The packet itself is done with.
 * *why: REASON_TCP_MALFORMED, nothing was cut; REASON_NO_MEMORY, the last ones
 * are missing; or REASON_NONE. */
uint32_t gso_segments(struct net *net, struct packet *packet, struct list *out,
		      enum reason *why) ON_NET_THREAD;

/* Puts the segments to the front of the work list, at the stage DEVICE_OUT; the
 * packet itself is done with. REASON_NO_MEMORY: the last ones are missing. */
verdict_t gso_cut(struct net *net, struct packet *packet) ON_NET_THREAD;
/* Finds the headers of a large frame (`bare`: IP packet) that is only passing through, as gso_cut()
 * needs them. False: it is not what it
 * says, or its headers are not understood. */
bool gso_dissect(struct packet *packet, bool bare);
/* Where IP begins in a frame (`bare`: in a packet without a link header), and
 * which of the two; false: it is something else. */
bool gso_find_ip(struct packet *packet, bool bare, uint16_t *type,
		 uint16_t *at);
