// SPDX-License-Identifier: MIT
/*
 * The tables of neighbours: a keyed hash that grows with what is in it, and the
 * list of those that may go when there are too many. See neighbour.h; what an
 * entry's states are is neighbour_state.c's.
 */
#include "net/core/neighbour.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

#define BUCKETS_FIRST 64
#define BUCKETS_MOST (1u << 20)
#define IDLE_LONG (5 * NSEC_PER_SEC) /* may go when it is full */
#define GC_LOOK 8 /* entries a creation looks at */
#define GC_BATCH 256 /* entries a timer frees at once */

struct neighbour_table *neighbour_table(struct net *net,
					const struct net_addr *addr)
{
	return addr_is_ip4(addr) ? &net->neighbours.ip4 : &net->neighbours.ip6;
}

const struct neighbour_conf *neighbour_conf(const struct netif *netif,
					    const struct net_addr *addr)
{
	return addr_is_ip4(addr) ? &netif->neigh4 : &netif->neigh6;
}

/* The thresholds are the table's. */
static const struct neighbour_conf *table_conf(const struct net *net,
					       const struct net_addr *addr)
{
	const struct ip_tunables *t = &net->tunables.ip;

	return addr_is_ip4(addr) ? &t->neigh4 : &t->neigh6;
}

static uint64_t hash_of(const struct net *net, const struct netif *netif,
			const struct net_addr *addr)
{
	uint64_t key[3] = { addr->q[1], netif->index, addr->q[0] };

	return siphash(&net->secret, key,
		       addr_is_ip4(addr) ? 2 * sizeof *key : sizeof key);
}

static struct hlist *bucket(const struct neighbour_table *table, uint64_t hash)
{
	return &table->buckets[hash & (table->bucket_count - 1)];
}

/* Twice as many buckets, while there are more entries than that. Without
 * memory the chains grow. */
static void grow(struct neighbour_table *table)
{
	uint32_t count = table->bucket_count * 2;
	struct hlist *old = table->buckets;
	struct neighbour *n;

	if (table->count < table->bucket_count || count > BUCKETS_MOST)
		return;
	table->buckets = port_alloc(count * sizeof *old);
	if (!table->buckets) {
		table->buckets = old;
		return;
	}
	table->bucket_count = count;
	table->grows++;
	for (uint32_t i = 0; i < count / 2; i++) {
		HLIST_FOR_EACH_SAFE(n, &old[i], node) {
			hlist_remove(&n->node);
			hlist_add(bucket(table, n->hash), &n->node);
		}
	}
	port_free(old);
}

struct neighbour *neighbour_find(struct net *net, struct netif *netif,
				 const struct net_addr *addr)
{
	struct neighbour_table *table = neighbour_table(net, addr);
	uint64_t hash = hash_of(net, netif, addr);
	struct neighbour *n;

	table->lookups++;
	HLIST_FOR_EACH(n, bucket(table, hash), node) {
		if (n->netif != netif || !addr_equal(&n->addr, addr))
			continue;
		table->hits++;
		return n;
	}
	return NULL;
}

struct neighbour *neighbour_next(const struct neighbour_table *table,
				 const struct neighbour *n, uint32_t from)
{
	if (n) {
		if (n->node.next)
			return container_of(n->node.next, struct neighbour,
					    node);
		from = (uint32_t)(n->hash & (table->bucket_count - 1)) + 1;
	}
	for (; from < table->bucket_count; from++)
		if (table->buckets[from].first)
			return container_of(table->buckets[from].first,
					    struct neighbour, node);
	return NULL;
}

/* ---- who may go ---- */

void neighbour_touch(struct neighbour *n)
{
	struct neighbour_table *table =
		neighbour_table(n->netif->net, &n->addr);

	n->used = n->netif->net->now;
	if (list_empty(&n->gc) || &n->gc == table->gc.prev)
		return;
	list_remove(&n->gc);
	list_push_back(&table->gc, &n->gc);
}

