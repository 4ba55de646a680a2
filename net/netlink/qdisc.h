// SPDX-License-Identifier: MIT
/* Private to net/netlink: what qdisc.c and qdisc_message.c share. */
#pragma once

#include "net/core/queueing.h"
#include "net/netlink/route.h"

#define TCM_HEADER 20 /* struct tcmsg */

enum {
	TCA_KIND = 1,
	TCA_OPTIONS,
	TCA_STATS,
	TCA_XSTATS,
	TCA_RATE,
	TCA_FCNT,
	TCA_STATS2,
	TCA_STAB,
	TCA_PAD,
	TCA_DUMP_INVISIBLE,
	TCA_CHAIN,
	TCA_HW_OFFLOAD,
	TCA_INGRESS_BLOCK,
	TCA_EGRESS_BLOCK,
	TCA_COUNT,
};

/* `where`: tcm_parent. False: no room. */
bool rt_put_qdisc(struct nl_writer *w, const struct nl_header *header,
		  const struct qdisc *q, uint32_t where);
/* Tells RTNLGRP_TC that one took the place of the other; either may be NULL. */
void qdisc_notify(struct nl_call *call, struct netif *netif, uint32_t where,
		  const struct qdisc *old, const struct qdisc *q) ON_NET_THREAD;

int rt_dump_qdiscs(struct nl_dump *dump, struct nl_writer *w);
int rt_dump_classes(struct nl_dump *dump, struct nl_writer *w);
