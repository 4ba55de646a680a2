// SPDX-License-Identifier: MIT
/*
 * Private to net/: what net.c and the files of endpoints call of each other.
 */
#pragma once

#include "net/core/endpoint.h"

/* net_destroy(): ends every protocol half without a word to the peers. */
void endpoint_abort_all(struct net *net) ON_NET_THREAD;

/* The first thing that the stack hears of an endpoint. 0, or why its protocol
 * does not want it; -EINVAL: it has ended. */
int endpoint_attach(struct endpoint *ep) ON_NET_THREAD;
void endpoint_init_event(struct endpoint *ep);
