// SPDX-License-Identifier: MIT
/*
 * Private to kernel/vm: the tree of a mapping's pages by index.
 *
 * Nodes of 64 slots; each keeps a bit per slot for "present" and for "dirty",
 * the latter true of an inner slot when any page below is. All functions are
 * called with mapping->lock held and never sleep.
 */
#pragma once

#include "kernel/vm/mapping.h"

#define RADIX_PRESENT 0
#define RADIX_DIRTY 1
/* Indices stay below this: 2^52 pages is all that 64-bit offsets can name. */
#define RADIX_LIMIT (1ull << 52)

void radix_init(void);
struct page *radix_find(struct mapping *mapping, uint64_t index);
/* 0, -EEXIST, -ENOMEM. */
int radix_insert(struct mapping *mapping, uint64_t index, struct page *page);
void radix_remove(struct mapping *mapping, uint64_t index);
void radix_set_dirty(struct mapping *mapping, uint64_t index);
void radix_clear_dirty(struct mapping *mapping, uint64_t index);
/* The first page with *index <= its index <= last; *index becomes it. */
struct page *radix_next(struct mapping *mapping, unsigned tag, uint64_t *index,
			uint64_t last);
