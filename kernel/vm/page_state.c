// SPDX-License-Identifier: MIT
/*
 * The state of a page in the page cache: its lock, whether its contents are
 * valid, and waiting for either.
 *
 * Waiters sleep in one of a few hashed queues; PAGE_WAITERS says that someone
 * may be there, so unlocking a page that nobody waits for costs one atomic
 * operation. page_unlock and page_end_writeback are called from interrupts.
 */
#include "kernel/vm/cache.h"

#include "kernel/sched/wait.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/hash.h"

#define QUEUES 64

static struct wait_queue queues[QUEUES];
static int64_t writeback_total; /* pages of all mappings on their way */

static struct wait_queue *queue_of(const void *object)
{
	return &queues[hash_u64((uint64_t)object) % QUEUES];
}

void page_state_init(void)
{
	for (unsigned i = 0; i < QUEUES; i++)
		wait_queue_init(&queues[i]);
}

static void wake_waiters(struct page *page, struct wait_queue *queue,
			 uint32_t old)
{
	if (!(old & PAGE_WAITERS))
		return;
	wake_up_all(queue, 0);
}

bool page_trylock(struct page *page)
{
	uint32_t flags = atomic_load_relaxed(&page->flags);

	return !(flags & PAGE_LOCKED) &&
	       !(__atomic_fetch_or(&page->flags, PAGE_LOCKED,
				   __ATOMIC_ACQUIRE) &
		 PAGE_LOCKED);
}

/* Until none of the bits is set. */
static void wait_clear(struct page *page, uint32_t bits)
{
	struct wait_queue *queue = queue_of(page);

	wait_event_blocked(queue, (atomic_fetch_or(&page->flags, PAGE_WAITERS),
				   true) &&
					  !(atomic_load(&page->flags) & bits));
}

void page_lock(struct page *page)
{
	struct wait_queue *queue;

	if (page_trylock(page))
		return;
	queue = queue_of(page);
	wait_event_blocked(queue, (atomic_fetch_or(&page->flags, PAGE_WAITERS),
				   true) &&
					  page_trylock(page));
}

/* PAGE_WAITERS is cleared with the lock: whoever still waits sets it anew. */
void page_unlock(struct page *page)
{
	struct wait_queue *queue = queue_of(page);
	uint32_t old = __atomic_fetch_and(
		&page->flags, ~(PAGE_LOCKED | PAGE_WAITERS), __ATOMIC_SEQ_CST);

	wake_waiters(page, queue, old);
}

void page_wait_unlocked(struct page *page)
{
	if (atomic_load(&page->flags) & PAGE_LOCKED)
		wait_clear(page, PAGE_LOCKED);
}

void page_wait_writeback(struct page *page)
{
	if (atomic_load(&page->flags) & PAGE_WRITEBACK)
		wait_clear(page, PAGE_WRITEBACK);
}

void page_set_uptodate(struct page *page)
{
	__atomic_fetch_or(&page->flags, PAGE_UPTODATE, __ATOMIC_RELEASE);
}

bool page_uptodate(const struct page *page)
{
	return atomic_load(&page->flags) & PAGE_UPTODATE;
}

/* The page's WRITEBACK bit keeps the mapping alive: it goes last. */
void page_end_writeback(struct page *page, int error)
{
	struct mapping *mapping = page->mapping;
	struct wait_queue *queue = queue_of(page);
	uint32_t old;

	if (error == -ENOMEM) {
		/* Nothing was submitted, so this is no interrupt: again later. */
		page_set_dirty(page);
	} else if (error) {
		atomic_fetch_or(&page->flags, PAGE_ERROR);
		WRITE_ONCE(mapping->error, error);
	}
	if (atomic_fetch_sub(&mapping->writeback_count, 1) == 1)
		wake_up_all(queue_of(mapping), 0);
	if (atomic_fetch_sub(&writeback_total, 1) == 1)
		wake_up_all(queue_of(&writeback_total), 0);
	old = __atomic_fetch_and(&page->flags, ~(PAGE_WRITEBACK | PAGE_WAITERS),
				 __ATOMIC_SEQ_CST);
	wake_waiters(page, queue, old);
}

void page_start_writeback(struct page *page)
{
	atomic_fetch_add(&writeback_total, 1);
	atomic_fetch_add(&page->mapping->writeback_count, 1);
	atomic_fetch_or(&page->flags, PAGE_WRITEBACK);
}

void writeback_wait_all(void)
{
	if (atomic_load(&writeback_total))
		wait_event_blocked(queue_of(&writeback_total),
				   atomic_load(&writeback_total) == 0);
}

void mapping_wait_writeback(struct mapping *mapping)
{
	if (!atomic_load(&mapping->writeback_count))
		return;
	wait_event_blocked(queue_of(mapping),
			   atomic_load(&mapping->writeback_count) == 0);
}

int mapping_take_error(struct mapping *mapping)
{
	if (!READ_ONCE(mapping->error))
		return 0;
	return atomic_exchange(&mapping->error, 0);
}
