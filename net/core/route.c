// SPDX-License-Identifier: MIT
/*
 * The routing tables: adding, removing and finding routes. See route.h. A table
 * is found by its number, a prefix by the trie; a look-up starts at the longest
 * prefix and goes on to shorter ones while none of its routes will do.
 */
#include "net/core/route.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/rule.h"

/* ---- tables ---- */

static struct hlist *table_bucket(struct net *net, uint32_t id)
{
	return &net->routes.tables[id % ROUTE_TABLE_BUCKETS];
}

static struct route_table *find_table(struct net *net, uint32_t id)
{
	struct route_table *table;

	HLIST_FOR_EACH(table, table_bucket(net, id), node)
		if (table->id == id)
			return table;
	return NULL;
}

static struct route_table *make_table(struct net *net, uint32_t id)
{
	struct route_table *table = find_table(net, id);

	if (table)
		return table;
	table = port_alloc(sizeof *table);
	if (!table)
		return NULL;
	table->id = id;
	hlist_add(table_bucket(net, id), &table->node);
	return table;
}

static struct trie *trie_of(struct route_table *table,
			    const struct net_addr *addr)
{
	return addr_is_ip4(addr) ? &table->ip4 : &table->ip6;
}

static void expiry_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

int route_base_init(struct net *net)
{
	list_init(&net->routes.all);
	list_init(&net->routes.rules);
	timer_init(&net->routes.expiry, expiry_due);
	if (!make_table(net, TABLE_LOCAL) || !make_table(net, TABLE_MAIN))
		return -ENOMEM;
	return rules_init(net);
}

/* ---- one route ---- */

static void free_route(struct route *route)
{
	if (route->metrics)
		port_free(route->metrics);
	if (route->hops)
		port_free(route->hops);
	port_free(route);
}

/* Takes it out of its prefix's chain and the list. */
static void unlink_route(struct net *net, struct route *route)
{
	struct trie_node *node = route->node;
	struct route_table *table = find_table(net, route->table);
	struct route *at = node->value;

	if (at == route) {
		node->value = route->next;
	} else {
		while (at->next != route)
			at = at->next;
		at->next = route->next;
	}
	if (!node->value)
		trie_drop(trie_of(table, &route->prefix), node);
	list_remove(&route->list);
	if ((route->flags & ROUTE_RA) && route->netif)
		route->netif->learned_routes--;
	net->routes.count--;
	net->routes.version++;
}

void route_delete(struct net *net, struct route *route)
{
	unlink_route(net, route);
	net_changed(net, CHANGE_ROUTE, CHANGE_GONE, route);
	free_route(route);
}

void route_base_free(struct net *net)
{
	struct route *route;

	if (!net->routes.all.next)
		return; /* never initialised */
	timer_cancel(net, &net->routes.expiry);
	LIST_FOR_EACH_SAFE(route, &net->routes.all, list)
		route_delete(net, route);
	rules_free(net);
	for (int i = 0; i < ROUTE_TABLE_BUCKETS; i++) {
		struct route_table *table;

		HLIST_FOR_EACH_SAFE(table, &net->routes.tables[i], node) {
			hlist_remove(&table->node);
			port_free(table);
		}
	}
}

static bool same_hops(const struct route *route, const struct route_spec *spec)
{
	if (route->hop_count != spec->hop_count)
		return false;
	for (uint32_t i = 0; i < spec->hop_count; i++) {
		const struct net_addr *gateway =
			route->hops ? &route->hops[i].gateway : &route->gateway;
		struct netif *netif = route->hops ? route->hops[i].netif :
						    route->netif;

		if (netif != spec->hops[i].netif ||
		    !addr_equal(gateway, &spec->hops[i].gateway))
			return false;
	}
	return true;
}

static bool same_key(const struct route *route, const struct route_spec *spec)
{
	return route->tos == spec->tos && route->metric == spec->metric;
}

static int copy_parts(struct route *route, const struct route_spec *spec)
{
	size_t bytes = spec->hop_count * sizeof spec->hops[0];

	if (spec->metrics) {
		route->metrics = port_alloc(sizeof *route->metrics);
		if (!route->metrics)
			return -ENOMEM;
		*route->metrics = *spec->metrics;
	}
	if (spec->hop_count < 2)
		return 0;
	route->hops = port_alloc(bytes);
	if (!route->hops)
		return -ENOMEM;
	memcpy(route->hops, spec->hops, bytes);
	for (uint32_t i = 0; i < spec->hop_count; i++)
		route->weights += MAX(spec->hops[i].weight, 1u);
	return 0;
}

