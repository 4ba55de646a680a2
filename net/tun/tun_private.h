// SPDX-License-Identifier: MIT
/*
 * Private to net/tun. An interface whose other end is a program: what it sends
 * the program reads from /dev/net/tun, what the program writes arrives. TUN
 * carries IP packets, TAP Ethernet frames. The file is an endpoint; a persistent
 * interface lives on without one.
 *
 * The interface may go to another stack. What goes along is its state, and with
 * it the file's endpoint: that is always in the stack where the interface is,
 * and comes home to the file's own when they part (endpoint_move()).
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/tun_request.h"
#include "net/core/vnet.h"
#include "net/tun/tun.h"

#define TUN_PI 4 /* struct tun_pi: flags, protocol */
#define TUN_EXACT 8 /* addresses of a filter that are compared */
#define TUN_MODE (TUN_IFF_TUN | TUN_IFF_TAP)

/* TUNSETTXFILTER: which frames the program is to get. */
struct tun_filter {
	uint32_t count; /* 0: all */
	uint8_t exact[TUN_EXACT][6];
	uint64_t groups; /* a bit of 64 for each of the others */
};

struct tun_state {
	struct endpoint *ep; /* the open file, or NULL */
	struct net *home; /* the file's own stack */
	uint16_t flags; /* TUN_IFF_ */
	uint32_t vnet_size;
	uint32_t owner, group; /* who may attach; UINT32_MAX: anyone */
	bool persistent, little_endian;
	bool moved, carrier; /* what it was before it moved */
	uint32_t features; /* the interface's, likewise */
	uint32_t sndbuf;
	struct tun_filter chosen;
	struct filter *filter; /* TUNATTACHFILTER, or NULL */
	uint64_t filter_pointer;
};

struct tun {
	struct netif netif; /* first: link_detached() frees it */
	struct tun_state *state; /* NULL: it has left */
};

static inline struct tun *tun_of(struct netif *netif)
{
	return container_of(netif, struct tun, netif);
}

/* The interface of a file, or NULL. */
static inline struct tun *tun_attached(const struct endpoint *ep)
{
	return ep->half;
}

/* Which bit stands for a group: the hash that Ethernet cards use. */
uint32_t tun_group_bit(const uint8_t mac[6]);

/* frame.c: what the file reads and writes. */
int tun_transmit(struct netif *netif, struct packet *packet);
/* 0, -EINVAL (malformed), -EIO (the interface is down), -ENOMEM. */
int tun_write(struct tun *tun, struct datagram *datagram) ON_NET_THREAD;

/* tun.c: file and interface find each other, and part. */
void tun_attach(struct tun *tun, struct endpoint *ep) ON_NET_THREAD;
void tun_publish(struct tun *tun) ON_NET_THREAD;

/* control.c: an ioctl. */
int tun_control(struct endpoint *ep, unsigned int command,
		struct tun_request *r) ON_NET_THREAD;
