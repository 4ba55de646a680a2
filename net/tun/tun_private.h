// SPDX-License-Identifier: MIT
/*
 * Private to net/tun. An interface whose other end is a program: what it sends
 * the program reads from /dev/net/tun, what the program writes arrives. TUN
 * carries IP packets, TAP Ethernet frames. The file is an endpoint; a persistent
 * interface lives on without one.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/tun_request.h"
#include "net/tun/tun.h"

#define TUN_PI 4 /* struct tun_pi: flags, protocol */
#define VNET_HEADER 10 /* struct virtio_net_hdr */

struct tun {
	struct netif netif; /* first: link_detached() frees it */
	struct endpoint *ep; /* the open file, or NULL */
	uint16_t flags; /* TUN_IFF_ */
	uint32_t vnet_size;
	uint32_t owner, group; /* who may attach; UINT32_MAX: anyone */
	bool persistent;
};

static inline struct tun *tun_of(struct netif *netif)
{
	return container_of(netif, struct tun, netif);
}

/* frame.c: what the file reads and writes. */
int tun_transmit(struct netif *netif, struct packet *packet);
/* 0, -EINVAL (malformed), -EIO (the interface is down), -ENOMEM. */
int tun_write(struct tun *tun, struct datagram *datagram) ON_NET_THREAD;
