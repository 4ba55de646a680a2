// SPDX-License-Identifier: MIT
/*
 * UDP's face.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"
#include "net/core/packet.h"

extern const struct protocol udp_protocol;
extern const struct diag_inet udp_diag;

int udp_create(struct net *net);
void udp_destroy(struct net *net) ON_NET_THREAD;
/* Stage UDP_IN. */
verdict_t udp_in(struct net *net, struct packet *packet) ON_NET_THREAD;
void udp_sockstat(struct net *net, struct sockstat_info *out) ON_NET_THREAD;
/* For net_run(): what waited for more of its kind is delivered. */
void udp_flush_joined(struct net *net) ON_NET_THREAD;