static struct route *new_route(const struct route_spec *spec)
{
	struct route *route = port_alloc(sizeof *route);

	if (!route)
		return NULL;
	list_init(&route->list);
	route->prefix = spec->prefix;
	addr_mask(&route->prefix, spec->bits);
	route->bits = (uint8_t)spec->bits;
	route->flags = spec->flags;
	route->type = spec->type;
	route->scope = spec->scope;
	route->protocol = spec->protocol;
	route->tos = spec->tos;
	route->preference = spec->preference;
	route->table = spec->table;
	route->metric = spec->metric;
	route->source = spec->source;
	route->expires = spec->expires;
	route->hop_count = spec->hop_count;
	if (spec->hop_count) {
		route->flags |= spec->hops[0].flags & ROUTE_ONLINK;
		route->gateway = spec->hops[0].gateway;
		route->netif = spec->hops[0].netif;
		if (!addr_is_any(&route->gateway))
			route->flags |= ROUTE_GATEWAY;
	}
	if (copy_parts(route, spec)) {
		free_route(route);
		return NULL;
	}
	return route;
}

/* ---- adding ---- */

/* A gateway that is said to be on the link: not one that we know to be somewhere
 * else. */
static int check_onlink(struct net *net,
			const struct route_hop *hop) ON_NET_THREAD
{
	struct route_key key = { .dst = hop->gateway };
	struct route_answer any, here;

	if (!hop->netif)
		return -ENODEV;
	if (addr_is_ip4(&hop->gateway))
		return route_local_type(net, &hop->gateway, hop->netif) ?
			       -EINVAL :
			       0;
	if (route_find_in(net, TABLE_MAIN, &key, &any) ||
	    any.route->bits == 0 || any.netif == hop->netif)
		return 0;
	key.out = hop->netif;
	return route_find_in(net, TABLE_MAIN, &key, &here) == 0 &&
			       here.route->bits == any.route->bits ?
		       0 :
		       -EINVAL;
}

/* The interface by which a gateway is reached without another gateway. */
static int check_gateway(struct net *net, struct route_hop *hop) ON_NET_THREAD
{
	struct route_key key = { .dst = hop->gateway,
				 .out = hop->netif,
				 .scope = SCOPE_LINK };
	struct route_answer answer;
	int err;

	if (hop->netif && !addr_is_ip4(&hop->gateway) &&
	    !addr_is_link_local6(&hop->gateway) &&
	    route_local_netif(net, &hop->gateway))
		return -EINVAL; /* ourselves */
	if (hop->flags & ROUTE_ONLINK)
		return check_onlink(net, hop);
	if (addr_is_link_local6(&hop->gateway)) /* on which link? */
		return hop->netif ? 0 : -EINVAL;
	err = route_find(net, &key, &answer);
	if (err)
		return err == -EAGAIN ? -ENETUNREACH : err;
	if (answer.type == ROUTE_LOCAL && !addr_is_ip4(&hop->gateway))
		return -EINVAL; /* ourselves */
	if ((answer.type != ROUTE_UNICAST && answer.type != ROUTE_LOCAL) ||
	    !addr_is_any(&answer.gateway))
		return -ENETUNREACH;
	hop->netif = answer.netif;
	/* One of our own, whose link is down. */
	return answer.netif->flags & NETIF_UP ? 0 : -ENETDOWN;
}

static int check_spec(struct net *net, struct route_spec *spec) ON_NET_THREAD
{
	bool none = spec->type >= ROUTE_BLACKHOLE;

	if (spec->bits > 128 || !spec->type || spec->type > ROUTE_THROW ||
	    spec->hop_count > ROUTE_HOPS_MAX)
		return -EINVAL;
	if (none)
		spec->hop_count = 0;
	else if (!spec->hop_count)
		return -ENODEV;
	for (uint32_t i = 0; i < spec->hop_count; i++) {
		struct route_hop *hop = &spec->hops[i];
		int err = 0;

		if (addr_is_any(&hop->gateway))
			hop->gateway = addr_any6();
		else if (addr_family(&hop->gateway) !=
			 addr_family(&spec->prefix))
			return -EINVAL;
		else
			err = check_gateway(net, hop);
		if (err)
			return err;
		if (!hop->netif)
			return -ENODEV;
	}
	return 0;
}

static int rank(uint8_t preference)
{
	switch (preference) {
	case ROUTE_HIGH:
		return 2;
	case ROUTE_LOW:
		return 0;
	default:
		return 1;
	}
}

