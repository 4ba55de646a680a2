// SPDX-License-Identifier: MIT
/*
 * Red-black tree: a red node has no red child, and every way from the root to
 * an empty link passes equally many black nodes. Both sides of each case are
 * written once, by the index of the child. Used wherever things are found by
 * order: mappings, timers, run queues, page caches.
 */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && node->red;
}

static int side_of(const struct rb_node *node)
{
	return node->parent->child[1] == node;
}

/* Puts `with` in the place of `node` under its parent. */
static void replace(struct rb_tree *tree, struct rb_node *node,
		    struct rb_node *with)
{
	if (!node->parent)
		tree->root = with;
	else
		node->parent->child[side_of(node)] = with;
	if (with)
		with->parent = node->parent;
}

/* Turns `node` down to the given side; its other child takes its place. */
static void rotate(struct rb_tree *tree, struct rb_node *node, int side)
{
	struct rb_node *up = node->child[!side];

	replace(tree, node, up);
	node->child[!side] = up->child[side];
	if (up->child[side])
		up->child[side]->parent = node;
	up->child[side] = node;
	node->parent = up;
}

void rb_insert_at(struct rb_tree *tree, struct rb_node *node,
		  struct rb_node *parent, struct rb_node **link)
{
	node->parent = parent;
	node->child[0] = NULL;
	node->child[1] = NULL;
	node->red = true;
	*link = node;

	while (is_red(node->parent)) {
		struct rb_node *grand = node->parent->parent;
		int side = side_of(node->parent);
		struct rb_node *uncle = grand->child[!side];

		if (is_red(uncle)) {
			uncle->red = false;
			node->parent->red = false;
			grand->red = true;
			node = grand;
			continue;
		}
		if (side_of(node) != side) {
			node = node->parent;
			rotate(tree, node, side);
		}
		node->parent->red = false;
		grand->red = true;
		rotate(tree, grand, !side);
	}
	tree->root->red = false;
}

/* One black node is missing on `side` of `parent`. */
static void repair(struct rb_tree *tree, struct rb_node *parent, int side)
{
	struct rb_node *node;

	while (parent && !is_red(node = parent->child[side])) {
		struct rb_node *sibling = parent->child[!side];

		if (sibling->red) {
			sibling->red = false;
			parent->red = true;
			rotate(tree, parent, side);
			sibling = parent->child[!side];
		}
		if (!is_red(sibling->child[0]) && !is_red(sibling->child[1])) {
			sibling->red = true;
			if (!parent->parent)
				return;
			side = side_of(parent);
			parent = parent->parent;
			continue;
		}
		if (!is_red(sibling->child[!side])) {
			sibling->child[side]->red = false;
			sibling->red = true;
			rotate(tree, sibling, !side);
			sibling = parent->child[!side];
		}
		sibling->red = parent->red;
		parent->red = false;
		sibling->child[!side]->red = false;
		rotate(tree, parent, side);
		return;
	}
	if (parent)
		node->red = false;
	else if (tree->root)
		tree->root->red = false;
}

static struct rb_node *outermost(struct rb_node *node, int side)
{
	while (node && node->child[side])
		node = node->child[side];
	return node;
}

/* Makes the node with two children trade places with its successor. */
static void swap_with_next(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *next = outermost(node->child[1], 0);
	struct rb_node *right = next->child[1];
	struct rb_node *next_parent = next->parent;
	bool red = next->red;

	next->red = node->red;
	node->red = red;
	replace(tree, node, next);
	next->child[0] = node->child[0];
	next->child[0]->parent = next;
	if (next_parent == node) {
		next->child[1] = node;
		node->parent = next;
	} else {
		next->child[1] = node->child[1];
		next->child[1]->parent = next;
		next_parent->child[0] = node;
		node->parent = next_parent;
	}
	node->child[0] = NULL;
	node->child[1] = right;
	if (right)
		right->parent = node;
}

void rb_erase(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *parent, *child;
	int side;

	if (node->child[0] && node->child[1])
		swap_with_next(tree, node);
	child = node->child[0] ? node->child[0] : node->child[1];
	parent = node->parent;
	side = parent ? side_of(node) : 0;
	replace(tree, node, child);
	if (!node->red)
		repair(tree, parent, side);
	rb_node_init(node);
}

struct rb_node *rb_first(const struct rb_tree *tree)
{
	return outermost(tree->root, 0);
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
	return outermost(tree->root, 1);
}

static struct rb_node *step(const struct rb_node *node, int side)
{
	if (node->child[side])
		return outermost(node->child[side], !side);
	while (node->parent && side_of(node) == side)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return step(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return step(node, 0);
}
