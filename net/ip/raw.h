// SPDX-License-Identifier: MIT
/*
 * Raw sockets.
 */
#pragma once

#include "net/core/endpoint.h"
#include "net/core/listing.h"

extern const struct protocol raw_protocol;

uint32_t raw_list(struct net *net, struct socket_info *out,
		  uint32_t capacity) ON_NET_THREAD;
