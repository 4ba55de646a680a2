// SPDX-License-Identifier: MIT
/*
 * Private to kernel/vm: what the files of the page cache share.
 */
#pragma once

#include "kernel/vm/mapping.h"

/* The pages of [first, first + count) that are present, each with a
 * reference; NULL where there is none. One lock for all of them. */
void cache_find_range(struct mapping *mapping, uint64_t first, unsigned count,
		      struct page **pages);
/* Insert a fresh page, which becomes LOCKED and gains the cache's reference.
 * 0, -EEXIST, -ENOMEM. */
int cache_insert(struct mapping *mapping, uint64_t index, struct page *page);
/* Take a LOCKED, unmapped page out and drop the cache's reference. */
void cache_remove(struct mapping *mapping, struct page *page);

static inline void page_mark_referenced(struct page *page)
{
	if (!(__atomic_load_n(&page->flags, __ATOMIC_RELAXED) &
	      PAGE_REFERENCED))
		__atomic_fetch_or(&page->flags, PAGE_REFERENCED,
				  __ATOMIC_RELAXED);
}

void page_state_init(void);
void page_wait_writeback(struct page *page);
void mapping_wait_writeback(struct mapping *mapping);
void page_start_writeback(struct page *page);
/* Until no page of any mapping is on its way to disk. */
void writeback_wait_all(void);

/* readahead.c: make sure that the page at index is (being) read, and those
 * that will be wanted next. 0, -ENOMEM, -EIO. */
int readahead_miss(struct mapping *mapping, uint64_t index);
void readahead_hit(struct mapping *mapping, uint64_t index);

/* reclaim.c */
void lru_init(void);
void lru_add(struct page *page);
void lru_remove(struct page *page);
size_t reclaim_clean(size_t pages);

/* writeback.c */
void writeback_throttle(void);
/* The writeback thread is no longer at this mapping, which is in no list. */
void writeback_forget(struct mapping *mapping);
void writeback_note_dirty(struct mapping *mapping);
void writeback_kick(void);

/* rmap.c: forget writable entries of a page, so that the next write faults. */
void page_write_protect(struct page *page);
/* Unmap just this page wherever it is mapped as itself (reclaim). */
void page_unmap_all(struct page *page);
