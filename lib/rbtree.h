// SPDX-License-Identifier: MIT
/*
 * Intrusive red-black tree. The caller walks down by its own comparison and
 * hands the empty link that it found to rb_insert_at():
 *
 *	struct rb_node **link = &tree->root, *parent = NULL;
 *	while (*link) {
 *		parent = *link;
 *		link = &parent->child[key_of(parent) < key];
 *	}
 *	rb_insert_at(tree, &object->node, parent, link);
 *
 * child[0] holds the smaller keys, child[1] the greater ones. No lock, no
 * allocation, no recursion. A node that is in no tree after rb_erase() or
 * rb_node_init() points at itself through `parent`.
 */
#pragma once

#include "lib/types.h"

struct rb_node {
	struct rb_node *parent; /* NULL at the root */
	struct rb_node *child[2];
	bool red;
};

struct rb_tree {
	struct rb_node *root;
};

static inline void rb_init(struct rb_tree *tree)
{
	tree->root = NULL;
}

static inline bool rb_empty(const struct rb_tree *tree)
{
	return tree->root == NULL;
}

static inline void rb_node_init(struct rb_node *node)
{
	node->parent = node;
}

/* Only meaningful after rb_node_init(). */
static inline bool rb_linked(const struct rb_node *node)
{
	return node->parent != node;
}

void rb_insert_at(struct rb_tree *tree, struct rb_node *node,
		  struct rb_node *parent, struct rb_node **link);
void rb_erase(struct rb_tree *tree, struct rb_node *node);

/* In key order; NULL at the end. */
struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#define RB_ENTRY(ptr, type, member) container_of(ptr, type, member)

/* Inserts by a comparison that is inlined; equal keys go to the right. */
static ALWAYS_INLINE void rb_insert(struct rb_tree *tree, struct rb_node *node,
				    bool (*less)(const struct rb_node *a,
						 const struct rb_node *b))
{
	struct rb_node **link = &tree->root;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[!less(node, parent)];
	}
	rb_insert_at(tree, node, parent, link);
}

/* `pos` is a struct rb_node *; the body must not erase it. */
#define RB_FOR_EACH(pos, tree) \
	for ((pos) = rb_first(tree); (pos); (pos) = rb_next(pos))
