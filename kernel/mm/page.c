// SPDX-License-Identifier: MIT
/*
 * Physical pages. A buddy allocator of blocks of 1 to 1024 pages under one
 * lock, and in front of it a magazine of single pages for each CPU, used with
 * interrupts off and no lock.
 *
 * Memory is divided into chunks of 1024 pages, the largest block. The page
 * structs of a chunk are filled in when the chunk is first taken, so start-up
 * does not touch them: 16 GiB start as fast as 48 MiB. Buddies never merge
 * across chunks, so a block's neighbours are always filled in when looked at.
 *
 * A part of memory is kept for ALLOC_ATOMIC. Freeing a page twice, or one that
 * is in use, is always found and is a panic.
 */
#include "kernel/mm/page.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "lib/atomic.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define ORDERS 11
#define CHUNK_PAGES 1024ull
#define MAX_PAGES (GIB(64) / PAGE_SIZE)
#define MAGAZINE 62
#define REFILL 31
#define NOT_FREEABLE                                            \
	(PAGE_BUDDY | PAGE_SLAB | PAGE_LOCKED | PAGE_RESERVED | \
	 PAGE_MAGAZINE | PAGE_WRITEBACK | PAGE_KMALLOC)

struct magazine {
	unsigned count;
	struct page *pages[MAGAZINE];
};

static struct page *page_array;
static uint64_t page_limit; /* frames that page_array describes */
static uint64_t total_pages, reserve_pages, low_pages, high_pages;
static struct magazine magazines[MAX_CPUS];

/* Guarded by `lock`: */
static struct spinlock lock;
static struct list free_lists[ORDERS];
static uint64_t free_pages;
static BITMAP(chunk_ready, MAX_PAGES / CHUNK_PAGES);

struct memory_counts memory_account;
size_t (*page_reclaim)(size_t pages);
void (*page_low)(void);

/* ---- page structs and addresses ---- */

struct page *page_of_paddr(paddr_t at)
{
	return &page_array[at >> PAGE_SHIFT];
}

struct page *page_of(const void *at)
{
	return page_of_paddr(direct_paddr(at));
}

paddr_t page_paddr(const struct page *page)
{
	return (paddr_t)(page - page_array) << PAGE_SHIFT;
}

void *page_address(const struct page *page)
{
	return direct_map(page_paddr(page));
}

bool paddr_is_memory(paddr_t at)
{
	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];

		if (r->type == MEMORY_RAM && at >= r->start && at < r->end)
			return true;
	}
	return false;
}

static uint64_t frame_of(const struct page *page)
{
	return (uint64_t)(page - page_array);
}

static void fill_in(struct page *page, uint32_t flags)
{
	memset(page, 0, sizeof *page);
	page->flags = flags;
	list_init(&page->link);
}

static void fill_in_chunk(uint64_t frame, uint32_t flags)
{
	frame = ALIGN_DOWN(frame, CHUNK_PAGES);
	for (uint64_t i = 0; i < CHUNK_PAGES && frame + i < page_limit; i++)
		fill_in(&page_array[frame + i], flags);
	bitmap_set(chunk_ready, frame / CHUNK_PAGES);
}

/* ---- the buddy system; `lock` held ---- */

static void put_block(struct page *page, unsigned order)
{
	page->order = (uint16_t)order;
	page->flags = PAGE_BUDDY;
	list_push_front(&free_lists[order], &page->link);
}

static void free_block(struct page *page, unsigned order)
{
	uint64_t frame = frame_of(page);

	free_pages += 1ull << order;
	while (order < ORDERS - 1) {
		struct page *buddy = &page_array[frame ^ (1ull << order)];

		if (!(buddy->flags & PAGE_BUDDY) || buddy->order != order)
			break;
		list_remove(&buddy->link);
		buddy->flags = 0;
		frame &= ~(1ull << order);
		order++;
	}
	put_block(&page_array[frame], order);
}

static struct page *take_block(unsigned order)
{
	unsigned from = order;
	struct page *page;

	while (from < ORDERS && list_empty(&free_lists[from]))
		from++;
	if (from == ORDERS)
		return NULL;
	page = LIST_POP(&free_lists[from], struct page, link);
	if (from == ORDERS - 1 &&
	    !bitmap_test(chunk_ready, frame_of(page) / CHUNK_PAGES))
		fill_in_chunk(frame_of(page), 0);
	page->flags = 0;
	while (from > order) {
		from--;
		put_block(page + (1ull << from), from);
	}
	free_pages -= 1ull << order;
	return page;
}

static bool may_take(uint64_t pages, unsigned flags)
{
	uint64_t keep = flags & ALLOC_ATOMIC ? 0 : reserve_pages;

	return free_pages >= pages + keep;
}

/* ---- the magazines; interrupts off ---- */

static void refill(struct magazine *magazine, unsigned flags)
{
	spin_lock(&lock);
	for (unsigned i = 0; i < REFILL && may_take(1, flags); i++) {
		struct page *page = take_block(0);

		if (!page)
			break;
		page->flags = PAGE_MAGAZINE;
		magazine->pages[magazine->count++] = page;
	}
	spin_unlock(&lock);
}

