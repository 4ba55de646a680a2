// SPDX-License-Identifier: MIT
/*
 * The table of exceptions: see exception.h.
 */
#include "net/core/exception.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/route.h"

#define IP6_MTU_MIN 1280u

static struct hlist *bucket(struct net *net, const struct net_addr *dst)
{
	uint64_t h = siphash(&net->secret, dst->b, sizeof dst->b);

	return &net->exceptions.buckets[h % EXCEPTION_BUCKETS];
}

static void forget(struct net *net, struct exception *entry)
{
	hlist_remove(&entry->node);
	net->exceptions.count--;
	port_free(entry);
}

static bool mtu_expired(const struct net *net, const struct exception *entry)
{
	return entry->mtu && entry->expires <= net->now;
}

struct exception *exception_find(struct net *net, const struct net_addr *dst)
{
	struct exception *entry;

	if (!net->exceptions.count)
		return NULL;
	HLIST_FOR_EACH(entry, bucket(net, dst), node) {
		if (!addr_equal(&entry->dst, dst))
			continue;
		if (!mtu_expired(net, entry))
			return entry;
		entry->mtu = 0;
		entry->locked = false;
		if (entry->netif)
			return entry;
		forget(net, entry);
		return NULL;
	}
	return NULL;
}

/* Drops the oldest of a chain that is full. */
static void shorten(struct net *net, struct hlist *chain)
{
	struct exception *entry, *oldest = NULL;
	int n = 0;

	HLIST_FOR_EACH(entry, chain, node) {
		if (!oldest || entry->made < oldest->made)
			oldest = entry;
		n++;
	}
	if (n >= EXCEPTION_CHAIN)
		forget(net, oldest);
}

static struct exception *make(struct net *net,
			      const struct net_addr *dst) ON_NET_THREAD
{
	struct exception_table *table = &net->exceptions;
	struct exception *entry = exception_find(net, dst);

	if (entry)
		return entry;
	if (!table->buckets)
		table->buckets = port_alloc(EXCEPTION_BUCKETS *
					    sizeof table->buckets[0]);
	if (!table->buckets)
		return NULL;
	shorten(net, bucket(net, dst));
	entry = port_alloc(sizeof *entry);
	if (!entry)
		return NULL;
	entry->dst = *dst;
	entry->made = net->now;
	hlist_add(bucket(net, dst), &entry->node);
	table->count++;
	return entry;
}

/* Of the way as the routing tables know it. */
static uint32_t known_mtu(struct net *net,
			  const struct net_addr *dst) ON_NET_THREAD
{
	struct net_path path;

	if (path_find(net, dst, NULL, NULL, &path))
		return 0;
	return path.metrics && path.metrics->value[METRIC_LOCK] &
				       1 << METRIC_MTU ?
		       0 :
		       path.mtu;
}

void path_mtu_learn(struct net *net, const struct net_addr *dst, uint32_t mtu)
{
	uint32_t least = (uint32_t)net->tunables.route_min_pmtu;
	uint32_t known = known_mtu(net, dst);
	bool locked = false;
	struct exception *entry;

	/* RFC 8201 4: below the least of IPv6 the message is discarded. */
	if (!known || mtu > known || (mtu < IP6_MTU_MIN && !addr_is_ip4(dst)))
		return;
	if (mtu < least && addr_is_ip4(dst)) {
		locked = true;
		mtu = MIN(known, least);
	}
	if (mtu == known && !locked && !exception_find(net, dst))
		return;
	entry = make(net, dst);
	if (!entry)
		return;
	entry->mtu = mtu;
	entry->locked = locked;
	entry->made = net->now;
	entry->expires = net->now +
			 (nsec_t)net->tunables.route_mtu_expires * NSEC_PER_SEC;
}

uint32_t path_mtu(struct net *net, const struct net_addr *dst,
		  uint32_t link_mtu)
{
	struct exception *entry = exception_find(net, dst);

	return entry && entry->mtu ? MIN(entry->mtu, link_mtu) : link_mtu;
}

bool path_mtu_locked(struct net *net, const struct net_addr *dst)
{
	struct exception *entry = exception_find(net, dst);

	return entry && entry->locked;
}

void redirect_learn(struct net *net, const struct net_addr *dst,
		    const struct net_addr *gateway, struct netif *netif)
{
	struct exception *entry = make(net, dst);

	if (!entry)
		return;
	entry->gateway = *gateway;
	entry->netif = netif;
	entry->made = net->now;
}

void exceptions_flush(struct net *net, const struct netif *netif)
{
	if (!net->exceptions.buckets)
		return;
	for (int i = 0; i < EXCEPTION_BUCKETS; i++) {
		struct exception *entry;

		HLIST_FOR_EACH_SAFE(entry, &net->exceptions.buckets[i], node)
			if (!netif || entry->netif == netif)
				forget(net, entry);
	}
}

void exceptions_free(struct net *net)
{
	if (!net->exceptions.buckets)
		return;
	for (int i = 0; i < EXCEPTION_BUCKETS; i++) {
		struct exception *entry;

		HLIST_FOR_EACH_SAFE(entry, &net->exceptions.buckets[i], node)
			forget(net, entry);
	}
	port_free(net->exceptions.buckets);
	net->exceptions.buckets = NULL;
}
