// SPDX-License-Identifier: MIT
/*
 * Reading ahead: files are mostly read from front to back, and a device
 * answers one large request sooner than many small ones.
 *
 * The mapping remembers the first page not yet asked for (readahead_next) and
 * a window that doubles with each sequential miss, from 16 KiB (one page on
 * block devices, whose metadata is read here and there) up to 128 KiB. The
 * next window is asked for when the reader is half-way through the last one.
 * The hints are unguarded: a lost update costs a little speed only.
 */
#include "kernel/vm/cache.h"
#include "kernel/vm/radix.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"

#define WINDOW_MAX 32u
#define WINDOW_START 4u

static uint64_t page_limit(const struct mapping *mapping)
{
	return (READ_ONCE(mapping->size_hint) + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static int submit(struct mapping *mapping, struct page **pages, unsigned count)
{
	int error = 0;

	if (count)
		error = mapping->ops->read_pages(mapping, pages, count);
	for (unsigned i = 0; i < count; i++)
		page_put(pages[i]);
	return error;
}

/* Reads [first, first + count) as far as absent, the first one into `page`
 * (NULL: -ENOMEM). The result concerns it only; the others are a courtesy. */
static int read_range(struct mapping *mapping, uint64_t first, unsigned count,
		      struct page *page)
{
	struct page *run[WINDOW_MAX];
	unsigned length = 0;
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		int result;

		if (i)
			page = page_alloc(0, 0);
		result = page ? cache_insert(mapping, first + i, page) :
				-ENOMEM;
		if (!result) {
			run[length++] = page;
			continue;
		}
		if (page)
			page_put(page);
		if (result != -EEXIST) {
			error = i ? 0 : result;
			break;
		}
		submit(mapping, run, length);
		length = 0;
	}
	submit(mapping, run, length);
	return error;
}

int readahead_miss(struct mapping *mapping, uint64_t index)
{
	uint64_t next = READ_ONCE(mapping->readahead_next);
	uint64_t window = READ_ONCE(mapping->readahead_window);
	uint64_t limit = page_limit(mapping), count;

	if (mapping->unevictable)
		return read_range(mapping, index, 1, vm_page_alloc(0));
	if (index == next && window)
		window = MIN(window * 2, WINDOW_MAX);
	else
		window = mapping->ops->make_writable || index == 0 ?
				 WINDOW_START :
				 1;
	count = index < limit ? MIN(window, limit - index) : 1;
	WRITE_ONCE(mapping->readahead_next, index + count);
	WRITE_ONCE(mapping->readahead_window, window);
	return read_range(mapping, index, count, vm_page_alloc(0));
}

void readahead_hit(struct mapping *mapping, uint64_t index)
{
	uint64_t next = READ_ONCE(mapping->readahead_next);
	uint64_t window = READ_ONCE(mapping->readahead_window);
	uint64_t limit = page_limit(mapping);

	if (window < WINDOW_START || index >= next || next >= limit ||
	    index + window < next || next - index > window / 2)
		return;
	window = MIN(window * 2, WINDOW_MAX);
	WRITE_ONCE(mapping->readahead_next, next + MIN(window, limit - next));
	WRITE_ONCE(mapping->readahead_window, window);
	read_range(mapping, next, MIN(window, limit - next), page_alloc(0, 0));
}
