// SPDX-License-Identifier: MIT
/*
 * Stateless address configuration (RFC 4862) of one interface: a link-local
 * address when it comes up (unless addr_gen_mode says none), duplicate address
 * detection, the search for routers (RFC 4861 6.3.7, growing pauses as RFC 7559
 * has them), and what their advertisements bring: default routes, prefixes,
 * addresses, hop limit, MTU.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/group.h"
#include "net/ip/ndisc.h"

#define RETRANSMIT NSEC_PER_SEC
#define INTERVAL_MAX (3600 * NSEC_PER_SEC)
#define TWO_HOURS (7200 * NSEC_PER_SEC)
#define FOREVER 0xffffffffu
#define ATTEMPTS 3 /* IDGEN_RETRIES */
#define ROUTER_METRIC 1024 /* Linux's IP6_RT_PRIO_USER */
#define PREFIX_METRIC 256

static struct ndisc_link *link_of(struct netif *netif);
static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static struct ndisc_link *link_of(struct netif *netif)
{
	struct ndisc_link *link = netif->ndisc;

	if (link)
		return link;
	link = port_alloc(sizeof *link);
	if (!link)
		return NULL;
	link->netif = netif;
	timer_init(&link->timer, expired);
	timer_init(&link->temporary_timer, temporary_expired);
	netif->ndisc = link;
	return link;
}

void autoconf_forget(struct net *net, struct netif *netif)
{
	if (!netif->ndisc)
		return;
	timer_cancel(net, &netif->ndisc->timer);
	timer_cancel(net, &netif->ndisc->temporary_timer);
	port_free(netif->ndisc);
	netif->ndisc = NULL;
}

/* ---- addresses ---- */

/* `spec` has a prefix and lifetimes; the address, or NULL. */
static struct netif_address *generate(struct net *net, struct netif *netif,
				      struct netif_address *spec) ON_NET_THREAD
{
	const struct ndisc_link *link = netif->ndisc;

	interface_id_make(netif, &spec->addr, link ? link->attempts : 0);
	if (netif->conf6.addr_gen_mode >= GENERATE_STABLE)
		spec->flags |= ADDRESS_STABLE_PRIVACY;
	if (address_add(netif, spec))
		return NULL;
	autoconf_detect(net, netif);
	return netif_find_address(netif, &spec->addr);
}

static void add_link_local(struct net *net, struct netif *netif) ON_NET_THREAD
{
	struct netif_address spec = { .addr.b = { 0xfe, 0x80 },
				      .bits = 64,
				      .scope = SCOPE_LINK,
				      .protocol = ADDRESS_BY_KERNEL_LL,
				      .flags = ADDRESS_TENTATIVE };

	generate(net, netif, &spec);
}

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
	made = generate(net, netif, &spec);
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

/* ---- duplicate address detection (RFC 4862 5.4) ---- */

static bool probe_all(struct net *net, struct netif *netif) ON_NET_THREAD
{
	struct net_addr nobody = addr_any6();
	struct netif_address *a;
	bool any = false;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		struct net_addr group = solicited_node(&a->addr);

		if (!(a->flags & ADDRESS_TENTATIVE) ||
		    (a->flags & ADDRESS_FAILED))
			continue;
		ndisc_send_solicitation(net, netif, &nobody, &group, &a->addr);
		any = true;
	}
	return any;
}

static void accept_all(struct net *net, struct netif *netif) ON_NET_THREAD
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		struct address_change change = { netif, a };

		if (!(a->flags & ADDRESS_TENTATIVE) ||
		    (a->flags & ADDRESS_FAILED))
			continue;
		a->flags &= ~(uint32_t)ADDRESS_TENTATIVE;
		net_changed(net, CHANGE_ADDRESS, CHANGE_NEW, &change);
	}
}

void autoconf_detect(struct net *net, struct netif *netif)
{
	struct ndisc_link *link = link_of(netif);

	if (!link)
		return;
	link->probes = 0;
	timer_arm(net, &link->timer, net->now);
}

void autoconf_duplicate(struct net *net, struct netif *netif,
			struct netif_address *address)
{
	struct ndisc_link *link = netif->ndisc;
	char text[ADDR_TEXT_MAX];

