// SPDX-License-Identifier: MIT
/*
 * The page cache's core: finding, adding and dropping pages of a mapping.
 *
 * A page enters the tree locked and not up to date; who finds it waits for the
 * lock. It leaves the tree only while locked, unmapped and not under
 * writeback. The tree's lock is a spinlock that no interrupt takes.
 */
#include "kernel/vm/mapping.h"

#include "kernel/vm/cache.h"
#include "kernel/vm/radix.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

void mapping_init(struct mapping *mapping, const struct mapping_ops *ops,
		  void *owner)
{
	memset(mapping, 0, sizeof *mapping);
	mapping->ops = ops;
	mapping->owner = owner;
	spin_init(&mapping->lock);
	spin_init(&mapping->area_lock);
	list_init(&mapping->areas);
	list_init(&mapping->dirty_link);
}

struct page *mapping_find(struct mapping *mapping, uint64_t index)
{
	struct page *page;

	spin_lock(&mapping->lock);
	page = radix_find(mapping, index);
	if (page)
		page_get(page);
	spin_unlock(&mapping->lock);
	return page;
}

void cache_find_range(struct mapping *mapping, uint64_t first, unsigned count,
		      struct page **pages)
{
	spin_lock(&mapping->lock);
	for (unsigned i = 0; i < count; i++) {
		pages[i] = radix_find(mapping, first + i);
		if (pages[i])
			page_get(pages[i]);
	}
	spin_unlock(&mapping->lock);
}

int cache_insert(struct mapping *mapping, uint64_t index, struct page *page)
{
	int error;

	list_init(&page->link);
	page->index = index;
	page->map_count = 0;
	atomic_fetch_or(&page->flags, PAGE_LOCKED);
	spin_lock(&mapping->lock);
	error = radix_insert(mapping, index, page);
	if (!error) {
		page->mapping = mapping;
		page_get(page);
		mapping->page_count++;
	}
	spin_unlock(&mapping->lock);
	if (error) {
		atomic_fetch_and(&page->flags, ~PAGE_LOCKED);
		return error;
	}
	atomic_count(&memory_account.cached, 1);
	if (!mapping->unevictable)
		lru_add(page);
	return 0;
}

static void forget_dirty(struct mapping *mapping, struct page *page)
{
	if (!(page->flags & PAGE_DIRTY))
		return;
	atomic_fetch_and(&page->flags, ~PAGE_DIRTY);
	mapping->dirty_count--;
	atomic_count(&memory_account.dirty, -1);
}

void cache_remove(struct mapping *mapping, struct page *page)
{
	spin_lock(&mapping->lock);
	forget_dirty(mapping, page);
	radix_remove(mapping, page->index);
	mapping->page_count--;
	page->mapping = NULL;
	spin_unlock(&mapping->lock);
	atomic_count(&memory_account.cached, -1);
	lru_remove(page);
	atomic_fetch_and(&page->flags,
			 ~(PAGE_UPTODATE | PAGE_REFERENCED | PAGE_ERROR));
	page_put(page);
}

/* The next page at or after *index, with a reference. */
static struct page *next_page(struct mapping *mapping, unsigned tag,
			      uint64_t *index, uint64_t last)
{
	struct page *page;

	spin_lock(&mapping->lock);
	page = radix_next(mapping, tag, index, last);
	if (page)
		page_get(page);
	spin_unlock(&mapping->lock);
	return page;
}

static void drop_range(struct mapping *mapping, uint64_t first, uint64_t last)
{
	uint64_t index = first;
	struct page *page;

	while ((page = next_page(mapping, RADIX_PRESENT, &index, last))) {
		page_lock(page);
		if (page->mapping == mapping) {
			page_wait_writeback(page);
			if (atomic_load(&page->map_count))
				mapping_unmap(mapping, index, index);
			cache_remove(mapping, page);
		}
		page_unlock(page);
		page_put(page);
		schedule_if_needed();
		if (index++ == last)
			return;
	}
}

void mapping_destroy(struct mapping *mapping)
{
	writeback_forget(mapping);
	if (mapping->page_count)
		drop_range(mapping, 0, RADIX_LIMIT);
	mapping_wait_writeback(mapping);
	writeback_forget(mapping);
}

static bool all_zero(const char *at, unsigned size)
{
	while (size && !*at) {
		at++;
		size--;
	}
	return !size;
}

/* Zero bytes [from, to) of one page, which is read if it is not here: the disk
 * must not show them when the file grows again. What is zero already (a hole)
 * does not become dirty: no space was reserved for it. */
