// SPDX-License-Identifier: MIT
/* See route_walk.h. */
#include "net/core/route_walk.h"

#include "lib/string.h"
#include "net/core/instance.h"

/* Tables stand by their number's last byte first, as in Linux's hash. */
static uint64_t rank(uint32_t id)
{
	return (uint64_t)(id & 0xff) << 32 | id;
}

/* The table with the least rank that is not less than `least`. */
static struct route_table *table_from(struct net *net, uint64_t least)
{
	struct route_table *table, *best = NULL;

	for (int i = 0; i < ROUTE_TABLE_BUCKETS; i++)
		HLIST_FOR_EACH(table, &net->routes.tables[i], node)
			if (rank(table->id) >= least &&
			    (!best || rank(table->id) < rank(best->id)))
				best = table;
	return best;
}

/* ---- IPv4: by address, the longer prefix of one address first ---- */

static bool same_address(const struct trie_node *a, const struct trie_node *b)
{
	return b && addr_equal(&a->prefix, &b->prefix);
}

/* Those of one address follow each other in pre-order: the last is longest. */
static struct trie_node *longest_of(const struct trie *trie,
				    struct trie_node *node)
{
	struct trie_node *next;

	while (node && same_address(node, next = trie_next(trie, node)))
		node = next;
	return node;
}

static struct trie_node *next4(const struct trie *trie, struct trie_node *node)
{
	struct trie_node *shorter;

	if (!node)
		return longest_of(trie, trie_next(trie, NULL));
	shorter = trie_shorter(node);
	if (same_address(node, shorter))
		return shorter;
	return longest_of(trie, trie_next(trie, longest_of(trie, node)));
}

static struct trie_node *next_node(const struct trie *trie, int family,
				   struct trie_node *node)
{
	return family == NET_IP4 ? next4(trie, node) : trie_next_up(trie, node);
}

/* ---- Places ---- */

static const struct trie *trie_of(const struct route_table *table, int family)
{
	return family == NET_IP4 ? &table->ip4 : &table->ip6;
}

/* Whether a node comes behind a place whose own node is gone. */
static bool is_behind(const struct trie_node *node,
		      const struct route_place *place, int family)
{
	int order = memcmp(node->prefix.b, place->prefix.b, 16);

	if (family == NET_IP6 &&
	    addr_in_prefix(&place->prefix, &node->prefix, node->bits) &&
	    node->bits < place->bits)
		return true;
	return order > 0 || (order == 0 && node->bits < place->bits);
}

static struct trie_node *node_behind(const struct trie *trie, int family,
				     const struct route_place *place)
{
	struct trie_node *node = trie_find(trie, &place->prefix, place->bits);

	if (node)
		return next_node(trie, family, node);
	do
		node = next_node(trie, family, node);
	while (node && !is_behind(node, place, family));
	return node;
}

static struct route *nth(const struct trie_node *node, uint32_t n)
{
	struct route *route = node ? node->value : NULL;

	while (route && n--)
		route = route->next;
	return route;
}

/* Behind the place in this table, or NULL. */
static struct route *walk_table(const struct trie *trie, int family,
				struct route_place *place)
{
	struct trie_node *node;
	struct route *route;

	if (place->began) {
		node = trie_find(trie, &place->prefix, place->bits);
		route = nth(node, place->number);
		if (route) {
			place->number++;
			return route;
		}
		node = node_behind(trie, family, place);
	} else {
		node = next_node(trie, family, NULL);
	}
	if (!node)
		return NULL;
	place->began = true;
	place->prefix = node->prefix;
	place->bits = node->bits;
	place->number = 1;
	return node->value;
}

struct route *route_walk(struct net *net, int family, struct route_place *place)
{
	struct route_table *table = table_from(net, rank(place->table));

	while (table) {
		struct route *route;

		if (table->id != place->table) {
			place->table = table->id;
			place->began = false;
		}
		route = walk_table(trie_of(table, family), family, place);
		if (route)
			return route;
		table = table_from(net, rank(place->table) + 1);
	}
	return NULL;
}
