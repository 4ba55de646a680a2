// SPDX-License-Identifier: MIT
/*
 * Addresses of interfaces: see address.h.
 */
#include "net/core/address.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/change.h"
#include "net/core/instance.h"
#include "net/core/route.h"

/* ---- Finding ---- */

struct netif_address *netif_find_address(struct netif *netif,
					 const struct net_addr *addr)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_equal(&a->addr, addr))
			return a;
	return NULL;
}

struct netif *netif_of_address(struct net *net, const struct net_addr *addr)
{
	if (addr_is_loopback(addr))
		return net->loopback;
	return route_local_netif(net, addr);
}

static const struct net_addr *prefix_of(const struct netif_address *a)
{
	return addr_is_any(&a->peer) || !addr_is_ip4(&a->addr) ? &a->addr :
								 &a->peer;
}

/* As its prefix's route says, whether or not the address has one to name. */
static bool is_last_of(const struct netif_address *a,
		       const struct net_addr *addr)
{
	uint32_t rest = a->bits < 31 ? UINT32_MAX >> a->bits : 0;

	return rest && addr_is_ip4(&a->addr) &&
	       (addr_to_ip4(prefix_of(a)) | rest) == addr_to_ip4(addr);
}

bool netif_is_broadcast(const struct netif *netif, const struct net_addr *addr)
{
	const struct netif_address *a;

	if (!addr_is_ip4(addr))
		return false;
	if (addr_is_limited_broadcast(addr))
		return true;
	LIST_FOR_EACH(a, &netif->addresses, list)
		if ((!addr_is_any(&a->broadcast) &&
		     addr_equal(&a->broadcast, addr)) ||
		    is_last_of(a, addr))
			return true;
	return false;
}

const struct netif_address *netif_source(const struct netif *netif,
					 const struct net_addr *peer)
{
	const struct netif_address *a, *first = NULL;
	int family = addr_family(peer);

	LIST_FOR_EACH(a, &netif->addresses, list) {
		if (addr_family(&a->addr) != family)
			continue;
		if (addr_in_prefix(peer, &a->addr,
				   route_bits(&a->addr, a->bits)))
			return a;
		if (!first)
			first = a;
	}
	return first;
}

/* ---- Routes ---- */

/* Linux's IP6_RT_PRIO_ADDRCONF, or what the administrator said. */
static uint32_t prefix_metric(const struct netif_address *a)
{
	if (a->metric)
		return a->metric;
	return addr_is_ip4(&a->addr) ? 0 : 256;
}

static bool same_subnet(const struct netif_address *a,
			const struct netif_address *b)
{
	return addr_is_ip4(&b->addr) && a->bits == b->bits &&
	       addr_in_prefix(prefix_of(a), prefix_of(b),
			      route_bits(&b->addr, b->bits));
}

/* The first of a subnet speaks for the secondary ones. */
static const struct netif_address *primary_of(const struct netif_address *a)
{
	const struct netif_address *b;

	if (a->flags & ADDRESS_SECONDARY)
		LIST_FOR_EACH(b, &a->netif->addresses, list)
			if (same_subnet(a, b) &&
			    !(b->flags & ADDRESS_SECONDARY))
				return b;
	return a;
}

/* A route of an address's own: to itself, its subnet, its broadcast. */
static void own_route(const struct netif_address *a, enum route_type type,
		      const struct net_addr *prefix, unsigned int bits,
		      bool add) ON_NET_THREAD
{
	struct route_hop hop = { .netif = a->netif };
	struct route_spec spec = {
		.prefix = *prefix,
		.bits = bits,
		.flags = ROUTE_CONNECTED,
		.type = (uint8_t)type,
		.scope = type == ROUTE_LOCAL ? SCOPE_HOST : SCOPE_LINK,
		.protocol = ROUTE_BY_KERNEL,
		.table = type == ROUTE_UNICAST ? TABLE_MAIN : TABLE_LOCAL,
		.hops = &hop,
		.hop_count = 1,
	};

	addr_mask(&spec.prefix, bits);
	if (addr_is_ip4(prefix))
		spec.source = primary_of(a)->addr;
	/* IPv4's goes with its address, which may be prolonged. */
	if (type == ROUTE_UNICAST && !addr_is_ip4(prefix))
		spec.expires = a->valid_until;
	if (type == ROUTE_UNICAST)
		spec.metric = prefix_metric(a);
	if (add)
		route_insert(a->netif->net, &spec,
			     ROUTE_MODE_CREATE | ROUTE_MODE_APPEND);
	else
		route_remove(a->netif->net, &spec);
}

