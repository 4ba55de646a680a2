// SPDX-License-Identifier: MIT
/*
 * Physical pages: a buddy allocator with a per-CPU cache in front.
 *
 * One struct page describes each 4 KiB frame of memory. A page with references
 * is in use; the last page_put frees it. Never sleeps; safe from interrupts.
 */
#pragma once

#include "kernel/arch/x86_64/pagetable.h"
#include "lib/list.h"
#include "lib/types.h"

struct mapping;

/* page->flags, changed by atomic operations only. */
#define PAGE_BUDDY (1u << 0) /* free, in a buddy list */
#define PAGE_SLAB (1u << 1)
#define PAGE_LOCKED (1u << 2) /* page cache: being read or written */
#define PAGE_UPTODATE (1u << 3)
#define PAGE_DIRTY (1u << 4)
#define PAGE_WRITEBACK (1u << 5)
#define PAGE_ERROR (1u << 6)
#define PAGE_REFERENCED (1u << 7)
#define PAGE_RESERVED (1u << 8) /* firmware, kernel image */
#define PAGE_WAITERS (1u << 9)
#define PAGE_MAGAZINE (1u << 10) /* free, in a per-CPU cache */
#define PAGE_KMALLOC (1u << 11) /* a large kmalloc */
#define PAGE_OWN_1 (1u << 12) /* free for the page's owner */
#define PAGE_OWN_2 (1u << 13)

struct page {
	uint32_t flags;
	int32_t refs;
	int32_t map_count; /* page-table entries that point here */
	uint16_t order; /* of the block that this page heads */
	uint16_t reserved;
	struct mapping *mapping; /* page cache: whose page, or NULL */
	uint64_t index; /* page cache: offset / PAGE_SIZE */
	struct list link; /* buddy list, slab list or the cache's LRU */
	void *owner; /* slab: struct cache; others: theirs to use */
};

#define ALLOC_ZERO 1u /* clear the memory */
#define ALLOC_ATOMIC 2u /* may use the last reserve; never reclaims */

/* 2^order contiguous pages with one reference, or NULL. */
struct page *page_alloc(unsigned order, unsigned flags);
/* The same, but when memory is short asks page_reclaim for pages first and
 * again: may sleep. NULL: nothing could be freed. */
struct page *page_alloc_reclaim(unsigned order, unsigned flags);
void page_get(struct page *page);
void page_put(struct page *page);

struct page *page_of_paddr(paddr_t at);
struct page *page_of(const void *at); /* direct-map address */
paddr_t page_paddr(const struct page *page);
void *page_address(const struct page *page);
/* False for MMIO and for memory beyond the last page. */
bool paddr_is_memory(paddr_t at);

struct memory_counts {
	uint64_t total, free, cached, dirty, slab, anonymous, kernel_stacks,
		page_tables, shared; /* tmpfs: part of cached; all in pages */
};
void memory_counts(struct memory_counts *counts);
/* Adds to one of the counters above (cached, dirty, anonymous ...). */
extern struct memory_counts memory_account;

/* Set by sched: free memory is below the low mark (any context; cheap). */
extern void (*page_low)(void);
/* Pages to free until the high mark is reached; 0: enough are free. */
size_t page_shortage(void);
/* At start-up: all memory that the boot left over, then kmalloc. */
void page_init(void);

/* Called when memory is short (from a context that may sleep): frees up to
 * `pages` clean pages and says how many. Filled in by kernel/vm. */
extern size_t (*page_reclaim)(size_t pages);
