// SPDX-License-Identifier: MIT
/*
 * Areas in the tree of their address space: insert, split, merge, find.
 *
 * All functions want space->lock held for writing (finding: for reading). An
 * area of a file is also in its mapping's list; its range changes under the
 * mapping's area_lock, because truncation reads it from there.
 */
#include "kernel/vm/area.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/file.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/mapping.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MMAP_MINIMUM 0x10000ull /* vm.mmap_min_addr */
#define GUARD_GAP (256 * PAGE_SIZE)

static struct cache *areas;

void area_init(void)
{
	areas = cache_create("vm_area", sizeof(struct vm_area), 0);
}

static struct vm_area *area_of(struct rb_node *node)
{
	return node ? RB_ENTRY(node, struct vm_area, node) : NULL;
}

struct vm_area *area_next(const struct vm_area *area)
{
	return area_of(rb_next(&area->node));
}

struct vm_area *area_prev(const struct vm_area *area)
{
	return area_of(rb_prev(&area->node));
}

struct vm_area *space_find_above(struct address_space *space, uaddr_t at)
{
	struct rb_node *node = space->areas.root;
	struct vm_area *found = NULL;

	while (node) {
		struct vm_area *area = area_of(node);

		if (at < area->end) {
			found = area;
			if (at >= area->start)
				break;
			node = node->child[0];
		} else {
			node = node->child[1];
		}
	}
	return found;
}

struct vm_area *space_find(struct address_space *space, uaddr_t at)
{
	struct vm_area *area = space_find_above(space, at);

	return area && area->start <= at ? area : NULL;
}

struct vm_area *area_create(struct address_space *space, uaddr_t start,
			    uaddr_t end, unsigned prot, unsigned flags)
{
	struct vm_area *area = cache_zalloc(areas);

	if (!area)
		return NULL;
	area->space = space;
	area->start = start;
	area->end = end;
	area->prot = prot;
	area->flags = flags;
	list_init(&area->mapping_link);
	rb_node_init(&area->node);
	return area;
}

static void account(struct vm_area *area, int64_t pages)
{
	struct address_space *space = area->space;

	space->mapped += pages;
	if (area->flags & MAP_LOCKED)
		space->locked += pages;
	if (area->flags & MAP_GROWSDOWN)
		space->stack_pages += pages;
	else if (area->flags & MAP_PRIVATE && area->prot & PROT_WRITE)
		space->data_pages += pages;
}

static int64_t pages_of(const struct vm_area *area)
{
	return (int64_t)((area->end - area->start) >> PAGE_SHIFT);
}

static void link_mapping(struct vm_area *area)
{
	if (!area->mapping)
		return;
	spin_lock(&area->mapping->area_lock);
	list_push_back(&area->mapping->areas, &area->mapping_link);
	spin_unlock(&area->mapping->area_lock);
}

static void unlink_mapping(struct vm_area *area)
{
	if (!area->mapping)
		return;
	spin_lock(&area->mapping->area_lock);
	list_remove(&area->mapping_link);
	spin_unlock(&area->mapping->area_lock);
}

/* In the tree without a look at the neighbours' likeness. */
static int link_tree(struct vm_area *area)
{
	struct rb_node **link = &area->space->areas.root, *parent = NULL;

	while (*link) {
		struct vm_area *other = area_of(*link);

		parent = *link;
		if (area->end <= other->start)
			link = &parent->child[0];
		else if (area->start >= other->end)
			link = &parent->child[1];
		else
			return -ENOMEM;
	}
	rb_insert_at(&area->space->areas, &area->node, parent, link);
	account(area, pages_of(area));
	return 0;
}

int area_insert(struct vm_area *area)
{
	int error = link_tree(area);

	if (error)
		return error;
	link_mapping(area);
	area_try_merge(area);
	return 0;
}

static void unlink_area(struct vm_area *area)
{
	unlink_mapping(area);
	account(area, -pages_of(area));
	rb_erase(&area->space->areas, &area->node);
}

void area_free(struct vm_area *area)
{
	list_push_back(&area->space->dead, &area->mapping_link);
}

