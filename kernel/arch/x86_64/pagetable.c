// SPDX-License-Identifier: MIT
/*
 * Page tables. At start-up: the direct map of all memory (large pages), the
 * kernel's image (text read-only, data not executable, also through the direct
 * map) and the VMAP area's top. Later: walks of user tables, whose entries are
 * installed by compare-exchange so that no lock is needed to add one.
 *
 * Large pages are for the direct map only: an INVLPG inside a large page costs
 * its neighbours their translations too.
 */
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "lib/errno.h"
#include "lib/string.h"

#define TABLE (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)
#define BOOT_MAPPED GIB(1)

paddr_t kernel_pagetable;
pte_t pte_nx;
static paddr_t boot_next;
static uint64_t vmap_next = STACK_AREA_END;
static struct spinlock vmap_lock; /* guards vmap_next */

extern uint64_t boot_pml4[];

/* ---- memory before the page allocator ---- */

static bool boot_usable(paddr_t at, size_t size)
{
	paddr_t initrd_end = boot_info.initrd + boot_info.initrd_size;

	if (boot_info.initrd && at < initrd_end && at + size > boot_info.initrd)
		return false;
	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];

		if (r->type == MEMORY_RAM && r->start <= at &&
		    at + size <= r->end)
			return at + size <= BOOT_MAPPED;
	}
	return false;
}

/* Directly behind the kernel's image, cleared. */
paddr_t boot_alloc(size_t size, size_t align)
{
	paddr_t at;

	if (!boot_next)
		boot_next = direct_paddr(kernel_end);
	at = ALIGN_UP(boot_next, align);
	if (!boot_usable(at, size))
		panic("boot: no memory for %zu bytes of page tables", size);
	boot_next = at + size;
	memset(direct_map(at), 0, size);
	return at;
}

paddr_t boot_alloc_end(void)
{
	return ALIGN_UP(boot_next, PAGE_SIZE);
}

static paddr_t boot_table(void)
{
	return boot_alloc(PAGE_SIZE, PAGE_SIZE);
}

static void boot_table_free(paddr_t page)
{
}

struct pagetable_source pagetable_source = { boot_table, boot_table_free };

paddr_t direct_paddr(const void *at)
{
	uint64_t address = (uint64_t)at;

	return address >= KERNEL_BASE ? address - KERNEL_BASE :
					address - DIRECT_MAP;
}

/* ---- walking ---- */

static inline unsigned slot(uint64_t at, unsigned level)
{
	return at >> (PAGE_SHIFT + 9 * level) & 511;
}

static inline pte_t *table_of(pte_t entry)
{
	return direct_map(entry & PTE_ADDRESS);
}