/* Also of one address, but for ::1. */
static bool has_prefix(const struct netif_address *a, unsigned int bits)
{
	return addr_is_ip4(&a->addr) ? bits < 128 || !addr_is_any(&a->peer) :
				       !addr_is_loopback(&a->addr);
}

/* IPv6: another one keeps the subnet's route. */
static bool shares_prefix(const struct netif_address *a)
{
	const struct netif_address *b;

	if (addr_is_ip4(&a->addr))
		return false;
	LIST_FOR_EACH(b, &a->netif->addresses, list)
		if (b != a && !addr_is_ip4(&b->addr) && b->bits == a->bits &&
		    (b->flags &
		     (ADDRESS_PERMANENT | ADDRESS_NO_PREFIX_ROUTE)) &&
		    addr_in_prefix(&b->addr, &a->addr, a->bits))
			return true;
	return false;
}

static void prefix_route(const struct netif_address *a, bool add) ON_NET_THREAD
{
	const struct net_addr *prefix = prefix_of(a);
	unsigned int bits = route_bits(prefix, a->bits);
	bool ip4 = addr_is_ip4(prefix);

	if (ip4 && (a->netif->flags & NETIF_LOOPBACK) &&
	    addr_is_loopback(prefix) && a->bits < 32)
		own_route(a, ROUTE_LOCAL, prefix, bits, add);
	else if (has_prefix(a, bits) && (add || !shares_prefix(a)) &&
		 !(a->flags &
		   (ADDRESS_NO_PREFIX_ROUTE | ADDRESS_ROUTER_TOLD)) &&
		 !(ip4 && (a->flags & ADDRESS_SECONDARY)))
		own_route(a, ROUTE_UNICAST, prefix, bits, add);
}

static struct net_addr subnet_broadcast(const struct net_addr *addr,
					unsigned int bits)
{
	return addr_ip4(addr_to_ip4(addr) |
			(uint32_t)(UINT64_C(0xffffffff) >> bits));
}

static bool has_subnet_broadcast(const struct netif_address *a)
{
	return addr_is_ip4(&a->addr) && a->bits < 31 &&
	       !(a->flags & ADDRESS_SECONDARY);
}

/* Their routes have the same preferred source, and may be the same. */
static bool same_source(const struct netif_address *a,
			const struct netif_address *b)
{
	return addr_equal(&primary_of(a)->addr, &primary_of(b)->addr);
}

/* Another one has this broadcast address, too. */
static bool shares_broadcast(const struct netif_address *a,
			     const struct net_addr *addr)
{
	const struct netif_address *b;

	LIST_FOR_EACH(b, &a->netif->addresses, list) {
		struct net_addr last;

		if (b == a || !addr_is_ip4(&b->addr) || !same_source(a, b) ||
		    (b->flags & ADDRESS_ASIDE))
			continue;
		if (addr_equal(&b->broadcast, addr))
			return true;
		last = subnet_broadcast(prefix_of(b), b->bits);
		if (has_subnet_broadcast(b) && addr_equal(&last, addr))
			return true;
	}
	return false;
}

static void broadcast_route(const struct netif_address *a,
			    const struct net_addr *addr, bool add) ON_NET_THREAD
{
	if (add || !shares_broadcast(a, addr))
		own_route(a, ROUTE_BROADCAST, addr, 128, add);
}

/* IPv4 may have the very address once more, in another subnet. */
static bool is_doubled(const struct netif_address *a)
{
	const struct netif_address *b;

	LIST_FOR_EACH(b, &a->netif->addresses, list)
		if (b != a && addr_equal(&b->addr, &a->addr) &&
		    same_source(a, b) && !(b->flags & ADDRESS_ASIDE))
			return true;
	return false;
}

