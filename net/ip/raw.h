// SPDX-License-Identifier: MIT
/*
 * Raw sockets.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"

extern const struct protocol raw_protocol;
extern const struct diag_inet raw_diag;
/* Adds the part of raw sockets. */
void raw_sockstat(struct net *net, struct sockstat_info *out) ON_NET_THREAD;