/* The next lower table, made if it is not there; NULL: out of memory. */
static pte_t *make_table(pte_t *entry, uint64_t flags)
{
	pte_t old = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
	paddr_t page;

	if (old & PTE_PRESENT)
		return table_of(old);
	page = pagetable_source.alloc();
	if (!page)
		return NULL;
	if (__atomic_compare_exchange_n(entry, &old, page | flags, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return direct_map(page);
	pagetable_source.free(page);
	return table_of(old);
}

pte_t *pagetable_walk(paddr_t root, uaddr_t at, bool create)
{
	pte_t *table = direct_map(root);

	for (unsigned level = 3; level > 0; level--) {
		pte_t *entry = &table[slot(at, level)];
		pte_t value = __atomic_load_n(entry, __ATOMIC_ACQUIRE);

		if (value & PTE_PRESENT)
			table = table_of(value);
		else if (!create)
			return NULL;
		else
			table = make_table(entry, TABLE | PTE_USER);
		if (!table)
			return NULL;
	}
	return &table[slot(at, 0)];
}

pte_t *pagetable_next(paddr_t root, uaddr_t at, uaddr_t *next)
{
	pte_t *table = direct_map(root);

	for (unsigned level = 3; level > 0; level--) {
		pte_t value = __atomic_load_n(&table[slot(at, level)],
					      __ATOMIC_ACQUIRE);
		uint64_t span = 1ull << (PAGE_SHIFT + 9 * level);

		if (!(value & PTE_PRESENT)) {
			*next = ALIGN_DOWN(at, span) + span;
			return NULL;
		}
		table = table_of(value);
	}
	*next = at + PAGE_SIZE;
	return &table[slot(at, 0)];
}

paddr_t pagetable_create(void)
{
	paddr_t root = pagetable_source.alloc();

	if (!root)
		return 0;
	memcpy((pte_t *)direct_map(root) + 256,
	       (pte_t *)direct_map(kernel_pagetable) + 256, 256 * 8);
	return root;
}

static bool eight_empty(const pte_t *t)
{
	return !(t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]);
}

/* Leaves `table` cleared, as `free` wants pages to be: the lowest tables are
 * so already, since what they mapped was unmapped. */
static void free_tables(pte_t *table, unsigned level, unsigned slots)
{
	for (unsigned i = 0; i < slots; i++) {
		pte_t entry = table[i];

		if (!entry) {
			if (i % 8 == 0 && eight_empty(&table[i]))
				i += 7;
			continue;
		}
		if (level > 1)
			free_tables(table_of(entry), level - 1, 512);
		pagetable_source.free(entry & PTE_ADDRESS);
		table[i] = 0;
	}
}

void pagetable_destroy(paddr_t root)
{
	tlb_force_leave(root);
	free_tables(direct_map(root), 3, 256);
	memset((pte_t *)direct_map(root) + 256, 0, 256 * 8);
	pagetable_source.free(root);
}

/* ---- the kernel's own mappings ---- */

/* The largest page that fits, up to `max_level` (0: 4 KiB .. 2: 1 GiB). */
static int map_one(uint64_t at, paddr_t page, uint64_t left, uint64_t flags,
		   unsigned max_level, uint64_t *size)
{
	pte_t *table = direct_map(kernel_pagetable);
	unsigned level = max_level, l;

	while (level && (((at | page) & ((1ull << (12 + 9 * level)) - 1)) ||
			 left < 1ull << (12 + 9 * level)))
		level--;
	for (l = 3; l > level; l--) {
		table = make_table(&table[slot(at, l)], TABLE);
		if (!table)
			return -ENOMEM;
	}
	__atomic_store_n(&table[slot(at, l)],
			 page | flags | (level ? PTE_LARGE : 0),
			 __ATOMIC_RELEASE);
	*size = 1ull << (12 + 9 * level);
	return 0;
}

static int map_range(uint64_t at, paddr_t page, uint64_t size, uint64_t flags,
		     unsigned max_level)
{
	while (size) {
		uint64_t done;

		if (map_one(at, page, size, flags, max_level, &done))
			return -ENOMEM;
		at += done;
		page += done;
		size -= done;
	}
	return 0;
}

static void map_direct(paddr_t from, paddr_t to, uint64_t rights)
{
	if (from < to)
		map_range(DIRECT_MAP + from, from, to - from,
			  rights | PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED |
				  PTE_DIRTY | PTE_NX,
			  cpu_features.gib_pages ? 2 : 1);
}

/* One range of memory; the kernel's text and constants are read-only there. */
static void map_memory(paddr_t from, paddr_t to)
{
	paddr_t low = direct_paddr(kernel_start);
	paddr_t high = direct_paddr(rodata_end);

	from = ALIGN_DOWN(from, PAGE_SIZE);
	to = ALIGN_UP(to, PAGE_SIZE);
	map_direct(from, MIN(to, low), PTE_WRITE);
	map_direct(MAX(from, low), MIN(to, high), 0);
	map_direct(MAX(from, high), to, PTE_WRITE);
}

static void map_image(char *from, char *to, uint64_t flags)
{
	map_range((uint64_t)from, direct_paddr(from), (uint64_t)(to - from),
		  flags | PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED, 0);
}

/* The top entries of the kernel's half are the same in every address space:
 * all that may ever be used exist from the start. */
static void make_top(uint64_t at)
{
	make_table((pte_t *)direct_map(kernel_pagetable) + slot(at, 3), TABLE);
}

void pagetable_init(void)
{
	pte_nx = cpu_features.nx ? BIT(63) : 0;
	kernel_pagetable = boot_table();
	make_top(VMAP_BASE);
	map_memory(0, MIB(1));
	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];

		if (r->type == MEMORY_RAM && r->end > MIB(1))
			map_memory(MAX(r->start, MIB(1)), r->end);
	}
	map_image(kernel_start, text_end, 0);
	map_image(text_end, rodata_end, PTE_NX);
	map_image(rodata_end, kernel_end, PTE_WRITE | PTE_DIRTY | PTE_NX);
	write_cr3(kernel_pagetable);
	this_cpu()->loaded_root = kernel_pagetable;
}

int kernel_map(uint64_t at, paddr_t page, size_t size, uint64_t pte_flags)
{
	return map_range(at, page, ALIGN_UP(size, PAGE_SIZE),
			 pte_flags | PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED |
				 PTE_DIRTY | PTE_NX,
			 0);
}

static void clear_entries(uint64_t at, size_t size)
{
	for (uint64_t end = at + size; at < end; at += PAGE_SIZE) {
		uint64_t next;
		pte_t *entry = pagetable_next(kernel_pagetable, at, &next);

		if (entry)
			__atomic_store_n(entry, 0, __ATOMIC_RELEASE);
	}
}

void kernel_unmap(uint64_t at, size_t size)
{
	size = ALIGN_UP(size, PAGE_SIZE);
	clear_entries(at, size);
	tlb_flush_kernel(at, at + size);
}

uint64_t kernel_reserve(size_t size)
{
	uint64_t flags = spin_lock_irqsave(&vmap_lock);
	uint64_t at = vmap_next;

	vmap_next += ALIGN_UP(size, PAGE_SIZE) + PAGE_SIZE;
	spin_unlock_irqrestore(&vmap_lock, flags);
	return at;
}

static void *map_window(paddr_t at, size_t size, uint64_t flags)
{
	uint64_t offset = at & PAGE_MASK;
	uint64_t window = kernel_reserve(size + offset);

	if (kernel_map(window, at - offset, size + offset, flags))
		return NULL;
	return (void *)(window + offset);
}

void *mmio_map(paddr_t at, size_t size)
{
	return map_window(at, size, PTE_WRITE | PTE_NOCACHE);
}

const void *firmware_map(paddr_t at, size_t size)
{
	if (at + size <= MIB(1))
		return direct_map(at);
	for (unsigned i = 0; i < boot_info.range_count; i++) {
		const struct memory_range *r = &boot_info.ranges[i];

		if (r->type == MEMORY_RAM && r->start <= at &&
		    at + size <= r->end)
			return direct_map(at);
	}
	return map_window(at, size, 0);
}
