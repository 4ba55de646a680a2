// SPDX-License-Identifier: MIT
/*
 * Page tables: four levels, 4 KiB leaves for user memory.
 *
 * Entries are installed by compare-exchange, so two CPUs that fault the same
 * page never overwrite each other; the order on removal is always: clear the
 * entry, flush every CPU that may have it, then free the page.
 */
#pragma once

#include "lib/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ull
#define PAGE_MASK (PAGE_SIZE - 1)

/* The linear map of all physical memory. */
#define DIRECT_MAP 0xffff888000000000ull
#define KERNEL_BASE 0xffffffff80000000ull
/* Kernel stacks and other memory mapped page by page, with guard pages. */
#define VMAP_BASE 0xffffc90000000000ull

/* Stacks of threads: each the upper part of its slot, the lower is guard. */
#define STACK_AREA VMAP_BASE
#define STACK_AREA_END (VMAP_BASE + 0x1000000000ull)
#define STACK_SLOT 32768ull
#define STACK_GUARD 16384ull

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE (1ull << 1)
#define PTE_USER (1ull << 2)
#define PTE_NOCACHE (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY (1ull << 6)
#define PTE_LARGE (1ull << 7)
#define PTE_GLOBAL (1ull << 8)
#define PTE_COW (1ull << 9) /* ours: copy before the first write */
#define PTE_SPECIAL (1ull << 10) /* ours: no struct page behind it */
/* 0 on a CPU that has no such bit: there it is reserved. */
#define PTE_NX pte_nx
#define PTE_ADDRESS 0x000ffffffffff000ull

typedef uint64_t pte_t;
extern pte_t pte_nx;

static inline void *direct_map(paddr_t at)
{
	return (void *)(at + DIRECT_MAP);
}
/* Works for the direct map and for the kernel's image. */
paddr_t direct_paddr(const void *at);

/* A fresh top level with the kernel's half shared; 0 when out of memory. */
paddr_t pagetable_create(void);
/* Frees the user half's tables (not the pages). CPUs that still have it loaded
 * lazily are told to leave it first: interrupts must be on, no lock held. */
void pagetable_destroy(paddr_t root);
/* The entry for a user address; makes the tables on the way if `create`.
 * NULL: absent, or out of memory. */
pte_t *pagetable_walk(paddr_t root, uaddr_t at, bool create);
/* Like pagetable_walk(.., false) but, when a table is absent, *next is the
 * first address that could be present: for skipping holes. */
pte_t *pagetable_next(paddr_t root, uaddr_t at, uaddr_t *next);

/* Kernel mappings in the VMAP area (stacks, MMIO). 0 or -ENOMEM. */
int kernel_map(uint64_t at, paddr_t page, size_t size, uint64_t pte_flags);
void kernel_unmap(uint64_t at, size_t size);
/* Address space in the VMAP area, with a guard page after it. */
uint64_t kernel_reserve(size_t size);
/* Device registers; never fails at start-up, NULL later when out of memory. */
void *mmio_map(paddr_t at, size_t size);

/* Loads the space's tables on this CPU (tlb.c keeps the CPU masks). */
struct tlb_owner {
	paddr_t root;
	uint64_t cpus; /* bit n: CPU n may hold its translations */
};
void tlb_switch(struct tlb_owner *owner);
/* Flush [from, to) on every CPU that may have it; interrupts must be on and
 * no lock that a fault handler takes may be held. */
void tlb_flush_range(struct tlb_owner *owner, uaddr_t from, uaddr_t to);
void tlb_flush_all(struct tlb_owner *owner);
/* To the kernel's own tables (the thread's space goes away). */
void tlb_leave(void);
/* Where table pages come from; set by kernel/mm. `alloc`: cleared, or 0;
 * `free` takes them back cleared. */
struct pagetable_source {
	paddr_t (*alloc)(void);
	void (*free)(paddr_t page);
};
extern struct pagetable_source pagetable_source;
extern paddr_t kernel_pagetable;
/* Cached window on firmware tables and the like; NULL when out of memory. */
const void *firmware_map(paddr_t at, size_t size);
