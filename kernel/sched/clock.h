// SPDX-License-Identifier: MIT
/*
 * Clocks, all in nanoseconds as nsec_t: monotonic since boot (TSC), real time
 * (RTC at boot plus monotonic, settable), and kernel timers on per-CPU heaps.
 */
#pragma once

#include "lib/rbtree.h"
#include "lib/types.h"

nsec_t clock_monotonic(void);
nsec_t clock_realtime(void);
void clock_set_realtime(nsec_t now);
/* Added to monotonic gives real time; the vDSO and timers need it. */
nsec_t clock_realtime_offset(void);
/* Called after the offset changed; set by kernel/vm (vDSO). */
extern void (*clock_published)(void);

/*
 * A one-shot timer. The callback runs in the timer interrupt, interrupts off:
 * it must be short and must not sleep. Re-arming from the callback is fine.
 */
struct ktimer {
	struct rb_node node; /* guarded by the owning CPU's timer lock */
	nsec_t deadline; /* monotonic */
	unsigned cpu;
	bool armed, running;
	void (*callback)(struct ktimer *timer);
};
void ktimer_init(struct ktimer *timer, void (*callback)(struct ktimer *));
void ktimer_arm(struct ktimer *timer, nsec_t deadline);
/* True if it was armed. Waits until a running callback has returned unless
 * called from that callback. */
bool ktimer_cancel(struct ktimer *timer);
