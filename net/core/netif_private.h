// SPDX-License-Identifier: MIT
/*
 * Private to net/: how an interface joins and leaves the stack, and the stage
 * DEVICE_OUT. Called by net.c.
 */
#pragma once

#include "net/core/netif.h"

/* Any context, once, before anything else is done with it. */
void netif_prepare(struct net *net, struct netif *netif);
void netif_join(struct net *net, struct netif *netif) ON_NET_THREAD;
/* With a wished index (0: the next), up or down; tells nobody. */
void netif_join_as(struct net *net, struct netif *netif, uint32_t index,
		   bool up) ON_NET_THREAD;
void netif_leave(struct net *net, struct netif *netif) ON_NET_THREAD;
verdict_t device_out(struct net *net, struct packet *packet) ON_NET_THREAD;