static void zero_part(struct mapping *mapping, uint64_t index, unsigned from,
		      unsigned to)
{
	struct page *page = NULL;
	char *at;

	if (!mapping->ops->write_pages)
		page = mapping_find(mapping, index);
	else if (mapping_read(mapping, index, &page))
		page = NULL;
	if (!page)
		return;
	page_lock(page);
	page_wait_writeback(page);
	at = (char *)page_address(page) + from;
	if (page->mapping == mapping && page_uptodate(page) &&
	    !all_zero(at, to - from)) {
		memset(at, 0, to - from);
		page_set_dirty(page);
	}
	page_unlock(page);
	page_put(page);
}

void mapping_truncate(struct mapping *mapping, uint64_t size)
{
	uint64_t first = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	bool shorter = mapping->size_hint > size;

	if (shorter)
		WRITE_ONCE(mapping->size_hint, size);
	/* Memory alone (tmpfs) may have told us the new size already. */
	if (size & PAGE_MASK && (shorter || !mapping->ops->write_pages))
		zero_part(mapping, size >> PAGE_SHIFT, size & PAGE_MASK,
			  PAGE_SIZE);
	mapping_unmap(mapping, first, RADIX_LIMIT);
	drop_range(mapping, first, RADIX_LIMIT);
}

void mapping_punch(struct mapping *mapping, uint64_t from, uint64_t to)
{
	uint64_t first = (from + PAGE_SIZE - 1) >> PAGE_SHIFT;
	uint64_t end = to >> PAGE_SHIFT;

	if (from >= to)
		return;
	if (first > end) {
		zero_part(mapping, from >> PAGE_SHIFT, from & PAGE_MASK,
			  to & PAGE_MASK);
		return;
	}
	if (from & PAGE_MASK)
		zero_part(mapping, from >> PAGE_SHIFT, from & PAGE_MASK,
			  PAGE_SIZE);
	if (to & PAGE_MASK)
		zero_part(mapping, end, 0, to & PAGE_MASK);
	if (first < end) {
		mapping_unmap(mapping, first, end - 1);
		drop_range(mapping, first, end - 1);
	}
}

/* Read once more a page that is unlocked and yet not up to date. */
static int read_again(struct mapping *mapping, struct page *page)
{
	int error;

	page_lock(page);
	if (page->mapping != mapping || page_uptodate(page)) {
		page_unlock(page);
		return 0;
	}
	atomic_fetch_and(&page->flags, ~PAGE_ERROR);
	error = mapping->ops->read_pages(mapping, &page, 1);
	page_wait_unlocked(page);
	if (page_uptodate(page))
		return 0;
	return error ? error : -EIO;
}

int mapping_read(struct mapping *mapping, uint64_t index, struct page **result)
{
	struct page *page;
	int error;

	for (;;) {
		page = mapping_find(mapping, index);
		if (!page) {
			error = readahead_miss(mapping, index);
			if (error)
				return error;
			continue;
		}
		if (likely(page_uptodate(page)))
			break;
		page_wait_unlocked(page);
		if (page_uptodate(page))
			break;
		error = read_again(mapping, page);
		if (error) {
			page_put(page);
			return error;
		}
		if (page->mapping == mapping && page_uptodate(page))
			break;
		page_put(page);
	}
	page_mark_referenced(page);
	*result = page;
	return 0;
}

int mapping_grab(struct mapping *mapping, uint64_t index, struct page **result)
{
	struct page *page;
	int error;

	for (;;) {
		page = mapping_find(mapping, index);
		if (page) {
			page_lock(page);
			if (page->mapping == mapping)
				break;
			page_unlock(page);
			page_put(page);
			continue;
		}
		page = vm_page_alloc(0);
		if (!page)
			return -ENOMEM;
		error = cache_insert(mapping, index, page);
		if (!error)
			break;
		page_put(page);
		if (error != -EEXIST)
			return error;
	}
	page_mark_referenced(page);
	*result = page;
	return 0;
}

void page_set_dirty(struct page *page)
{
	struct mapping *mapping = page->mapping;
	bool first = false;

	if (!mapping || !mapping->ops->write_pages ||
	    atomic_load(&page->flags) & PAGE_DIRTY)
		return;
	spin_lock(&mapping->lock);
	if (page->mapping == mapping &&
	    !(atomic_fetch_or(&page->flags, PAGE_DIRTY) & PAGE_DIRTY)) {
		radix_set_dirty(mapping, page->index);
		first = mapping->dirty_count++ == 0;
		atomic_count(&memory_account.dirty, 1);
	}
	spin_unlock(&mapping->lock);
	if (first || list_empty(&mapping->dirty_link))
		writeback_note_dirty(mapping);
}
