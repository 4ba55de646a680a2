// SPDX-License-Identifier: MIT
/*
 * The stage loop. A packet carries the number of its next stage; the loop calls
 * the stage's function and follows its verdict until the packet has ended. Here
 * is the one place where packets are counted, recorded by the tap and freed.
 *
 * Each packet runs to its end before the next begins. Packets that a stage
 * produces (an answer, a segment) go to the end of the work list by
 * net_submit() and run later.
 *
 * The sum rule: submitted = delivered + consumed + held + sent + all drops.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/reason.h"

struct net;

typedef verdict_t stage_fn(struct net *net, struct packet *packet);

struct stage_entry {
	const char *name;
	stage_fn *run;
};

struct stage_counters {
	uint64_t submitted;
	uint64_t stages[STAGE_COUNT]; /* visits */
	uint64_t delivered, consumed, held, sent;
	uint64_t dropped[REASON_COUNT];
};

/* Puts a packet with its `stage` set on the work list; takes over the caller's
 * reference. */
void net_submit(struct net *net, struct packet *packet) ON_NET_THREAD;
/* Puts `count` packets before all others, in their order; `list` is empty
 * afterwards. */
void net_submit_first(struct net *net, struct list *list,
		      uint32_t count) ON_NET_THREAD;
/* Drops a packet that is not being run now (it was held in a queue): counts it
 * and takes over the caller's reference. */
void packet_drop(struct net *net, struct packet *packet,
		 enum reason why) ON_NET_THREAD;
/* Runs at most `budget` packets of the work list; how many it ran. */
int stage_run(struct net *net, int budget) ON_NET_THREAD;
