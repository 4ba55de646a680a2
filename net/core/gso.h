// SPDX-License-Identifier: MIT
/*
 * Segmentation in software: a TCP packet larger than the path's segments is cut
 * for a device that cannot do so itself. The stack above builds and routes one
 * large packet in either case; only here, right before the driver (and so
 * before the capture), it becomes several.
 */
#pragma once

#include "net/core/packet.h"

struct netif;

/* Whether the packet must be cut for this device. */
bool gso_needed(const struct netif *netif, const struct packet *packet);

/* Puts the segments to the front of the work list, at the stage NETIF_OUT; the
 * packet itself is done with. REASON_NO_MEMORY: the last ones are missing. */
verdict_t gso_cut(struct net *net, struct packet *packet) ON_NET_THREAD;
