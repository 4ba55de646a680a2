// SPDX-License-Identifier: MIT
/*
 * Stress for allocator, scheduler, locks and timers on all CPUs at once. Each
 * test is a function that returns false when a rule is broken; a crash is a
 * panic and fails by itself. The slower tests are bounded in time.
 */
#include "kernel/selftest.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/power.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/lock.h"
#include "kernel/sched/random.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"
#include "lib/errno.h"
#include "lib/string.h"

CMDLINE_WORD("weir.selftest", NULL);

#define WORKERS 12

static int running;
static bool broken;
static struct wait_queue done;

static void fail(const char *what)
{
	log_error("selftest: %s", what);
	__atomic_store_n(&broken, true, __ATOMIC_RELAXED);
}

static void finished(void)
{
	__atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
	wake_up(&done, 0);
}

static void run_workers(unsigned count, void (*work)(void *arg))
{
	running = (int)count;
	for (unsigned i = 0; i < count; i++)
		if (!thread_start_kernel("worker", work, (void *)(uint64_t)i))
			fail("no thread");
	wait_event_blocked(&done, READ_ONCE(running) == 0);
}

/* ---- memory ---- */

static void page_worker(void *arg)
{
	struct page *held[64] = { NULL };
	uint64_t mark = (uint64_t)arg + 1;

	for (unsigned i = 0; i < 20000; i++) {
		unsigned n = random_32() % 64;

		if (held[n]) {
			uint64_t *at = page_address(held[n]);

			if (at[0] != mark || at[511] != mark)
				fail("a page was given to two");
			page_put(held[n]);
			held[n] = NULL;
		} else if ((held[n] = page_alloc(n % 8 ? 0 : n % 3, 0))) {
			uint64_t *at = page_address(held[n]);

			at[0] = at[511] = mark;
		}
		schedule_if_needed();
	}
	for (unsigned n = 0; n < 64; n++)
		if (held[n])
			page_put(held[n]);
	finished();
}

static void slab_worker(void *arg)
{
	static const unsigned sizes[] = { 8,   24,   100,  128,	 300,
					  700, 2000, 5000, 9000, 40000 };
	struct {
		uint8_t *at;
		unsigned size;
	} held[64] = { 0 };
	uint8_t mark = (uint8_t)((uint64_t)arg + 1);

	for (unsigned i = 0; i < 20000; i++) {
		unsigned n = random_32() % 64;

		if (held[n].at) {
			if (held[n].at[0] != mark ||
			    held[n].at[held[n].size - 1] != mark)
				fail("an object was given to two");
			kfree(held[n].at);
			held[n].at = NULL;
			continue;
		}
		held[n].size = sizes[random_32() % ARRAY_LEN(sizes)];
		held[n].at = kmalloc(held[n].size);
		if (held[n].at)
			memset(held[n].at, mark, held[n].size);
		schedule_if_needed();
	}
	for (unsigned n = 0; n < 64; n++)
		kfree(held[n].at);
	finished();
}

static bool test_mm(void)
{
	struct memory_counts before, after;

	run_workers(WORKERS, page_worker);
	run_workers(WORKERS, slab_worker);
	memory_counts(&before);
	run_workers(WORKERS, page_worker);
	run_workers(WORKERS, slab_worker);
	memory_counts(&after);
	if (after.free + 256 < before.free)
		fail("memory is lost");
	return !broken;
}

/* All memory, until there is none; then it must come back. */
static bool test_exhaust(void)
{
	struct page *chain = NULL, *page;
	struct memory_counts before, after;
	uint64_t count = 0;

	memory_counts(&before);
	while ((page = page_alloc(0, ALLOC_ATOMIC))) {
		page->owner = chain;
		chain = page;
		count++;
	}
	while ((page = chain)) {
		chain = page->owner;
		page_put(page);
	}
	memory_counts(&after);
	log_info("selftest: %lu pages taken and given back", count);
	return count > before.free / 2 && after.free + 64 >= before.free;
}

/* ---- threads ---- */

static struct mutex mutex;
static struct rwmutex rwmutex;
static uint64_t counter, pair[2];

static void mutex_worker(void *arg)
{
	for (unsigned i = 0; i < 4000; i++) {
		uint64_t seen;

		mutex_lock(&mutex);
		seen = counter;
		if (i % 64 == 0)
			thread_yield();
		counter = seen + 1;
		mutex_unlock(&mutex);
	}
	finished();
}

static void rw_worker(void *arg)
{
	for (unsigned i = 0; i < 4000; i++) {
		if (random_32() % 4) {
			rwmutex_read_lock(&rwmutex);
			if (READ_ONCE(pair[0]) != READ_ONCE(pair[1]))
				fail("a reader saw a writer");
			rwmutex_read_unlock(&rwmutex);
			continue;
		}
		rwmutex_write_lock(&rwmutex);
		pair[0]++;
		if (i % 64 == 0)
			thread_yield();
		pair[1]++;
		rwmutex_write_unlock(&rwmutex);
	}
	finished();
}

static bool test_locks(void)
{
	mutex_init(&mutex);
	rwmutex_init(&rwmutex);
	counter = 0;
	run_workers(WORKERS, mutex_worker);
	if (counter != WORKERS * 4000)
		fail("the mutex let two in");
	run_workers(WORKERS, rw_worker);
	return !broken;
}

static struct wait_queue turns[2];
static unsigned turn;
static nsec_t ping_time;

