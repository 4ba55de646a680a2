// SPDX-License-Identifier: MIT
/*
 * Temporary addresses (RFC 8981): beside each address that a router's prefix
 * gives, one with a random lower half, for conversations that we begin. It is
 * preferred for a day (temp_prefered_lft, less a random part) and valid for a
 * week (temp_valid_lft), never longer than the prefix; shortly before it is not
 * preferred any more, the next one is made. On with use_tempaddr 1, preferred
 * to the public address with 2 (net/core/source.c).
 */
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/ndisc.h"

/* REGEN_ADVANCE: time for three attempts with a second of probing each. */
#define ADVANCE (5 * NSEC_PER_SEC)
#define FOREVER INT64_MAX

static nsec_t end_of(nsec_t until)
{
	return until ? until : FOREVER;
}

static nsec_t as_until(nsec_t end)
{
	return end == FOREVER ? 0 : end;
}

static bool is_temporary(const struct netif_address *a)
{
	return !addr_is_ip4(&a->addr) && (a->flags & ADDRESS_TEMPORARY);
}

/* Lifetimes of one that was made at `created`, under the prefix's. */
static void set_lifetimes(const struct netif *netif,
			  const struct netif_address *public, nsec_t created,
			  struct netif_address *spec)
{
	const struct ip6_conf *conf = &netif->conf6;
	nsec_t valid = created + conf->temp_valid_lft * NSEC_PER_SEC;
	nsec_t preferred = created + conf->temp_prefered_lft * NSEC_PER_SEC -
			   netif->ndisc->desync;

	preferred = MIN(preferred, valid);
	spec->valid_until = as_until(MIN(end_of(public->valid_until), valid));
	spec->preferred_until =
		as_until(MIN(end_of(public->preferred_until), preferred));
}

static uint32_t count_generated(const struct netif *netif)
{
	const struct netif_address *a;
	uint32_t count = 0;

	LIST_FOR_EACH(a, &netif->addresses, list)
		count += is_temporary(a) ||
			 (!addr_is_ip4(&a->addr) &&
			  (a->flags & ADDRESS_MANAGE_TEMPORARY));
	return count;
}

static void random_id(struct net_addr *addr)
{
	do
		port_random(addr->b + 8, 8);
	while (interface_id_reserved(addr->b + 8));
}

/* RFC 8981 3.8: the random part is below two fifths of the time. */
static void choose_desync(struct netif *netif)
{
	const struct ip6_conf *conf = &netif->conf6;
	uint32_t most = MIN((uint32_t)conf->max_desync_factor,
			    (uint32_t)conf->temp_prefered_lft / 5 * 2);

	netif->ndisc->desync =
		most ? net_random32() % (most + 1) * NSEC_PER_SEC : 0;
}

/* When the newest of a prefix is about to be preferred no more. */
static void arm(struct net *net, struct ndisc_link *link) ON_NET_THREAD
{
	const struct netif_address *a;
	nsec_t next = FOREVER;

	LIST_FOR_EACH(a, &link->netif->addresses, list)
		if (is_temporary(a) && !(a->flags & ADDRESS_SUCCEEDED) &&
		    a->preferred_until)
			next = MIN(next, a->preferred_until - ADVANCE);
	if (next == FOREVER)
		timer_cancel(net, &link->temporary_timer);
	else
		timer_arm(net, &link->temporary_timer, MAX(next, net->now));
}

bool temporary_room(const struct netif *netif)
{
	uint32_t most = (uint32_t)netif->conf6.max_addresses;

	return !most || count_generated(netif) < most;
}

void temporary_make(struct net *net, const struct netif_address *public)
{
	struct netif *netif = public->netif;
	struct netif_address spec = { .addr = public->addr,
				      .bits = 64,
				      .scope = SCOPE_UNIVERSE,
				      .protocol = public->protocol,
				      .flags = ADDRESS_TENTATIVE |
					       ADDRESS_TEMPORARY |
					       ADDRESS_ROUTER_TOLD };

	if (!netif->ndisc || netif->conf6.use_tempaddr <= 0 ||
	    !temporary_room(netif))
		return;
	choose_desync(netif);
	set_lifetimes(netif, public, net->now, &spec);
	/* Too short to be of use: it would be renewed for ever. */
	if (end_of(spec.preferred_until) <= net->now + ADVANCE)
		return;
	random_id(&spec.addr);
	address_add(netif, &spec);
	arm(net, netif->ndisc);
}

void temporary_refresh(struct net *net, const struct netif_address *public)
{
	struct netif *netif = public->netif;
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		struct netif_address spec = *a;

		if (!is_temporary(a) || !netif->ndisc ||
		    !addr_in_prefix(&a->addr, &public->addr, 64))
			continue;
		set_lifetimes(netif, public, a->created, &spec);
		if (!spec.preferred_until || spec.preferred_until > net->now)
			spec.flags &= ~(uint32_t)ADDRESS_DEPRECATED;
		address_change(a, &spec);
	}
	if (netif->ndisc)
		arm(net, netif->ndisc);
}

static const struct netif_address *public_of(const struct netif_address *a)
{
	const struct netif_address *b;

	LIST_FOR_EACH(b, &a->netif->addresses, list)
		if (!addr_is_ip4(&b->addr) &&
		    (b->flags & ADDRESS_MANAGE_TEMPORARY) &&
		    !(b->flags & ADDRESS_DEPRECATED) &&
		    addr_in_prefix(&b->addr, &a->addr, 64))
			return b;
	return NULL;
}

static struct netif_address *one_that_ends(const struct netif *netif,
					   nsec_t now)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (is_temporary(a) && !(a->flags & ADDRESS_SUCCEEDED) &&
		    a->preferred_until && a->preferred_until - ADVANCE <= now)
			return a;
	return NULL;
}

void temporary_expired(struct net *net, struct timer *timer)
{
	struct ndisc_link *link =
		container_of(timer, struct ndisc_link, temporary_timer);
	const struct netif_address *public;
	struct netif_address *a;

	while ((a = one_that_ends(link->netif, net->now))) {
		a->flags |= ADDRESS_SUCCEEDED;
		public = public_of(a);
		if (public)
			temporary_make(net, public);
	}
	arm(net, link);
}