/* Among its equals. */
static bool goes_before(const struct route_spec *spec, const struct route *r,
			unsigned int mode)
{
	int own = rank(spec->preference), other = rank(r->preference);

	if (mode & ROUTE_MODE_REPLACE)
		return true;
	return own > other || (own == other && !(mode & ROUTE_MODE_APPEND));
}

/* Where in the chain a route of this key belongs: before its equals unless it
 * is to be appended. Routers' preferences go before that. */
static struct route **place(struct trie_node *node,
			    const struct route_spec *spec, unsigned int mode)
{
	struct route **at = (struct route **)&node->value;

	while (*at) {
		const struct route *r = *at;

		if (r->tos < spec->tos ||
		    (r->tos == spec->tos && r->metric > spec->metric))
			break;
		if (same_key(r, spec) && goes_before(spec, r, mode))
			break;
		at = &(*at)->next;
	}
	return at;
}

static struct route *first_equal(struct trie_node *node,
				 const struct route_spec *spec)
{
	for (struct route *r = node->value; r; r = r->next)
		if (same_key(r, spec))
			return r;
	return NULL;
}

static bool same_metrics(const struct route *r, const struct route_spec *spec)
{
	static const struct route_metrics none;

	return memcmp(r->metrics ? r->metrics : &none,
		      spec->metrics ? spec->metrics : &none, sizeof none) == 0;
}

/* The very same: of IPv6 the hops say it, of IPv4 everything does (Linux). */
static bool exists(struct trie_node *node, const struct route_spec *spec)
{
	for (struct route *r = node->value; r; r = r->next) {
		if (!same_key(r, spec) || !same_hops(r, spec))
			continue;
		if (!addr_is_ip4(&spec->prefix) ||
		    (r->type == spec->type && r->protocol == spec->protocol &&
		     r->scope == spec->scope &&
		     addr_equal(&r->source, &spec->source) &&
		     same_metrics(r, spec)))
			return true;
	}
	return false;
}

static int may_insert(struct trie_node *node, const struct route_spec *spec,
		      unsigned int mode)
{
	struct route *equal = first_equal(node, spec);

	if (mode & ROUTE_MODE_REPLACE)
		return equal || (mode & ROUTE_MODE_CREATE) ? 0 : -ENOENT;
	if (equal && (mode & ROUTE_MODE_EXCL))
		return -EEXIST;
	return exists(node, spec) ? -EEXIST : 0;
}

static void link_route(struct net *net, struct route *route,
		       struct trie_node *node, const struct route_spec *spec,
		       unsigned int mode) ON_NET_THREAD
{
	struct route **at = place(node, spec, mode);
	struct route *old = *at;

	route->node = node;
	route->next = old;
	*at = route;
	list_push_back(&net->routes.all, &route->list);
	net->routes.count++;
	net->routes.version++;
	if ((mode & ROUTE_MODE_REPLACE) && old && same_key(old, spec)) {
		unlink_route(net, old);
		free_route(old);
	}
	if ((route->flags & ROUTE_RA) && route->netif)
		route->netif->learned_routes++;
	if (route->expires)
		route_set_expiry(net, route, route->expires);
	net_changed(net, CHANGE_ROUTE, CHANGE_NEW, route);
}

int route_insert(struct net *net, struct route_spec *spec, unsigned int mode)
{
	struct route_table *table;
	struct trie_node *node;
	struct route *route;
	int err = check_spec(net, spec);

	if (err)
		return err;
	if (!spec->table)
		spec->table = TABLE_MAIN;
	table = make_table(net, spec->table);
	if (!table)
		return -ENOMEM;
	table->has6 |= !addr_is_ip4(&spec->prefix);
	node = trie_make(trie_of(table, &spec->prefix), &spec->prefix,
			 spec->bits);
	if (!node)
		return -ENOMEM;
	err = may_insert(node, spec, mode);
	if (!err) {
		route = new_route(spec);
		err = route ? 0 : -ENOMEM;
	}
	if (err) {
		if (!node->value)
			trie_drop(trie_of(table, &spec->prefix), node);
		return err;
	}
	link_route(net, route, node, spec, mode);
	return 0;
}

static bool described(const struct route *route, const struct route_spec *spec)
{
	const struct route_hop *hop = &spec->hops[0];

	if ((spec->type && route->type != spec->type) ||
	    (spec->protocol && route->protocol != spec->protocol) ||
	    (spec->scope != SCOPE_NOWHERE && route->scope != spec->scope) ||
	    (spec->metric && route->metric != spec->metric) ||
	    (spec->tos && route->tos != spec->tos))
		return false;
	if (!addr_is_any(&spec->source) &&
	    !addr_equal(&route->source, &spec->source))
		return false;
	if (spec->hop_count > 1)
		return same_hops(route, spec);
	if (!spec->hop_count)
		return true;
	return (!hop->netif || route->netif == hop->netif) &&
	       (addr_is_any(&hop->gateway) ||
		addr_equal(&route->gateway, &hop->gateway));
}

