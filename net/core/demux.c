// SPDX-License-Identifier: MIT
/*
 * Finding the socket: two growing hash tables. See demux.h.
 */
#include "net/core/demux.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"

#define FIRST_BUCKETS 64

static int table_init(struct demux_table *table)
{
	table->buckets = port_alloc(FIRST_BUCKETS * sizeof table->buckets[0]);
	if (!table->buckets)
		return -ENOMEM;
	table->mask = FIRST_BUCKETS - 1;
	table->count = 0;
	return 0;
}

int demux_init(struct demux *demux)
{
	uint8_t key[16];

	memset(demux, 0, sizeof *demux);
	port_random(key, sizeof key);
	siphash_key_from(&demux->key, key);
	if (table_init(&demux->pairs) || table_init(&demux->locals)) {
		demux_destroy(demux);
		return -ENOMEM;
	}
	return 0;
}

void demux_destroy(struct demux *demux)
{
	if (demux->pairs.buckets)
		port_free(demux->pairs.buckets);
	if (demux->locals.buckets)
		port_free(demux->locals.buckets);
	demux->pairs.buckets = NULL;
	demux->locals.buckets = NULL;
}

/* Doubles the table when chains get long; goes on with the old one when there
 * is no memory. */
static void grow(struct demux_table *table)
{
	uint32_t size = (table->mask + 1) * 2;
	struct hlist *buckets;

	if (table->count <= table->mask)
		return;
	buckets = port_alloc(size * sizeof buckets[0]);
	if (!buckets)
		return;
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct demux_entry *entry;

		HLIST_FOR_EACH_SAFE(entry, &table->buckets[i], node) {
			hlist_remove(&entry->node);
			hlist_add(&buckets[entry->hash & (size - 1)],
				  &entry->node);
		}
	}
	port_free(table->buckets);
	table->buckets = buckets;
	table->mask = size - 1;
}

static void add(struct demux_table *table, struct demux_entry *entry)
{
	table->count++;
	grow(table);
	hlist_add(&table->buckets[entry->hash & table->mask], &entry->node);
}

static void remove_entry(struct demux_table *table, struct demux_entry *entry)
{
	if (!hnode_linked(&entry->node))
		return;
	hlist_remove(&entry->node);
	table->count--;
}

static uint32_t pair_hash(const struct demux *demux,
			  const struct net_name *local,
			  const struct net_name *remote)
{
	uint8_t key[36];

	put_le16(key, local->port);
	put_le16(key + 2, remote->port);
	if (addr_is_ip4(&local->addr)) {
		put_le32(key + 4, local->addr.w[3]);
		put_le32(key + 8, remote->addr.w[3]);
		return (uint32_t)siphash(&demux->key, key, 12);
	}
	memcpy(key + 4, local->addr.b, 16);
	memcpy(key + 20, remote->addr.b, 16);
	return (uint32_t)siphash(&demux->key, key, 36);
}

static bool names_equal(const struct net_name *a, const struct net_name *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static struct demux_entry *find_pair(const struct demux *demux, uint32_t hash,
				     const struct net_name *local,
				     const struct net_name *remote)
{
	const struct demux_table *table = &demux->pairs;
	struct demux_entry *entry;

	HLIST_FOR_EACH(entry, &table->buckets[hash & table->mask], node)
		if (entry->hash == hash && names_equal(&entry->local, local) &&
		    names_equal(&entry->remote, remote))
			return entry;
	return NULL;
}

struct demux_entry *demux_find_pair(const struct demux *demux,
				    const struct net_name *local,
				    const struct net_name *remote)
{
	return find_pair(demux, pair_hash(demux, local, remote), local, remote);
}

int demux_add_pair(struct demux *demux, struct demux_entry *entry)
{
	entry->hash = pair_hash(demux, &entry->local, &entry->remote);
	if (find_pair(demux, entry->hash, &entry->local, &entry->remote))
		return -EADDRINUSE;
	add(&demux->pairs, entry);
	return 0;
}

void demux_add_local(struct demux *demux, struct demux_entry *entry)
{
	entry->hash = entry->local.port;
	add(&demux->locals, entry);
}

void demux_remove_pair(struct demux *demux, struct demux_entry *entry)
{
	remove_entry(&demux->pairs, entry);
}

void demux_remove_local(struct demux *demux, struct demux_entry *entry)
{
	remove_entry(&demux->locals, entry);
}

/* How well an entry fits; 0: not at all. */
static int score(const struct demux_entry *entry, const struct net_name *local,
		 const struct netif *netif)
{
	const struct endpoint *ep = entry->endpoint;
	int points = 1;

	if (entry->local.port != local->port)
		return 0;
	if (ep->opt.bound_netif) {
		if (!netif || netif->index != ep->opt.bound_netif)
			return 0;
		points += 8;
	}
	if (addr_equal(&entry->local.addr, &local->addr))
		return points + 4;
	if (!addr_is_any(&entry->local.addr))
		return 0;
	if (addr_is_ip4(&entry->local.addr))
		return addr_is_ip4(&local->addr) ? points + 2 : 0;
	if (addr_is_ip4(&local->addr))
		return ep->opt.v6only ? 0 : points + 1;
	return points + 2;
}

struct demux_entry *demux_find_local(const struct demux *demux,
				     const struct net_name *local,
				     const struct net_name *remote,
				     const struct netif *netif)
{
	const struct demux_table *table = &demux->locals;
	struct hlist *chain = &table->buckets[local->port & table->mask];
	struct demux_entry *entry, *best = NULL;
	int best_score = 0, equals = 0;
	uint32_t choice;

	HLIST_FOR_EACH(entry, chain, node) {
		int points = score(entry, local, netif);

		if (points > best_score) {
			best = entry;
			best_score = points;
			equals = 1;
		} else if (points && points == best_score) {
			equals++;
		}
	}
	if (equals < 2 || !best->endpoint->opt.reuse_port)
		return best;
	choice = pair_hash(demux, local, remote) % (uint32_t)equals;
	HLIST_FOR_EACH(entry, chain, node)
		if (score(entry, local, netif) == best_score && choice-- == 0)
			return entry;
	return best;
}

struct demux_entry *demux_walk(const struct demux_table *table,
			       const struct demux_entry *previous)
{
	uint32_t i = 0;

	if (previous) {
		if (previous->node.next)
			return container_of(previous->node.next,
					    struct demux_entry, node);
		i = (previous->hash & table->mask) + 1;
	}
	for (; i <= table->mask; i++)
		if (table->buckets[i].first)
			return container_of(table->buckets[i].first,
					    struct demux_entry, node);
	return NULL;
}