static void ping_worker(void *arg)
{
	unsigned me = (unsigned)(uint64_t)arg;
	nsec_t start = clock_monotonic();

	for (unsigned i = 0; i < 20000; i++) {
		wait_event(&turns[me], READ_ONCE(turn) == me);
		WRITE_ONCE(turn, !me);
		wake_up(&turns[!me], 0);
	}
	ping_time = clock_monotonic() - start;
	finished();
}

static void sleep_worker(void *arg)
{
	for (unsigned i = 0; i < 40; i++) {
		nsec_t wait = 100000 + random_32() % 3000000;
		nsec_t until = clock_monotonic() + wait, late;

		if (sleep_until(until) != -ETIMEDOUT)
			fail("a sleep ended early");
		late = clock_monotonic() - until;
		if (late < 0)
			fail("a sleep was too short");
		if (late > 2 * NSEC_PER_SEC)
			fail("a sleep was far too long");
	}
	finished();
}

/* Busy for a while; longer, within reason, until every CPU has had some of it:
 * the host of a virtual CPU may be busy itself. */
static void burn_worker(void *arg)
{
	nsec_t start = clock_monotonic(), now = start;

	while (now < start + 300 * NSEC_PER_MSEC ||
	       (now < start + 20 * NSEC_PER_SEC &&
		READ_ONCE(counter) != BIT(cpu_count) - 1)) {
		__atomic_fetch_or(&counter, BIT(this_cpu()->number),
				  __ATOMIC_RELAXED);
		schedule_if_needed();
		now = clock_monotonic();
	}
	finished();
}

static void move_worker(void *arg)
{
	struct thread *me = current_thread();

	for (unsigned i = 0; i < 500; i++) {
		unsigned to = random_32() % cpu_count;

		thread_set_affinity(me, BIT(to));
		if (this_cpu()->number != to)
			fail("affinity is not kept");
	}
	finished();
}

static void child(void *arg)
{
	finished();
}

static bool test_sched(void)
{
	wait_queue_init(&turns[0]);
	wait_queue_init(&turns[1]);
	turn = 0;
	run_workers(2, ping_worker);
	log_info("selftest: 40000 wake-ups in %ld us", ping_time / 1000);
	run_workers(WORKERS, sleep_worker);
	counter = 0;
	run_workers(2 * cpu_count, burn_worker);
	if (counter != BIT(cpu_count) - 1)
		fail("a CPU had nothing to do");
	run_workers(WORKERS, move_worker);
	for (unsigned i = 0; i < 40; i++)
		run_workers(50, child);
	return !broken;
}

/* ---- timers ---- */

static struct ktimer timers[64];
static unsigned fired;

static void fire(struct ktimer *timer)
{
	if (clock_monotonic() < timer->deadline)
		fail("a timer came early");
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

static void timer_worker(void *arg)
{
	struct ktimer *own = &timers[(uint64_t)arg * 4];

	for (unsigned i = 0; i < 4; i++)
		ktimer_init(&own[i], fire);
	for (unsigned i = 0; i < 3000; i++) {
		struct ktimer *timer = &own[random_32() % 4];

		if (random_32() % 3)
			ktimer_arm(timer,
				   clock_monotonic() + random_32() % 200000);
		else
			ktimer_cancel(timer);
		schedule_if_needed();
	}
	for (unsigned i = 0; i < 4; i++)
		ktimer_cancel(&own[i]);
	finished();
}

static bool test_timers(void)
{
	fired = 0;
	run_workers(WORKERS, timer_worker);
	if (!fired)
		fail("no timer ever came");
	log_info("selftest: %u timers fired", fired);
	return !broken;
}

/* ---- deliberate ends ---- */

static volatile unsigned depth = 1000;

static NOINLINE int deep(unsigned left)
{
	volatile char here[512];

	here[0] = (char)left;
	if (left >= depth)
		return 0;
	return deep(left + 1) + here[0];
}

static bool test_overflow(void)
{
	return deep(0) == 1;
}

static bool test_write_text(void)
{
	*(volatile uint8_t *)kernel_start = 0;
	return false;
}

static bool test_null(void)
{
	uint64_t *volatile nowhere = NULL;

	return *nowhere == 1;
}

static const struct {
	const char *name;
	bool (*run)(void);
	bool by_name_only; /* ends in a panic: that is the test */
} tests[] = {
	{ "mm", test_mm, false },
	{ "exhaust", test_exhaust, false },
	{ "locks", test_locks, false },
	{ "sched", test_sched, false },
	{ "timers", test_timers, false },
	{ "overflow", test_overflow, true },
	{ "write-text", test_write_text, true },
	{ "null", test_null, true },
};

static bool is_wanted(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, n) && (!at[n] || at[n] == ','))
			return true;
	}
	return false;
}

void selftest_run(void)
{
	const char *wanted = cmdline_value("weir.selftest");
	bool passed = true;

	if (!wanted)
		return;
	wait_queue_init(&done);
	for (unsigned i = 0; i < ARRAY_LEN(tests); i++) {
		bool ok;

		if (!is_wanted(wanted, tests[i].name) &&
		    (tests[i].by_name_only || !is_wanted(wanted, "all")))
			continue;
		broken = false;
		ok = tests[i].run() && !broken;
		log_raw("selftest %s: %s\n", tests[i].name,
			ok ? "passed" : "FAILED");
		passed &= ok;
	}
	out8(0xf4, passed ? 0 : 1);
	power_off();
}
