// SPDX-License-Identifier: MIT
/*
 * Listings: snapshots of the stack's tables, made on the net thread. One
 * function for each kind, one table.
 */
#include "net/core/listing.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/record.h"
#include "net/icmp/icmp.h"
#include "net/ip/anycast.h"
#include "net/ip/flow_lease.h"
#include "net/ip/ip.h"
#include "net/ip/raw.h"
#include "net/listing_tables.h"
#include "net/net.h"
#include "net/tcp/tcp.h"
#include "net/udp/udp.h"

/* Fills at most `capacity` elements; returns how many there are. */
typedef uint32_t list_fn(struct net *net, void *array, uint32_t capacity);

static void list_first_ip4(const struct netif *netif, struct netif_info *out)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		if (!addr_is_ip4(&a->addr))
			continue;
		out->ip4 = a->addr;
		out->broadcast = a->broadcast;
		out->bits = a->bits;
		return;
	}
}

static const char *driver_of(const struct netif *netif)
{
	if (netif->flags & NETIF_LOOPBACK)
		return "loopback";
	return netif->kind ? netif->kind->name : "virtio_net";
}

void netif_describe(const struct netif *netif, struct netif_info *out)
{
	memset(out, 0, sizeof *out);
	memcpy(out->name, netif->name, sizeof out->name);
	out->index = netif->index;
	out->flags = netif_shown_flags(netif);
	if (!(out->flags & NETIF_UP)) /* Linux shows both */
		out->flags &= ~(uint32_t)NETIF_RUNNING;
	out->mtu = netif->mtu;
	out->type = netif->type;
	out->queue_max = netif->queue_length;
	out->features = netif->features;
	out->features_can = netif->features_can;
	out->features_wanted = netif->features_wanted;
	memcpy(out->permanent_mac, netif->permanent_mac, 6);
	memcpy(out->mac, netif->mac, 6);
	string_copy(out->driver, driver_of(netif), sizeof out->driver);
	out->stats = netif->stats;
	list_first_ip4(netif, out);
}

static uint32_t list_netifs(struct net *net, void *array, uint32_t capacity)
{
	struct netif_info *out = array;
	struct netif *netif;
	uint32_t n = 0;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (n++ < capacity)
			netif_describe(netif, out++);
	return n;
}

static uint32_t list_addresses(struct net *net, void *array, uint32_t capacity)
{
	struct address_info *out = array;
	const struct netif_address *a;
	struct netif *netif;
	uint32_t n = 0;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		LIST_FOR_EACH(a, &netif->addresses, list) {
			if (n++ >= capacity)
				continue;
			*out = (struct address_info){ .netif = netif->index,
						      .addr = a->addr,
						      .bits = a->bits,
						      .scope = a->scope,
						      .flags = a->flags };
			memcpy(out->name, netif->name, sizeof out->name);
			memcpy(out->label, a->label[0] ? a->label : netif->name,
			       sizeof out->label);
			out++;
		}
	}
	return n;
}

static uint32_t list_routes(struct net *net, void *array, uint32_t capacity)
{
	struct route_info *out = array;
	struct route *route;
	uint32_t n = 0;

	LIST_FOR_EACH(route, &net->routes.all, list) {
		if (route->table != TABLE_MAIN || !route->netif)
			continue;
		if (n++ >= capacity)
			continue;
		memset(out, 0, sizeof *out);
		out->prefix = route->prefix;
		out->gateway = route->gateway;
		out->source = route->source;
		out->bits = route->bits;
		out->flags = route->flags;
		out->metric = route->metric;
		out->netif = route->netif->index;
		memcpy(out->name, route->netif->name, sizeof out->name);
		out++;
	}
	return n;
}

static uint32_t list_neighbours(struct net *net, void *array, uint32_t capacity)
{
	struct neighbour_info *out = array;
	const struct neighbour_table *table = &net->neighbours.ip4;
	struct neighbour *neighbour = NULL;
	uint32_t n = 0;

	while ((neighbour = neighbour_next(table, neighbour, 0))) {
		if (n++ >= capacity)
			continue;
		memset(out, 0, sizeof *out);
		out->addr = neighbour->addr;
		memcpy(out->mac, neighbour->mac, 6);
		out->state = neighbour->state;
		out->netif = neighbour->netif->index;
		memcpy(out->name, neighbour->netif->name, sizeof out->name);
		out++;
	}
	return n;
}

