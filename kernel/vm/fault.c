// SPDX-License-Identifier: MIT
/*
 * Page faults: making present what an area promises, and nothing else.
 *
 * The space's lock is held for reading, so several threads may fault at once;
 * entries are installed by compare-exchange, and the loser gives its page back
 * and looks again. A page of a file is installed with the page locked, so that
 * truncation cannot pass between. A present page is never read again.
 *
 * Copy on write: the page is reused when this entry is its only reference.
 * When other threads may still see the old page, the entry is first emptied
 * ("busy"), then flushed everywhere, then filled: no thread reads the old copy
 * after another wrote the new one.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/file.h"
#include "kernel/mm/page.h"
#include "kernel/vm/area.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define AROUND 16 /* pages mapped at once when the cache has them */
#define STACK_GAP MIB(1)

struct fault {
	struct address_space *space;
	struct vm_area *area;
	uaddr_t at; /* page aligned */
	unsigned access;
	bool write;
	pte_t *pte;
	pte_t old; /* what *pte was */
};

static bool allowed(const struct vm_area *area, unsigned access)
{
	if (access & FAULT_WRITE)
		return area->prot & PROT_WRITE;
	if (access & FAULT_FETCH)
		return area->prot & PROT_EXEC;
	return area->prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
}

static bool install(struct fault *fault, pte_t new)
{
	return atomic_swap_if(fault->pte, fault->old, new);
}

static pte_t writable_bits(const struct vm_area *area)
{
	return area_pte_bits(area) | PTE_WRITE | PTE_DIRTY;
}

/* Gives our reference to the entry, or back. */
static int install_page(struct fault *fault, struct page *page, pte_t bits)
{
	if (install(fault, page_paddr(page) | bits))
		page_mapped(fault->space, page);
	else
		page_put(page);
	return 0;
}