struct route *route_like(struct net *net, const struct route_spec *spec)
{
	uint32_t id = spec->table ? spec->table : TABLE_MAIN;
	struct route_table *table = find_table(net, id);
	struct trie_node *node;

	if (!table)
		return NULL;
	node = trie_find(trie_of(table, &spec->prefix), &spec->prefix,
			 spec->bits);
	if (!node)
		return NULL;
	for (struct route *r = node->value; r; r = r->next)
		if (described(r, spec))
			return r;
	return NULL;
}

int route_remove(struct net *net, const struct route_spec *spec)
{
	struct route *route = route_like(net, spec);

	if (!route)
		return -ESRCH;
	route_delete(net, route);
	return 0;
}

/* ---- what ends by itself ---- */

void route_set_expiry(struct net *net, struct route *route, nsec_t expires)
{
	struct timer *timer = &net->routes.expiry;

	route->expires = expires;
	if (expires && (!timer_is_armed(timer) || expires < timer->expires))
		timer_arm(net, timer, expires);
}

/* All are looked at, once a second at the most. */
static void expiry_due(struct net *net, struct timer *timer)
{
	nsec_t next = NSEC_NEVER;
	struct route *route;

	LIST_FOR_EACH_SAFE(route, &net->routes.all, list) {
		if (route->expires && route->expires <= net->now)
			route_delete(net, route);
		else if (route->expires)
			next = MIN(next, route->expires);
	}
	if (next != NSEC_NEVER)
		timer_arm(net, timer, MAX(next, net->now + NSEC_PER_SEC));
}

/* ---- the short forms ---- */

static void fill_spec(struct route_spec *spec, struct route_hop *hop,
		      const struct net_addr *prefix, unsigned int bits,
		      const struct net_addr *gateway, struct netif *netif)
{
	memset(spec, 0, sizeof *spec);
	memset(hop, 0, sizeof *hop);
	spec->hops = hop;
	spec->prefix = *prefix;
	spec->bits = route_bits(prefix, bits);
	spec->table = TABLE_MAIN;
	if (!gateway && !netif)
		return;
	spec->hop_count = 1;
	hop->netif = netif;
	if (gateway && !addr_is_any(gateway))
		hop->gateway = *gateway;
}

int route_add(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway, struct netif *netif,
	      uint32_t metric, uint8_t flags)
{
	struct route_spec spec;
	struct route_hop hop;

	if (bits > (addr_is_ip4(prefix) ? 32u : 128u))
		return -EINVAL;
	fill_spec(&spec, &hop, prefix, bits, gateway, netif);
	spec.type = ROUTE_UNICAST;
	spec.flags = flags;
	spec.metric = metric;
	spec.scope = gateway ? SCOPE_UNIVERSE : SCOPE_LINK;
	if (flags & ROUTE_CONNECTED)
		spec.protocol = ROUTE_BY_KERNEL;
	else
		spec.protocol = flags & ROUTE_DHCP ? ROUTE_BY_DHCP :
						     ROUTE_BY_BOOT;
	return route_insert(net, &spec, ROUTE_MODE_CREATE | ROUTE_MODE_APPEND);
}

int route_del(struct net *net, const struct net_addr *prefix, unsigned int bits,
	      const struct net_addr *gateway, struct netif *netif)
{
	struct route_spec spec;
	struct route_hop hop;

	fill_spec(&spec, &hop, prefix, bits, gateway, netif);
	spec.scope = SCOPE_NOWHERE;
	return route_remove(net, &spec);
}

static bool goes_by(const struct route *route, const struct netif *netif)
{
	if (route->netif == netif)
		return true;
	for (uint32_t i = 0; route->hops && i < route->hop_count; i++)
		if (route->hops[i].netif == netif)
			return true;
	return false;
}

void route_flush(struct net *net, struct netif *netif, uint8_t flags)
{
	struct route *route;

	LIST_FOR_EACH_SAFE(route, &net->routes.all, list)
		if (goes_by(route, netif) && (!flags || (route->flags & flags)))
			route_delete(net, route);
}

bool route_table_has6(struct net *net, uint32_t id)
{
	struct route_table *table = find_table(net, id ? id : TABLE_MAIN);

	return table && table->has6;
}

bool route_table_exists(struct net *net, uint32_t id)
{
	return find_table(net, id) != NULL;
}