void neighbour_sort(struct neighbour *n)
{
	struct neighbour_table *table =
		neighbour_table(n->netif->net, &n->addr);
	bool stays = (n->state & NEIGHBOUR_PERMANENT) ||
		     (n->flags & NEIGHBOUR_LEARNED);
	bool listed = !list_empty(&n->gc);

	if (listed) {
		list_remove(&n->gc);
		table->may_go--;
	}
	if (stays)
		return;
	/* One that nobody answers for is the first to go. */
	if (n->state == NEIGHBOUR_FAILED)
		list_push_front(&table->gc, &n->gc);
	else
		list_push_back(&table->gc, &n->gc);
	table->may_go++;
}

static void unlink(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;
	struct neighbour_table *table = neighbour_table(net, &n->addr);

	timer_cancel(net, &n->timer);
	hlist_remove(&n->node);
	if (!list_empty(&n->gc)) {
		list_remove(&n->gc);
		table->may_go--;
	}
	table->count--;
	table->destroys++;
}

void neighbour_remove(struct neighbour *n)
{
	neighbour_drop_queue(n);
	unlink(n);
	net_changed(n->netif->net, CHANGE_NEIGHBOUR, CHANGE_GONE, n);
	port_free(n);
}

/* Frees the first that was not used for so long (or `used` is false: whose
 * state has not changed), of a few that were not used longest. */
static bool free_one(struct neighbour_table *table, nsec_t now, nsec_t age,
		     bool used) ON_NET_THREAD
{
	uint32_t looked = 0;
	struct neighbour *n;

	LIST_FOR_EACH_SAFE(n, &table->gc, gc) {
		if (++looked > GC_LOOK)
			return false;
		if ((n->state & NEIGHBOUR_TIMED & ~NEIGHBOUR_IS_REACHABLE) ||
		    (n->state != NEIGHBOUR_FAILED &&
		     now - (used ? n->used : n->updated) < age))
			continue;
		neighbour_remove(n);
		return true;
	}
	return false;
}

static bool make_room(struct net *net, struct neighbour_table *table,
		      const struct net_addr *addr) ON_NET_THREAD
{
	const struct neighbour_conf *conf = table_conf(net, addr);

	if (table->may_go < (uint32_t)conf->gc_thresh2)
		return true;
	table->forced_gcs++;
	table->last_flush = net->now;
	if (free_one(table, net->now, IDLE_LONG, true) ||
	    table->may_go < (uint32_t)conf->gc_thresh3)
		return true;
	/* In use, but old: better than no new one (Linux). */
	if (free_one(table, net->now, IDLE_LONG, false))
		return true;
	table->full++;
	return false;
}

static void collect(struct net *net, struct timer *timer) NET_THREAD_ROOT;

/* Regularly, while there are more than gc_thresh1. */
static void collect(struct net *net, struct timer *timer)
{
	struct neighbour_table *table =
		container_of(timer, struct neighbour_table, gc_timer);
	const struct ip_tunables *t = &net->tunables.ip;
	const struct neighbour_conf *conf =
		table == &net->neighbours.ip4 ? &t->neigh4 : &t->neigh6;
	int freed = 0;

	table->periodic_gcs++;
	while (freed < GC_BATCH &&
	       free_one(table, net->now, conf->gc_stale * NSEC_PER_MSEC, true))
		freed++;
	if (table->may_go >= (uint32_t)conf->gc_thresh1)
		timer_arm(net, timer,
			  net->now + (freed == GC_BATCH ?
					      WHEEL_TICK :
					      conf->base_reachable *
						      NSEC_PER_MSEC / 2));
}

/* ---- making ---- */

/* A random share of base_reachable_time, half to one and a half of it (RFC 4861
 * 6.3.2). */
static nsec_t reachable_time(const struct neighbour_conf *conf)
{
	uint64_t base = (uint64_t)conf->base_reachable;
	uint64_t part = ((uint64_t)net_random32() * base) >> 32;

	return (nsec_t)(base / 2 + part) * NSEC_PER_MSEC;
}