static void address_routes(const struct netif_address *a,
			   bool add) ON_NET_THREAD
{
	/* One that is looked for duplicates of is nobody's yet (RFC 4862 5.4).
	 */
	if (add ? !(a->flags & ADDRESS_TENTATIVE) : !is_doubled(a))
		own_route(a, ROUTE_LOCAL, &a->addr, 128, add);
	if ((add && !(a->netif->flags & NETIF_UP)) ||
	    addr_is_multicast(&a->addr))
		return; /* the rest comes when it goes up */
	prefix_route(a, add);
	if (!addr_is_ip4(&a->addr) && !addr_is_any(&a->peer))
		own_route(a, ROUTE_UNICAST, &a->peer, 128, add);
	if (!addr_is_any(&a->broadcast))
		broadcast_route(a, &a->broadcast, add);
	/* The subnet's own, whatever the administrator said. */
	if (has_subnet_broadcast(a)) {
		struct net_addr last = subnet_broadcast(prefix_of(a), a->bits);

		broadcast_route(a, &last, add);
	}
}

uint8_t address_scope(const struct net_addr *addr)
{
	if (addr_is_loopback(addr))
		return SCOPE_HOST;
	return !addr_is_ip4(addr) && addr_is_link_local6(addr) ? SCOPE_LINK :
								 SCOPE_UNIVERSE;
}

/* ---- Adding ---- */

/* IPv4: primary ones by scope, the narrower first; secondary ones at the end. */
static bool goes_before4(const struct netif_address *address,
			 const struct netif_address *a)
{
	if (!addr_is_ip4(&a->addr))
		return true;
	if (address->flags & ADDRESS_SECONDARY)
		return false;
	return (a->flags & ADDRESS_SECONDARY) || a->scope < address->scope;
}

/* IPv6: the wider scope first, and the newest of a scope. */
static bool goes_before6(const struct netif_address *address,
			 const struct netif_address *a)
{
	return !addr_is_ip4(&a->addr) && a->scope >= address->scope;
}

/* Its place among the interface's addresses. */
static void place(struct netif *netif, struct netif_address *address)
{
	struct netif_address *a;
	bool ip4 = addr_is_ip4(&address->addr);

	LIST_FOR_EACH(a, &netif->addresses, list) {
		bool behind = ip4 ? goes_before4(address, a) :
				    goes_before6(address, a);

		if (behind) {
			list_push_back(&a->list, &address->list);
			return;
		}
	}
	list_push_back(&netif->addresses, &address->list);
}

static void insert(struct netif *netif, struct netif_address *address)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_is_ip4(&address->addr) && same_subnet(address, a))
			address->flags |= ADDRESS_SECONDARY;
	place(netif, address);
}

static void tell(struct netif_address *a, enum change_how how) ON_NET_THREAD
{
	struct address_change change = { a->netif, a };

	net_changed(a->netif->net, CHANGE_ADDRESS, how, &change);
}

static void check_lifetimes(struct net *net) ON_NET_THREAD
{
	nsec_t next = address_expire(net);

	if (next == NSEC_NEVER)
		timer_cancel(net, &net->address_timer);
	else
		timer_arm(net, &net->address_timer, next);
}

/* The very one: IPv4 may have an address several times, in other subnets. */
struct netif_address *address_like(struct netif *netif,
				   const struct netif_address *spec)
{
	struct netif_address *a;

	if (!addr_is_ip4(&spec->addr))
		return netif_find_address(netif, &spec->addr);
	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_equal(&a->addr, &spec->addr) && same_subnet(spec, a))
			return a;
	return NULL;
}

