// SPDX-License-Identifier: MIT
/*
 * Private to net/netlink: numbers of a route's message (linux/rtnetlink.h), and
 * what its two files share.
 */
#pragma once

#include "net/core/route.h"
#include "net/netlink/netlink.h"

#define RTM_HEADER 12

enum {
	RTA_DST = 1,
	RTA_SRC = 2,
	RTA_IIF = 3,
	RTA_OIF = 4,
	RTA_GATEWAY = 5,
	RTA_PRIORITY = 6,
	RTA_PREFSRC = 7,
	RTA_METRICS = 8,
	RTA_MULTIPATH = 9,
	RTA_CACHEINFO = 12,
	RTA_TABLE = 15,
	RTA_MARK = 16,
	RTA_VIA = 18,
	RTA_PREF = 20,
	RTA_ENCAP = 22,
	RTA_EXPIRES = 23,
	RTA_UID = 25,
	RTA_IP_PROTO = 27,
	RTA_SPORT = 28,
	RTA_DPORT = 29,
	RTA_NH_ID = 30,
	RTA_COUNT = 31,
};

#define RT_TABLE_COMPAT 252
#define RTNH_F_DEAD 1
#define RTNH_F_ONLINK 4
#define RTNH_F_LINKDOWN 16
#define RTM_F_CLONED 0x200
#define RTM_F_LOOKUP_TABLE 0x1000
#define RTM_F_FIB_MATCH 0x2000

/* "ip route get": what was asked. */
struct route_question {
	uint8_t family, tos;
	bool has_source;
	bool own_rules; /* others than Linux's three */
	uint32_t flags, uid;
	struct path_key key;
};

int rt_read_question(struct nl_call *call,
		     struct route_question *question) ON_NET_THREAD;
int rt_new_route(struct nl_call *call);
int rt_del_route(struct nl_call *call);
