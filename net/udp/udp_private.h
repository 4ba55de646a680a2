// SPDX-License-Identifier: MIT
/*
 * Private to net/udp: what its files share.
 */
#pragma once

#include "net/core/demux.h"
#include "net/core/endpoint.h"
#include "net/ip/dgram.h"

#define UDP_SEGMENTS_MAX 128 /* datagrams of one UDP_SEGMENT send (Linux) */

struct udp_stack {
	struct demux demux;
	struct list all; /* struct dgram */
};

/* The socket for a datagram from `remote` to `local`, or NULL. */
struct endpoint *udp_find(struct net *net, const struct net_name *local,
			  const struct net_name *remote,
			  const struct netif *netif);
/* Sends what is queued. */
void udp_kick(struct endpoint *ep) ON_NET_THREAD;
/* UDP_CORK was switched off: what is pending goes. */
void udp_push_pending(struct endpoint *ep) ON_NET_THREAD;