	if (address->flags & ADDRESS_FAILED)
		return; /* it was said */
	address->flags |= ADDRESS_FAILED;
	addr_format(text, sizeof text, &address->addr);
	port_log(4, "%s: IPv6 duplicate address %s detected!", netif->name,
		 text);
	if (!link || !(address->flags & ADDRESS_STABLE_PRIVACY) ||
	    link->wants_another || link->attempts >= ATTEMPTS)
		return;
	link->attempts++;
	link->wants_another = true;
	link->another = *address;
	timer_arm(net, &link->timer, net->now);
}

/* RFC 7217 5: the next one of the same prefix. */
static void make_another(struct net *net, struct ndisc_link *link) ON_NET_THREAD
{
	struct netif_address spec = link->another;
	struct netif_address *failed;

	link->wants_another = false;
	failed = netif_find_address(link->netif, &spec.addr);
	if (failed)
		address_delete(failed);
	memset(spec.addr.b + 8, 0, 8);
	spec.flags &= ~(uint32_t)(ADDRESS_FAILED | ADDRESS_PERMANENT);
	spec.flags |= ADDRESS_TENTATIVE;
	spec.group_joined = false;
	generate(net, link->netif, &spec);
}

/* ---- routers ---- */

static const struct netif_address *link_local_of(const struct netif *netif)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_is_link_local6(&a->addr) && !addr_is_ip4(&a->addr) &&
		    !(a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)))
			return a;
	return NULL;
}

/* One that is being looked for duplicates of. */
static bool tentative_link_local(const struct netif *netif)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (addr_is_link_local6(&a->addr) && !addr_is_ip4(&a->addr) &&
		    (a->flags & ADDRESS_TENTATIVE) &&
		    !(a->flags & ADDRESS_FAILED))
			return true;
	return false;
}

static void solicit_routers(struct net *net,
			    struct ndisc_link *link) ON_NET_THREAD
{
	const struct netif_address *own = link_local_of(link->netif);
	const struct ip6_conf *conf = &link->netif->conf6;
	nsec_t first = conf->router_solicitation_interval * NSEC_PER_SEC;

	if (link->router_heard || !own || !conf->accept_ra ||
	    conf->forwarding ||
	    (conf->router_solicitations >= 0 &&
	     link->solicitations >= (uint32_t)conf->router_solicitations))
		return;
	ndisc_send_router_solicitation(net, link->netif, &own->addr);
	link->solicitations++;
	link->interval =
		link->interval ? MIN(link->interval * 2, INTERVAL_MAX) : first;
	timer_arm(net, &link->timer, net->now + link->interval);
}

static void expired(struct net *net, struct timer *timer)
{
	struct ndisc_link *link = container_of(timer, struct ndisc_link, timer);
	struct netif *netif = link->netif;

	if (!(netif->flags & NETIF_UP))
		return;
	if (link->wants_address) {
		link->wants_address = false;
		add_link_local(net, netif);
		return; /* it armed the timer again */
	}
	if (link->wants_another) {
		make_another(net, link);
		return;
	}
	if (netif->conf6.accept_dad &&
	    link->probes < (uint32_t)netif->conf6.dad_transmits &&
	    probe_all(net, netif)) {
		link->probes++;
		timer_arm(net, &link->timer, net->now + RETRANSMIT);
		return;
	}
	accept_all(net, netif);
	solicit_routers(net, link);
}

/* ---- what routers say ---- */

static void take_default(struct net *net, struct packet *packet,
			 uint32_t seconds) ON_NET_THREAD
{
	struct route_hop hop = { .netif = packet->netif,
				 .gateway = packet->src };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .table = TABLE_MAIN,
				   .protocol = ROUTE_BY_RA,
				   .flags = ROUTE_RA,
				   .metric = ROUTER_METRIC,
				   .hops = &hop,
				   .hop_count = 1 };

	spec.expires = net->now + seconds * NSEC_PER_SEC;
	route_remove(net, &spec);
	if (seconds)
		route_insert(net, &spec, ROUTE_MODE_CREATE);
}