static void insert(struct neighbour_table *table, struct neighbour *n,
		   bool stays) ON_NET_THREAD
{
	const struct net *net = n->netif->net;

	hlist_add(bucket(table, n->hash), &n->node);
	table->count++;
	table->allocs++;
	grow(table);
	if (stays)
		return;
	list_push_back(&table->gc, &n->gc);
	table->may_go++;
	if (table->may_go >= (uint32_t)table_conf(net, &n->addr)->gc_thresh1 &&
	    !timer_is_armed(&table->gc_timer))
		timer_arm(n->netif->net, &table->gc_timer,
			  net->now + neighbour_conf(n->netif, &n->addr)
						     ->base_reachable *
					     NSEC_PER_MSEC / 2);
}

struct neighbour *neighbour_create(struct netif *netif,
				   const struct net_addr *addr, bool stays)
{
	struct net *net = netif->net;
	struct neighbour_table *table = neighbour_table(net, addr);
	struct net_addr any = addr_ip4(0);
	struct neighbour *n;

	/* One end only is on the other side: Linux has one entry for it. */
	if (addr_is_ip4(addr) &&
	    (netif->flags & (NETIF_LOOPBACK | NETIF_POINTOPOINT))) {
		addr = &any;
		n = neighbour_find(net, netif, addr);
		if (n)
			return n;
	}
	if (!stays && !make_room(net, table, addr))
		return NULL;
	n = port_alloc(sizeof *n);
	if (!n)
		return NULL;
	n->netif = netif;
	n->addr = *addr;
	n->hash = hash_of(net, netif, addr);
	n->used = n->updated = net->now;
	n->reachable = reachable_time(neighbour_conf(netif, addr));
	n->confirmed =
		net->now -
		2 * neighbour_conf(netif, addr)->base_reachable * NSEC_PER_MSEC;
	list_init(&n->queue);
	list_init(&n->gc);
	neighbour_start(n);
	insert(table, n, stays);
	return n;
}

/* ---- ending ---- */

static void flush_table(struct neighbour_table *table,
			const struct netif *netif, uint8_t keep) ON_NET_THREAD
{
	struct neighbour *n = neighbour_next(table, NULL, 0), *next;

	for (; n; n = next) {
		next = neighbour_next(table, n, 0);
		if ((!netif || n->netif == netif) && !(n->state & keep))
			neighbour_remove(n);
	}
}

void neighbour_flush_all(struct netif *netif)
{
	flush_table(&netif->net->neighbours.ip4, netif, 0);
	flush_table(&netif->net->neighbours.ip6, netif, 0);
}

void neighbour_flush(struct net *net, struct netif *netif)
{
	flush_table(&net->neighbours.ip4, netif, 0);
	flush_table(&net->neighbours.ip6, netif, 0);
	proxy_flush(net, netif);
}

void neighbour_flush_learned(struct netif *netif)
{
	struct neighbours *all = &netif->net->neighbours;

	flush_table(&all->ip4, netif, NEIGHBOUR_PERMANENT);
	flush_table(&all->ip6, netif, NEIGHBOUR_PERMANENT);
}

bool neighbour_forget(struct net *net, struct netif *netif,
		      const struct net_addr *addr)
{
	struct neighbour *n = neighbour_find(net, netif, addr);

	if (n)
		neighbour_remove(n);
	return n;
}

static int init_table(struct neighbour_table *table)
{
	table->buckets = port_alloc(BUCKETS_FIRST * sizeof *table->buckets);
	if (!table->buckets)
		return -ENOMEM;
	table->bucket_count = BUCKETS_FIRST;
	list_init(&table->gc);
	timer_init(&table->gc_timer, collect);
	proxies_init(table);
	return 0;
}

int neighbours_init(struct net *net)
{
	int err = init_table(&net->neighbours.ip4);

	return err ? err : init_table(&net->neighbours.ip6);
}

static void free_table(struct net *net,
		       struct neighbour_table *table) ON_NET_THREAD
{
	if (!table->buckets)
		return;
	flush_table(table, NULL, 0);
	timer_cancel(net, &table->gc_timer);
	port_free(table->buckets);
	table->buckets = NULL;
}

void neighbours_free(struct net *net)
{
	if (net->neighbours.ip4.buckets && net->neighbours.ip6.buckets)
		proxy_flush(net, NULL);
	free_table(net, &net->neighbours.ip4);
	free_table(net, &net->neighbours.ip6);
}
