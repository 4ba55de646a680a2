// SPDX-License-Identifier: MIT
/*
 * What programs say about their memory without changing what is mapped:
 * discard, lock, populate, sync, and the question what is resident. Also
 * access from outside: other processes' memory and futex keys.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/file/file.h"
#include "kernel/mm/page.h"
#include "kernel/vm/area.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

int space_discard(struct address_space *space, uaddr_t at, uint64_t size)
{
	uaddr_t end = at + size, next = at;
	struct vm_area *area;
	int error = 0;

	rwmutex_write_lock(&space->lock);
	for (area = space_find_above(space, at); area && area->start < end;
	     area = area_next(area)) {
		if (area->start > next)
			error = -ENOMEM;
		next = area->end;
		if (area->flags & MAP_LOCKED) {
			error = -EINVAL;
			break;
		}
		space_clear(space, MAX(at, area->start), MIN(end, area->end),
			    true);
	}
	if (next < end && !error)
		error = -ENOMEM;
	space_write_unlock(space);
	return error;
}

void space_populate(struct address_space *space, uaddr_t at, uint64_t size)
{
	uaddr_t end = at + size;
	bool map_error;

	for (; at < end; at += PAGE_SIZE) {
		struct vm_area *area;
		unsigned access = 0;

		rwmutex_read_lock(&space->lock);
		area = space_find(space, at);
		if (area && area->prot & PROT_WRITE &&
		    area->flags & MAP_PRIVATE)
			access = FAULT_WRITE;
		if (area && !area->prot)
			area = NULL;
		rwmutex_read_unlock(&space->lock);
		if (!area || space_fault(space, at, access, &map_error))
			return;
		schedule_if_needed();
	}
}

int space_lock_pages(struct address_space *space, uaddr_t at, uint64_t size,
		     bool lock)
{
	uaddr_t end = at + size, next = at;
	struct vm_area *area;
	int error;

	if (!size)
		return 0;
	rwmutex_write_lock(&space->lock);
	error = area_split_at(space, at);
	if (!error)
		error = area_split_at(space, end);
	for (area = error ? NULL : space_find_above(space, at);
	     area && area->start < end; area = area_next(area)) {
		int64_t pages = (area->end - area->start) >> PAGE_SHIFT;

		if (area->start > next)
			error = -ENOMEM;
		next = area->end;
		if (lock && !(area->flags & MAP_LOCKED))
			space->locked += pages;
		if (!lock && area->flags & MAP_LOCKED)
			space->locked -= pages;
		area->flags = lock ? area->flags | MAP_LOCKED :
				     area->flags & ~MAP_LOCKED;
		area = area_try_merge(area);
	}
	if (next < end && !error)
		error = -ENOMEM;
	space_write_unlock(space);
	if (lock && !error)
		space_populate(space, at, size);
	return error;
}

void space_lock_all(struct address_space *space, bool lock)
{
	struct rb_node *node;

	rwmutex_write_lock(&space->lock);
	space->locked = lock ? space->mapped : 0;
	RB_FOR_EACH(node, &space->areas) {
		struct vm_area *area = RB_ENTRY(node, struct vm_area, node);

		area->flags &= ~MAP_LOCKED;
		if (lock)
			area->flags |= MAP_LOCKED;
	}
	space_write_unlock(space);
	for (uaddr_t at = 0; lock;) {
		struct vm_area *area;
		uaddr_t start, end;

		rwmutex_read_lock(&space->lock);
		area = space_find_above(space, at);
		start = area ? area->start : 0;
		end = area ? area->end : 0;
		rwmutex_read_unlock(&space->lock);
		if (!end)
			return;
		space_populate(space, start, end - start);
		at = end;
	}
}

int space_advise_fork(struct address_space *space, uaddr_t at, uint64_t size,
		      int advice)
{
	static const unsigned bits[] = { AREA_DONTFORK,
					 AREA_DONTFORK,
					 0,
					 0,
					 0,
					 0,
					 AREA_DONTDUMP,
					 AREA_DONTDUMP,
					 AREA_WIPEONFORK,
					 AREA_WIPEONFORK };
	unsigned bit = bits[advice - 10];
	bool set = advice == 10 || advice == 16 || advice == 18;
	uaddr_t end = at + size, next = at;
	struct vm_area *area;
	int error;

	if (!size)
		return 0;
	rwmutex_write_lock(&space->lock);
	error = area_split_at(space, at);
	if (!error)
		error = area_split_at(space, end);
	for (area = error ? NULL : space_find_above(space, at);
	     area && area->start < end && error != -EINVAL;
	     area = area_next(area)) {
		if (area->start > next)
			error = -ENOMEM;
		next = area->end;
		if (bit == AREA_WIPEONFORK && set &&
		    (area->mapping || area->flags & MAP_SHARED))
			error = -EINVAL;
		else
			area->flags = set ? area->flags | bit :
					    area->flags & ~bit;
	}
	if (next < end && !error)
		error = -ENOMEM;
	space_write_unlock(space);
	return error;
}

int space_sync(struct address_space *space, uaddr_t at, uint64_t size,
	       bool wait)
{
	uaddr_t end = at + size;
	bool hole = false;
	int error = 0;

	while (at < end && !error) {
		struct vm_area *area;
		struct file *file = NULL;
		uint64_t first = 0, last = 0;

		rwmutex_read_lock(&space->lock);
		area = space_find_above(space, at);
		if (!area || area->start >= end) {
			rwmutex_read_unlock(&space->lock);
			return -ENOMEM;
		}
		if (area->start > at) {
			hole = true;
			at = area->start;
		}
		if (area->mapping && area->flags & MAP_SHARED && area->file) {
			file = area->file;
			file_get(file);
			first = (area->offset + at - area->start) >> PAGE_SHIFT;
			last = first +
			       ((MIN(end, area->end) - at - 1) >> PAGE_SHIFT);
		}
		at = area->end;
		rwmutex_read_unlock(&space->lock);
		if (!file)
			continue;
		if (file->mapping && wait)
			error = mapping_write_range(file->mapping, first, last,
						    true);
		file_put(file);
	}
	return error ? error : hole ? -ENOMEM : 0;
}

static uint8_t is_resident(struct vm_area *area, uaddr_t at)
{
	pte_t *pte = pagetable_walk(area->space->tlb.root, at, false);
	struct page *page;
	bool there;

	if (pte && pte_has_page(*pte))
		return 1;
	if (!area->mapping)
		return 0;
	page = mapping_find(area->mapping,
			    (area->offset + at - area->start) >> PAGE_SHIFT);
	if (!page)
		return 0;
	there = page_uptodate(page);
	page_put(page);
	return there;
}

int space_resident(struct address_space *space, uaddr_t at, uint64_t pages,
		   uint8_t *vector)
{
	int error = 0;

	rwmutex_read_lock(&space->lock);
	for (uint64_t i = 0; i < pages; i++, at += PAGE_SIZE) {
		struct vm_area *area = space_find(space, at);

		if (!area) {
			error = -ENOMEM;
			break;
		}
		vector[i] = is_resident(area, at);
	}
	rwmutex_read_unlock(&space->lock);
	return error;
}

/* The page at `at` if it is present with the rights asked for. */
static struct page *pin_present(struct address_space *space, uaddr_t at,
				bool write)
{
	struct vm_area *area;
	struct page *page = NULL;
	pte_t *pte, entry;

	rwmutex_read_lock(&space->lock);
	area = space_find(space, at);
	pte = area ? pagetable_walk(space->tlb.root, at, false) : NULL;
	if (pte) {
		if (area->mapping)
			spin_lock(&area->mapping->area_lock);
		entry = atomic_load(pte);
		if (entry & PTE_PRESENT && (!write || entry & PTE_WRITE)) {
			page = page_of_paddr(entry & PTE_ADDRESS);
			page_get(page);
		}
		if (area->mapping)
			spin_unlock(&area->mapping->area_lock);
	}
	rwmutex_read_unlock(&space->lock);
	return page;
}

