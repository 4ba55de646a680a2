// SPDX-License-Identifier: MIT
/*
 * The trie of prefixes: see trie.h.
 */
#include "net/core/trie.h"

#include "net/core/port.h"

static unsigned int bit(const struct net_addr *addr, unsigned int n)
{
	return addr->b[n / 8] >> (7 - n % 8) & 1;
}

/* How many leading bits two addresses share, at most `most`. */
static unsigned int shared(const struct net_addr *a, const struct net_addr *b,
			   unsigned int most)
{
	uint64_t differ = __builtin_bswap64(a->q[0] ^ b->q[0]);
	unsigned int n = 128;

	if (differ) {
		n = (unsigned int)__builtin_clzll(differ);
	} else {
		differ = __builtin_bswap64(a->q[1] ^ b->q[1]);
		if (differ)
			n = 64 + (unsigned int)__builtin_clzll(differ);
	}
	return MIN(n, most);
}

void addr_mask(struct net_addr *addr, unsigned int bits)
{
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int keep = bits > 8 * i ? bits - 8 * i : 0;

		if (keep < 8)
			addr->b[i] &= (uint8_t)(0xff00 >> keep);
	}
}

static bool holds(const struct trie_node *node, const struct net_addr *addr)
{
	return shared(&node->prefix, addr, node->bits) == node->bits;
}

struct trie_node *trie_find(const struct trie *trie,
			    const struct net_addr *prefix, unsigned int bits)
{
	struct trie_node *node = trie->root;

	while (node && node->bits < bits && holds(node, prefix))
		node = node->child[bit(prefix, node->bits)];
	if (!node || node->bits != bits || !holds(node, prefix))
		return NULL;
	return node;
}

static struct trie_node *node_new(const struct net_addr *prefix,
				  unsigned int bits)
{
	struct trie_node *node = port_alloc(sizeof *node);

	if (!node)
		return NULL;
	node->prefix = *prefix;
	addr_mask(&node->prefix, bits);
	node->bits = (uint8_t)bits;
	return node;
}

static struct trie_node **link_of(struct trie *trie, struct trie_node *node)
{
	struct trie_node *parent = node->parent;

	if (!parent)
		return &trie->root;
	return &parent->child[parent->child[1] == node];
}

static void hang(struct trie_node *parent, struct trie_node *child)
{
	parent->child[bit(&child->prefix, parent->bits)] = child;
	child->parent = parent;
}

/* Puts `node` where `at` is, with `at` below it (or beside it, at a fork). */
static bool insert_above(struct trie *trie, struct trie_node *at,
			 struct trie_node *node)
{
	unsigned int common =
		shared(&node->prefix, &at->prefix, MIN(node->bits, at->bits));
	struct trie_node **link = link_of(trie, at), *top = node;

	if (common < node->bits) {
		top = node_new(&node->prefix, common);
		if (!top)
			return false;
	}
	top->parent = at->parent;
	*link = top;
	hang(top, at);
	if (top != node)
		hang(top, node);
	return true;
}

struct trie_node *trie_make(struct trie *trie, const struct net_addr *prefix,
			    unsigned int bits)
{
	struct trie_node *at = trie->root, *above = NULL, *node;

	while (at && at->bits < bits && holds(at, prefix)) {
		above = at;
		at = at->child[bit(prefix, at->bits)];
	}
	if (at && at->bits == bits && holds(at, prefix))
		return at;
	node = node_new(prefix, bits);
	if (!node)
		return NULL;
	if (at && !insert_above(trie, at, node)) {
		port_free(node);
		return NULL;
	}
	if (!at && above)
		hang(above, node);
	else if (!at)
		trie->root = node;
	return node;
}

void trie_drop(struct trie *trie, struct trie_node *node)
{
	while (node && !node->value && !(node->child[0] && node->child[1])) {
		struct trie_node *child = node->child[!node->child[0]];
		struct trie_node *parent = node->parent;

		*link_of(trie, node) = child;
		if (child)
			child->parent = parent;
		port_free(node);
		node = parent;
	}
}

struct trie_node *trie_longest(const struct trie *trie,
			       const struct net_addr *addr)
{
	struct trie_node *node = trie->root, *best = NULL;

	while (node && holds(node, addr)) {
		if (node->value)
			best = node;
		if (node->bits == 128)
			break;
		node = node->child[bit(addr, node->bits)];
	}
	return best;
}

struct trie_node *trie_shorter(const struct trie_node *node)
{
	struct trie_node *up = node->parent;

	while (up && !up->value)
		up = up->parent;
	return up;
}

/* The next node in pre-order, forks too. */
static struct trie_node *after(const struct trie_node *node)
{
	if (node->child[0])
		return node->child[0];
	if (node->child[1])
		return node->child[1];
	for (; node->parent; node = node->parent)
		if (node->parent->child[0] == node && node->parent->child[1])
			return node->parent->child[1];
	return NULL;
}

struct trie_node *trie_next(const struct trie *trie,
			    const struct trie_node *node)
{
	struct trie_node *next = node ? after(node) : trie->root;

	while (next && !next->value)
		next = after(next);
	return next;
}

static struct trie_node *leftmost_leaf(struct trie_node *node)
{
	while (node && (node->child[0] || node->child[1]))
		node = node->child[node->child[0] ? 0 : 1];
	return node;
}

/* The next node in post-order, forks too. */
static struct trie_node *after_inner(const struct trie_node *node)
{
	struct trie_node *up = node->parent;

	if (up && up->child[0] == node && up->child[1])
		return leftmost_leaf(up->child[1]);
	return up;
}

struct trie_node *trie_next_up(const struct trie *trie,
			       const struct trie_node *node)
{
	struct trie_node *next = node ? after_inner(node) :
					leftmost_leaf(trie->root);

	while (next && !next->value)
		next = after_inner(next);
	return next;
}
