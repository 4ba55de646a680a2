// SPDX-License-Identifier: MIT
/*
 * Clearing page-table entries: always in the order clear, flush every CPU that
 * may have them, give the pages back. Pages are gathered so that one flush
 * serves many.
 */
#include "kernel/mm/page.h"
#include "kernel/vm/area.h"
#include "lib/atomic.h"

#define GATHER 96

struct gather {
	struct address_space *space;
	uaddr_t from, to; /* what the flush must cover */
	bool flush;
	unsigned count;
	struct page *pages[GATHER];
};

void page_mapped(struct address_space *space, struct page *page)
{
	if (atomic_fetch_add(&page->map_count, 1) == 0 && !page->mapping)
		atomic_count(&memory_account.anonymous, 1);
	atomic_count(&space->resident, 1);
}

void page_unmapped(struct page *page)
{
	if (atomic_fetch_sub(&page->map_count, 1) == 1 && !page->mapping)
		atomic_count(&memory_account.anonymous, -1);
}

static void finish(struct gather *gather)
{
	struct address_space *space = gather->space;

	if (gather->flush && gather->to > gather->from)
		tlb_flush_range(&space->tlb, gather->from, gather->to);
	for (unsigned i = 0; i < gather->count; i++) {
		page_unmapped(gather->pages[i]);
		page_put(gather->pages[i]);
	}
	atomic_count(&space->resident, -(int64_t)gather->count);
	gather->count = 0;
	gather->from = gather->to = 0;
}

static void clear_entry(struct gather *gather, pte_t *pte, uaddr_t at)
{
	pte_t old = atomic_load_relaxed(pte);

	while (pte_has_page(old)) {
		if (__atomic_compare_exchange_n(pte, &old, 0, false,
						__ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			break;
	}
	if (!pte_has_page(old))
		return;
	if (gather->from == gather->to)
		gather->from = at;
	gather->to = at + PAGE_SIZE;
	if (old & PTE_SPECIAL)
		return;
	gather->pages[gather->count++] = page_of_paddr(old & PTE_ADDRESS);
	if (gather->count == GATHER)
		finish(gather);
}

void space_clear(struct address_space *space, uaddr_t from, uaddr_t to,
		 bool flush)
{
	struct gather gather;
	uaddr_t at = from;

	gather.space = space;
	gather.from = gather.to = 0;
	gather.flush = flush;
	gather.count = 0;
	if (space->resident > space->resident_peak)
		space->resident_peak = space->resident;
	while (at < to) {
		uaddr_t next = 0, end;
		pte_t *pte = pagetable_next(space->tlb.root, at, &next);

		if (!pte) {
			if (next <= at)
				break;
			at = next;
			continue;
		}
		end = MIN(to, table_end(at));
		for (; at < end; at += PAGE_SIZE, pte++) {
			if (*pte)
				clear_entry(&gather, pte, at);
		}
	}
	finish(&gather);
}
