// SPDX-License-Identifier: MIT
/*
 * Pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986): a tree in which no
 * child is smaller than its parent. Removing a node joins its children in two
 * passes: neighbours in pairs, then the pairs from right to left.
 */
#include "lib/heap.h"

/* Joins two non-empty trees; gives the smaller root, whose link is stale. */
static struct heap_node *join(struct heap_node *a, struct heap_node *b)
{
	if (b->key < a->key) {
		struct heap_node *swap = a;

		a = b;
		b = swap;
	}
	b->next = a->child;
	b->link = &a->child;
	if (b->next)
		b->next->link = &b->next;
	a->child = b;
	a->next = NULL;
	return a;
}

/* Joins a chain of siblings into one tree; NULL for an empty chain. */
static struct heap_node *join_all(struct heap_node *first)
{
	struct heap_node *pairs = NULL, *root = NULL, *rest;

	for (; first; first = rest) {
		struct heap_node *second = first->next;

		rest = second ? second->next : NULL;
		if (second)
			first = join(first, second);
		first->next = pairs;
		pairs = first;
	}
	for (; pairs; pairs = rest) {
		rest = pairs->next;
		pairs->next = NULL;
		root = root ? join(root, pairs) : pairs;
	}
	return root;
}

static void set_root(struct heap *heap, struct heap_node *root)
{
	heap->root = root;
	if (root) {
		root->next = NULL;
		root->link = &heap->root;
	}
}

void heap_insert(struct heap *heap, struct heap_node *node, int64_t key)
{
	node->key = key;
	node->child = NULL;
	node->next = NULL;
	set_root(heap, heap->root ? join(heap->root, node) : node);
}

struct heap_node *heap_pop(struct heap *heap)
{
	struct heap_node *node = heap->root;

	if (node) {
		set_root(heap, join_all(node->child));
		node->link = NULL;
	}
	return node;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *rest;

	if (!node->link)
		return;
	if (node == heap->root) {
		heap_pop(heap);
		return;
	}
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->link = NULL;
	rest = join_all(node->child);
	if (rest)
		set_root(heap, join(heap->root, rest));
}