static int fault_anonymous(struct fault *fault)
{
	struct page *page;

	if (!fault->write) {
		install(fault, zero_page | area_pte_bits(fault->area) |
				       PTE_SPECIAL | PTE_COW);
		return 0;
	}
	page = vm_page_alloc(ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	return install_page(fault, page, writable_bits(fault->area));
}

static int fault_special(struct fault *fault)
{
	struct vm_area *area = fault->area;
	uint64_t index = (area->offset + fault->at - area->start) >> PAGE_SHIFT;
	struct page *page = area->special(area, index), *copy;
	pte_t bits = area_pte_bits(area);

	if (!page)
		return -EIO;
	if (area->flags & MAP_SHARED) {
		if (area->prot & PROT_WRITE)
			bits = writable_bits(area);
		page_get(page);
		return install_page(fault, page, bits);
	}
	if (!fault->write) {
		page_get(page);
		return install_page(fault, page, bits | PTE_COW);
	}
	copy = vm_page_alloc(0);
	if (!copy)
		return -ENOMEM;
	page_copy(page_address(copy), page_address(page));
	return install_page(fault, copy, writable_bits(area));
}

/* How a page of the file appears without being written to. */
static pte_t file_bits(const struct vm_area *area)
{
	pte_t bits = area_pte_bits(area);

	if (!(area->flags & MAP_SHARED))
		return bits | PTE_COW;
	/* Pages that never go to disk need no notice of the first write. */
	if (area->prot & PROT_WRITE && !area->mapping->ops->write_pages)
		bits |= PTE_WRITE | PTE_DIRTY;
	return bits;
}

/* Also show the neighbours that the cache has, without waiting for any. */
static void map_around(struct fault *fault, uint64_t index)
{
	struct vm_area *area = fault->area;
	uaddr_t from = MAX(area->start, ALIGN_DOWN(fault->at, KIB(64)));
	uaddr_t to = MIN(area->end, ALIGN_DOWN(fault->at, KIB(64)) + KIB(64));
	uint64_t limit = (READ_ONCE(area->mapping->size_hint) + PAGE_MASK) >>
			 PAGE_SHIFT;
	uint64_t first = index - ((fault->at - from) >> PAGE_SHIFT);
	unsigned count = (to - from) >> PAGE_SHIFT;
	pte_t *pte = fault->pte - ((fault->at - from) >> PAGE_SHIFT);
	pte_t bits = file_bits(area);
	struct page *pages[AROUND];

	cache_find_range(area->mapping, first, count, pages);
	for (unsigned i = 0; i < count; i++, pte++) {
		struct page *page = pages[i];

		if (!page)
			continue;
		if (!*pte && page_uptodate(page) && first + i < limit &&
		    page_trylock(page)) {
			if (page->mapping == area->mapping &&
			    atomic_swap_if(pte, 0ull,
					   page_paddr(page) | bits)) {
				page_mapped(fault->space, page);
				pages[i] = NULL;
			}
			page_unlock(page);
		}
		if (pages[i])
			page_put(page);
	}
}

static bool past_end(const struct mapping *mapping, uint64_t index)
{
	return index >= (READ_ONCE(mapping->size_hint) + PAGE_MASK) >>
	       PAGE_SHIFT;
}

/* Show the file's own page, writable if this is a write. Truncation shortens
 * the file before it takes the page's lock: after that it is not shown. */
static int map_file_page(struct fault *fault, struct page *page)
{
	struct mapping *mapping = fault->area->mapping;
	pte_t bits = file_bits(fault->area);
	bool gone;

	page_lock(page);
	gone = page->mapping != mapping || past_end(mapping, page->index);
	if (!gone) {
		if (fault->write) {
			page_set_dirty(page);
			bits |= PTE_WRITE | PTE_DIRTY;
		}
		install_page(fault, page, bits);
	}
	page_unlock(page);
	if (gone)
		page_put(page);
	return 0;
}

static int fault_file(struct fault *fault)
{
	struct vm_area *area = fault->area;
	struct mapping *mapping = area->mapping;
	uint64_t index = (area->offset + fault->at - area->start) >> PAGE_SHIFT;
	struct page *page, *copy;
	int error;

	if (past_end(mapping, index))
		return -EIO;
	error = mapping_read(mapping, index, &page);
	if (error)
		return error == -ENOMEM ? error : -EIO;
	if (fault->write && !(area->flags & MAP_SHARED)) {
		copy = vm_page_alloc(0);
		if (copy) {
			page_copy(page_address(copy), page_address(page));
			area->copied = true;
			install_page(fault, copy, writable_bits(area));
		}
		page_put(page);
		return copy ? 0 : -ENOMEM;
	}
	if (fault->write && mapping->ops->make_writable) {
		error = mapping->ops->make_writable(mapping, index);
		if (error) {
			page_put(page);
			return error == -ENOMEM ? error : -EIO;
		}
	}
	map_file_page(fault, page);
	if (!fault->write)
		map_around(fault, index);
	return 0;
}

/* The entry's old page makes room for `copy`, seen alike by all CPUs. */
static void replace(struct fault *fault, struct page *copy)
{
	struct address_space *space = fault->space;
	pte_t new = page_paddr(copy) | writable_bits(fault->area);
	pte_t old = fault->old;
	bool shared = atomic_load(&space->users) > 1;

	if (!install(fault, shared ? PTE_BUSY : new)) {
		page_put(copy);
		return;
	}
	tlb_flush_range(&space->tlb, fault->at, fault->at + PAGE_SIZE);
	page_mapped(space, copy);
	if (shared)
		atomic_store(fault->pte, new);
	if (!(old & PTE_SPECIAL)) {
		struct page *page = page_of_paddr(old & PTE_ADDRESS);

		atomic_count(&space->resident, -1);
		page_unmapped(page);
		page_put(page);
	}
}

static int copy_on_write(struct fault *fault)
{
	struct page *page, *copy;

	if (fault->old & PTE_SPECIAL) {
		copy = vm_page_alloc(ALLOC_ZERO);
		if (copy)
			replace(fault, copy);
		return copy ? 0 : -ENOMEM;
	}
	page = page_of_paddr(fault->old & PTE_ADDRESS);
	if (!page->mapping && atomic_load(&page->refs) == 1) {
		install(fault, (fault->old & ~PTE_COW) | PTE_WRITE | PTE_DIRTY);
		return 0;
	}
	copy = vm_page_alloc(0);
	if (!copy)
		return -ENOMEM;
	page_copy(page_address(copy), page_address(page));
	fault->area->copied = true;
	replace(fault, copy);
	return 0;
}

/* The first write to a shared page: it will have to go to disk. */
static int shared_write(struct fault *fault)
{
	struct vm_area *area = fault->area;
	struct page *page = page_of_paddr(fault->old & PTE_ADDRESS);
	int error = 0;

	if (!area->mapping) {
		install(fault, fault->old | PTE_WRITE | PTE_DIRTY);
		return 0;
	}
	page_get(page);
	if (area->mapping->ops->make_writable)
		error = area->mapping->ops->make_writable(area->mapping,
							  page->index);
	page_lock(page);
	if (!error && page->mapping == area->mapping) {
		page_set_dirty(page);
		install(fault, fault->old | PTE_WRITE | PTE_DIRTY);
	}
	page_unlock(page);
	page_put(page);
	return error && error != -ENOMEM ? -EIO : error;
}

/* A page that truncation takes away meanwhile must not be looked at: pin it
 * under the mapping's area lock. */
static bool still_there(struct fault *fault)
{
	struct mapping *mapping = fault->area->mapping;
	bool same;

	if (!mapping || fault->old & PTE_SPECIAL)
		return true;
	spin_lock(&mapping->area_lock);
	same = atomic_load(fault->pte) == fault->old;
	if (same)
		page_get(page_of_paddr(fault->old & PTE_ADDRESS));
	spin_unlock(&mapping->area_lock);
	return same;
}

static int fault_present(struct fault *fault)
{
	struct vm_area *area = fault->area;
	int error;

	if (!fault->write || fault->old & PTE_WRITE)
		return 0;
	if (!area->mapping)
		return area->flags & MAP_SHARED ? shared_write(fault) :
						  copy_on_write(fault);
	if (!still_there(fault))
		return 0;
	if (area->flags & MAP_SHARED) {
		error = shared_write(fault);
	} else if (fault->old & PTE_SPECIAL) {
		return copy_on_write(fault);
	} else {
		struct page *page = page_of_paddr(fault->old & PTE_ADDRESS);

		/* Our own pin is the second reference. */
		if (!page->mapping && atomic_load(&page->refs) == 2) {
			install(fault, (fault->old & ~PTE_COW) | PTE_WRITE |
					       PTE_DIRTY);
			error = 0;
		} else {
			error = copy_on_write(fault);
		}
	}
	page_put(page_of_paddr(fault->old & PTE_ADDRESS));
	return error;
}

static int handle(struct fault *fault)
{
	fault->pte = pagetable_walk(fault->space->tlb.root, fault->at, true);
	if (!fault->pte)
		return -ENOMEM;
	while ((fault->old = atomic_load(fault->pte)) == PTE_BUSY)
		cpu_relax();
	if (pte_has_page(fault->old))
		return fault_present(fault);
	if (fault->area->special)
		return fault_special(fault);
	return fault->area->mapping ? fault_file(fault) :
				      fault_anonymous(fault);
}

/* The stack's area reaches down to `at`, if the limit and the gap allow it. */
static bool grow_stack(struct address_space *space, uaddr_t at)
{
	struct vm_area *area, *below;
	bool grown = false;

	at = ALIGN_DOWN(at, PAGE_SIZE);
	rwmutex_write_lock(&space->lock);
	area = space_find_above(space, at);
	if (area && area->start <= at) {
		grown = true;
	} else if (area && area->flags & MAP_GROWSDOWN &&
		   area->end - at <= space->stack_limit) {
		below = area_prev(area);
		if (!below || below->flags & MAP_GROWSDOWN ||
		    (below->end <= at && at - below->end >= STACK_GAP)) {
			if (!below || below->end <= at) {
				area_set_range(area, at, area->end);
				grown = true;
			}
		}
	}
	space_write_unlock(space);
	return grown;
}

int space_fault(struct address_space *space, uaddr_t at, unsigned access,
		bool *map_error)
{
	struct fault fault = { .space = space, .access = access };
	bool again = true;
	int error;

	fault.at = ALIGN_DOWN(at, PAGE_SIZE);
	fault.write = access & FAULT_WRITE;
	*map_error = false;
	if (at >= USER_TOP) {
		*map_error = true;
		return -EFAULT;
	}
retry:
	rwmutex_read_lock(&space->lock);
	fault.area = space_find(space, at);
	if (!fault.area) {
		rwmutex_read_unlock(&space->lock);
		if (again && grow_stack(space, at)) {
			again = false;
			goto retry;
		}
		*map_error = true;
		return -EFAULT;
	}
	error = allowed(fault.area, access) ? handle(&fault) : -EFAULT;
	rwmutex_read_unlock(&space->lock);
	return error;
}
