// SPDX-License-Identifier: MIT
/*
 * When memory is short: which cached pages to give back, and what to do when
 * there are none.
 *
 * Pages of the cache (but not those that exist only here: tmpfs) are in one
 * list; a clock hand goes round it and gives each page that was used since
 * the last round a second chance. reclaim_clean never sleeps and takes only
 * locks that are free, so the page allocator may call it from anywhere. Pages
 * in use by mappings are taken by those who may sleep.
 */
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/page.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/wait.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/radix.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"

#define SHRINKERS 8
#define PATIENCE 100 /* rounds of 10 ms before a process must die */

static struct spinlock lru_lock = SPINLOCK_INIT;
static struct list lru = LIST_INIT(lru);
static uint64_t lru_count;
static struct wait_queue reclaim_wait, memory_wait;
static bool asked; /* the thread is to run */
static size_t (*shrinkers[SHRINKERS])(size_t objects);

bool (*vm_out_of_memory)(void);

void lru_add(struct page *page)
{
	spin_lock(&lru_lock);
	list_push_back(&lru, &page->link);
	lru_count++;
	spin_unlock(&lru_lock);
}

void lru_remove(struct page *page)
{
	spin_lock(&lru_lock);
	if (!list_empty(&page->link)) {
		list_remove(&page->link);
		lru_count--;
	}
	spin_unlock(&lru_lock);
}

#define BUSY_FLAGS (PAGE_DIRTY | PAGE_WRITEBACK | PAGE_REFERENCED)

/* The page is locked and in the list, whose lock is held. */
static bool drop_if_clean(struct page *page)
{
	struct mapping *mapping = page->mapping;
	bool drop;

	if (!mapping || !spin_trylock(&mapping->lock))
		return false;
	drop = atomic_load(&page->refs) == 1 && !page->map_count &&
	       !(atomic_load(&page->flags) & (PAGE_DIRTY | PAGE_WRITEBACK));
	if (drop) {
		radix_remove(mapping, page->index);
		mapping->page_count--;
		page->mapping = NULL;
	}
	spin_unlock(&mapping->lock);
	if (!drop)
		return false;
	list_remove(&page->link);
	lru_count--;
	atomic_count(&memory_account.cached, -1);
	atomic_fetch_and(&page->flags, ~(PAGE_UPTODATE | PAGE_ERROR));
	page_unlock(page);
	page_put(page);
	return true;
}

size_t reclaim_clean(size_t pages)
{
	size_t freed = 0, scan;

	if (!spin_trylock(&lru_lock))
		return 0;
	scan = MIN(lru_count, pages * 32);
	while (scan-- && freed < pages) {
		struct page *page = LIST_FIRST(&lru, struct page, link);
		uint32_t flags;

		if (!page)
			break;
		list_remove(&page->link);
		list_push_back(&lru, &page->link);
		flags = atomic_load(&page->flags);
		if (flags & PAGE_REFERENCED)
			atomic_fetch_and(&page->flags, ~PAGE_REFERENCED);
		if (flags & BUSY_FLAGS || page->map_count ||
		    !page_trylock(page))
			continue;
		if (drop_if_clean(page))
			freed++;
		else
			page_unlock(page);
	}
	spin_unlock(&lru_lock);
	return freed;
}

/* A mapped page at the hand, with a reference; or NULL. */
static struct page *next_mapped(void)
{
	struct page *page, *found = NULL;

	spin_lock(&lru_lock);
	for (unsigned scan = 0; scan < 64 && !found; scan++) {
		page = LIST_FIRST(&lru, struct page, link);
		if (!page)
			break;
		list_remove(&page->link);
		list_push_back(&lru, &page->link);
		if (!page->map_count || atomic_load(&page->flags) & PAGE_DIRTY)
			continue;
		page_get(page);
		found = page;
	}
	spin_unlock(&lru_lock);
	return found;
}

/* Takes clean pages away from the programs that map them. May sleep. */
static void unmap_some(unsigned pages)
{
	struct page *page;

	while (pages-- && (page = next_mapped())) {
		if (page_trylock(page)) {
			if (page->mapping)
				page_unmap_all(page);
			atomic_fetch_and(&page->flags, ~PAGE_REFERENCED);
			page_unlock(page);
		}
		page_put(page);
	}
}

static void nap(nsec_t length)
{
	struct wait_entry entry = { 0 };

	wait_prepare(&memory_wait, &entry, THREAD_BLOCKED);
	wait_schedule(clock_monotonic() + length);
	wait_finish(&memory_wait, &entry);
}

static size_t shrink_others(size_t objects)
{
	size_t freed = 0;

	for (unsigned i = 0; i < SHRINKERS && shrinkers[i]; i++)
		freed += shrinkers[i](objects);
	return freed;
}

void reclaim_register(size_t (*shrink)(size_t objects))
{
	for (unsigned i = 0; i < SHRINKERS; i++) {
		if (shrinkers[i])
			continue;
		shrinkers[i] = shrink;
		return;
	}
}

/* Wakes the thread: memory is short, or kernel/mm says so (page_low). */
static void ask(void)
{
	if (!atomic_exchange(&asked, true))
		wake_up(&reclaim_wait, 0);
}

/* Users of memory in bulk pay for it before it is short for those who cannot
 * wait. A vain search is not repeated at once. */
static void keep_reserve(void)
{
	static nsec_t not_before;
	nsec_t now = clock_monotonic();

	if (now < READ_ONCE(not_before))
		return;
	if (reclaim_clean(64) < 16)
		WRITE_ONCE(not_before, now + 10 * NSEC_PER_MSEC);
}

struct page *vm_page_alloc(unsigned flags)
{
	struct page *page;

	for (unsigned round = 0;; round++) {
		page = page_alloc(0, flags);
		if (likely(page)) {
			if (unlikely(page_shortage() > 0))
				keep_reserve();
			return page;
		}
		if (reclaim_clean(32))
			continue;
		unmap_some(64);
		if (reclaim_clean(32))
			continue;
		ask();
		writeback_kick();
		if (round >= PATIENCE || !READ_ONCE(memory_account.dirty)) {
			if (!vm_out_of_memory || !vm_out_of_memory())
				return NULL;
		}
		nap(10 * NSEC_PER_MSEC);
	}
}

static bool memory_is_short(void)
{
	struct memory_counts counts;

	memory_counts(&counts);
	return counts.free < counts.total / 32 + 64;
}

static void reclaim_thread(void *arg)
{
	for (;;) {
		wait_event(&reclaim_wait, READ_ONCE(asked));
		for (unsigned i = 0; i < 64 && memory_is_short(); i++) {
			size_t freed = reclaim_clean(128);

			freed += shrink_others(64);
			if (freed < 32) {
				unmap_some(128);
				writeback_kick();
			}
			wake_up_all(&memory_wait, 0);
			schedule_if_needed();
			if (!freed && i > 8)
				break;
		}
		/* Not again at once when there was nothing to free. */
		sleep_until(clock_monotonic() + 10 * NSEC_PER_MSEC);
		atomic_store(&asked, false);
	}
}

void reclaim_start(void);
void reclaim_start(void)
{
	thread_start_kernel("reclaim", reclaim_thread, NULL);
	page_low = ask;
}

void lru_init(void)
{
	wait_queue_init(&reclaim_wait);
	wait_queue_init(&memory_wait);
	page_reclaim = reclaim_clean;
}