static uint32_t list_stats(struct net *net, void *array, uint32_t capacity)
{
	if (capacity)
		memcpy(array, &net->stats, sizeof net->stats);
	return 1;
}

static uint32_t list_sockstat(struct net *net, void *array,
			      uint32_t capacity) ON_NET_THREAD
{
	struct sockstat_info *out = array;

	if (!capacity)
		return 1;
	memset(out, 0, sizeof *out);
	tcp_sockstat(net, out);
	udp_sockstat(net, out);
	raw_sockstat(net, out);
	out->frag_inuse = net->ip->reassembly_count;
	out->frag_memory = net->ip->reassembly_memory;
	return 1;
}

static uint32_t list_counters(struct net *net, void *array, uint32_t capacity)
{
	if (capacity)
		memcpy(array, &net->counters, sizeof net->counters);
	return 1;
}

static uint32_t list_link6_stats(struct net *net,
				 const struct list_request *r) ON_NET_THREAD
{
	const struct netif *netif = netif_by_index(net, r->netif);

	if (netif && r->capacity)
		memcpy(r->array, &netif->stats6, sizeof netif->stats6);
	return netif ? 1 : 0;
}

static uint32_t list_flows(struct net *net, void *array,
			   uint32_t capacity) ON_NET_THREAD
{
	return flow_lease_list(net, array, capacity);
}

static uint32_t list_anycast(struct net *net, void *array,
			     uint32_t capacity) ON_NET_THREAD
{
	return anycast_list(net, array, capacity);
}

static list_fn *const kinds[LIST_KINDS] = {
	[LIST_NETIFS] = list_netifs,
	[LIST_ADDRESSES] = list_addresses,
	[LIST_ROUTES] = list_routes,
	[LIST_NEIGHBOURS] = list_neighbours,
	[LIST_STATS] = list_stats,
	[LIST_SOCKSTAT] = list_sockstat,
	[LIST_COUNTERS] = list_counters,
	[LIST_ALL_ROUTES] = list_all_routes,
	[LIST_GROUPS] = list_groups,
	[LIST_NETLINK] = list_netlink,
	[LIST_PACKET] = list_packet,
	[LIST_NEIGHBOUR_STATS] = list_neighbour_stats,
	[LIST_VLANS] = list_vlans,
	[LIST_LINK_GROUPS] = list_link_groups,
	[LIST_FLOW_LEASES] = list_flows,
	[LIST_ANYCAST] = list_anycast,
};

static const struct diag_inet *const pages[LIST_KINDS] = {
	[LIST_TCP] = &tcp_diag,
	[LIST_UDP] = &udp_diag,
	[LIST_RAW] = &raw_diag,
	[LIST_PING] = &ping_diag,
};

#define PAGE_WORK 2048 /* buckets and sockets looked at for one page */

static void list_page(struct net *net, const struct diag_inet *sockets,
		      struct list_request *r) ON_NET_THREAD
{
	struct socket_info *out = r->array;

	r->walk.budget = PAGE_WORK;
	r->total = 0;
	r->more = true;
	while (r->total < r->capacity) {
		struct demux_entry *entry = sockets->next(net, &r->walk);

		if (!entry) {
			r->more = !r->walk.budget;
			return;
		}
		sockets->describe(entry, &out[r->total++]);
	}
}

static void run(struct net *net, struct event *event) NET_THREAD_ROOT;

static void run(struct net *net, struct event *event)
{
	struct list_request *r =
		container_of(event, struct list_request, request.event);

	if ((unsigned int)r->kind >= LIST_KINDS) {
		request_finish(&r->request, -EINVAL);
		return;
	}
	if (pages[r->kind])
		list_page(net, pages[r->kind], r);
	else if (r->kind == LIST_LINK6_STATS)
		r->total = list_link6_stats(net, r);
	else
		r->total = kinds[r->kind](net, r->array, r->capacity);
	request_finish(&r->request, 0);
}

void net_list(struct net *net, struct list_request *request)
{
	request->request.event.handle = run;
	request->request.event.kind = EVENT_SILENT;
	net_post(net, &request->request.event);
}