static void destroy(struct vm_area *area)
{
	struct file *file = area->file;

	if (area->uses)
		atomic_fetch_sub(area->uses, 1);
	cache_free(areas, area);
	if (file)
		file_put(file);
}

void space_write_unlock(struct address_space *space)
{
	struct list dead;
	struct vm_area *area;

	list_init(&dead);
	list_splice(&dead, &space->dead);
	rwmutex_write_unlock(&space->lock);
	while ((area = LIST_POP(&dead, struct vm_area, mapping_link)))
		destroy(area);
}

void area_remove(struct vm_area *area)
{
	unlink_area(area);
	area_free(area);
}

void area_set_range(struct vm_area *area, uaddr_t start, uaddr_t end)
{
	struct mapping *mapping = area->mapping;

	account(area, -pages_of(area));
	if (mapping)
		spin_lock(&mapping->area_lock);
	if (area->mapping || area->special)
		area->offset += start - area->start;
	area->start = start;
	area->end = end;
	if (mapping)
		spin_unlock(&mapping->area_lock);
	account(area, pages_of(area));
}

struct vm_area *area_copy(struct vm_area *from, struct address_space *space)
{
	struct vm_area *area = cache_alloc(areas);

	if (!area)
		return NULL;
	*area = *from;
	area->space = space;
	list_init(&area->mapping_link);
	rb_node_init(&area->node);
	if (area->uses)
		atomic_fetch_add(area->uses, 1);
	if (area->file)
		file_get(area->file);
	return area;
}

int area_split_at(struct address_space *space, uaddr_t at)
{
	struct vm_area *area = space_find(space, at), *upper;
	uaddr_t end;

	if (!area || area->start == at)
		return 0;
	upper = area_copy(area, space);
	if (!upper)
		return -ENOMEM;
	end = area->end;
	upper->start = at;
	if (upper->mapping || upper->special)
		upper->offset += at - area->start;
	upper->end = end;
	/* In the mapping's list first: truncation may not miss the entries. */
	link_mapping(upper);
	area_set_range(area, area->start, at);
	return link_tree(upper);
}

static bool alike(const struct vm_area *a, const struct vm_area *b)
{
	if (a->end != b->start || a->prot != b->prot || a->flags != b->flags ||
	    a->file != b->file || a->mapping != b->mapping || a->special ||
	    b->special || a->name != b->name)
		return false;
	return !a->mapping || a->offset + (a->end - a->start) == b->offset;
}

/* `upper` becomes part of `lower`. */
static struct vm_area *join(struct vm_area *lower, struct vm_area *upper)
{
	uaddr_t end = upper->end;
	bool copied = upper->copied;

	/* Longer first: at no moment may truncation miss the entries. */
	lower->copied |= copied;
	account(upper, -pages_of(upper));
	rb_erase(&upper->space->areas, &upper->node);
	area_set_range(lower, lower->start, end);
	unlink_mapping(upper);
	area_free(upper);
	return lower;
}

struct vm_area *area_try_merge(struct vm_area *area)
{
	struct vm_area *other = area_prev(area);

	if (other && alike(other, area))
		area = join(other, area);
	other = area_next(area);
	if (other && alike(area, other))
		area = join(area, other);
	return area;
}

static uaddr_t hole_below(struct address_space *space, uaddr_t top,
			  uint64_t size)
{
	struct rb_node *node = space->areas.root;
	struct vm_area *area = NULL;

	while (node) {
		struct vm_area *here = area_of(node);

		if (here->start < top)
			area = here;
		node = node->child[here->start < top];
	}
	for (;;) {
		uaddr_t low = area ? area->end : MMAP_MINIMUM;

		if (low < MMAP_MINIMUM)
			low = MMAP_MINIMUM;
		if (top >= low && top - low >= size)
			return top - size;
		if (!area)
			return 0;
		top = area->start;
		if (area->flags & MAP_GROWSDOWN)
			top -= MIN(GUARD_GAP, top);
		area = area_prev(area);
	}
}

uaddr_t area_find_hole(struct address_space *space, uint64_t size)
{
	uaddr_t at = hole_below(space, space->mmap_top, size);

	return at ? at : hole_below(space, USER_TOP, size);
}
