// SPDX-License-Identifier: MIT
/*
 * Writing dirty pages back: fsync's way, sync's way, and the thread that does
 * it when nobody asks.
 *
 * A mapping with dirty pages is in one list, with the time of its oldest one.
 * The thread writes those older than 5 s, and all when more than a tenth of
 * memory is dirty; writers wait when it is more than a fifth. While the thread
 * is at a mapping, `busy` keeps mapping_destroy from going on.
 */
#include "kernel/mm/page.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/wait.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/radix.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define RUN_MAX 32
#define OLD (5 * NSEC_PER_SEC)
#define PERIOD (1 * NSEC_PER_SEC)

/* Guards the list and every mapping's dirty_link, dirty_since and busy. */
static struct spinlock dirty_lock = SPINLOCK_INIT;
static struct list dirty_mappings = LIST_INIT(dirty_mappings);
static struct wait_queue idle_wait, thread_wait, throttle_wait;
static bool kicked;
static int32_t busy_total; /* sum of all mappings' busy */

struct run {
	struct mapping *mapping;
	struct page *pages[RUN_MAX];
	unsigned count;
	int error;
};

static void submit(struct run *run)
{
	int error;

	if (!run->count)
		return;
	error = run->mapping->ops->write_pages(run->mapping, run->pages,
					       run->count);
	if (error && !run->error)
		run->error = error;
	for (unsigned i = 0; i < run->count; i++) {
		page_unlock(run->pages[i]);
		page_put(run->pages[i]);
	}
	run->count = 0;
}

/* The rest of the last page never holds what lies behind the file's end. */
static void zero_tail(struct mapping *mapping, struct page *page)
{
	uint64_t size = READ_ONCE(mapping->size_hint);
	unsigned from = size & PAGE_MASK;

	if (from && page->index == size >> PAGE_SHIFT)
		memset((char *)page_address(page) + from, 0, PAGE_SIZE - from);
}

static bool start_writeback(struct mapping *mapping, struct page *page)
{
	bool dirty;

	if (page->mapping != mapping)
		return false;
	page_wait_writeback(page);
	if (atomic_load(&page->map_count))
		page_write_protect(page);
	spin_lock(&mapping->lock);
	dirty = atomic_fetch_and(&page->flags, ~PAGE_DIRTY) & PAGE_DIRTY;
	radix_clear_dirty(mapping, page->index);
	if (dirty) {
		mapping->dirty_count--;
		atomic_count(&memory_account.dirty, -1);
		page_start_writeback(page);
	}
	spin_unlock(&mapping->lock);
	if (dirty)
		zero_tail(mapping, page);
	return dirty;
}

static struct page *next_dirty(struct mapping *mapping, uint64_t *index,
			       uint64_t last)
{
	struct page *page;

	spin_lock(&mapping->lock);
	page = radix_next(mapping, RADIX_DIRTY, index, last);
	if (page)
		page_get(page);
	spin_unlock(&mapping->lock);
	return page;
}

int mapping_write_range(struct mapping *mapping, uint64_t first, uint64_t last,
			bool wait)
{
	struct run run = { .mapping = mapping };
	uint64_t index = first;
	struct page *page;
	int error;

	if (!mapping->ops->write_pages)
		return 0;
	last = MIN(last, RADIX_LIMIT);
	while ((page = next_dirty(mapping, &index, last))) {
		if (run.count &&
		    (run.count == RUN_MAX ||
		     run.pages[run.count - 1]->index + 1 != index ||
		     !page_trylock(page))) {
			submit(&run);
			page_lock(page);
		} else if (!run.count) {
			page_lock(page);
		}
		if (start_writeback(mapping, page)) {
			run.pages[run.count++] = page;
		} else {
			page_unlock(page);
			page_put(page);
		}
		index++;
	}
	submit(&run);
	if (wait)
		mapping_wait_writeback(mapping);
	error = wait ? mapping_take_error(mapping) : 0;
	return run.error ? run.error : error;
}