static void drain(struct magazine *magazine, unsigned count)
{
	spin_lock(&lock);
	while (count--) {
		struct page *page = magazine->pages[--magazine->count];

		page->flags = 0;
		free_block(page, 0);
	}
	spin_unlock(&lock);
}

static struct page *alloc_single(unsigned flags)
{
	uint64_t irq = irq_save();
	struct magazine *magazine = this_cpu()->page_magazine;
	struct page *page = NULL;

	if (!magazine->count)
		refill(magazine, flags);
	if (magazine->count)
		page = magazine->pages[--magazine->count];
	irq_restore(irq);
	return page;
}

static struct page *alloc_block(unsigned order, unsigned flags)
{
	uint64_t irq = spin_lock_irqsave(&lock);
	struct page *page = NULL;

	if (may_take(1ull << order, flags))
		page = take_block(order);
	spin_unlock_irqrestore(&lock, irq);
	return page;
}

struct page *page_alloc(unsigned order, unsigned flags)
{
	struct page *page;

	if (order >= ORDERS)
		return NULL;
	page = order ? alloc_block(order, flags) : alloc_single(flags);
	if (__atomic_load_n(&free_pages, __ATOMIC_RELAXED) < low_pages &&
	    page_low)
		page_low();
	if (!page)
		return NULL;
	page->flags = 0;
	page->refs = 1;
	page->map_count = 0;
	page->order = (uint16_t)order;
	page->mapping = NULL;
	page->owner = NULL;
	if (flags & ALLOC_ZERO) {
		uint8_t *at = page_address(page);

		for (uint64_t i = 0; i < 1ull << order; i++)
			page_zero(at + i * PAGE_SIZE);
	}
	return page;
}

struct page *page_alloc_reclaim(unsigned order, unsigned flags)
{
	struct page *page = page_alloc(order, flags);

	for (unsigned i = 0; !page && i < 16 && page_reclaim; i++) {
		if (!page_reclaim((1ull << order) + 32))
			break;
		page = page_alloc(order, flags);
	}
	return page;
}

static void free_page(struct page *page)
{
	uint64_t irq;
	struct magazine *magazine;

	if ((page->flags & NOT_FREEABLE) || page->map_count)
		panic("page %#lx freed in use: flags %#x, maps %d",
		      page_paddr(page), page->flags, page->map_count);
	irq = irq_save();
	if (page->order) {
		spin_lock(&lock);
		free_block(page, page->order);
		spin_unlock(&lock);
	} else {
		magazine = this_cpu()->page_magazine;
		if (magazine->count == MAGAZINE)
			drain(magazine, REFILL);
		page->flags = PAGE_MAGAZINE;
		magazine->pages[magazine->count++] = page;
	}
	irq_restore(irq);
}

void page_get(struct page *page)
{
	__atomic_fetch_add(&page->refs, 1, __ATOMIC_RELAXED);
}

void page_put(struct page *page)
{
	int32_t old = __atomic_fetch_sub(&page->refs, 1, __ATOMIC_ACQ_REL);

	if (old == 1)
		free_page(page);
	else if (unlikely(old <= 0))
		panic("page %#lx freed twice: flags %#x", page_paddr(page),
		      page->flags);
}

size_t page_shortage(void)
{
	uint64_t now = __atomic_load_n(&free_pages, __ATOMIC_RELAXED);

	return now < high_pages ? high_pages - now : 0;
}

void memory_counts(struct memory_counts *counts)
{
	*counts = memory_account;
	counts->total = total_pages;
	counts->free = free_pages;
	for (unsigned i = 0; i < cpu_count; i++)
		counts->free += magazines[i].count;
}

/* ---- start-up ---- */

/* Where the page structs themselves go: right behind what the boot used, or in
 * the first range of memory that has room. */
static paddr_t place_array(size_t size, paddr_t *boot_end)
{
	paddr_t initrd_end = boot_info.initrd + boot_info.initrd_size;

	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];
		paddr_t at = ALIGN_UP(MAX(r->start, *boot_end), PAGE_SIZE);

		if (r->type != MEMORY_RAM)
			continue;
		if (at < initrd_end && at + size > boot_info.initrd)
			at = ALIGN_UP(initrd_end, PAGE_SIZE);
		if (at + size <= r->end)
			return at;
	}
	panic("memory: no room for the page table of %zu KiB", size / 1024);
}

static bool overlaps(paddr_t from, paddr_t to, paddr_t a, paddr_t b)
{
	return a < b && from < b && a < to;
}

struct reserved {
	paddr_t start, end;
} reserved[3];

static bool is_reserved(paddr_t from, paddr_t to)
{
	for (unsigned i = 0; i < ARRAY_LEN(reserved); i++)
		if (overlaps(from, to, reserved[i].start, reserved[i].end))
			return true;
	return false;
}

/* A chunk that is wholly free memory becomes one block, untouched; of another
 * one each free page is given back by itself. */
