// SPDX-License-Identifier: MIT
/*
 * Private to net/udp: what its files share.
 */
#pragma once

#include "net/core/demux.h"
#include "net/core/endpoint.h"
#include "net/ip/dgram.h"
#include "net/wire/udp.h"

#define UDP_SEGMENTS_MAX 128 /* datagrams of one UDP_SEGMENT send (Linux) */

struct udp_stack {
	struct demux demux;
	struct list all; /* struct dgram */
	struct list joining; /* struct udp_joining */
};

/* The socket for a datagram from `remote` to `local`, or NULL. */
struct endpoint *udp_find(struct net *net, const struct net_name *local,
			  const struct net_name *remote,
			  const struct netif *netif);
/* What became of `n` datagrams like this one. */
void udp_count(struct net *net, const struct packet *packet, verdict_t verdict,
	       uint32_t n) ON_NET_THREAD;
/* udp_join.c: UDP_GRO. False: it goes by itself. What waits must be ended before
 * anything else is delivered; only then it is counted. */
bool udp_join(struct endpoint *ep, struct packet *packet,
	      const struct udp_header *h, verdict_t *verdict) ON_NET_THREAD;
void udp_end_joining(struct endpoint *ep) ON_NET_THREAD;
/* Sends what is queued. */
void udp_kick(struct endpoint *ep) ON_NET_THREAD;
/* UDP_CORK was switched off: what is pending goes. */
void udp_push_pending(struct endpoint *ep) ON_NET_THREAD;
