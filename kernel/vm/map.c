// SPDX-License-Identifier: MIT
/*
 * mmap, munmap, mprotect, mremap and brk on an address space: everything that
 * adds, removes or changes areas. The system calls' own argument checks are in
 * kernel/syscall/memory.c.
 *
 * Files of areas that went are closed after the lock was given back.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/file.h"
#include "kernel/mm/page.h"
#include "kernel/vm/area.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"

#define KEPT_FLAGS \
	(MAP_SHARED | MAP_PRIVATE | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE)

static bool range_ok(uaddr_t at, uint64_t size)
{
	return at < USER_TOP && size <= USER_TOP - at;
}

/* Lock held for writing. */
static int unmap_locked(struct address_space *space, uaddr_t at, uaddr_t end)
{
	struct vm_area *area, *next;
	int error = area_split_at(space, at);

	if (!error)
		error = area_split_at(space, end);
	if (error)
		return error;
	for (area = space_find_above(space, at); area && area->start < end;
	     area = next) {
		next = area_next(area);
		space_clear(space, area->start, area->end, true);
		area_remove(area);
	}
	return 0;
}

int space_unmap(struct address_space *space, uaddr_t at, uint64_t size)
{
	int error;

	size = ALIGN_UP(size, PAGE_SIZE);
	if (at & PAGE_MASK || !size || !range_ok(at, size))
		return -EINVAL;
	rwmutex_write_lock(&space->lock);
	error = unmap_locked(space, at, at + size);
	space_write_unlock(space);
	return error;
}

static int check_file(const struct file *file, unsigned prot, unsigned flags)
{
	if (!(file->mode & FILE_READ))
		return -EACCES;
	if (flags & MAP_SHARED && prot & PROT_WRITE &&
	    !(file->mode & FILE_WRITE))
		return -EACCES;
	if (!file->ops->mmap)
		return -ENODEV;
	return 0;
}

/* Where the new area goes; 0 or -E, *at is the answer. Makes room if fixed. */
static int place(struct address_space *space, uaddr_t *at, uint64_t size,
		 unsigned flags)
{
	struct vm_area *area;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (*at & PAGE_MASK)
			return -EINVAL;
		if (!range_ok(*at, size))
			return -ENOMEM;
		area = space_find_above(space, *at);
		if (!area || area->start >= *at + size)
			return 0;
		if (flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		return unmap_locked(space, *at, *at + size);
	}
	*at = ALIGN_UP(*at, PAGE_SIZE);
	if (*at >= KIB(64) && range_ok(*at, size)) {
		area = space_find_above(space, *at);
		if (!area || area->start >= *at + size)
			return 0;
	}
	*at = area_find_hole(space, size);
	return *at ? 0 : -ENOMEM;
}

/* Linux's heuristic: refuse only what could never be had. */
static bool plausible(struct address_space *space, uint64_t size, unsigned prot,
		      unsigned flags)
{
	struct memory_counts counts;

	if ((space->mapped << PAGE_SHIFT) + size > space->size_limit)
		return false;
	if (!(flags & MAP_PRIVATE) || !(prot & PROT_WRITE))
		return true;
	if ((space->data_pages << PAGE_SHIFT) + size > space->data_limit)
		return false;
	if (flags & MAP_NORESERVE || size < MIB(16))
		return true;
	memory_counts(&counts);
	return size >> PAGE_SHIFT <= counts.total;
}

static int attach_file(struct vm_area *area, struct file *file, uint64_t offset)
{
	int error;

	file_get(file);
	area->file = file;
	area->offset = offset;
	area->mapping = file->mapping;
	error = file->ops->mmap(file, area);
	if (error)
		return error;
	if (!area->mapping && !area->special)
		area->offset = 0;
	return 0;
}

static int64_t map_locked(struct address_space *space, uaddr_t at,
			  uint64_t size, unsigned prot, unsigned flags,
			  struct file *file, uint64_t offset)
{
	struct vm_area *area;
	int error = place(space, &at, size, flags);

	if (error)
		return error;
	if (!plausible(space, size, prot, flags))
		return -ENOMEM;
	area = area_create(space, at, at + size, prot, flags & KEPT_FLAGS);
	if (!area)
		return -ENOMEM;
	if (space->lock_future)
		area->flags |= MAP_LOCKED;
	if (file)
		error = attach_file(area, file, offset);
	if (!error)
		error = area_insert(area);
	if (error) {
		area_free(area);
		return error;
	}
	return (int64_t)at;
}

int64_t space_map(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot, unsigned flags, struct file *file,
		  uint64_t offset)
{
	struct file *shared = NULL;
	int64_t result;
	int error = 0;

	if (!size)
		return -EINVAL;
	size = ALIGN_UP(size, PAGE_SIZE);
	if (!size || size > USER_TOP)
		return -ENOMEM;
	if (file)
		error = check_file(file, prot, flags);
	if (error)
		return error;
	if (!file && flags & MAP_SHARED) {
		shared = shared_memory_create(size);
		if (!shared)
			return -ENOMEM;
		file = shared;
		offset = 0;
	}
	rwmutex_write_lock(&space->lock);
	result = map_locked(space, at, size, prot, flags, file, offset);
	space_write_unlock(space);
	if (shared)
		file_put(shared);
	if (result > 0 &&
	    (flags & (MAP_POPULATE | MAP_LOCKED) || space->lock_future))
		space_populate(space, result, size);
	return result;
}