static void add_chunk(paddr_t at, paddr_t range_start, paddr_t range_end)
{
	paddr_t end = at + CHUNK_PAGES * PAGE_SIZE;
	struct page *head = page_of_paddr(at);

	if (at >= range_start && end <= range_end && !is_reserved(at, end)) {
		fill_in(head, 0);
		free_block(head, ORDERS - 1);
		return;
	}
	if (!bitmap_test(chunk_ready, (at >> PAGE_SHIFT) / CHUNK_PAGES))
		fill_in_chunk(at >> PAGE_SHIFT, PAGE_RESERVED);
	for (; at < end; at += PAGE_SIZE) {
		if (at < range_start || at + PAGE_SIZE > range_end ||
		    is_reserved(at, at + PAGE_SIZE))
			continue;
		page_of_paddr(at)->flags = 0;
		free_block(page_of_paddr(at), 0);
	}
}

static void add_range(paddr_t start, paddr_t end)
{
	uint64_t chunk = CHUNK_PAGES * PAGE_SIZE;

	start = ALIGN_UP(MAX(start, MIB(1)), PAGE_SIZE);
	end = MIN(ALIGN_DOWN(end, PAGE_SIZE), page_limit << PAGE_SHIFT);
	for (paddr_t at = ALIGN_DOWN(start, chunk); at < end; at += chunk)
		add_chunk(at, start, end);
}

/* Page tables come back cleared: a few are kept for the next process. */
#define KEEP_TABLES 24

static struct table_cache {
	unsigned count;
	paddr_t pages[KEEP_TABLES];
} table_caches[MAX_CPUS]; /* of its CPU, interrupts off */

static paddr_t source_alloc(void)
{
	uint64_t flags = irq_save();
	struct table_cache *cache = &table_caches[this_cpu()->number];
	paddr_t at = cache->count ? cache->pages[--cache->count] : 0;
	struct page *page;

	irq_restore(flags);
	if (!at) {
		page = page_alloc(0, ALLOC_ZERO);
		if (!page)
			return 0;
		at = page_paddr(page);
	}
	atomic_count(&memory_account.page_tables, 1);
	return at;
}

static void source_free(paddr_t at)
{
	uint64_t flags = irq_save();
	struct table_cache *cache = &table_caches[this_cpu()->number];
	bool keep = cache->count < KEEP_TABLES;

	if (keep)
		cache->pages[cache->count++] = at;
	irq_restore(flags);
	atomic_count(&memory_account.page_tables, -1ull);
	if (!keep)
		page_put(page_of_paddr(at));
}

static void count_memory(void)
{
	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];

		if (r->type == MEMORY_RAM && r->start < GIB(64)) {
			page_limit = MAX(page_limit,
					 MIN(r->end, GIB(64)) >> PAGE_SHIFT);
			total_pages += (r->end - r->start) >> PAGE_SHIFT;
		}
	}
	reserve_pages = CLAMP(total_pages / 128, 128ull, 2048ull);
	low_pages = reserve_pages * 2;
	high_pages = reserve_pages * 3;
}

void page_init(void)
{
	paddr_t boot_end = boot_alloc_end(), at;
	size_t size;

	count_memory();
	size = ALIGN_UP(ALIGN_UP(page_limit, CHUNK_PAGES) * sizeof(struct page),
			PAGE_SIZE);
	at = place_array(size, &boot_end);
	page_array = direct_map(at);
	reserved[0] = (struct reserved){ MIB(1), boot_end };
	reserved[1] = (struct reserved){ at, at + size };
	reserved[2] =
		(struct reserved){ boot_info.initrd,
				   boot_info.initrd + boot_info.initrd_size };
	for (unsigned i = 0; i < ORDERS; i++)
		list_init(&free_lists[i]);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		cpus[i]->page_magazine = &magazines[i];
	for (unsigned i = 0; i < boot_info.range_count; i++)
		if (boot_info.ranges[i].type == MEMORY_RAM)
			add_range(boot_info.ranges[i].start,
				  boot_info.ranges[i].end);
	pagetable_source =
		(struct pagetable_source){ source_alloc, source_free };
	log_info("memory: %lu MiB, %lu MiB free", total_pages >> 8,
		 free_pages >> 8);
}

const void *boot_initrd(size_t *size)
{
	*size = boot_info.initrd_size;
	return boot_info.initrd ? direct_map(boot_info.initrd) : NULL;
}

void boot_free_initrd(void)
{
	paddr_t start = ALIGN_DOWN(boot_info.initrd, PAGE_SIZE);
	paddr_t end =
		ALIGN_UP(boot_info.initrd + boot_info.initrd_size, PAGE_SIZE);
	uint64_t flags;

	if (!boot_info.initrd)
		return;
	boot_info.initrd = 0;
	flags = spin_lock_irqsave(&lock);
	for (; start < end; start += PAGE_SIZE) {
		struct page *page = page_of_paddr(start);

		if (!paddr_is_memory(start) || !(page->flags & PAGE_RESERVED))
			continue;
		page->flags = 0;
		free_block(page, 0);
	}
	spin_unlock_irqrestore(&lock, flags);
}
