// SPDX-License-Identifier: MIT
/*
 * The DHCP client: one interface at a time.
 */
#pragma once

#include "net/core/annotate.h"

struct net;
struct netif;

/* Begins (or begins anew) to ask; `hostname` may be NULL. -EBUSY: it is at work
 * on another interface; -ENOMEM. What it finds goes to config->lease. */
int dhcp_start(struct net *net, struct netif *netif,
	       const char *hostname) ON_NET_THREAD;
/* Ends it; the address stays. */
void dhcp_stop(struct net *net) ON_NET_THREAD;
