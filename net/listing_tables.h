// SPDX-License-Identifier: MIT
/* Private to net/listing.c: the kinds of listings that /proc/net alone wants. */
#pragma once

#include "net/core/annotate.h"
#include "net/core/listing.h"

struct net;

/* Each fills at most `capacity` elements and returns how many there are. */
uint32_t list_all_routes(struct net *net, void *array,
			 uint32_t capacity) ON_NET_THREAD;
uint32_t list_groups(struct net *net, void *array,
		     uint32_t capacity) ON_NET_THREAD;
uint32_t list_netlink(struct net *net, void *array,
		      uint32_t capacity) ON_NET_THREAD;
uint32_t list_packet(struct net *net, void *array,
		     uint32_t capacity) ON_NET_THREAD;
uint32_t list_neighbour_stats(struct net *net, void *array,
			      uint32_t capacity) ON_NET_THREAD;
uint32_t list_link_groups(struct net *net, void *array,
			  uint32_t capacity) ON_NET_THREAD;
uint32_t list_vlans(struct net *net, void *array,
		    uint32_t capacity) ON_NET_THREAD;
