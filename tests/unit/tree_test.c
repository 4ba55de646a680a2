// SPDX-License-Identifier: MIT
/*
 * The red-black tree and the pairing heap against a model: a plain array of
 * what is inside. After each step the tree's own rules are verified too.
 */
#include "lib/heap.h"
#include "lib/rbtree.h"
#include "tests/unit/test.h"

#define COUNT 400

struct number {
	struct rb_node node;
	struct heap_node heap;
	int key;
	bool inside;
};

static struct number numbers[COUNT];

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return container_of(a, struct number, node)->key <
	       container_of(b, struct number, node)->key;
}

/* The black height; checks colours and parents on the way. */
static int verify(const struct rb_node *node)
{
	int left, right;

	if (!node)
		return 1;
	for (int i = 0; i < 2; i++) {
		const struct rb_node *child = node->child[i];

		if (!child)
			continue;
		CHECK(child->parent == node);
		CHECK(!(node->red && child->red));
	}
	left = verify(node->child[0]);
	right = verify(node->child[1]);
	CHECK_EQ(left, right);
	return left + !node->red;
}

static void compare_with_model(const struct rb_tree *tree)
{
	struct rb_node *node;
	int count = 0, expect = 0, last = -1;

	RB_FOR_EACH(node, tree) {
		struct number *n = container_of(node, struct number, node);

		CHECK(n->inside);
		CHECK(n->key >= last);
		last = n->key;
		count++;
	}
	for (int i = 0; i < COUNT; i++)
		expect += numbers[i].inside;
	CHECK_EQ(count, expect);
	for (node = rb_last(tree); node; node = rb_prev(node))
		count--;
	CHECK_EQ(count, 0);
	CHECK(!tree->root || !tree->root->red);
	verify(tree->root);
}

TEST(rbtree_agrees_with_a_model_over_random_steps)
{
	struct rb_tree tree;
	uint64_t seed = 42;

	rb_init(&tree);
	memset(numbers, 0, sizeof numbers);
	for (int step = 0; step < 4000; step++) {
		struct number *n = &numbers[test_random(&seed) % COUNT];

		if (n->inside) {
			rb_erase(&tree, &n->node);
			CHECK(!rb_linked(&n->node));
		} else {
			n->key = (int)(test_random(&seed) % 300);
			rb_insert(&tree, &n->node, less);
			CHECK(rb_linked(&n->node));
		}
		n->inside = !n->inside;
		if (step % 16 == 0)
			compare_with_model(&tree);
	}
	for (int i = 0; i < COUNT; i++) {
		if (numbers[i].inside)
			rb_erase(&tree, &numbers[i].node);
		numbers[i].inside = false;
		if (i % 16 == 0)
			compare_with_model(&tree);
	}
	CHECK(rb_empty(&tree));
}

static int model_minimum(void)
{
	int min = INT32_MAX;

	for (int i = 0; i < COUNT; i++)
		if (numbers[i].inside)
			min = MIN(min, numbers[i].key);
	return min;
}

TEST(heap_agrees_with_a_model_over_random_steps)
{
	struct heap heap;
	uint64_t seed = 7;

	heap_init(&heap);
	memset(numbers, 0, sizeof numbers);
	for (int step = 0; step < 6000; step++) {
		struct number *n = &numbers[test_random(&seed) % COUNT];

		if (!n->inside) {
			n->key = (int)(test_random(&seed) % 1000);
			heap_insert(&heap, &n->heap, n->key);
			n->inside = true;
		} else if (step % 3) {
			heap_remove(&heap, &n->heap);
			n->inside = false;
		} else {
			struct heap_node *min = heap_pop(&heap);

			CHECK_EQ(min->key, model_minimum());
			n = container_of(min, struct number, heap);
			n->inside = false;
		}
		CHECK_EQ(heap_linked(&n->heap), n->inside);
		if (!heap_empty(&heap))
			CHECK_EQ(heap_min(&heap)->key, model_minimum());
	}
	while (heap_pop(&heap))
		;
	heap_remove(&heap, &numbers[0].heap);
	CHECK(heap_empty(&heap));
}
