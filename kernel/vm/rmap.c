// SPDX-License-Identifier: MIT
/*
 * From a page of a file to the page-table entries that show it.
 *
 * A mapping lists the areas that map it; an area leaves the list after its
 * entries were cleared and before its page tables are freed, so whoever holds
 * area_lock may walk the tables of each listed area. The lock is taken with
 * interrupts on and by no interrupt: other CPUs answer flushes while they wait
 * for it.
 */
#include "kernel/mm/page.h"
#include "kernel/vm/area.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/radix.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"

/* The addresses at which an area shows [first, last]; false: none. */
static bool area_range(const struct vm_area *area, uint64_t first,
		       uint64_t last, uaddr_t *from, uaddr_t *to)
{
	uint64_t begin = area->offset >> PAGE_SHIFT;
	uint64_t end = begin + ((area->end - area->start) >> PAGE_SHIFT);

	if (last < begin || first >= end)
		return false;
	first = MAX(first, begin);
	end = last < end ? last + 1 : end;
	*from = area->start + ((first - begin) << PAGE_SHIFT);
	*to = area->start + ((end - begin) << PAGE_SHIFT);
	return true;
}

void mapping_unmap(struct mapping *mapping, uint64_t first, uint64_t last)
{
	struct vm_area *area;
	uaddr_t from, to;

	if (list_empty(&mapping->areas))
		return;
	spin_lock(&mapping->area_lock);
	LIST_FOR_EACH(area, &mapping->areas, mapping_link) {
		if (area_range(area, first, last, &from, &to))
			space_clear(area->space, from, to, true);
	}
	spin_unlock(&mapping->area_lock);
}

/* The entry of `area` that shows exactly this page, or NULL. */
static pte_t *entry_of(struct vm_area *area, struct page *page, uaddr_t *at)
{
	uaddr_t to;
	pte_t *pte;

	if (!area_range(area, page->index, page->index, at, &to))
		return NULL;
	pte = pagetable_walk(area->space->tlb.root, *at, false);
	if (!pte || !pte_has_page(*pte) || *pte & PTE_SPECIAL ||
	    page_of_paddr(*pte & PTE_ADDRESS) != page)
		return NULL;
	return pte;
}

void page_write_protect(struct page *page)
{
	struct mapping *mapping = page->mapping;
	struct vm_area *area;
	uaddr_t at;

	spin_lock(&mapping->area_lock);
	LIST_FOR_EACH(area, &mapping->areas, mapping_link) {
		pte_t *pte = entry_of(area, page, &at);

		if (!pte || !(*pte & PTE_WRITE))
			continue;
		atomic_fetch_and(pte, ~(PTE_WRITE | PTE_DIRTY));
		tlb_flush_range(&area->space->tlb, at, at + PAGE_SIZE);
	}
	spin_unlock(&mapping->area_lock);
}

void page_unmap_all(struct page *page)
{
	struct mapping *mapping = page->mapping;
	struct vm_area *area;
	uaddr_t at;

	spin_lock(&mapping->area_lock);
	LIST_FOR_EACH(area, &mapping->areas, mapping_link) {
		if (entry_of(area, page, &at))
			space_clear(area->space, at, at + PAGE_SIZE, true);
	}
	spin_unlock(&mapping->area_lock);
}
