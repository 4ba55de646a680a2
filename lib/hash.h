// SPDX-License-Identifier: MIT
/*
 * Hash functions and intrusive hash chains. hash_u64() and hash_bytes() mix
 * well but keep no secret: where a stranger chooses the keys (connections),
 * use lib/siphash.h.
 */
#pragma once

#include "lib/types.h"

struct hlist {
	struct hnode *first;
};

/* `link` points at the pointer that points at this node; NULL: in no chain. */
struct hnode {
	struct hnode *next;
	struct hnode **link;
};

static inline uint64_t hash_u64(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	return x;
}

static inline uint64_t hash_pair(uint64_t a, uint64_t b)
{
	return hash_u64(hash_u64(a) + b);
}

/* FNV-1a, then mixed. */
static inline uint64_t hash_bytes(const void *data, size_t len)
{
	const uint8_t *at = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ at[i]) * UINT64_C(0x100000001b3);
	return hash_u64(h);
}

static inline uint64_t hash_string(const char *s)
{
	size_t len = 0;

	while (s[len])
		len++;
	return hash_bytes(s, len);
}

static inline bool hnode_linked(const struct hnode *node)
{
	return node->link != NULL;
}

static inline void hlist_add(struct hlist *chain, struct hnode *node)
{
	node->next = chain->first;
	node->link = &chain->first;
	if (chain->first)
		chain->first->link = &node->next;
	chain->first = node;
}

static inline void hlist_remove(struct hnode *node)
{
	if (!node->link)
		return;
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->next = NULL;
	node->link = NULL;
}

/* `pos` is a pointer to the containing object. */
#define HLIST_FOR_EACH(pos, chain, member)                                     \
	for (struct hnode *pos##_at_ = (chain)->first;                         \
	     pos##_at_ &&                                                      \
	     ((pos) = container_of(pos##_at_, __typeof__(*(pos)), member), 1); \
	     pos##_at_ = pos##_at_->next)

/* The same; the body may remove or free `pos`. */
#define HLIST_FOR_EACH_SAFE(pos, chain, member)                                \
	for (struct hnode *pos##_at_ = (chain)->first,                         \
			  *pos##_next_ = pos##_at_ ? pos##_at_->next : NULL;   \
	     pos##_at_ &&                                                      \
	     ((pos) = container_of(pos##_at_, __typeof__(*(pos)), member), 1); \
	     pos##_at_ = pos##_next_,                                          \
			  pos##_next_ = pos##_at_ ? pos##_at_->next : NULL)
