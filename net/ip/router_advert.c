// SPDX-License-Identifier: MIT
/*
 * What a router's advertisement brings (RFC 4861 6.3.4, RFC 4862 5.5.3, RFC
 * 4191): default routes and their preference, prefixes, addresses, routes to
 * more specific prefixes, hop limit, MTU, the neighbour table's times. Which of
 * these count is said by accept_ra_* of net/ipv6/conf/NAME.
 *
 * A link full of routers (or one who plays them all) adds LEARNED_ROUTES_MAX
 * routes at the most; what is known already is always renewed.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/ndisc.h"

#define TWO_HOURS (7200 * NSEC_PER_SEC)
#define FOREVER 0xffffffffu
#define ROUTE_METRIC 1024 /* Linux's IP6_RT_PRIO_USER */
#define PREFIX_METRIC 256
#define RETRANS_LEAST 10u /* milliseconds */
#define REACHABLE_LEAST 100u

enum {
	OPTION_PREFIX = 3,
	OPTION_MTU = 5,
	OPTION_ROUTE = 24,
};

/* An advertisement as it is worked on. */
struct advert {
	struct net *net;
	struct netif *netif;
	struct net_addr router;
	const uint8_t *bytes;
	bool ours; /* we sent it */
};

/* ---- routes ---- */

static nsec_t end_of(const struct net *net, uint32_t seconds)
{
	return seconds == FOREVER ? 0 : net->now + seconds * NSEC_PER_SEC;
}

/* Makes the route, or renews it; it goes when it is valid no more. */
static void learn(struct advert *ra, struct route_spec *spec,
		  uint32_t seconds) ON_NET_THREAD
{
	struct route *route = route_like(ra->net, spec);

	spec->expires = end_of(ra->net, seconds);
	if (route && seconds && route->preference == spec->preference &&
	    route->metric == spec->metric) {
		route_set_expiry(ra->net, route, spec->expires);
		return;
	}
	if (route)
		route_delete(ra->net, route);
	if (seconds && ra->netif->learned_routes < LEARNED_ROUTES_MAX)
		route_insert(ra->net, spec, ROUTE_MODE_CREATE);
}

/* RFC 4191 2.1: two bits, of which the reserved value is medium here (2.2). */
static uint8_t preference(uint8_t flags)
{
	static const uint8_t meant[] = { ROUTE_MEDIUM, ROUTE_HIGH, ROUTE_MEDIUM,
					 ROUTE_LOW };

	return meant[flags >> 3 & 3];
}

static bool too_short(const struct ip6_conf *conf, uint32_t seconds)
{
	return seconds && seconds < (uint32_t)conf->accept_ra_min_lft;
}

static void by_router(struct advert *ra, struct route_spec *spec, uint8_t flags,
		      uint32_t seconds) ON_NET_THREAD
{
	struct route_hop hop = { .netif = ra->netif, .gateway = ra->router };

	spec->type = ROUTE_UNICAST;
	spec->table = TABLE_MAIN;
	spec->protocol = ROUTE_BY_RA;
	spec->flags = ROUTE_RA;
	spec->preference = ra->netif->conf6.accept_ra_rtr_pref ?
				   preference(flags) :
				   ROUTE_MEDIUM;
	spec->hops = &hop;
	spec->hop_count = 1;
	learn(ra, spec, seconds);
}

static void take_default(struct advert *ra) ON_NET_THREAD
{
	const struct ip6_conf *conf = &ra->netif->conf6;
	struct route_spec spec = { .metric = (uint32_t)conf->ra_defrtr_metric };
	uint32_t seconds = get_be16(ra->bytes + 6);

	if (!conf->accept_ra_defrtr || ra->ours || too_short(conf, seconds))
		return;
	by_router(ra, &spec, ra->bytes[5], seconds);
}

void router_advert_forget(struct net *net, struct netif *netif,
			  const struct net_addr *router)
{
	struct route_hop hop = { .netif = netif, .gateway = *router };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .protocol = ROUTE_BY_RA,
				   .hops = &hop,
				   .hop_count = 1 };
	struct route *route;

	while ((route = route_like(net, &spec)))
		route_delete(net, route);
}

