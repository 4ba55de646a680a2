// SPDX-License-Identifier: MIT
/*
 * UDP's face.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"
#include "net/core/packet.h"

extern const struct protocol udp_protocol;

int udp_create(struct net *net);
void udp_destroy(struct net *net) ON_NET_THREAD;
/* Stage UDP_IN. */
verdict_t udp_in(struct net *net, struct packet *packet) ON_NET_THREAD;
uint32_t udp_list(struct net *net, struct socket_info *out,
		  uint32_t capacity) ON_NET_THREAD;
void udp_sockstat(struct net *net, struct sockstat_info *out) ON_NET_THREAD;
