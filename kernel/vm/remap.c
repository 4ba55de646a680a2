// SPDX-License-Identifier: MIT
/*
 * mremap(2): an area changes its size or its place; its pages go along.
 *
 * Entries move while the mapping's area lock is held, so truncation finds each
 * page at the old place or at the new one.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/vm/area.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"

/* Sizes are page multiples. -ENOMEM: some entries stay behind (and are
 * unmapped with the old area: that memory would be lost, so tables are made
 * first). */
static int make_tables(struct address_space *space, uaddr_t from, uaddr_t to)
{
	for (uaddr_t at = ALIGN_DOWN(from, MIB(2)); at < to; at += MIB(2)) {
		if (!pagetable_walk(space->tlb.root, MAX(at, from), true))
			return -ENOMEM;
	}
	return 0;
}

static void move_entries(struct address_space *space, uaddr_t from, uaddr_t to,
			 uint64_t size)
{
	uaddr_t at = from, end = from + size, next = 0;

	while (at < end) {
		pte_t *pte = pagetable_next(space->tlb.root, at, &next);
		pte_t old;

		if (!pte) {
			if (next <= at)
				break;
			at = next;
			continue;
		}
		if (pte_has_page(*pte)) {
			old = atomic_exchange(pte, 0ull);
			*pagetable_walk(space->tlb.root, at - from + to,
					false) = old;
		}
		at += PAGE_SIZE;
	}
	tlb_flush_range(&space->tlb, from, end);
}

static int move_area(struct address_space *space, struct vm_area *area,
		     uaddr_t at, uint64_t old_size, uint64_t new_size,
		     uaddr_t to)
{
	struct mapping *mapping = area->mapping;
	struct vm_area *copy;
	int error = make_tables(space, to, to + MIN(old_size, new_size));

	if (error)
		return error;
	copy = area_copy(area, space);
	if (!copy)
		return -ENOMEM;
	if (copy->mapping || copy->special)
		copy->offset += at - area->start;
	copy->start = to;
	copy->end = to + new_size;
	error = area_insert(copy);
	if (error) {
		area_free(copy);
		return error;
	}
	if (mapping)
		spin_lock(&mapping->area_lock);
	move_entries(space, at, to, MIN(old_size, new_size));
	if (mapping)
		spin_unlock(&mapping->area_lock);
	return 0;
}

/* Longer where it is: 0, or -ENOMEM when something is in the way. */
static int extend(struct address_space *space, struct vm_area *area,
		  uaddr_t old_end, uaddr_t new_end)
{
	struct vm_area *next = area_next(area);

	if (area->end != old_end || area->flags & MAP_GROWSDOWN ||
	    new_end > USER_TOP || (next && next->start < new_end))
		return -ENOMEM;
	area_set_range(area, area->start, new_end);
	area_try_merge(area);
	return 0;
}

static int take_away(struct address_space *space, uaddr_t at, uint64_t size)
{
	int error = 0;

	space_write_unlock(space);
	if (size)
		error = space_unmap(space, at, size);
	rwmutex_write_lock(&space->lock);
	return error;
}

static int64_t remap_locked(struct address_space *space, uaddr_t at,
			    uint64_t old_size, uint64_t new_size,
			    unsigned flags, uaddr_t to)
{
	struct vm_area *area = space_find(space, at);
	int error;

	if (!area || at + old_size > area->end)
		return -EFAULT;
	if (!old_size && !(area->flags & MAP_SHARED))
		return -EINVAL;
	if (new_size > old_size &&
	    ((space->mapped << PAGE_SHIFT) + new_size - old_size >
	     space->size_limit))
		return -ENOMEM;
	if (flags & MREMAP_FIXED) {
		error = take_away(space, to, new_size);
		area = space_find(space, at);
		if (error || !area || at + old_size > area->end)
			return error ? error : -EFAULT;
	} else {
		if (new_size == old_size && !(flags & MREMAP_DONTUNMAP))
			return (int64_t)at;
		if (new_size < old_size) {
			error = take_away(space, at + new_size,
					  old_size - new_size);
			return error ? error : (int64_t)at;
		}
		if (old_size && !(flags & MREMAP_DONTUNMAP) &&
		    !extend(space, area, at + old_size, at + new_size))
			return (int64_t)at;
		if (!(flags & MREMAP_MAYMOVE))
			return -ENOMEM;
		to = area_find_hole(space, new_size);
		if (!to)
			return -ENOMEM;
	}
	error = move_area(space, area, at, old_size, new_size, to);
	if (!error && old_size && !(flags & MREMAP_DONTUNMAP))
		error = take_away(space, at, old_size);
	return error ? error : (int64_t)to;
}

int64_t space_remap(struct address_space *space, uaddr_t at, uint64_t old_size,
		    uint64_t new_size, unsigned flags, uaddr_t to)
{
	int64_t result;
	bool locked;

	rwmutex_write_lock(&space->lock);
	result = remap_locked(space, at, old_size, new_size, flags, to);
	locked = space->lock_future;
	space_write_unlock(space);
	if (result > 0 && locked && new_size > old_size)
		space_populate(space, result + old_size, new_size - old_size);
	return result;
}
