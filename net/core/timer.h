// SPDX-License-Identifier: MIT
/*
 * Timers of the net thread: a hierarchical timing wheel with ticks of one
 * millisecond. Arming and cancelling take constant time. A timer never fires
 * early; it fires at most one tick late plus the length of a batch. `fire` runs
 * on the net thread with the timer idle again: it may re-arm or free it.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"

struct net;

struct timer {
	struct list list;
	nsec_t expires;
	void (*fire)(struct net *net, struct timer *timer);
	uint8_t armed, level, slot;
};

#define WHEEL_LEVELS 5
#define WHEEL_SLOTS 64
#define WHEEL_TICK NSEC_PER_MSEC

struct timer_wheel {
	int64_t tick; /* all ticks up to this one have been handled */
	uint64_t used[WHEEL_LEVELS]; /* bit per slot that is not empty */
	struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
	uint32_t armed;
};

static inline bool timer_is_armed(const struct timer *timer)
{
	return timer->armed;
}

void timer_init(struct timer *timer,
		void (*fire)(struct net *net, struct timer *timer));
/* (Re-)arms for the absolute time `when`. */
void timer_arm(struct net *net, struct timer *timer, nsec_t when) ON_NET_THREAD;
/* Harmless when it is not armed. */
void timer_cancel(struct net *net, struct timer *timer) ON_NET_THREAD;

/* For net_run(). */
void timer_wheel_init(struct timer_wheel *wheel, nsec_t now);
/* Fires what is due at `now`, at most `budget` timers. */
int timer_wheel_run(struct net *net, nsec_t now, int budget) ON_NET_THREAD;
/* A time not later than the first expiry; NSEC_NEVER when none is armed. */
nsec_t timer_wheel_deadline(const struct timer_wheel *wheel);
