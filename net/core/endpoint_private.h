// SPDX-License-Identifier: MIT
/*
 * Private to net/: what net.c calls of endpoint.c.
 */
#pragma once

#include "net/core/endpoint.h"

/* net_destroy(): ends every protocol half without a word to the peers. */
void endpoint_abort_all(struct net *net) ON_NET_THREAD;