/* RFC 4191 2.3, with as much of the prefix as was sent. */
static void take_route(struct advert *ra,
		       const struct ndisc_option *option) ON_NET_THREAD
{
	const struct ip6_conf *conf = &ra->netif->conf6;
	uint32_t bits = option->bytes[2], seconds = get_be32(option->bytes + 4);
	struct route_spec spec = { .bits = bits, .metric = ROUTE_METRIC };

	if (!conf->accept_ra_rtr_pref || ra->ours || option->length > 24 ||
	    bits > 128 ||
	    option->length < (bits > 64 ? 24 :
			      bits	? 16 :
					  8) ||
	    (option->bytes[3] >> 3 & 3) == 2)
		return;
	if ((!bits && !conf->accept_ra_defrtr) ||
	    (int32_t)bits < conf->accept_ra_rt_info_min_plen ||
	    (int32_t)bits > conf->accept_ra_rt_info_max_plen ||
	    too_short(conf, seconds))
		return;
	memcpy(spec.prefix.b, option->bytes + 8, option->length - 8);
	addr_mask(&spec.prefix, bits);
	by_router(ra, &spec, option->bytes[3], seconds);
}

static void on_link(struct advert *ra, const struct net_addr *prefix,
		    unsigned int bits, uint32_t valid) ON_NET_THREAD
{
	struct route_hop hop = { .netif = ra->netif };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .table = TABLE_MAIN,
				   .protocol = ROUTE_BY_KERNEL,
				   .flags = ROUTE_RA,
				   .metric = PREFIX_METRIC,
				   .prefix = *prefix,
				   .bits = bits,
				   .hops = &hop,
				   .hop_count = 1 };

	addr_mask(&spec.prefix, bits);
	learn(ra, &spec, valid);
}

/* ---- addresses ---- */

static void add_global(struct net *net, struct netif *netif,
		       const struct net_addr *prefix, uint32_t preferred,
		       uint32_t valid) ON_NET_THREAD
{
	struct netif_address spec = { .addr = *prefix,
				      .bits = 64,
				      .scope = SCOPE_UNIVERSE,
				      .protocol = ADDRESS_BY_KERNEL_RA,
				      .flags = ADDRESS_TENTATIVE |
					       ADDRESS_MANAGE_TEMPORARY |
					       ADDRESS_ROUTER_TOLD };
	const struct netif_address *made;

	if (!temporary_room(netif))
		return;
	if (valid != FOREVER)
		spec.valid_until = net->now + valid * NSEC_PER_SEC;
	if (preferred != FOREVER)
		spec.preferred_until = net->now + preferred * NSEC_PER_SEC;
	made = autoconf_generate(netif, &spec);
	if (made)
		temporary_make(net, made);
}

static struct netif_address *address_in(struct netif *netif,
					const struct net_addr *prefix)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) &&
		    (a->flags & ADDRESS_MANAGE_TEMPORARY) &&
		    addr_in_prefix(&a->addr, prefix, 64))
			return a;
	return NULL;
}

/* RFC 4862 5.5.3: a new address, or new lifetimes for the old one. */
static void autonomous(struct net *net, struct netif *netif,
		       const struct net_addr *prefix, uint32_t preferred,
		       uint32_t valid) ON_NET_THREAD
{
	struct netif_address *a = address_in(netif, prefix);
	struct netif_address spec;
	nsec_t left;

	if (!a) {
		if (valid)
			add_global(net, netif, prefix, preferred, valid);
		return;
	}
	spec = *a;
	left = a->valid_until ? a->valid_until - net->now : INT64_MAX;
	/* (e): nobody may shorten it to less than two hours. */
	if (valid == FOREVER)
		spec.valid_until = 0;
	else if (valid * NSEC_PER_SEC > TWO_HOURS ||
		 valid * NSEC_PER_SEC > left)
		spec.valid_until = net->now + valid * NSEC_PER_SEC;
	else if (left > TWO_HOURS)
		spec.valid_until = net->now + TWO_HOURS;
	spec.preferred_until =
		preferred == FOREVER ? 0 : net->now + preferred * NSEC_PER_SEC;
	spec.flags &= ~(uint32_t)ADDRESS_DEPRECATED;
	if (!preferred)
		spec.flags |= ADDRESS_DEPRECATED;
	address_change(a, &spec);
	temporary_refresh(net, a);
}

