// SPDX-License-Identifier: MIT
/*
 * IPv6 flow labels of our own making (RFC 6437): the same for all packets of a
 * flow, another one for the next, nothing that a stranger could guess. Routers
 * may spread flows by them.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/packet.h"

/* The label of a packet that is to be sent and has no IP header yet; 0: it gets
 * none (auto_flowlabels, IPV6_AUTOFLOWLABEL; neighbour discovery and groups
 * have none). */
uint32_t flow_label_auto(struct net *net, struct packet *packet) ON_NET_THREAD;
