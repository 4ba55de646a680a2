// SPDX-License-Identifier: MIT
/*
 * The life of an address space: made, copied by fork, shared by threads, left.
 *
 * Fork shares every private page between parent and child, read-only, and
 * flushes the parent's translations on all CPUs before it returns. Entries of
 * pages that a fault can find again in the page cache are not copied.
 *
 * `users` are threads: with the last one all areas go. `refs` keep the struct
 * and its top-level table; CPUs that still have it loaded, while they run kernel
 * threads, are asked to leave it when it goes.
 */
#include "kernel/file/file.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/area.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

void tlb_leave(void);

static struct cache *spaces;
static uint64_t last_id;
paddr_t zero_page;

struct address_space *space_create(void)
{
	struct address_space *space = cache_zalloc(spaces);

	if (!space)
		return NULL;
	space->tlb.root = pagetable_create();
	if (!space->tlb.root) {
		cache_free(spaces, space);
		return NULL;
	}
	space->users = space->refs = 1;
	space->id = atomic_fetch_add(&last_id, 1) + 1;
	rwmutex_init(&space->lock);
	list_init(&space->dead);
	space->stack_limit = MIB(8);
	space->size_limit = space->data_limit = ~0ull;
	space->dumpable = true;
	return space;
}

void space_get(struct address_space *space)
{
	atomic_fetch_add(&space->refs, 1);
}

/* Interrupts on: other CPUs may have to leave the tables. */
void space_put(struct address_space *space)
{
	if (atomic_fetch_sub(&space->refs, 1) != 1)
		return;
	pagetable_destroy(space->tlb.root);
	cache_free(spaces, space);
}

void space_use(struct address_space *space)
{
	atomic_fetch_add(&space->users, 1);
}

/* No thread will run here again, so no translation needs a flush: a CPU that
 * has the tables loaded leaves them before it runs user code. */
static void unmap_all(struct address_space *space)
{
	struct rb_node *node;

	rwmutex_write_lock(&space->lock);
	while ((node = rb_first(&space->areas))) {
		struct vm_area *area = RB_ENTRY(node, struct vm_area, node);

		space_clear(space, area->start, area->end, false);
		area_remove(area);
		schedule_if_needed();
	}
	space_write_unlock(space);
}

void space_unuse(struct address_space *space)
{
	if (atomic_fetch_sub(&space->users, 1) == 1) {
		struct file *exe = space->exe;

		unmap_all(space);
		space->exe = NULL;
		if (exe)
			file_put(exe);
	}
	space_put(space);
}

static bool must_copy(const struct vm_area *area)
{
	if (area->flags & MAP_SHARED || area->special)
		return false;
	return !area->mapping || area->copied;
}

/* One entry from the parent's table to the child's. */
static bool copy_entry(struct address_space *child, pte_t *from, pte_t *to)
{
	pte_t old = *from;
	bool protect = false;

	if (!pte_has_page(old))
		return false;
	if (!(old & PTE_SPECIAL)) {
		struct page *page = page_of_paddr(old & PTE_ADDRESS);

		if (old & PTE_WRITE) {
			atomic_fetch_and(from, ~PTE_WRITE);
			atomic_fetch_or(from, PTE_COW);
			old = (old & ~PTE_WRITE) | PTE_COW;
			protect = true;
		}
		page_get(page);
		page_mapped(child, page);
	}
	*to = old;
	return protect;
}

struct protect_range {
	uaddr_t from, to;
};

static int copy_entries(struct address_space *parent,
			struct address_space *child, struct vm_area *area,
			struct protect_range *range)
{
	uaddr_t at = area->start;

