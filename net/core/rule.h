// SPDX-License-Identifier: MIT
/*
 * Routing rules (ip-rule(8)): which table is asked for which packet, in order
 * of preference. At first there are Linux's three: LOCAL, MAIN, DEFAULT.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/route.h"

/* FR_ACT_ */
enum rule_action {
	RULE_TABLE = 1,
	RULE_GOTO = 2,
	RULE_NOTHING = 3,
	RULE_BLACKHOLE = 6,
	RULE_UNREACHABLE = 7,
	RULE_PROHIBIT = 8,
};

struct route_rule {
	struct list list; /* net->routes.rules */
	uint32_t preference;
	uint32_t table, target; /* target: preference for RULE_GOTO */
	uint8_t family; /* NET_IP4 or NET_IP6 */
	uint8_t action, tos;
	uint8_t protocol; /* who made it: RTPROT_ */
	bool invert;
	uint8_t src_bits, dst_bits; /* of 128; 0: any */
	int16_t suppress_bits; /* refuse answers this short; -1: none */
	struct net_addr src, dst;
	uint32_t in, out; /* interface indexes; 0: any */
	uint32_t mark, mark_mask;
};

int rules_init(struct net *net);
void rules_free(struct net *net);
/* A copy of it, behind those of the same preference. -EEXIST, -ENOMEM. */
int rule_add(struct net *net, const struct route_rule *rule,
	     bool only_new) ON_NET_THREAD;
/* The first with the same selectors; -ENOENT. */
int rule_del(struct net *net, const struct route_rule *rule) ON_NET_THREAD;
