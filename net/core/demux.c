// SPDX-License-Identifier: MIT
/*
 * Finding the socket: two hash tables that grow with each entry. See demux.h.
 */
#include "net/core/demux.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"

static struct hlist *new_segment(void)
{
	return port_alloc(DEMUX_SEGMENT * sizeof(struct hlist));
}

static int table_init(struct demux_table *table)
{
	table->segments = port_alloc(sizeof table->segments[0]);
	if (!table->segments)
		return -ENOMEM;
	table->segment_room = 1;
	table->segments[0] = new_segment();
	if (!table->segments[0])
		return -ENOMEM;
	table->segment_count = 1;
	table->low_mask = DEMUX_SEGMENT - 1;
	return 0;
}

static void table_destroy(struct demux_table *table)
{
	for (uint32_t i = 0; i < table->segment_count; i++)
		port_free(table->segments[i]);
	port_free(table->segments);
	*table = (struct demux_table){ 0 };
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
	table_destroy(&demux->pairs);
	table_destroy(&demux->locals);
}

static uint32_t bucket_count(const struct demux_table *table)
{
	return table->low_mask + 1 + table->split;
}

static uint32_t bucket_index(const struct demux_table *table, uint32_t hash)
{
	uint32_t i = hash & table->low_mask;

	return i < table->split ? hash & (table->low_mask * 2 + 1) : i;
}

static struct hlist *bucket_at(const struct demux_table *table, uint32_t i)
{
	return &table->segments[i / DEMUX_SEGMENT][i % DEMUX_SEGMENT];
}

static struct hlist *bucket_of(const struct demux_table *table, uint32_t hash)
{
	return bucket_at(table, bucket_index(table, hash));
}

/* One more segment. False: no memory. */
static bool add_segment(struct demux_table *table)
{
	if (table->segment_count == table->segment_room) {
		size_t old = table->segment_room * sizeof table->segments[0];
		struct hlist **larger = port_alloc(2 * old);

		if (!larger)
			return false;
		memcpy(larger, table->segments, old);
		port_free(table->segments);
		table->segments = larger;
		table->segment_room *= 2;
	}
	table->segments[table->segment_count] = new_segment();
	if (!table->segments[table->segment_count])
		return false;
	table->segment_count++;
	return true;
}

/* Splits one bucket; without memory the chains just get longer. */
static void grow(struct demux_table *table)
{
	uint32_t mask = table->low_mask * 2 + 1;
	uint32_t to = bucket_count(table);
	struct demux_entry *entry;
	struct hlist *from, *upper;

	if (to / DEMUX_SEGMENT == table->segment_count && !add_segment(table))
		return;
	from = bucket_at(table, table->split);
	upper = bucket_at(table, to);
	HLIST_FOR_EACH_SAFE(entry, from, node) {
		if ((entry->hash & mask) != to)
			continue;
		hlist_remove(&entry->node);
		hlist_add(upper, &entry->node);
	}
	if (table->split++ == table->low_mask) {
		table->low_mask = mask;
		table->split = 0;
	}
}

static uint32_t *sockets_of(struct demux_table *table,
			    const struct demux_entry *entry)
{
	return &table->sockets[entry->six];
}

static void add(struct demux_table *table, struct demux_entry *entry)
{
	if (entry->kind == DEMUX_SOCKET) {
		entry->six = entry_endpoint(entry)->family == NET_IP6;
		++*sockets_of(table, entry);
	}
	if (++table->count > bucket_count(table))
		grow(table);
	hlist_add(bucket_of(table, entry->hash), &entry->node);
}

static void remove_entry(struct demux_table *table, struct demux_entry *entry)
{
	if (!hnode_linked(&entry->node))
		return;
	if (entry->kind == DEMUX_SOCKET)
		--*sockets_of(table, entry);
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
	struct demux_entry *entry;

	HLIST_FOR_EACH(entry, bucket_of(&demux->pairs, hash), node)
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

/* Wildcards of all families are in one chain: the port alone decides. */
static uint32_t local_hash(const struct demux *demux,
			   const struct net_name *local)
{
	uint8_t key[18];

	if (addr_is_any(&local->addr))
		return local->port;
	put_le16(key, local->port);
	if (addr_is_ip4(&local->addr)) {
		put_le32(key + 2, local->addr.w[3]);
		return (uint32_t)siphash(&demux->key, key, 6);
	}
	memcpy(key + 2, local->addr.b, 16);
	return (uint32_t)siphash(&demux->key, key, 18);
}

void demux_add_local(struct demux *demux, struct demux_entry *entry)
{
	entry->hash = local_hash(demux, &entry->local);
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
	const struct endpoint *ep = entry_endpoint(entry);
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

int demux_chains(const struct demux *demux, const struct net_name *local,
		 struct hlist *chains[2])
{
	chains[0] = bucket_of(&demux->locals, local_hash(demux, local));
	chains[1] = bucket_of(&demux->locals, local->port);
	return chains[0] == chains[1] ? 1 : 2;
}

struct search {
	const struct net_name *local;
	const struct netif *netif;
	struct demux_entry *best;
	struct hlist *chain; /* in which its equals are: theirs is its score */
	int score;
	uint32_t equals;
};

static void search_chain(struct search *s, struct hlist *chain)
{
	struct demux_entry *entry;

	HLIST_FOR_EACH(entry, chain, node) {
		int points = score(entry, s->local, s->netif);

		if (points > s->score) {
			s->best = entry;
			s->chain = chain;
			s->score = points;
			s->equals = 1;
		} else if (points && points == s->score) {
			s->equals++;
		}
	}
}

struct demux_entry *demux_find_local(const struct demux *demux,
				     const struct net_name *local,
				     const struct net_name *remote,
				     const struct netif *netif)
{
	struct search s = { .local = local, .netif = netif };
	struct hlist *chains[2];
	struct demux_entry *entry;
	uint32_t choice;

	for (int i = 0, n = demux_chains(demux, local, chains); i < n; i++)
		search_chain(&s, chains[i]);
	if (s.equals < 2 || !entry_endpoint(s.best)->opt.reuse_port)
		return s.best;
	choice = pair_hash(demux, local, remote) % s.equals;
	HLIST_FOR_EACH(entry, s.chain, node)
		if (score(entry, local, netif) == s.score && choice-- == 0)
			return entry;
	return s.best;
}

struct demux_entry *demux_resume(const struct demux_table *table,
				 uint32_t *bucket, uint32_t *skip,
				 uint32_t *budget)
{
	for (; *bucket < bucket_count(table) && *budget; (*bucket)++) {
		struct hnode *node = bucket_at(table, *bucket)->first;

		(*budget)--;
		for (uint32_t n = 0; node && n < *skip; n++)
			node = node->next;
		if (node) {
			(*skip)++;
			return container_of(node, struct demux_entry, node);
		}
		*skip = 0;
	}
	return NULL;
}

struct demux_entry *demux_walk(const struct demux_table *table,
			       const struct demux_entry *previous)
{
	uint32_t i = 0;

	if (previous) {
		if (previous->node.next)
			return container_of(previous->node.next,
					    struct demux_entry, node);
		i = bucket_index(table, previous->hash) + 1;
	}
	for (; i < bucket_count(table); i++)
		if (bucket_at(table, i)->first)
			return container_of(bucket_at(table, i)->first,
					    struct demux_entry, node);
	return NULL;
}
