// SPDX-License-Identifier: MIT
/*
 * Source addresses: see source.h.
 */
#include "net/core/source.h"

#include "net/core/address_label.h"
#include "net/core/instance.h"
#include "net/core/route.h"

int addr_scope(const struct net_addr *a)
{
	if (addr_is_ip4(a)) {
		if (a->b[12] == 127 || (a->b[12] == 169 && a->b[13] == 254))
			return 2;
		return 14;
	}
	if (addr_is_multicast(a))
		return a->b[1] & 15;
	if (addr_is_loopback(a) || addr_is_link_local6(a))
		return 2;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0)
		return 5;
	return 14;
}

static unsigned int common_bits(const struct net_addr *a,
				const struct net_addr *b)
{
	unsigned int n = 0;

	while (n < 128 && addr_in_prefix(a, b, n + 1))
		n++;
	return n;
}

static bool usable(const struct netif_address *a)
{
	return !(a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)) &&
	       !addr_is_multicast(&a->addr);
}

static uint32_t label_of(const struct netif *netif, const struct net_addr *addr)
{
	return address_label(netif->net, netif->index, addr);
}

static bool wants_temporary(const struct netif *netif, enum source_wish wish)
{
	return wish == SOURCE_AS_SET ? netif->conf6.use_tempaddr > 1 :
				       wish == SOURCE_TEMPORARY;
}

/* RFC 6724 5: whether `a` is the better source for `dst` than `b`. */
static bool better(const struct netif_address *a, const struct netif_address *b,
		   bool a_here, bool b_here, const struct net_addr *dst,
		   enum source_wish wish)
{
	int sa = addr_scope(&a->addr), sb = addr_scope(&b->addr);
	int sd = addr_scope(dst);
	uint32_t ld = label_of(a->netif, dst);
	bool same_a = addr_equal(&a->addr, dst), matches;
	unsigned int common_a, common_b;

	if (same_a || addr_equal(&b->addr, dst)) /* rule 1 */
		return same_a;
	if (sa != sb) /* rule 2 */
		return sa < sb ? sa >= sd : sb < sd;
	if ((a->flags ^ b->flags) & ADDRESS_DEPRECATED) /* rule 3 */
		return b->flags & ADDRESS_DEPRECATED;
	if (a_here != b_here) /* rule 5 */
		return a_here;
	matches = label_of(a->netif, &a->addr) == ld;
	if (matches != (label_of(b->netif, &b->addr) == ld)) /* rule 6 */
		return matches;
	if ((a->flags ^ b->flags) & ADDRESS_TEMPORARY) /* rule 7 */
		return !!(a->flags & ADDRESS_TEMPORARY) ==
		       wants_temporary(a->netif, wish);
	common_a = MIN(common_bits(&a->addr, dst), (unsigned int)a->bits);
	common_b = MIN(common_bits(&b->addr, dst), (unsigned int)b->bits);
	return common_a > common_b; /* rule 8 */
}

static const struct netif_address *select6(struct net *net, struct netif *out,
					   const struct net_addr *dst,
					   enum source_wish wish)
{
	bool link = addr_scope(dst) <= 2, best_here = false;
	const struct netif_address *a, *best = NULL;
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		bool here = netif == out;

		/* RFC 6724 4: link-scope destinations, this link's addresses. */
		if (!here && (link || !(netif->flags & NETIF_UP)))
			continue;
		LIST_FOR_EACH(a, &netif->addresses, list) {
			if (!usable(a) || addr_is_ip4(&a->addr))
				continue;
			if (!here && addr_is_link_local6(&a->addr))
				continue;
			if (best &&
			    !better(a, best, here, best_here, dst, wish))
				continue;
			best = a;
			best_here = here;
		}
	}
	return best;
}

/* As Linux's inet_select_addr: of this interface, else of any other. */
static const struct netif_address *select4(struct net *net, struct netif *out,
					   const struct net_addr *next_hop)
{
	const struct netif_address *own = netif_source(out, next_hop);
	struct netif *netif;

	const struct netif_address *other;

	/* One of the loopback's is for this host alone. */
	if (own &&
	    (!(out->flags & NETIF_LOOPBACK) || addr_is_loopback(next_hop)))
		return own;
	LIST_FOR_EACH(netif, &net->netifs, list) {
		if (netif->flags & NETIF_LOOPBACK)
			continue;
		other = netif_source(netif, next_hop);
		if (other)
			return other;
	}
	return own;
}

const struct netif_address *source_select(struct net *net, struct netif *netif,
					  const struct net_addr *dst,
					  const struct net_addr *next_hop,
					  enum source_wish wish)
{
	if (addr_is_ip4(dst))
		return select4(net, netif, next_hop);
	return select6(net, netif, dst, wish);
}

bool netif_same_subnet(const struct netif *netif, const struct net_addr *a,
		       const struct net_addr *b)
{
	const struct netif_address *own;

	LIST_FOR_EACH(own, &netif->addresses, list) {
		unsigned int bits = route_bits(&own->addr, own->bits);

		if (addr_in_prefix(a, &own->addr, bits) &&
		    addr_in_prefix(b, &own->addr, bits))
			return true;
	}
	return false;
}