/* Multipath: some hop is alive still. */
static bool goes_by_others(const struct route *route)
{
	for (uint32_t i = 0; route->hops && i < route->hop_count; i++)
		if (route->hops[i].netif->flags & NETIF_UP)
			return true;
	return false;
}

void route_flush_down(struct net *net, struct netif *netif)
{
	struct route *route;

	LIST_FOR_EACH_SAFE(route, &net->routes.all, list)
		if (goes_by(route, netif) && route->type != ROUTE_LOCAL &&
		    !goes_by_others(route))
			route_delete(net, route);
}

void route_flush_address(struct net *net, struct netif *netif,
			 const struct net_addr *addr, bool last)
{
	bool elsewhere = netif_of_address(net, addr) != NULL;
	struct route *route;

	LIST_FOR_EACH_SAFE(route, &net->routes.all, list)
		if (addr_is_ip4(&route->prefix) &&
		    ((last && goes_by(route, netif)) ||
		     (!elsewhere && route->table == TABLE_MAIN &&
		      addr_equal(&route->source, addr))))
			route_delete(net, route);
}

/* ---- finding ---- */

static int error_of(const struct route *route)
{
	switch (route->type) {
	case ROUTE_BLACKHOLE:
		return -EINVAL;
	case ROUTE_UNREACHABLE:
		return -EHOSTUNREACH;
	case ROUTE_PROHIBIT:
		return -EACCES;
	case ROUTE_THROW:
		return -EAGAIN;
	default:
		return 0;
	}
}

static bool hop_will_do(const struct netif *netif, const struct route_key *key,
			const struct route *route)
{
	/* One's own addresses answer for interfaces that are down, too. */
	if (!(netif->flags & NETIF_UP) && route->type != ROUTE_LOCAL)
		return false;
	return !key->out || key->out == netif;
}

/* Of several ways: by the flow's addresses, in proportion to the weights. */
static bool choose_hop(struct net *net, const struct route *route,
		       const struct route_key *key, struct route_answer *out)
{
	const struct route_hop *fallback = NULL;
	uint64_t h = hash_pair(net->secret.k0 ^ key->dst.q[1],
			       key->src.q[1] ^ key->dst.q[0]);
	uint32_t point = (uint32_t)(h % route->weights);

	for (uint32_t i = 0; i < route->hop_count; i++) {
		const struct route_hop *hop = &route->hops[i];
		uint32_t weight = MAX(hop->weight, 1u);
		bool here = point < weight;

		point -= here ? 0 : weight;
		if (!hop_will_do(hop->netif, key, route))
			continue;
		if (!fallback || here)
			fallback = hop;
		if (here)
			break;
	}
	if (!fallback)
		return false;
	out->netif = fallback->netif;
	out->gateway = fallback->gateway;
	return true;
}

static bool route_will_do(struct net *net, const struct route *route,
			  const struct route_key *key, struct route_answer *out)
{
	if ((route->tos && route->tos != key->tos) || route->scope < key->scope)
		return false;
	if (route->expires && route->expires <= net->now)
		return false;
	out->route = route;
	out->type = route->type;
	out->netif = route->netif;
	out->gateway = route->gateway;
	if (!route->hop_count)
		return true;
	if (route->hops)
		return choose_hop(net, route, key, out);
	return hop_will_do(route->netif, key, route);
}

int route_find_in(struct net *net, uint32_t id, const struct route_key *key,
		  struct route_answer *out)
{
	struct route_table *table = find_table(net, id);
	struct trie_node *node;

	if (!table)
		return -EAGAIN;
	node = trie_longest(trie_of(table, &key->dst), &key->dst);
	for (; node; node = trie_shorter(node))
		for (struct route *r = node->value; r; r = r->next)
			if (route_will_do(net, r, key, out))
				return error_of(r);
	return -EAGAIN;
}

struct netif *route_local_netif(struct net *net, const struct net_addr *addr)
{
	struct route_table *table = find_table(net, TABLE_LOCAL);
	struct trie_node *node = trie_longest(trie_of(table, addr), addr);

	for (; node; node = trie_shorter(node))
		for (struct route *r = node->value; r; r = r->next)
			if (r->type == ROUTE_LOCAL)
				return r->netif;
	return NULL;
}

int route_local_type(struct net *net, const struct net_addr *addr,
		     const struct netif *netif)
{
	struct route_table *table = find_table(net, TABLE_LOCAL);
	struct trie_node *node = trie_longest(trie_of(table, addr), addr);

	for (; node; node = trie_shorter(node))
		for (struct route *r = node->value; r; r = r->next)
			if (!netif || r->netif == netif)
				return r->type;
	return 0;
}
