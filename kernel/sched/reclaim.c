// SPDX-License-Identifier: MIT
/*
 * The thread that frees memory before it is short: kernel/mm wakes it at the
 * low mark, it calls page_reclaim (the page cache's) until the high mark is
 * reached or nothing more can be freed.
 */
#include "kernel/arch/x86_64/panic.h"
#include "kernel/mm/page.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"
#include "lib/errno.h"

static struct wait_queue wanted;
static bool asked;

static void ask(void)
{
	if (__atomic_exchange_n(&asked, true, __ATOMIC_ACQ_REL))
		return;
	wake_up(&wanted, 0);
}

static void run(void *arg)
{
	for (;;) {
		wait_event(&wanted, READ_ONCE(asked));
		while (page_shortage() && page_reclaim &&
		       page_reclaim(page_shortage()))
			schedule_if_needed();
		/* Not again at once when there was nothing to free. */
		sleep_until(clock_monotonic() + 10 * NSEC_PER_MSEC);
		__atomic_store_n(&asked, false, __ATOMIC_RELEASE);
	}
}

void reclaim_init(void)
{
	wait_queue_init(&wanted);
	if (!thread_start_kernel("reclaim", run, NULL))
		panic("no memory for the reclaim thread");
	page_low = ask;
}
