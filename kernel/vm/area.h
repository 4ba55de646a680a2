// SPDX-License-Identifier: MIT
/*
 * Private to kernel/vm: areas and their page-table entries.
 */
#pragma once

#include "kernel/vm/space.h"

static inline bool pte_has_page(pte_t pte)
{
	return pte & (PTE_PRESENT | PTE_HELD);
}

/* What an entry of this area looks like, without address and WRITE. */
static inline pte_t area_pte_bits(const struct vm_area *area)
{
	pte_t bits = PTE_ACCESSED | PTE_USER;

	bits |= area->prot ? PTE_PRESENT : PTE_HELD;
	return area->prot & PROT_EXEC ? bits : bits | PTE_NX;
}

static inline uaddr_t table_end(uaddr_t at)
{
	return (at | (MIB(2) - 1)) + 1;
}

/* unmap.c: clear all entries of [from, to), flush, give the pages back. */
void space_clear(struct address_space *space, uaddr_t from, uaddr_t to,
		 bool flush);
/* Counts a page as mapped (its reference passes to the entry) or not. */
void page_mapped(struct address_space *space, struct page *page);
void page_unmapped(struct page *page);
extern paddr_t zero_page;

/* area.c */
void area_init(void);
struct vm_area *area_create(struct address_space *space, uaddr_t start,
			    uaddr_t end, unsigned prot, unsigned flags);
/* The one way in: -ENOMEM when it overlaps another. Merges neighbours; the
 * area may be gone afterwards. */
int area_insert(struct vm_area *area);
void area_remove(struct vm_area *area); /* and free it */
/* It goes, and its file is closed, once the lock was given back: closing may
 * take other locks. The space's lock is held for writing, or nobody else knows
 * the space yet. */
void area_free(struct vm_area *area);
void space_write_unlock(struct address_space *space);
struct vm_area *area_copy(struct vm_area *area, struct address_space *space);
/* Make `at` a border between areas. 0 or -ENOMEM. */
int area_split_at(struct address_space *space, uaddr_t at);
struct vm_area *area_next(const struct vm_area *area);
struct vm_area *area_prev(const struct vm_area *area);
struct vm_area *area_try_merge(struct vm_area *area);
void area_set_range(struct vm_area *area, uaddr_t start, uaddr_t end);
/* A hole for size bytes, top-down below mmap_top; 0: none. */
uaddr_t area_find_hole(struct address_space *space, uint64_t size);
