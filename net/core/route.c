// SPDX-License-Identifier: MIT
/*
 * The routing table: a list in order of preference (longest prefix, then lower
 * metric, then age), since a host has a handful of routes; and the path MTUs
 * that ICMP told.
 */
#include "net/core/route.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

#define PATH_MTUS 64
#define PATH_MTU_LIFE (600 * NSEC_PER_SEC)
#define PATH_MTU_MIN 552u /* as Linux's min_pmtu: a forged one hurts less */

static unsigned int full_bits(const struct net_addr *addr, unsigned int bits)
{
	return addr_is_ip4(addr) ? bits + 96 : bits;
}

static bool route_matches(const struct route *route,
			  const struct net_addr *prefix, unsigned int bits,
			  const struct net_addr *gateway,
			  const struct netif *netif)
{
	return route->bits == bits && addr_equal(&route->prefix, prefix) &&
	       (!gateway || addr_is_any(gateway) ||
		addr_equal(&route->gateway, gateway)) &&
	       (!netif || route->netif == netif);
}

/* The interface by which a gateway is reached directly. */
static struct netif *gateway_netif(struct net *net,
				   const struct net_addr *gateway,
				   struct netif *netif) ON_NET_THREAD
{
	const struct route *via = route_lookup(net, gateway, netif);

	if (!via || (via->flags & ROUTE_GATEWAY))
		return NULL;
	return via->netif;
}

static void insert(struct net *net, struct route *route)
{
	struct route *at;

	LIST_FOR_EACH(at, &net->routes, list) {
		if (at->bits < route->bits ||
		    (at->bits == route->bits && at->metric > route->metric)) {
			list_insert_before(&at->list, &route->list);
			return;
		}
	}
	list_push_back(&net->routes, &route->list);
}

int route_add(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway, struct netif *netif,
	      uint32_t metric, uint8_t flags)
{
	unsigned int full = full_bits(prefix, bits);
	struct route *route, *at;

	if (gateway && addr_is_any(gateway))
		gateway = NULL;
	if (full > 128 ||
	    (gateway && addr_family(gateway) != addr_family(prefix)))
		return -EINVAL;
	if (gateway) {
		netif = gateway_netif(net, gateway, netif);
		flags |= ROUTE_GATEWAY;
	}
	if (!netif)
		return gateway ? -ENETUNREACH : -ENODEV;
	LIST_FOR_EACH(at, &net->routes, list)
		if (route_matches(at, prefix, full, gateway, netif) &&
		    at->metric == metric &&
		    !(at->flags & ROUTE_GATEWAY) == !gateway)
			return -EEXIST;
	route = port_alloc(sizeof *route);
	if (!route)
		return -ENOMEM;
	route->prefix = *prefix;
	route->bits = (uint8_t)full;
	route->flags = flags;
	route->metric = metric;
	route->netif = netif;
	if (gateway)
		route->gateway = *gateway;
	insert(net, route);
	return 0;
}

static void remove_route(struct route *route)
{
	list_remove(&route->list);
	port_free(route);
}

int route_del(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway, struct netif *netif)
{
	struct route *route;

	LIST_FOR_EACH(route, &net->routes, list) {
		if (route_matches(route, prefix, full_bits(prefix, bits),
				  gateway, netif)) {
			remove_route(route);
			return 0;
		}
	}
	return -ESRCH;
}

void route_flush(struct net *net, struct netif *netif, uint8_t flags)
{
	struct route *route;

	LIST_FOR_EACH_SAFE(route, &net->routes, list)
		if (route->netif == netif && (!flags || (route->flags & flags)))
			remove_route(route);
}

const struct route *route_lookup(struct net *net, const struct net_addr *dst,
				 const struct netif *bound)
{
	const struct route *route;

	LIST_FOR_EACH(route, &net->routes, list) {
		if (bound && route->netif != bound)
			continue;
		if (!(route->netif->flags & NETIF_UP))
			continue;
		/* A default route is of one family: its gateway's. */
		if (route->bits < 96 && addr_is_ip4(dst))
			continue;
		if (addr_in_prefix(dst, &route->prefix, route->bits))
			return route;
	}
	return NULL;
}

/* ---- the way to a destination ---- */

static struct netif *first_broadcast_netif(struct net *net)
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if ((netif->flags & NETIF_UP) &&
		    (netif->flags & NETIF_BROADCAST))
			return netif;
	return NULL;
}