void writeback_note_dirty(struct mapping *mapping)
{
	spin_lock(&dirty_lock);
	if (list_empty(&mapping->dirty_link)) {
		mapping->dirty_since = clock_monotonic();
		list_push_back(&dirty_mappings, &mapping->dirty_link);
	}
	spin_unlock(&dirty_lock);
}

void writeback_forget(struct mapping *mapping)
{
	spin_lock(&dirty_lock);
	if (!list_empty(&mapping->dirty_link))
		list_remove(&mapping->dirty_link);
	spin_unlock(&dirty_lock);
	if (READ_ONCE(mapping->busy))
		wait_event_blocked(&idle_wait,
				   atomic_load(&mapping->busy) == 0);
	spin_lock(&dirty_lock);
	if (!list_empty(&mapping->dirty_link))
		list_remove(&mapping->dirty_link);
	spin_unlock(&dirty_lock);
}

/* The first mapping dirty since before `limit`, out of the list and busy. */
static struct mapping *take_mapping(nsec_t limit)
{
	struct mapping *mapping, *found = NULL;

	spin_lock(&dirty_lock);
	LIST_FOR_EACH(mapping, &dirty_mappings, dirty_link) {
		if (mapping->dirty_since > limit)
			continue;
		found = mapping;
		break;
	}
	if (found) {
		list_remove(&found->dirty_link);
		found->busy++;
		busy_total++;
	}
	spin_unlock(&dirty_lock);
	return found;
}

static void give_back(struct mapping *mapping)
{
	spin_lock(&dirty_lock);
	if (mapping->dirty_count && list_empty(&mapping->dirty_link)) {
		mapping->dirty_since = clock_monotonic();
		list_push_back(&dirty_mappings, &mapping->dirty_link);
	}
	atomic_fetch_sub(&mapping->busy, 1);
	atomic_fetch_sub(&busy_total, 1);
	spin_unlock(&dirty_lock);
	wake_up_all(&idle_wait, 0);
}

static void write_older(nsec_t limit, bool wait)
{
	struct mapping *mapping;

	while ((mapping = take_mapping(limit))) {
		mapping_write_range(mapping, 0, RADIX_LIMIT, false);
		if (wait)
			mapping_wait_writeback(mapping);
		give_back(mapping);
		wake_up_all(&throttle_wait, 0);
	}
}

void mapping_write_all(bool wait)
{
	write_older(clock_monotonic(), wait);
	if (!wait)
		return;
	/* What the thread has taken out of the list belongs to it, too. */
	wait_event_blocked(&idle_wait, atomic_load(&busy_total) == 0);
	writeback_wait_all();
}

static uint64_t share_of_memory(unsigned divisor)
{
	static uint64_t total;
	struct memory_counts counts;

	if (!total) {
		memory_counts(&counts);
		total = counts.total;
	}
	return total / divisor;
}

void writeback_kick(void)
{
	WRITE_ONCE(kicked, true);
	if (wait_active(&thread_wait))
		wake_up(&thread_wait, 0);
}

static bool too_dirty(unsigned divisor)
{
	return READ_ONCE(memory_account.dirty) > share_of_memory(divisor);
}

void writeback_throttle(void)
{
	if (likely(!too_dirty(10)))
		return;
	if (!READ_ONCE(kicked))
		writeback_kick();
	while (too_dirty(5)) {
		nsec_t until = clock_monotonic() + 100 * NSEC_PER_MSEC;

		if (wait_event_until(&throttle_wait, !too_dirty(5), until) ==
		    -EINTR)
			return;
		writeback_kick();
	}
}

static void writeback_thread(void *arg)
{
	nsec_t now;

	for (;;) {
		now = clock_monotonic();
		wait_event_until(&thread_wait, READ_ONCE(kicked), now + PERIOD);
		WRITE_ONCE(kicked, false);
		now = clock_monotonic();
		write_older(too_dirty(10) ? now : now - OLD, false);
	}
}

void writeback_init(void);
void writeback_init(void)
{
	wait_queue_init(&idle_wait);
	wait_queue_init(&thread_wait);
	wait_queue_init(&throttle_wait);
}

void writeback_start(void);
void writeback_start(void)
{
	thread_start_kernel("writeback", writeback_thread, NULL);
}