struct page *space_pin(struct address_space *space, uaddr_t at, bool write,
		       int *error)
{
	struct page *page;
	bool map_error;

	for (;;) {
		page = pin_present(space, at, write);
		if (page)
			return page;
		*error = space_fault(space, at, write ? FAULT_WRITE : 0,
				     &map_error);
		if (*error)
			return NULL;
	}
}

static size_t move(struct address_space *space, uaddr_t at, char *buffer,
		   size_t size, bool write)
{
	size_t done = 0;
	int error;

	while (done < size) {
		size_t n = MIN(size - done, PAGE_SIZE - (at & PAGE_MASK));
		struct page *page = space_pin(space, at, write, &error);
		char *there;

		if (!page)
			break;
		there = (char *)page_address(page) + (at & PAGE_MASK);
		if (write)
			memcpy(there, buffer + done, n);
		else
			memcpy(buffer + done, there, n);
		page_put(page);
		done += n;
		at += n;
	}
	return done;
}

size_t space_read(struct address_space *space, uaddr_t at, void *to,
		  size_t size)
{
	return move(space, at, to, size, false);
}

size_t space_write(struct address_space *space, uaddr_t at, const void *from,
		   size_t size)
{
	return move(space, at, (char *)from, size, true);
}

int space_futex_key(struct address_space *space, uaddr_t at, bool shared,
		    uint64_t key[2])
{
	struct vm_area *area;

	key[0] = space->id;
	key[1] = at;
	if (!shared)
		return 0;
	rwmutex_read_lock(&space->lock);
	area = space_find(space, at);
	if (area && area->mapping && area->flags & MAP_SHARED) {
		key[0] = (uint64_t)area->mapping;
		key[1] = area->offset + at - area->start;
	}
	rwmutex_read_unlock(&space->lock);
	return area ? 0 : -EFAULT;
}
