// SPDX-License-Identifier: MIT
/*
 * The radix tree of the page cache (kernel/vm/radix.h).
 *
 * The root's shift grows with the greatest index ever inserted and the tree is
 * given back when it is empty. Walks are loops, not recursion.
 */
#include "kernel/vm/radix.h"

#include "kernel/mm/slab.h"
#include "lib/errno.h"

#define SLOTS 64
#define SLOT_BITS 6

struct radix_node {
	struct radix_node *parent;
	uint8_t shift, offset, count;
	uint64_t tags[2];
	void *slot[SLOTS];
};

static struct cache *nodes;

void radix_init(void)
{
	nodes = cache_create("radix_node", sizeof(struct radix_node), 64);
}

static bool fits(const struct radix_node *node, uint64_t index)
{
	return node->shift + SLOT_BITS >= 64 ||
	       index >> (node->shift + SLOT_BITS) == 0;
}

static struct radix_node *leaf_of(struct mapping *mapping, uint64_t index)
{
	struct radix_node *node = mapping->tree;

	if (!node || !fits(node, index))
		return NULL;
	while (node && node->shift)
		node = node->slot[index >> node->shift & (SLOTS - 1)];
	return node;
}

struct page *radix_find(struct mapping *mapping, uint64_t index)
{
	struct radix_node *leaf = leaf_of(mapping, index);

	return leaf ? leaf->slot[index & (SLOTS - 1)] : NULL;
}

static struct radix_node *make_node(struct radix_node *parent, unsigned shift,
				    unsigned offset)
{
	struct radix_node *node = cache_zalloc(nodes);

	if (!node)
		return NULL;
	node->parent = parent;
	node->shift = shift;
	node->offset = offset;
	return node;
}

/* Puts levels on top of the root until `index` fits. */
static int grow(struct mapping *mapping, uint64_t index)
{
	struct radix_node *root = mapping->tree, *top;

	if (!root) {
		unsigned shift = 0;

		while (index >> (shift + SLOT_BITS))
			shift += SLOT_BITS;
		mapping->tree = make_node(NULL, shift, 0);
		mapping->tree_height = shift / SLOT_BITS + 1;
		return mapping->tree ? 0 : -ENOMEM;
	}
	while (!fits(root, index)) {
		top = make_node(NULL, root->shift + SLOT_BITS, 0);
		if (!top)
			return -ENOMEM;
		top->slot[0] = root;
		top->count = 1;
		top->tags[RADIX_PRESENT] = 1;
		top->tags[RADIX_DIRTY] = root->tags[RADIX_DIRTY] != 0;
		root->parent = top;
		mapping->tree = root = top;
		mapping->tree_height++;
	}
	return 0;
}

/* Takes empty nodes out, from `node` upwards. */
static void prune(struct mapping *mapping, struct radix_node *node)
{
	while (node && !node->count) {
		struct radix_node *parent = node->parent;

		if (parent) {
			parent->slot[node->offset] = NULL;
			parent->tags[RADIX_PRESENT] &= ~BIT(node->offset);
			parent->tags[RADIX_DIRTY] &= ~BIT(node->offset);
			parent->count--;
		} else {
			mapping->tree = NULL;
			mapping->tree_height = 0;
		}
		cache_free(nodes, node);
		node = parent;
	}
}

int radix_insert(struct mapping *mapping, uint64_t index, struct page *page)
{
	struct radix_node *node, *next;
	unsigned at;

	if (index >= RADIX_LIMIT)
		return -ENOMEM;
	if (grow(mapping, index))
		return -ENOMEM;
	node = mapping->tree;
	while (node->shift) {
		at = index >> node->shift & (SLOTS - 1);
		next = node->slot[at];
		if (!next) {
			next = make_node(node, node->shift - SLOT_BITS, at);
			if (!next) {
				prune(mapping, node);
				return -ENOMEM;
			}
			node->slot[at] = next;
			node->tags[RADIX_PRESENT] |= BIT(at);
			node->count++;
		}
		node = next;
	}
	at = index & (SLOTS - 1);
	if (node->slot[at])
		return -EEXIST;
	node->slot[at] = page;
	node->tags[RADIX_PRESENT] |= BIT(at);
	node->count++;
	return 0;
}

static void clear_dirty(struct radix_node *node, unsigned at)
{
	for (; node; at = node->offset, node = node->parent) {
		node->tags[RADIX_DIRTY] &= ~BIT(at);
		if (node->tags[RADIX_DIRTY])
			return;
	}
}

void radix_remove(struct mapping *mapping, uint64_t index)
{
	struct radix_node *leaf = leaf_of(mapping, index);
	unsigned at = index & (SLOTS - 1);

	if (!leaf || !leaf->slot[at])
		return;
	clear_dirty(leaf, at);
	leaf->slot[at] = NULL;
	leaf->tags[RADIX_PRESENT] &= ~BIT(at);
	leaf->count--;
	prune(mapping, leaf);
}

void radix_set_dirty(struct mapping *mapping, uint64_t index)
{
	struct radix_node *node = leaf_of(mapping, index);
	unsigned at = index & (SLOTS - 1);

	for (; node; at = node->offset, node = node->parent) {
		if (node->tags[RADIX_DIRTY] & BIT(at))
			return;
		node->tags[RADIX_DIRTY] |= BIT(at);
	}
}

void radix_clear_dirty(struct mapping *mapping, uint64_t index)
{
	struct radix_node *leaf = leaf_of(mapping, index);

	if (leaf)
		clear_dirty(leaf, index & (SLOTS - 1));
}

struct page *radix_next(struct mapping *mapping, unsigned tag, uint64_t *index,
			uint64_t last)
{
	struct radix_node *node = mapping->tree;
	uint64_t at = *index;

	if (node && !fits(node, at))
		return NULL;
	while (node && at <= last) {
		unsigned offset = at >> node->shift & (SLOTS - 1);
		uint64_t bits = node->tags[tag] >> offset << offset;
		unsigned found;

		if (!bits) {
			unsigned up = node->shift + SLOT_BITS;

			at = ((at >> up) + 1) << up;
			node = mapping->tree;
			if (!at || !fits(node, at))
				return NULL;
			continue;
		}
		found = __builtin_ctzll(bits);
		if (found != offset) {
			at = at >> node->shift >> SLOT_BITS << SLOT_BITS;
			at = (at | found) << node->shift;
			if (at > last)
				return NULL;
		}
		if (!node->shift) {
			*index = at;
			return node->slot[found];
		}
		node = node->slot[found];
	}
	return NULL;
}