static void on_link(struct net *net, struct netif *netif,
		    const struct net_addr *prefix, unsigned int bits,
		    uint32_t valid) ON_NET_THREAD
{
	struct route_hop hop = { .netif = netif };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .table = TABLE_MAIN,
				   .protocol = ROUTE_BY_KERNEL,
				   .flags = ROUTE_RA,
				   .metric = PREFIX_METRIC,
				   .prefix = *prefix,
				   .bits = bits,
				   .hops = &hop,
				   .hop_count = 1 };

	if (valid != FOREVER)
		spec.expires = net->now + valid * NSEC_PER_SEC;
	route_remove(net, &spec);
	if (valid)
		route_insert(net, &spec, ROUTE_MODE_CREATE);
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

static void take_prefix(struct net *net, struct netif *netif,
			const struct ndisc_option *option) ON_NET_THREAD
{
	const struct ip6_conf *conf = &netif->conf6;
	uint32_t valid, preferred;
	struct net_addr prefix;

	if (option->length < 32 || !conf->accept_ra_pinfo)
		return;
	valid = get_be32(option->bytes + 4);
	preferred = get_be32(option->bytes + 8);
	memcpy(prefix.b, option->bytes + 16, 16);
	if (preferred > valid || addr_is_link_local6(&prefix) ||
	    addr_is_multicast(&prefix) || option->bytes[2] > 128)
		return;
	if (option->bytes[3] & 0x80)
		on_link(net, netif, &prefix, option->bytes[2], valid);
	if ((option->bytes[3] & 0x40) && conf->autoconf &&
	    option->bytes[2] == 64)
		autonomous(net, netif, &prefix, preferred, valid);
}

static void take_mtu(struct netif *netif, const struct ndisc_option *option)
{
	uint32_t mtu = get_be32(option->bytes + 4);

	if (netif->conf6.accept_ra_mtu && mtu >= 1280 && mtu <= netif->mtu)
		netif->conf6.mtu = (int32_t)mtu;
}

/* Name servers, search lists (RFC 8106), captive portals (RFC 8910), NAT64
 * prefixes (RFC 8781). */
static bool is_for_programs(uint8_t type)
{
	return type == 25 || type == 31 || type == 37 || type == 38;
}

static void tell_programs(struct net *net, struct packet *packet,
			  const struct ndisc_option *option) ON_NET_THREAD
{
	struct nd_option_change change = { packet->netif, &packet->src,
					   option->bytes, option->length };

	net_changed(net, CHANGE_ND_OPTION, CHANGE_NEW, &change);
}

void autoconf_router(struct net *net, struct packet *packet,
		     const uint8_t *bytes, uint32_t length)
{
	struct netif *netif = packet->netif;
	struct ndisc_link *link = link_of(netif);
	struct ndisc_option option;
	uint32_t at = 0;
	bool bad = false;

	if (link)
		link->router_heard = true;
	if (bytes[4])
		netif->conf6.hop_limit = bytes[4];
	if (netif->conf6.accept_ra_defrtr)
		take_default(net, packet, get_be16(bytes + 6));
	while (ndisc_next_option(bytes + 16, length - 16, &at, &option, &bad)) {
		if (option.type == 3)
			take_prefix(net, netif, &option);
		else if (option.type == 5)
			take_mtu(netif, &option);
		else if (is_for_programs(option.type))
			tell_programs(net, packet, &option);
	}
}

/* ---- the link ---- */

void autoconf_link(struct net *net, struct netif *netif)
{
	bool up = netif->flags & NETIF_UP;
	struct ndisc_link *link;

	if (netif->type != NETIF_ETHERNET || netif->conf6.disable_ipv6)
		return;
	if (!up && netif->ndisc) {
		timer_cancel(net, &netif->ndisc->timer);
		netif->ndisc->router_heard = false;
		netif->ndisc->solicitations = 0;
		netif->ndisc->interval = 0;
	}
	if (!up || netif->conf6.addr_gen_mode == GENERATE_NONE)
		return;
	/* By the timer: whoever told us is in the midst of a change. */
	link = link_of(netif);
	if (!link || link_local_of(netif) || tentative_link_local(netif))
		return;
	link->wants_address = true;
	timer_arm(net, &link->timer, net->now);
}
