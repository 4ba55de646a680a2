// SPDX-License-Identifier: MIT
/*
 * ICMP's face: echo, timestamps, errors and redirects that arrive, ping sockets.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"
#include "net/core/packet.h"
#include "net/wire/icmp.h"

extern const struct protocol ping4_protocol, ping6_protocol;

int icmp_create(struct net *net);
void icmp_destroy(struct net *net) ON_NET_THREAD;
/* Stage ICMP_IN, both families. */
verdict_t icmp_in(struct net *net, struct packet *packet) ON_NET_THREAD;
extern const struct diag_inet ping_diag;

/* Private to net/icmp. */
#define PING_BUCKETS 64

struct icmp_stack {
	struct list pings; /* struct dgram */
	struct demux demux; /* the same, by identifier */
};

/* Echo and timestamp requests: answered, or why not. */
verdict_t echo_in(struct net *net, struct packet *packet,
		  const struct icmp_header *h) ON_NET_THREAD;
verdict_t timestamp_in(struct net *net, struct packet *packet,
		       const struct icmp_header *h) ON_NET_THREAD;
/* An error about a packet of ours; IPv4's redirect. */
verdict_t error_in(struct net *net, struct packet *packet,
		   const struct icmp_header *h) ON_NET_THREAD;
verdict_t redirect4_in(struct net *net, struct packet *packet,
		       const struct icmp_header *h) ON_NET_THREAD;
/* An echo reply for the ping socket with this identifier. */
verdict_t ping_reply(struct net *net, struct packet *packet,
		     uint16_t id) ON_NET_THREAD;
