// SPDX-License-Identifier: MIT
/*
 * Small objects: caches of one size, and kmalloc on top of them.
 *
 * Per-CPU magazines in front of slabs. kmalloc takes any size; above 8 KiB it
 * hands out whole pages. Never sleeps; safe from interrupts. NULL when out of
 * memory: every caller must be ready for it.
 */
#pragma once

#include "lib/types.h"

struct cache;

struct cache *cache_create(const char *name, size_t size, size_t align);
void *cache_alloc(struct cache *cache); /* not cleared */
void *cache_zalloc(struct cache *cache);
void cache_free(struct cache *cache, void *object);

void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *kcalloc(size_t count, size_t size); /* NULL on overflow too */
void kfree(const void *object); /* NULL is fine */
char *kstrdup(const char *text);
void *kmemdup(const void *data, size_t size);

/* One line a cache, for /proc/slabinfo. */
void cache_each(void (*row)(void *arg, const char *name, size_t size,
			    size_t used, size_t total),
		void *arg);

void slab_init(void);
