// SPDX-License-Identifier: MIT
/* Anycast addresses: see anycast.h. */
#include "net/ip/anycast.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/listing.h"
#include "net/core/route.h"
#include "net/ip/dgram.h"
#include "net/ip/group.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"

#define SHARES_MAX 256 /* of a socket; Linux: as its option memory allows */

/* A socket's, one of each join: in dgram6->anycasts. */
struct anycast_share {
	struct list list;
	struct net_addr addr;
	uint64_t serial; /* of the interface */
	uint32_t netif; /* the index that it has or had */
};

/* ---- an interface's ---- */

static struct anycast *find(const struct netif *netif,
			    const struct net_addr *addr)
{
	struct anycast *a;

	LIST_FOR_EACH(a, &netif->anycasts, list)
		if (addr_equal(&a->addr, addr))
			return a;
	return NULL;
}

const struct anycast *anycast_find(const struct netif *netif,
				   const struct net_addr *addr)
{
	return find(netif, addr);
}

static void route(struct netif *netif, const struct net_addr *addr,
		  bool add) ON_NET_THREAD
{
	struct route_hop hop = { .netif = netif };
	struct route_spec spec = { .prefix = *addr,
				   .bits = 128,
				   .type = ROUTE_ANYCAST,
				   .protocol = ROUTE_BY_KERNEL,
				   .table = TABLE_LOCAL,
				   .flags = ROUTE_CONNECTED,
				   .hops = &hop,
				   .hop_count = 1 };

	if (add)
		route_insert(netif->net, &spec, ROUTE_MODE_CREATE);
	else
		route_remove(netif->net, &spec);
}

/* Who asks for its link address asks this group. */
static int listen(struct netif *netif, const struct net_addr *addr,
		  bool add) ON_NET_THREAD
{
	struct group_filter all = { .exclude = true };
	struct net_addr group = solicited_node(addr);

	if (netif->type != NETIF_ETHERNET)
		return 0;
	return group_update(netif, &group, add ? NULL : &all,
			    add ? &all : NULL);
}

static struct anycast *make(struct netif *netif,
			    const struct net_addr *addr) ON_NET_THREAD
{
	struct anycast *a = find(netif, addr);

	if (a)
		return a;
	a = port_alloc(sizeof *a);
	if (!a || listen(netif, addr, true)) {
		port_free(a);
		return NULL;
	}
	a->addr = *addr;
	list_push_front(&netif->anycasts, &a->list);
	netif->net->ip->anycasts++;
	route(netif, addr, true);
	return a;
}

static void forget(struct netif *netif, struct anycast *a)
{
	list_remove(&a->list);
	netif->net->ip->anycasts--;
	port_free(a);
}

static void check(struct netif *netif, struct anycast *a) ON_NET_THREAD
{
	if (a->sockets || a->subnets)
		return;
	route(netif, &a->addr, false);
	listen(netif, &a->addr, false);
	forget(netif, a);
}

void anycast_flush(struct netif *netif)
{
	struct anycast *a;

	LIST_FOR_EACH_SAFE(a, &netif->anycasts, list)
		forget(netif, a);
}

/* ---- a router's ---- */

/* RFC 4291 2.6.1; where prefixes of 127 bits leave no room, there is none (RFC
 * 6164). */
static bool subnet_router(const struct netif_address *address,
			  struct net_addr *addr)
{
	if (addr_is_ip4(&address->addr) || address->bits >= 127 ||
	    (address->flags & ADDRESS_TENTATIVE))
		return false;
	*addr = address->addr;
	addr_mask(addr, address->bits);
	return !addr_is_any6(addr);
}

static void count_subnets(struct netif *netif) ON_NET_THREAD
{
	const struct netif_address *address;
	struct net_addr addr;
	struct anycast *a;

	LIST_FOR_EACH(address, &netif->addresses, list) {
		if (!subnet_router(address, &addr))
			continue;
		a = make(netif, &addr);
		if (a)
			a->subnets++;
	}
}

/* All anew; routes may have gone while the interface was down. */
void anycast_forwarding(struct netif *netif)
{
	struct anycast *a;

	netif->anycasts_stale = false;
	LIST_FOR_EACH(a, &netif->anycasts, list)
		a->subnets = 0;
	if (netif->conf6.forwarding)
		count_subnets(netif);
	LIST_FOR_EACH_SAFE(a, &netif->anycasts, list) {
		if (netif->flags & NETIF_UP)
			route(netif, &a->addr, true);
		check(netif, a);
	}
}

static void timer_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void timer_due(struct net *net, struct timer *timer)
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (netif->anycasts_stale)
			anycast_forwarding(netif);
}

void anycast_init(struct net *net)
{
	timer_init(&net->ip->anycast_timer, timer_due);
}