	while (at < area->end) {
		uaddr_t next = 0, end;
		pte_t *from = pagetable_next(parent->tlb.root, at, &next), *to;

		if (!from) {
			if (next <= at)
				break;
			at = next;
			continue;
		}
		end = MIN(area->end, table_end(at));
		to = pagetable_walk(child->tlb.root, at, true);
		if (!to)
			return -ENOMEM;
		for (; at < end; at += PAGE_SIZE, from++, to++) {
			if (!*from || !copy_entry(child, from, to))
				continue;
			if (range->from == range->to)
				range->from = at;
			range->from = MIN(range->from, at);
			range->to = MAX(range->to, at + PAGE_SIZE);
		}
	}
	return 0;
}

/* Truncation must not take a page while we look at it. */
static int copy_mapped(struct address_space *parent,
		       struct address_space *child, struct vm_area *area,
		       struct protect_range *range)
{
	int error;

	spin_lock(&area->mapping->area_lock);
	error = copy_entries(parent, child, area, range);
	spin_unlock(&area->mapping->area_lock);
	return error;
}

static int copy_areas(struct address_space *parent, struct address_space *child,
		      struct protect_range *range)
{
	struct rb_node *node;
	int error;

	RB_FOR_EACH(node, &parent->areas) {
		struct vm_area *area = RB_ENTRY(node, struct vm_area, node);
		struct vm_area *copy;

		if (area->flags & AREA_DONTFORK)
			continue;
		copy = area_copy(area, child);
		if (!copy)
			return -ENOMEM;
		copy->flags &= ~MAP_LOCKED;
		error = area_insert(copy);
		if (error) {
			area_free(copy);
			return error;
		}
		if (area->flags & AREA_WIPEONFORK || !must_copy(area))
			continue;
		error = (area->mapping ? copy_mapped : copy_entries)(
			parent, child, area, range);
		if (error)
			return error;
	}
	return 0;
}

static void copy_figures(const struct address_space *from,
			 struct address_space *to)
{
	size_t first = offsetof(struct address_space, brk_start);
	size_t end = offsetof(struct address_space, exe);

	memcpy((char *)to + first, (const char *)from + first, end - first);
	to->exe = from->exe;
	if (to->exe)
		file_get(to->exe);
	to->dumpable = from->dumpable;
	to->stack_limit = from->stack_limit;
	to->size_limit = from->size_limit;
	to->data_limit = from->data_limit;
}

struct address_space *space_fork(struct address_space *from)
{
	struct address_space *child = space_create();
	struct protect_range range = { 0, 0 };
	int error;

	if (!child)
		return NULL;
	rwmutex_write_lock(&from->lock);
	copy_figures(from, child);
	error = copy_areas(from, child, &range);
	if (range.to > range.from)
		tlb_flush_range(&from->tlb, range.from, range.to);
	space_write_unlock(from);
	if (error) {
		space_unuse(child);
		return NULL;
	}
	return child;
}

void space_switch(struct address_space *space)
{
	struct thread *self = current_thread();
	uint64_t flags = irq_save();

	self->space = space;
	self->tlb = space ? &space->tlb : NULL;
	if (space)
		tlb_switch(&space->tlb);
	else
		tlb_leave();
	irq_restore(flags);
}

void space_each(struct address_space *space,
		void (*row)(struct vm_area *area, void *arg), void *arg)
{
	struct rb_node *node;

	rwmutex_read_lock(&space->lock);
	RB_FOR_EACH(node, &space->areas)
		row(RB_ENTRY(node, struct vm_area, node), arg);
	rwmutex_read_unlock(&space->lock);
}

void radix_init(void);
void writeback_init(void);
void writeback_start(void);
void reclaim_start(void);
void block_init(void);

void vm_init(void)
{
	struct page *page = page_alloc(0, ALLOC_ZERO);

	zero_page = page_paddr(page);
	spaces = cache_create("address_space", sizeof(struct address_space), 0);
	area_init();
	radix_init();
	page_state_init();
	lru_init();
	writeback_init();
	block_init();
}

void vm_start_threads(void)
{
	writeback_start();
	reclaim_start();
}