int address_add(struct netif *netif, const struct netif_address *spec)
{
	const struct net_addr *addr = &spec->addr;
	struct net *net = netif->net;
	struct netif_address *a;

	if (spec->bits > (addr_is_ip4(addr) ? 32 : 128) || addr_is_any(addr) ||
	    (addr_is_multicast(addr) && !addr_is_ip4(addr)) ||
	    addr_is_limited_broadcast(addr))
		return -EINVAL;
	if (address_like(netif, spec))
		return -EEXIST;
	a = port_alloc(sizeof *a);
	if (!a)
		return -ENOBUFS;
	*a = *spec;
	a->netif = netif;
	a->created = a->updated = net->now;
	a->group_joined = false;
	a->probes = 0;
	a->probe_due = 0;
	a->flags &= ~(uint32_t)ADDRESS_PERMANENT;
	if (addr_is_ip4(addr)) /* nobody asks for duplicates of these */
		a->flags &= ~(uint32_t)(ADDRESS_SECONDARY | ADDRESS_NO_DAD);
	if (!a->valid_until)
		a->flags |= ADDRESS_PERMANENT;
	insert(netif, a);
	address_routes(a, true);
	tell(a, CHANGE_NEW);
	if (a->valid_until || a->preferred_until)
		check_lifetimes(net);
	return 0;
}

int netif_add_address(struct netif *netif, const struct net_addr *addr,
		      unsigned int bits)
{
	struct netif_address spec = { .addr = *addr,
				      .bits = (uint8_t)MIN(bits, 255u),
				      .scope = address_scope(addr) };

	if (addr_is_ip4(addr) && bits < 31 &&
	    !(netif->flags & NETIF_LOOPBACK)) {
		spec.broadcast = subnet_broadcast(addr, bits);
	}
	return address_add(netif, &spec);
}

int address_claim(struct netif *netif, const struct netif_address *spec)
{
	struct netif_address wanted = *spec;

	if (!addr_is_ip4(&spec->addr) && netif->type == NETIF_ETHERNET &&
	    !(netif->flags & NETIF_NOARP) && !(spec->flags & ADDRESS_NO_DAD))
		wanted.flags |= ADDRESS_TENTATIVE;
	return address_add(netif, &wanted);
}

/* IPv4: only lifetimes and the metric may change (Linux). */
static void change4(struct netif_address *a,
		    const struct netif_address *spec) ON_NET_THREAD
{
	bool up = a->netif->flags & NETIF_UP;

	a->flags &= ~(uint32_t)(ADDRESS_PERMANENT | ADDRESS_DEPRECATED);
	if (a->metric == spec->metric)
		return;
	if (up)
		prefix_route(a, false);
	a->metric = spec->metric;
	if (up)
		prefix_route(a, true);
}

static void change6(struct netif_address *a,
		    const struct netif_address *spec) ON_NET_THREAD
{
	const uint32_t keep = ADDRESS_SECONDARY | ADDRESS_TENTATIVE |
			      ADDRESS_FAILED | ADDRESS_PRIVATE;

	address_routes(a, false);
	a->metric = spec->metric;
	a->flags = (a->flags & keep) |
		   (spec->flags & ~(keep | (uint32_t)ADDRESS_PERMANENT));
	address_routes(a, true);
}

void address_change(struct netif_address *a, const struct netif_address *spec)
{
	a->preferred_until = spec->preferred_until;
	a->valid_until = spec->valid_until;
	if (addr_is_ip4(&a->addr))
		change4(a, spec);
	else
		change6(a, spec);
	if (!a->valid_until)
		a->flags |= ADDRESS_PERMANENT;
	a->updated = a->netif->net->now;
	tell(a, CHANGE_NEW);
	/* Soon, not here: the caller may be walking the addresses. */
	timer_arm(a->netif->net, &a->netif->net->address_timer,
		  a->netif->net->now);
}

void address_accept(struct netif_address *a)
{
	if (!(a->flags & ADDRESS_TENTATIVE))
		return;
	a->flags &= ~(uint32_t)ADDRESS_TENTATIVE;
	own_route(a, ROUTE_LOCAL, &a->addr, 128, true);
	tell(a, CHANGE_NEW);
}

/* ---- Removing ---- */

static bool has_ip4(const struct netif *netif)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_is_ip4(&a->addr))
			return true;
	return false;
}

static void drop(struct netif_address *a) ON_NET_THREAD
{
	address_routes(a, false);
	list_remove(&a->list);
	if (addr_is_ip4(&a->addr))
		route_flush_address(a->netif->net, a->netif, &a->addr,
				    !has_ip4(a->netif));
	tell(a, CHANGE_GONE);
	port_free(a);
}

