// SPDX-License-Identifier: MIT
/*
 * The timing wheel. Level l has 64 slots of 64^l ticks. A timer goes to the
 * lowest level that reaches its expiry; when time comes to the beginning of a
 * slot of a higher level, its timers are dealt to the levels below (cascade).
 * A bit per non-empty slot lets time jump over whatever is empty.
 */
#include "net/core/timer.h"

#include "net/core/instance.h"

#define SLOT_BITS 6
#define TICKS_MAX ((INT64_C(1) << (SLOT_BITS * WHEEL_LEVELS)) - 1)

void timer_init(struct timer *timer, void (*fire)(struct net *, struct timer *))
{
	list_init(&timer->list);
	timer->expires = NSEC_NEVER;
	timer->fire = fire;
	timer->armed = 0;
}

void timer_wheel_init(struct timer_wheel *wheel, nsec_t now)
{
	wheel->tick = now / WHEEL_TICK;
	wheel->armed = 0;
	for (int l = 0; l < WHEEL_LEVELS; l++) {
		wheel->used[l] = 0;
		for (int s = 0; s < WHEEL_SLOTS; s++)
			list_init(&wheel->slots[l][s]);
	}
}

/* Not before tick `first`, which is wheel->tick + 1, or wheel->tick itself while
 * its slots are being dealt out. */
static void insert(struct timer_wheel *wheel, struct timer *timer,
		   int64_t first)
{
	int64_t tick = timer->expires / WHEEL_TICK;
	int level = 0;

	if (timer->expires % WHEEL_TICK)
		tick++;
	if (tick < first)
		tick = first;
	if (tick - wheel->tick > TICKS_MAX)
		tick = wheel->tick + TICKS_MAX; /* cascades and comes back */
	while ((tick - wheel->tick) >> (SLOT_BITS * (level + 1)))
		level++;
	timer->level = (uint8_t)level;
	timer->slot = (tick >> (SLOT_BITS * level)) & (WHEEL_SLOTS - 1);
	wheel->used[level] |= BIT(timer->slot);
	list_push_back(&wheel->slots[level][timer->slot], &timer->list);
}

static void take_out(struct timer_wheel *wheel, struct timer *timer)
{
	list_remove(&timer->list);
	if (list_empty(&wheel->slots[timer->level][timer->slot]))
		wheel->used[timer->level] &= ~BIT(timer->slot);
}

void timer_arm(struct net *net, struct timer *timer, nsec_t when)
{
	struct timer_wheel *wheel = &net->timers;

	if (timer->armed)
		take_out(wheel, timer);
	else
		wheel->armed++;
	timer->armed = 1;
	timer->expires = when;
	insert(wheel, timer, wheel->tick + 1);
}

void timer_cancel(struct net *net, struct timer *timer)
{
	if (!timer->armed)
		return;
	take_out(&net->timers, timer);
	timer->armed = 0;
	net->timers.armed--;
}

/* The next tick at which a slot is to be fired or dealt out. */
static int64_t next_tick(const struct timer_wheel *wheel)
{
	int64_t best = INT64_MAX;

	for (int l = 0; l < WHEEL_LEVELS; l++) {
		int64_t at = wheel->tick >> (SLOT_BITS * l);
		unsigned int shift = (at + 1) & (WHEEL_SLOTS - 1);
		uint64_t used = wheel->used[l], turned;
		int64_t tick;

		if (!used)
			continue;
		turned = shift ? used >> shift | used << (64 - shift) : used;
		tick = (at + 1 + __builtin_ctzll(turned)) << (SLOT_BITS * l);
		if (tick < best)
			best = tick;
	}
	return best;
}

/* Time has come to wheel->tick == `tick`, whose level 0 slot is fired next. */
static void cascade(struct timer_wheel *wheel, int64_t tick)
{
	for (int l = WHEEL_LEVELS - 1; l > 0; l--) {
		int slot = (tick >> (SLOT_BITS * l)) & (WHEEL_SLOTS - 1);
		struct list due;
		struct timer *timer;

		if (tick & ((INT64_C(1) << (SLOT_BITS * l)) - 1))
			continue;
		list_init(&due);
		list_splice(&due, &wheel->slots[l][slot]);
		wheel->used[l] &= ~BIT(slot);
		while ((timer = LIST_POP(&due, struct timer, list)))
			insert(wheel, timer, tick);
	}
}

int timer_wheel_run(struct net *net, nsec_t now, int budget)
{
	struct timer_wheel *wheel = &net->timers;
	int64_t last = now / WHEEL_TICK, tick;
	int fired = 0;

	while ((tick = next_tick(wheel)) <= last) {
		int slot = tick & (WHEEL_SLOTS - 1);
		struct timer *timer;
		struct list due;

		if (fired >= budget)
			return fired;
		wheel->tick = tick;
		cascade(wheel, tick);
		list_init(&due);
		list_splice(&due, &wheel->slots[0][slot]);
		wheel->used[0] &= ~BIT(slot);
		while ((timer = LIST_POP(&due, struct timer, list))) {
			timer->armed = 0;
			wheel->armed--;
			fired++;
			timer->fire(net, timer);
		}
	}
	if (last > wheel->tick)
		wheel->tick = last;
	return fired;
}

nsec_t timer_wheel_deadline(const struct timer_wheel *wheel)
{
	int64_t tick = next_tick(wheel);

	return tick == INT64_MAX ? NSEC_NEVER : tick * WHEEL_TICK;
}