static void take_prefix(struct advert *ra,
			const struct ndisc_option *option) ON_NET_THREAD
{
	const struct ip6_conf *conf = &ra->netif->conf6;
	uint32_t valid, preferred, bits = option->bytes[2];
	struct net_addr prefix;

	if (option->length < 32 || !conf->accept_ra_pinfo)
		return;
	valid = get_be32(option->bytes + 4);
	preferred = get_be32(option->bytes + 8);
	memcpy(prefix.b, option->bytes + 16, 16);
	if (preferred > valid || addr_is_link_local6(&prefix) ||
	    addr_is_multicast(&prefix) || bits > 128 || too_short(conf, valid))
		return;
	if (option->bytes[3] & 0x80)
		on_link(ra, &prefix, bits, valid);
	if ((option->bytes[3] & 0x40) && conf->autoconf && bits == 64)
		autonomous(ra->net, ra->netif, &prefix, preferred, valid);
}

/* ---- numbers ---- */

static void take_mtu(struct netif *netif, const struct ndisc_option *option)
{
	uint32_t mtu = get_be32(option->bytes + 4);

	if (netif->conf6.accept_ra_mtu && mtu >= 1280 && mtu <= netif->mtu)
		netif->conf6.mtu = (int32_t)mtu;
}

/* 0: the router does not say. Milliseconds. */
static void take_times(struct netif *netif, const uint8_t *bytes)
{
	uint32_t reachable = get_be32(bytes + 8),
		 retrans = get_be32(bytes + 12);

	if (retrans && retrans <= INT32_MAX)
		netif->neigh6.retrans = (int32_t)MAX(retrans, RETRANS_LEAST);
	if (!reachable || reachable > INT32_MAX / 3)
		return;
	reachable = MAX(reachable, REACHABLE_LEAST);
	if ((int32_t)reachable == netif->neigh6.base_reachable)
		return;
	netif->neigh6.base_reachable = (int32_t)reachable;
	netif->neigh6.gc_stale = (int32_t)reachable * 3;
}

static void take_numbers(struct netif *netif, const uint8_t *bytes)
{
	struct ip6_conf *conf = &netif->conf6;

	if (bytes[4] && bytes[4] >= conf->accept_ra_min_hop_limit)
		conf->hop_limit = bytes[4];
	take_times(netif, bytes);
}

/* Name servers, search lists (RFC 8106), captive portals (RFC 8910), NAT64
 * prefixes (RFC 8781). */
static bool is_for_programs(uint8_t type)
{
	return type == 25 || type == 31 || type == 37 || type == 38;
}

static void tell_programs(struct advert *ra,
			  const struct ndisc_option *option) ON_NET_THREAD
{
	struct nd_option_change change = { ra->netif, &ra->router,
					   option->bytes, option->length };

	net_changed(ra->net, CHANGE_ND_OPTION, CHANGE_NEW, &change);
}

void router_advert_take(struct net *net, struct packet *packet,
			const uint8_t *bytes, uint32_t length)
{
	struct netif *netif = packet->netif;
	struct advert ra = { .net = net,
			     .netif = netif,
			     .router = packet->src,
			     .bytes = bytes };
	struct ndisc_option option;
	uint32_t at = 0;
	bool bad = false;

	ra.ours = !netif->conf6.accept_ra_from_local &&
		  netif_of_address(net, &packet->src);
	if (netif->ndisc)
		netif->ndisc->router_heard = true;
	take_numbers(netif, bytes);
	take_default(&ra);
	while (ndisc_next_option(bytes + 16, length - 16, &at, &option, &bad)) {
		if (option.type == OPTION_PREFIX)
			take_prefix(&ra, &option);
		else if (option.type == OPTION_ROUTE)
			take_route(&ra, &option);
		else if (option.type == OPTION_MTU)
			take_mtu(netif, &option);
		else if (is_for_programs(option.type))
			tell_programs(&ra, &option);
	}
}