static bool is_secondary_of(const struct netif_address *b,
			    const struct netif_address *a)
{
	return b != a && (b->flags & ADDRESS_SECONDARY) &&
	       addr_is_ip4(&b->addr) && same_subnet(b, a);
}

static struct netif_address *secondary_of(const struct netif_address *a)
{
	struct netif_address *b;

	LIST_FOR_EACH(b, &a->netif->addresses, list)
		if (is_secondary_of(b, a))
			return b;
	return NULL;
}

/* A secondary one takes the place of its primary one. The routes of all in the
 * subnet have the primary one for their preferred source. */
static void replace_primary(struct netif_address *a,
			    struct netif_address *next) ON_NET_THREAD
{
	struct netif *netif = a->netif;
	struct netif_address *b;

	LIST_FOR_EACH(b, &netif->addresses, list) {
		if (!is_secondary_of(b, a))
			continue;
		address_routes(b, false);
		b->flags |= ADDRESS_ASIDE;
	}
	drop(a);
	list_remove(&next->list);
	next->flags &= ~(uint32_t)(ADDRESS_SECONDARY | ADDRESS_ASIDE);
	place(netif, next);
	tell(next, CHANGE_NEW);
	address_routes(next, true);
	LIST_FOR_EACH(b, &netif->addresses, list) {
		if (!is_secondary_of(b, next))
			continue;
		b->flags &= ~(uint32_t)ADDRESS_ASIDE;
		address_routes(b, true);
	}
}

void address_delete(struct netif_address *a)
{
	struct netif_address *b;

	if (addr_is_ip4(&a->addr) && !(a->flags & ADDRESS_SECONDARY)) {
		b = secondary_of(a);
		if (b && conf_any(a->netif, promote_secondaries)) {
			replace_primary(a, b);
			return;
		}
		while ((b = secondary_of(a)))
			drop(b);
	}
	drop(a);
}

int netif_del_address(struct netif *netif, const struct net_addr *addr)
{
	struct netif_address *a = netif_find_address(netif, addr);

	if (!a)
		return -EADDRNOTAVAIL;
	address_delete(a);
	return 0;
}

void address_flush(struct netif *netif, int family)
{
	struct netif_address *a;

	LIST_FOR_EACH_SAFE(a, &netif->addresses, list)
		if (!family || addr_family(&a->addr) == family)
			drop(a);
}

/* ---- Up and down ---- */

void address_link_changed(struct netif *netif, bool up)
{
	struct netif_address *a;

	if (!up) {
		route_flush_down(netif->net, netif);
		if (!(netif->flags & NETIF_LOOPBACK))
			address_flush(netif, NET_IP6);
		return;
	}
	LIST_FOR_EACH(a, &netif->addresses, list)
		address_routes(a, true);
}

/* ---- Lifetimes ---- */

static nsec_t expire_in(struct netif *netif, nsec_t now) ON_NET_THREAD
{
	struct netif_address *a;
	nsec_t next = NSEC_NEVER;

	LIST_FOR_EACH_SAFE(a, &netif->addresses, list) {
		if (a->valid_until && a->valid_until <= now) {
			drop(a);
			continue;
		}
		if (a->preferred_until && a->preferred_until <= now) {
			if (!(a->flags & ADDRESS_DEPRECATED)) {
				a->flags |= ADDRESS_DEPRECATED;
				tell(a, CHANGE_NEW);
			}
		} else if (a->preferred_until) {
			next = MIN(next, a->preferred_until);
		}
		if (a->valid_until)
			next = MIN(next, a->valid_until);
	}
	return next;
}

nsec_t address_expire(struct net *net)
{
	nsec_t next = NSEC_NEVER;
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		next = MIN(next, expire_in(netif, net->now));
	return next;
}

static void timer_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void timer_due(struct net *net, struct timer *timer)
{
	check_lifetimes(net);
}

void address_timer_init(struct net *net)
{
	timer_init(&net->address_timer, timer_due);
}
