// SPDX-License-Identifier: MIT
/*
 * A path-compressed binary trie over address prefixes: the longest prefix that
 * holds an address is found in as many steps as prefixes on the way differ in
 * length, never more than bits in the address, however many prefixes there are.
 *
 * A node is a prefix with a value, or a fork between two others. The caller
 * owns the values; the trie owns its nodes. No recursion.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

struct trie_node {
	struct trie_node *parent, *child[2];
	void *value; /* NULL: a fork only */
	struct net_addr prefix; /* bits behind `bits` are 0 */
	uint8_t bits; /* of 128 */
};

struct trie {
	struct trie_node *root;
};

/* The node of exactly this prefix, or NULL. */
struct trie_node *trie_find(const struct trie *trie,
			    const struct net_addr *prefix, unsigned int bits);
/* The same, made (value NULL) when there is none: store a value at once or
 * call trie_drop(). NULL: no memory. */
struct trie_node *trie_make(struct trie *trie, const struct net_addr *prefix,
			    unsigned int bits);
/* Its value is NULL again: takes the node (and forks in vain) out. */
void trie_drop(struct trie *trie, struct trie_node *node);
/* The node with a value that has the longest prefix of `addr`, or NULL. */
struct trie_node *trie_longest(const struct trie *trie,
			       const struct net_addr *addr);
/* The next shorter one. */
struct trie_node *trie_shorter(const struct trie_node *node);
/* In order of prefixes; `node` NULL: the first. NULL at the end. */
struct trie_node *trie_next(const struct trie *trie,
			    const struct trie_node *node);
/* The same, each node behind those inside of it. */
struct trie_node *trie_next_up(const struct trie *trie,
			       const struct trie_node *node);
/* Clears the bits behind the first `bits`. */
void addr_mask(struct net_addr *addr, unsigned int bits);
