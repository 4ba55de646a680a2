// SPDX-License-Identifier: MIT
/* See listing_tables.h: routes of all tables, groups, netlink and packet
 * sockets. */
#include "net/listing_tables.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link_group.h"
#include "net/ip/group.h"
#include "net/netlink/netlink.h"
#include "net/packet/packet.h"
#include "net/vlan/vlan.h"

uint32_t list_all_routes(struct net *net, void *array, uint32_t capacity)
{
	struct full_route_info *out = array;
	const struct route *route;
	uint32_t n = 0;

	LIST_FOR_EACH(route, &net->routes.all, list) {
		if (n++ >= capacity)
			continue;
		*out = (struct full_route_info){
			.route = { .prefix = route->prefix,
				   .gateway = route->gateway,
				   .source = route->source,
				   .bits = route->bits,
				   .flags = route->flags,
				   .metric = route->metric },
			.table = route->table,
			.type = route->type,
			.scope = route->scope,
		};
		if (route->metrics) {
			const uint32_t *value = route->metrics->value;

			out->advmss = value[METRIC_ADVMSS];
			out->window = value[METRIC_WINDOW];
			out->rtt = value[METRIC_RTT];
		}
		if (route->netif) {
			out->route.netif = route->netif->index;
			memcpy(out->route.name, route->netif->name,
			       sizeof out->route.name);
		}
		out++;
	}
	return n;
}

/* ---- Groups ---- */

struct groups_out {
	struct group_info *out;
	uint32_t capacity, n;
};

static void add_group(struct groups_out *to, const struct netif *netif,
		      const struct group_info *info)
{
	struct group_info *out;

	if (to->n++ >= to->capacity)
		return;
	out = &to->out[to->n - 1];
	*out = *info;
	out->netif = netif->index;
	memcpy(out->name, netif->name, sizeof out->name);
}

static void add_sources(struct groups_out *to, const struct group *group)
{
	const struct group_source *source;

	LIST_FOR_EACH(source, &group->sources, list) {
		struct group_info info = { .group = group->addr,
					   .source = source->addr,
					   .of_source = true,
					   .include = source->include,
					   .exclude = source->exclude };

		add_group(to, group->netif, &info);
	}
}

/* What every host is in, without asking (RFC 1112 4, RFC 4291 2.8). */
static void add_own(struct groups_out *to, const struct netif *netif)
{
	struct group_info info = { .group = addr_ip4(0xe0000001),
				   .exclude = 1 };

	if (!(netif->flags & NETIF_UP))
		return;
	add_group(to, netif, &info);
	info.group = (struct net_addr){ .b = { 0xff, 2, [15] = 1 } };
	add_group(to, netif, &info);
	info.group.b[1] = 1;
	add_group(to, netif, &info);
}

uint32_t list_groups(struct net *net, void *array, uint32_t capacity)
{
	struct groups_out to = { .out = array, .capacity = capacity };
	const struct netif *netif;
	const struct group *group;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		LIST_FOR_EACH(group, &netif->groups, list) {
			struct group_info info = {
				.group = group->addr,
				.include = group->include,
				.exclude = group->exclude,
				.reporter = group->reporter,
			};
			nsec_t left = group->timer.expires - net->now;

			if (timer_is_armed(&group->timer))
				info.timer_ms =
					(uint32_t)(MAX(left, NSEC_PER_MSEC) /
						   NSEC_PER_MSEC);
			add_group(&to, netif, &info);
			add_sources(&to, group);
		}
		add_own(&to, netif);
	}
	return to.n;
}

/* ---- Sockets ---- */

static void fill_socket(const struct endpoint *ep,
			struct local_socket_info *out)
{
	uint32_t v[MEMINFO_COUNT];

	sockopt_memory(ep, v);
	*out = (struct local_socket_info){
		.type = ep->type,
		.rx_bytes = v[0],
		.tx_bytes = v[2],
		.drops = v[8],
		.uid = ep->uid,
		.refs = (uint32_t)refcount_read(&ep->refs),
		.inode = ep->inode,
	};
}

uint32_t list_netlink(struct net *net, void *array, uint32_t capacity)
{
	struct local_socket_info *out = array;
	const struct nl_family *family;
	const struct nl_socket *socket;
	uint32_t n = 0;

	for (uint32_t i = 0; (family = nl_family_at(i)); i++)
		if (n++ < capacity)
			*out++ = (struct local_socket_info){
				.kernel = true,
				.refs = 2,
				.protocol = family->number,
			};
	LIST_FOR_EACH(socket, &netlink_of(net)->sockets, list) {
		if (n++ >= capacity)
			continue;
		fill_socket(socket->ep, out);
		out->protocol = socket->family->number;
		out->port = socket->port;
		out->groups = (uint32_t)socket->groups;
		out->running = socket->dump != NULL;
		out++;
	}
	return n;
}

uint32_t list_packet(struct net *net, void *array, uint32_t capacity)
{
	struct local_socket_info *out = array;
	const struct packet_socket *socket;
	uint32_t n = 0;

	LIST_FOR_EACH(socket, &net->packet_sockets, list) {
		if (n++ >= capacity)
			continue;
		fill_socket(socket->ep, out);
		out->protocol = socket->ethertype;
		out->netif = socket->netif;
		out->running = socket->ethertype != 0;
		out++;
	}
	return n;
}

/* ---- Neighbours ---- */

static void fill_neighbour_stats(const struct neighbour_table *table,
				 struct neighbour_stats *out)
{
	*out = (struct neighbour_stats){
		.entries = table->count,
		.allocs = table->allocs,
		.destroys = table->destroys,
		.grows = table->grows,
		.lookups = table->lookups,
		.hits = table->hits,
		.failures = table->failures,
		.multicast_probes = table->multicast_probes,
		.unicast_probes = table->unicast_probes,
		.periodic_gcs = table->periodic_gcs,
		.forced_gcs = table->forced_gcs,
		.discards = table->discards,
		.full = table->full,
	};
}

uint32_t list_neighbour_stats(struct net *net, void *array, uint32_t capacity)
{
	struct neighbour_stats *out = array;

	if (capacity >= 2) {
		fill_neighbour_stats(&net->neighbours.ip4, &out[0]);
		fill_neighbour_stats(&net->neighbours.ip6, &out[1]);
	}
	return 2;
}

/* ---- VLANs ---- */

uint32_t list_vlans(struct net *net, void *array, uint32_t capacity)
{
	struct vlan_info *out = array;
	const struct netif *netif;
	uint32_t n = 0;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		const struct vlan *vlan =
			container_of(netif, struct vlan, netif);

		if (netif->kind != &vlan_kind || n++ >= capacity)
			continue;
		*out = (struct vlan_info){ .netif = netif->index,
					   .id = vlan->id,
					   .flags = vlan->flags,
					   .stats = netif->stats };
		memcpy(out->name, netif->name, sizeof out->name);
		if (netif->lower)
			memcpy(out->lower, netif->lower->name,
			       sizeof out->lower);
		out++;
	}
	return n;
}

/* ---- Link addresses ---- */

uint32_t list_link_groups(struct net *net, void *array, uint32_t capacity)
{
	struct link_group_info *out = array;
	const struct link_group *group;
	const struct netif *netif;
	uint32_t n = 0;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		LIST_FOR_EACH(group, &netif->link_groups, list) {
			if (n++ >= capacity)
				continue;
			*out = (struct link_group_info){ .netif =
								 netif->index };
			memcpy(out->name, netif->name, sizeof out->name);
			memcpy(out->mac, group->mac, sizeof out->mac);
			out++;
		}
	}
	return n;
}