static int find_netif(struct net *net, const struct net_addr *dst,
		      struct netif *bound, struct net_path *out) ON_NET_THREAD
{
	const struct route *route;

	out->next_hop = *dst;
	if (netif_of_address(net, dst)) {
		out->local = true;
		out->netif = net->loopback;
		return 0;
	}
	route = route_lookup(net, dst, bound);
	if (addr_is_limited_broadcast(dst) ||
	    (addr_is_multicast(dst) && !route)) {
		out->netif = bound ? bound : first_broadcast_netif(net);
		return out->netif ? 0 : -ENETUNREACH;
	}
	if (route) {
		out->netif = route->netif;
		if ((route->flags & ROUTE_GATEWAY) && !addr_is_multicast(dst))
			out->next_hop = route->gateway;
		if (!addr_is_any6(&route->source))
			out->source = route->source;
		return 0;
	}
	/* Bound to a device: everything is on its link (as Linux). */
	out->netif = bound;
	return bound && !(bound->flags & NETIF_LOOPBACK) ? 0 : -ENETUNREACH;
}

static int choose_source(const struct net_addr *dst,
			 const struct net_addr *source, struct net_path *out)
{
	const struct netif_address *own;

	if (source && !addr_is_any(source)) {
		if (addr_family(source) != addr_family(dst))
			return -EINVAL;
		out->source = *source;
		return 0;
	}
	if (out->local) {
		out->source = *dst;
		return 0;
	}
	if (!addr_is_any6(&out->source))
		return 0;
	own = netif_source(out->netif, &out->next_hop);
	if (own) {
		out->source = own->addr;
		return 0;
	}
	/* Broadcasting without an address: how DHCP begins. */
	out->source = addr_ip4(0);
	return out->broadcast ? 0 : -EADDRNOTAVAIL;
}

int path_find(struct net *net, const struct net_addr *dst,
	      const struct net_addr *source, struct netif *bound,
	      struct net_path *out)
{
	struct netif *netif;
	int err;

	memset(out, 0, sizeof *out);
	err = find_netif(net, dst, bound, out);
	if (err)
		return err;
	netif = out->netif;
	if (!(netif->flags & NETIF_UP))
		return -ENETDOWN;
	out->multicast = addr_is_multicast(dst);
	out->broadcast = !out->local && netif_is_broadcast(netif, dst);
	out->mtu = netif->mtu;
	if (!list_empty(&net->path_mtus))
		out->mtu = path_mtu(net, dst, out->mtu);
	if (netif->features & (addr_is_ip4(dst) ? NETIF_TSO4 : NETIF_TSO6))
		out->gso_max = netif->gso_max;
	return choose_source(dst, source, out);
}

/* ---- path MTU ---- */

struct path_mtu {
	struct list list;
	struct net_addr dst;
	uint32_t mtu;
	nsec_t expires;
};

static struct path_mtu *mtu_entry(struct net *net, const struct net_addr *dst)
{
	struct path_mtu *entry;

	LIST_FOR_EACH(entry, &net->path_mtus, list)
		if (addr_equal(&entry->dst, dst))
			return entry;
	return NULL;
}

void path_mtu_learn(struct net *net, const struct net_addr *dst, uint32_t mtu)
{
	struct path_mtu *entry = mtu_entry(net, dst);

	if (!entry && list_length(&net->path_mtus) >= PATH_MTUS) {
		entry = LIST_FIRST(&net->path_mtus, struct path_mtu, list);
		list_remove(&entry->list);
	} else if (!entry) {
		entry = port_alloc(sizeof *entry);
		if (!entry)
			return;
	} else {
		list_remove(&entry->list);
	}
	entry->dst = *dst;
	entry->mtu = MAX(mtu, PATH_MTU_MIN);
	entry->expires = net->now + PATH_MTU_LIFE;
	list_push_back(&net->path_mtus, &entry->list);
}

uint32_t path_mtu(struct net *net, const struct net_addr *dst,
		  uint32_t link_mtu)
{
	struct path_mtu *entry = mtu_entry(net, dst);

	if (!entry)
		return link_mtu;
	if (entry->expires <= net->now) {
		list_remove(&entry->list);
		port_free(entry);
		return link_mtu;
	}
	return MIN(entry->mtu, link_mtu);
}
