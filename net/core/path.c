// SPDX-License-Identifier: MIT
/*
 * path_find(): the way to a destination as a sender sees it - interface, next
 * hop, source address, MTU. Rules are those of Linux's output route look-up:
 * an own address goes over loopback; a bound interface reaches what no route
 * knows on its link (IPv4); what ICMP told beats the table.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/core/route.h"
#include "net/core/source.h"

/* The source is one that may be written into a header. */
static int check_source(struct net *net, const struct path_key *key,
			struct netif **bound) ON_NET_THREAD
{
	const struct net_addr *source = &key->source;
	struct netif *owner;

	if (addr_is_any(source))
		return 0;
	if (addr_family(source) != addr_family(&key->dst) ||
	    addr_is_multicast(source) || addr_is_limited_broadcast(source))
		return -EINVAL;
	owner = netif_of_address(net, source);
	if (!owner && !key->any_source)
		return -EINVAL;
	/* A broadcast or multicast leaves where its source is at home. */
	if (!*bound && owner &&
	    (addr_is_multicast(&key->dst) ||
	     addr_is_limited_broadcast(&key->dst)))
		*bound = owner;
	return 0;
}

/* Without a route: all that a bound interface can do. */
static int assume_on_link(struct netif *bound, const struct path_key *key,
			  int err, struct net_path *out)
{
	bool may = addr_is_ip4(&key->dst) || addr_is_multicast(&key->dst);

	bool everyone = addr_is_multicast(&key->dst) ||
			addr_is_limited_broadcast(&key->dst);

	if (!bound || !may || err != -ENETUNREACH ||
	    ((bound->flags & NETIF_LOOPBACK) && !everyone))
		return err;
	out->netif = bound;
	out->broadcast = addr_is_limited_broadcast(&key->dst);
	return 0;
}

static void take_answer(struct net *net, const struct path_key *key,
			const struct route_answer *answer,
			struct net_path *out) ON_NET_THREAD
{
	out->netif = answer->netif;
	out->metrics = answer->route->metrics;
	if (!addr_is_any6(&answer->route->source))
		out->source = answer->route->source;
	if (answer->type == ROUTE_LOCAL || answer->type == ROUTE_ANYCAST) {
		out->local = true;
		out->anycast = answer->type == ROUTE_ANYCAST;
		out->netif = net->loopback;
		return;
	}
	out->broadcast = answer->type == ROUTE_BROADCAST ||
			 addr_is_limited_broadcast(&key->dst);
	if (!addr_is_any(&answer->gateway) && !out->multicast &&
	    !out->broadcast) {
		out->next_hop = answer->gateway;
		out->gateway = true;
	}
}

static int find_way(struct net *net, const struct path_key *key,
		    struct netif *bound, struct net_path *out) ON_NET_THREAD
{
	struct route_key question = { .dst = key->dst,
				      .src = key->source,
				      .out = bound,
				      .mark = key->mark,
				      .tos = key->tos & 0x1c,
				      .scope = key->on_link ? SCOPE_LINK : 0 };
	struct route_answer answer;
	int err;

	out->next_hop = key->dst;
	out->multicast = addr_is_multicast(&key->dst);
	/* An own address is reached whatever the socket is bound to. */
	if (addr_is_loopback(&key->dst) ||
	    route_local_type(net, &key->dst, NULL) == ROUTE_LOCAL)
		question.out = NULL;
	err = route_find(net, &question, &answer);
	if (err)
		return assume_on_link(bound, key, err, out);
	take_answer(net, key, &answer, out);
	return 0;
}

/* What ICMP has told, and what the route's metrics say. */
static void apply_exceptions(struct net *net, const struct path_key *key,
			     struct net_path *out) ON_NET_THREAD
{
	uint32_t own = out->metrics ? out->metrics->value[METRIC_MTU] : 0;
	struct exception *entry;

	out->mtu = out->netif->mtu;
	if (addr_is_ip4(&key->dst)) /* what IP's length field can tell */
		out->mtu = MIN(out->mtu, (uint32_t)PACKET_MAX);
	else if (out->netif->conf6.mtu)
		out->mtu = MIN(out->mtu, (uint32_t)out->netif->conf6.mtu);
	if (own)
		out->mtu = MIN(own, out->mtu);
	if (own && (out->metrics->value[METRIC_LOCK] & 1 << METRIC_MTU))
		out->mtu_locked = true;
	entry = exception_find(net, &key->dst);
	if (!entry || out->local)
		return;
	if (entry->mtu && entry->mtu < out->mtu) {
		out->mtu = entry->mtu;
		out->mtu_locked = entry->locked;
	}
	if (entry->netif == out->netif && !out->multicast) {
		out->next_hop = entry->gateway;
		out->gateway = true;
	}
}

static int choose_source(struct net *net, const struct path_key *key,
			 struct net_path *out) ON_NET_THREAD
{
	const struct netif_address *own;

	if (!addr_is_any(&key->source)) {
		out->source = key->source;
		return 0;
	}
	if (out->local && !out->anycast) {
		out->source = key->dst;
		return 0;
	}
	if (!addr_is_any6(&out->source))
		return 0;
	own = source_select(net, out->netif, &key->dst, &out->next_hop,
			    (enum source_wish)key->wish);
	if (own) {
		out->source = own->addr;
		return 0;
	}
	/* Broadcasting without an address: how DHCP begins. */
	out->source = addr_ip4(0);
	return addr_is_ip4(&key->dst) && (out->broadcast || out->multicast) ?
		       0 :
		       -EADDRNOTAVAIL;
}

int path_find_for(struct net *net, const struct path_key *key,
		  struct net_path *out)
{
	struct netif *bound = key->bound;
	int err;

	memset(out, 0, sizeof *out);
	if (bound && !(bound->flags & NETIF_UP))
		return -ENETUNREACH;
	err = check_source(net, key, &bound);
	if (!err)
		err = find_way(net, key, bound, out);
	if (err)
		return err;
	if (!(out->netif->flags & NETIF_UP))
		return -ENETUNREACH;
	/* A loopback address never leaves the host (RFC 1122 3.2.1.3). */
	if (addr_is_loopback(&key->source) &&
	    !(out->netif->flags & NETIF_LOOPBACK))
		return -EINVAL;
	apply_exceptions(net, key, out);
	out->gso_max = out->netif->gso_max;
	return choose_source(net, key, out);
}

int path_find(struct net *net, const struct net_addr *dst,
	      const struct net_addr *source, struct netif *bound,
	      struct net_path *out)
{
	struct path_key key = { .dst = *dst,
				.bound = bound,
				.any_source = true };

	if (source)
		key.source = *source;
	return path_find_for(net, &key, out);
}
