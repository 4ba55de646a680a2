// SPDX-License-Identifier: MIT
/*
 * Kernel timers: for each CPU a tree by deadline, and the hardware's one-shot
 * timer set to the first of them or to the scheduler's next tick. It is set
 * again only for an earlier time: an interrupt that comes too early costs less
 * than setting the timer at each switch of threads.
 */
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/timer.h"
#include "kernel/sched/sched.h"

struct timer_base {
	struct spinlock lock;
	/* Guarded by `lock`: */
	struct rb_tree tree;
	struct rb_node *first;
	struct ktimer *running;
	/* Own to the CPU: */
	nsec_t programmed; /* when the interrupt comes; NSEC_NEVER: not set */
	nsec_t tick; /* the next sched_tick; NSEC_NEVER: none */
} ALIGNED(64);

static struct timer_base bases[MAX_CPUS];

static struct ktimer *of_node(struct rb_node *node)
{
	return node ? RB_ENTRY(node, struct ktimer, node) : NULL;
}

static void insert(struct timer_base *base, struct ktimer *timer)
{
	struct rb_node **link = &base->tree.root, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (timer->deadline < of_node(parent)->deadline) {
			link = &parent->child[0];
		} else {
			link = &parent->child[1];
			first = false;
		}
	}
	rb_insert_at(&base->tree, &timer->node, parent, link);
	if (first)
		base->first = &timer->node;
	timer->armed = true;
}

static void erase(struct timer_base *base, struct ktimer *timer)
{
	if (base->first == &timer->node)
		base->first = rb_next(&timer->node);
	rb_erase(&base->tree, &timer->node);
	timer->armed = false;
}

static void program(struct timer_base *base, nsec_t when)
{
	if (when >= base->programmed)
		return;
	base->programmed = when;
	timer_program(when);
}

static struct timer_base *lock_base(struct ktimer *timer)
{
	for (;;) {
		unsigned cpu = __atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE);
		struct timer_base *base = &bases[cpu];

		spin_lock(&base->lock);
		if (timer->cpu == cpu)
			return base;
		spin_unlock(&base->lock);
	}
}

void ktimer_init(struct ktimer *timer, void (*callback)(struct ktimer *))
{
	timer->armed = timer->running = false;
	timer->cpu = 0;
	timer->callback = callback;
	rb_node_init(&timer->node);
}

void ktimer_arm(struct ktimer *timer, nsec_t deadline)
{
	uint64_t flags = irq_save();
	unsigned here = this_cpu()->number;
	struct timer_base *base;

	for (;;) {
		base = lock_base(timer);
		if (timer->armed)
			erase(base, timer);
		if (base == &bases[here])
			break;
		spin_unlock(&base->lock);
		base = &bases[here];
		spin_lock(&base->lock);
		if (!timer->armed) {
			__atomic_store_n(&timer->cpu, here, __ATOMIC_RELEASE);
			break;
		}
		spin_unlock(&base->lock);
	}
	timer->deadline = deadline;
	insert(base, timer);
	if (base->first == &timer->node)
		program(base, deadline);
	spin_unlock(&base->lock);
	irq_restore(flags);
}

/* A callback that runs on another CPU may still use the timer. */
static void wait_callback(struct ktimer *timer)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		if (i == this_cpu()->number)
			continue;
		while (__atomic_load_n(&bases[i].running, __ATOMIC_ACQUIRE) ==
		       timer)
			cpu_relax();
	}
}

bool ktimer_cancel(struct ktimer *timer)
{
	uint64_t flags = irq_save();
	struct timer_base *base = lock_base(timer);
	bool armed = timer->armed;

	if (armed)
		erase(base, timer);
	spin_unlock(&base->lock);
	wait_callback(timer);
	irq_restore(flags);
	return armed;
}

static void run_due(struct timer_base *base, nsec_t now)
{
	struct ktimer *timer;

	spin_lock(&base->lock);
	while ((timer = of_node(base->first)) && timer->deadline <= now) {
		erase(base, timer);
		__atomic_store_n(&base->running, timer, __ATOMIC_RELEASE);
		spin_unlock(&base->lock);
		timer->callback(timer);
		__atomic_store_n(&base->running, NULL, __ATOMIC_RELEASE);
		spin_lock(&base->lock);
	}
	spin_unlock(&base->lock);
}

/* The timer interrupt. */
void ktimers_run(void)
{
	struct timer_base *base = &bases[this_cpu()->number];
	nsec_t now = clock_monotonic();
	struct ktimer *first;

	base->programmed = NSEC_NEVER;
	run_due(base, now);
	if (base->tick <= now) {
		base->tick = NSEC_NEVER;
		sched_tick();
	}
	spin_lock(&base->lock);
	first = of_node(base->first);
	if (first)
		program(base, first->deadline);
	spin_unlock(&base->lock);
	program(base, base->tick);
}

void ktimers_tick_at(nsec_t when)
{
	struct timer_base *base = &bases[this_cpu()->number];

	base->tick = when;
	program(base, when);
}

void ktimers_start_tick(nsec_t when)
{
	struct timer_base *base = &bases[this_cpu()->number];

	if (base->tick == NSEC_NEVER)
		ktimers_tick_at(when);
}

void ktimers_init(void)
{
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		bases[i].programmed = NSEC_NEVER;
		bases[i].tick = NSEC_NEVER;
	}
}