int64_t space_map_special(struct address_space *space, uaddr_t at,
			  uint64_t size, unsigned prot, const char *name,
			  struct page *(*special)(struct vm_area *, uint64_t),
			  void *private)
{
	struct vm_area *area;
	int64_t result = -ENOMEM;

	rwmutex_write_lock(&space->lock);
	if (!at)
		at = area_find_hole(space, size);
	area = at ? area_create(space, at, at + size, prot, MAP_PRIVATE) : NULL;
	if (area) {
		area->name = name;
		area->special = special;
		area->private = private;
		result = area_insert(area);
		if (result)
			area_free(area);
		else
			result = (int64_t)at;
	}
	space_write_unlock(space);
	return result;
}

/* Give the entries of [from, to) the area's new rights. */
static void change_entries(struct vm_area *area, uaddr_t from, uaddr_t to)
{
	pte_t keep = PTE_ADDRESS | PTE_ACCESSED | PTE_DIRTY | PTE_COW |
		     PTE_SPECIAL;
	pte_t bits = area_pte_bits(area);

	if (area->prot & PROT_WRITE)
		keep |= PTE_WRITE;
	while (from < to) {
		uaddr_t next = 0, end;
		pte_t *pte = pagetable_next(area->space->tlb.root, from, &next);

		if (!pte) {
			if (next <= from)
				return;
			from = next;
			continue;
		}
		end = MIN(to, table_end(from));
		for (; from < end; from += PAGE_SIZE, pte++) {
			pte_t old = atomic_load_relaxed(pte);

			while (pte_has_page(old) &&
			       !__atomic_compare_exchange_n(
				       pte, &old, (old & keep) | bits, false,
				       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
				;
		}
	}
}

static int protect_area(struct vm_area *area, unsigned prot, uaddr_t *from,
			uaddr_t *to)
{
	unsigned old = area->prot;
	int64_t pages = (area->end - area->start) >> PAGE_SHIFT;

	if (prot == old)
		return 0;
	if (area->flags & MAP_SHARED && prot & PROT_WRITE && area->file &&
	    !(area->file->mode & FILE_WRITE))
		return -EACCES;
	if (area->flags & MAP_PRIVATE && !(area->flags & MAP_GROWSDOWN)) {
		if (prot & PROT_WRITE && !(old & PROT_WRITE))
			area->space->data_pages += pages;
		if (old & PROT_WRITE && !(prot & PROT_WRITE))
			area->space->data_pages -= pages;
	}
	area->prot = prot;
	change_entries(area, area->start, area->end);
	if (!(old & ~prot))
		return 0;
	*from = MIN(*from, area->start);
	*to = MAX(*to, area->end);
	return 0;
}

static int protect_locked(struct address_space *space, uaddr_t at, uaddr_t end,
			  unsigned prot)
{
	uaddr_t from = end, to = at, next = at;
	struct vm_area *area = space_find(space, at);
	int error;

	if (!area)
		return -ENOMEM;
	error = area_split_at(space, at);
	if (!error)
		error = area_split_at(space, end);
	if (error)
		return error;
	for (area = space_find(space, at); next < end && !error;
	     area = area_next(area)) {
		if (!area || area->start != next) {
			error = -ENOMEM;
			break;
		}
		error = protect_area(area, prot, &from, &to);
		/* A neighbour that it now merges with has these rights, too. */
		area = area_try_merge(area);
		next = area->end;
	}
	if (to > from)
		tlb_flush_range(&space->tlb, from, to);
	return error;
}

int space_protect(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot)
{
	int error;

	size = ALIGN_UP(size, PAGE_SIZE);
	if (at & PAGE_MASK)
		return -EINVAL;
	if (!size)
		return 0;
	if (!range_ok(at, size))
		return -ENOMEM;
	rwmutex_write_lock(&space->lock);
	error = protect_locked(space, at, at + size, prot);
	space_write_unlock(space);
	return error;
}

uaddr_t space_set_brk(struct address_space *space, uaddr_t brk)
{
	static const char heap_name[] = "[heap]";
	uaddr_t old_end, new_end, result;
	struct vm_area *area;

	rwmutex_write_lock(&space->lock);
	old_end = ALIGN_UP(space->brk, PAGE_SIZE);
	new_end = ALIGN_UP(brk, PAGE_SIZE);
	if (brk < space->brk_start || brk >= USER_TOP)
		goto out;
	if (brk - space->brk_start > space->data_limit)
		goto out;
	if (new_end < old_end) {
		if (unmap_locked(space, new_end, old_end))
			goto out;
	} else if (new_end > old_end) {
		if (!plausible(space, new_end - old_end, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE))
			goto out;
		area = space_find_above(space, old_end);
		if (area && area->start < new_end + PAGE_SIZE)
			goto out;
		area = area_create(space, old_end, new_end,
				   PROT_READ | PROT_WRITE, MAP_PRIVATE);
		if (!area)
			goto out;
		area->name = heap_name;
		if (space->lock_future)
			area->flags |= MAP_LOCKED;
		if (area_insert(area)) {
			area_free(area);
			goto out;
		}
	}
	space->brk = brk;
out:
	result = space->brk;
	space_write_unlock(space);
	return result;
}
