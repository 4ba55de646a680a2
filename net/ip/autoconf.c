// SPDX-License-Identifier: MIT
/*
 * Stateless address configuration (RFC 4862) of one interface: a link-local
 * address when it comes up (unless addr_gen_mode says none), duplicate address
 * detection, and the search for routers (RFC 4861 6.3.7, growing pauses as RFC
 * 7559 has them). One timer does it all: each address knows when its next
 * question is due, the link when its own is. What routers answer is
 * router_advert.c's.
 */
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/group.h"
#include "net/ip/ndisc.h"

#define RETRANSMIT_LEAST (10 * NSEC_PER_MSEC)
#define INTERVAL_MAX (3600 * NSEC_PER_SEC)
#define ATTEMPTS 3 /* IDGEN_RETRIES */

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

struct netif_address *autoconf_generate(struct netif *netif,
					struct netif_address *spec)
{
	const struct ndisc_link *link = netif->ndisc;

	interface_id_make(netif, &spec->addr, link ? link->attempts : 0);
	if (netif->conf6.addr_gen_mode >= GENERATE_STABLE)
		spec->flags |= ADDRESS_STABLE_PRIVACY;
	if (address_add(netif, spec))
		return NULL;
	return netif_find_address(netif, &spec->addr);
}

/* False: there is no memory for it. */
static bool add_link_local(struct netif *netif) ON_NET_THREAD
{
	struct netif_address spec = { .addr.b = { 0xfe, 0x80 },
				      .bits = 64,
				      .scope = SCOPE_LINK,
				      .protocol = ADDRESS_BY_KERNEL_LL,
				      .flags = ADDRESS_TENTATIVE };

	return autoconf_generate(netif, &spec) ||
	       netif_find_address(netif, &spec.addr);
}

/* ---- duplicate address detection (RFC 4862 5.4) ---- */

static bool is_asked_for(const struct netif_address *a)
{
	return (a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)) ==
	       ADDRESS_TENTATIVE;
}

/* One address's turn: asked for once more, or ours. When it is due again. */
static nsec_t probe(struct net *net, struct netif *netif,
		    struct netif_address *a) ON_NET_THREAD
{
	struct net_addr nobody = addr_any6(), group = solicited_node(&a->addr);
	const struct ip6_conf *conf = &netif->conf6;

	if (a->probe_due > net->now)
		return a->probe_due;
	if (!conf->accept_dad || (netif->flags & NETIF_NOARP) ||
	    a->probes >= (uint32_t)conf->dad_transmits) {
		address_accept(a);
		return NSEC_NEVER;
	}
	ndisc_send_solicitation(net, netif, &nobody, &group, &a->addr);
	a->probes++;
	a->probe_due = net->now + MAX(netif->neigh6.retrans * NSEC_PER_MSEC,
				      RETRANSMIT_LEAST);
	return a->probe_due;
}

static nsec_t probe_all(struct net *net, struct netif *netif) ON_NET_THREAD
{
	struct netif_address *a;
	nsec_t next = NSEC_NEVER;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) && is_asked_for(a))
			next = MIN(next, probe(net, netif, a));
	return next;
}

void autoconf_detect(struct net *net, struct netif *netif)
{
	struct ndisc_link *link = link_of(netif);

	if (link)
		timer_arm(net, &link->timer, net->now);
}

/* RFC 4862 5.4.5: the address was made of a MAC that somebody else has, too. */
static bool is_hopeless(const struct netif *netif,
			const struct netif_address *address)
{
	struct net_addr own = address->addr;

	if (netif->conf6.accept_dad < 2 || !addr_is_link_local6(&own) ||
	    netif->conf6.addr_gen_mode != GENERATE_EUI64)
		return false;
	interface_id_make(netif, &own, 0);
	return addr_equal(&own, &address->addr);
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
	if (link && is_hopeless(netif, address)) {
		link->gives_up = true;
		timer_arm(net, &link->timer, net->now);
	}
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
	autoconf_generate(link->netif, &spec);
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

/* One that is being looked for duplicates of; `link_local` alone or any. */
static bool has_tentative(const struct netif *netif, bool link_local)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) && is_asked_for(a) &&
		    (!link_local || addr_is_link_local6(&a->addr)))
			return true;
	return false;
}

bool autoconf_heeds_routers(const struct netif *netif)
{
	const struct ip6_conf *conf = &netif->conf6;

	return conf->accept_ra && (!conf->forwarding || conf->accept_ra == 2);
}

/* When to ask once more. */
static nsec_t solicit_routers(struct net *net,
			      struct ndisc_link *link) ON_NET_THREAD
{
	const struct netif_address *own = link_local_of(link->netif);
	const struct ip6_conf *conf = &link->netif->conf6;
	nsec_t first = conf->router_solicitation_interval * NSEC_PER_SEC;

	if (link->router_heard || !own ||
	    !autoconf_heeds_routers(link->netif) ||
	    (conf->router_solicitations >= 0 &&
	     link->solicitations >= (uint32_t)conf->router_solicitations))
		return NSEC_NEVER;
	if (link->solicit_due > net->now)
		return link->solicit_due;
	ndisc_send_router_solicitation(net, link->netif, &own->addr);
	link->solicitations++;
	link->interval =
		link->interval ? MIN(link->interval * 2, INTERVAL_MAX) : first;
	link->solicit_due = net->now + link->interval;
	return link->solicit_due;
}

/* What could not be done when it came up, once a second. */
static nsec_t make_link_local(struct net *net,
			      struct ndisc_link *link) ON_NET_THREAD
{
	if (link->wants_address)
		link->wants_address = !add_link_local(link->netif);
	return link->wants_address ? net->now + NSEC_PER_SEC : NSEC_NEVER;
}

static void expired(struct net *net, struct timer *timer)
{
	struct ndisc_link *link = container_of(timer, struct ndisc_link, timer);
	struct netif *netif = link->netif;
	nsec_t next;

	if (!(netif->flags & NETIF_UP))
		return;
	if (link->gives_up) {
		port_log(4, "%s: IPv6 disabled: its own address is somebody's",
			 netif->name);
		autoconf_disable(netif, true); /* frees the link */
		return;
	}
	next = make_link_local(net, link);
	if (link->wants_another)
		make_another(net, link);
	next = MIN(next, probe_all(net, netif));
	next = MIN(next, solicit_routers(net, link));
	if (next != NSEC_NEVER)
		timer_arm(net, &link->timer, next);
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
		netif->ndisc->solicit_due = 0;
	}
	link = up ? link_of(netif) : NULL;
	if (!link)
		return;
	/* By the timer: whoever told us is in the midst of a change. */
	if (netif->conf6.addr_gen_mode != GENERATE_NONE &&
	    !link_local_of(netif) && !has_tentative(netif, true))
		link->wants_address = true;
	if (link->wants_address || has_tentative(netif, false))
		timer_arm(net, &link->timer, net->now);
}
