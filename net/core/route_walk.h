// SPDX-License-Identifier: MIT
/*
 * All routes of a family in the order in which Linux lists them: tables by
 * number, IPv4 prefixes by address (the longer first), IPv6 prefixes before
 * those that hold them. The place is a value, not a pointer: a walk may stop,
 * let the tables change, and go on.
 */
#pragma once

#include "net/core/route.h"

struct route_place {
	uint32_t table;
	struct net_addr prefix;
	uint8_t bits; /* of 128 */
	bool began; /* prefix and bits are those of the last route */
	uint32_t number; /* of the last route in its prefix, from 1 */
};

/* The first route behind `place` (all zero: the first of all), and moves the
 * place there. `family` NET_IP4 or NET_IP6. NULL at the end. */
struct route *route_walk(struct net *net, int family,
			 struct route_place *place) ON_NET_THREAD;
