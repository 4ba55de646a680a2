// SPDX-License-Identifier: MIT
/*
 * Intrusive min-heap of 64-bit keys (a pairing heap): the nodes live in the
 * caller's objects, so nothing is allocated and nothing can fail. Insert and
 * look at the minimum: constant time; removal: logarithmic, amortised. Equal
 * keys leave in no particular order. No lock, no recursion.
 */
#pragma once

#include "lib/types.h"

struct heap_node {
	int64_t key;
	struct heap_node *child; /* first child */
	struct heap_node *next; /* next sibling */
	struct heap_node **link; /* the pointer that points here; NULL: out */
};

struct heap {
	struct heap_node *root;
};

static inline void heap_init(struct heap *heap)
{
	heap->root = NULL;
}

static inline bool heap_empty(const struct heap *heap)
{
	return heap->root == NULL;
}

static inline struct heap_node *heap_min(const struct heap *heap)
{
	return heap->root;
}

static inline void heap_node_init(struct heap_node *node)
{
	node->link = NULL;
}

static inline bool heap_linked(const struct heap_node *node)
{
	return node->link != NULL;
}

/* The node must not be in a heap. */
void heap_insert(struct heap *heap, struct heap_node *node, int64_t key);
/* The node with the smallest key, removed; NULL when empty. */
struct heap_node *heap_pop(struct heap *heap);
/* Harmless for a node that is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