/* By the timer: whoever told us is in the midst of a change. */
void anycast_changed(struct netif *netif)
{
	struct net *net = netif->net;

	if (!netif->conf6.forwarding && list_empty(&netif->anycasts))
		return;
	netif->anycasts_stale = true;
	timer_arm(net, &net->ip->anycast_timer, net->now);
}

/* ---- sockets' ---- */

/* Whose link it is to be on when the program does not say. */
static int guess(struct net *net, const struct net_addr *addr,
		 struct netif **netif) ON_NET_THREAD
{
	struct route_key key = { .dst = *addr };
	struct route_answer answer;
	struct netif *any;

	*netif = NULL;
	if (!route_find(net, &key, &answer)) {
		*netif = answer.netif;
		return 0;
	}
	if (!net->tunables.ip.all6.forwarding)
		return -EADDRNOTAVAIL;
	LIST_FOR_EACH(any, &net->netifs, list)
		if ((any->flags & (NETIF_UP | NETIF_LOOPBACK)) == NETIF_UP) {
			*netif = any;
			return 0;
		}
	return -ENODEV;
}

static bool on_link(const struct netif *netif, const struct net_addr *addr)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) &&
		    addr_in_prefix(addr, &a->addr, a->bits))
			return true;
	return false;
}

/* NULL: no memory, or too many of them. */
static struct anycast_share *new_share(struct dgram6 *six)
{
	const struct anycast_share *share;
	uint32_t count = 0;

	if (!six)
		return NULL;
	LIST_FOR_EACH(share, &six->anycasts, list)
		count++;
	return count < SHARES_MAX ? port_alloc(sizeof *share) : NULL;
}

static int join(struct endpoint *ep, uint32_t index,
		const struct net_addr *addr) ON_NET_THREAD
{
	struct dgram6 *six = dgram_six(ep);
	struct netif *netif = index ? netif_by_index(ep->net, index) : NULL;
	struct anycast_share *share;
	struct anycast *a;
	int err = 0;

	if (addr_is_multicast(addr) || netif_of_address(ep->net, addr))
		return -EINVAL;
	if (!index)
		err = guess(ep->net, addr, &netif);
	if (err)
		return err;
	if (!netif)
		return -ENODEV;
	/* A host takes part in subnets that it is in. */
	if (!on_link(netif, addr) && !netif->conf6.forwarding)
		return -EADDRNOTAVAIL;
	share = new_share(six);
	if (!share)
		return -ENOMEM;
	a = make(netif, addr);
	if (!a) {
		port_free(share);
		return -ENOMEM;
	}
	a->sockets++;
	share->addr = *addr;
	share->serial = netif->serial;
	share->netif = netif->index;
	list_push_front(&six->anycasts, &share->list);
	return 0;
}

static void leave(struct net *net, struct anycast_share *share) ON_NET_THREAD
{
	struct netif *netif = netif_by_serial(net, share->serial);
	struct anycast *a = netif ? find(netif, &share->addr) : NULL;

	if (a && a->sockets) {
		a->sockets--;
		check(netif, a);
	}
	list_remove(&share->list);
	port_free(share);
}

int anycast_set(struct endpoint *ep, bool wanted, const void *value,
		uint32_t length)
{
	struct dgram6 *six = dgram_of(ep)->six;
	struct anycast_share *share;
	struct net_addr addr;
	uint32_t index;

	if (length < 20)
		return -EINVAL;
	memcpy(addr.b, value, 16);
	memcpy(&index, (const uint8_t *)value + 16, 4);
	if (wanted)
		return join(ep, index, &addr);
	if (six)
		LIST_FOR_EACH_SAFE(share, &six->anycasts, list) {
			if ((index && share->netif != index) ||
			    !addr_equal(&share->addr, &addr))
				continue;
			leave(ep->net, share);
			return 0;
		}
	return -ENOENT;
}

void anycast_release(struct endpoint *ep)
{
	struct dgram6 *six = dgram_of(ep)->six;
	struct anycast_share *share;

	if (six)
		LIST_FOR_EACH_SAFE(share, &six->anycasts, list)
			leave(ep->net, share);
}

uint32_t anycast_list(struct net *net, struct anycast_info *out,
		      uint32_t capacity)
{
	const struct netif *netif;
	const struct anycast *a;
	uint32_t n = 0;

	LIST_FOR_EACH(netif, &net->netifs, list)
		LIST_FOR_EACH(a, &netif->anycasts, list) {
			if (n++ >= capacity)
				continue;
			out[n - 1] = (struct anycast_info){
				.netif = netif->index,
				.users = a->sockets + a->subnets,
				.addr = a->addr,
			};
			memcpy(out[n - 1].name, netif->name,
			       sizeof out[n - 1].name);
		}
	return n;
}
