// SPDX-License-Identifier: MIT
/*
 * Rate limits of ICMP: see limit.h.
 */
#include "net/ip/limit.h"

#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"

#define BURST 6 /* messages to one destination, Linux's XRLIM_BURST_FACTOR */

bool limit_global(struct net *net)
{
	const struct ip_tunables *t = &net->tunables.ip;
	struct ip_stack *ip = net->ip;
	int64_t tokens, spent = net->now - ip->icmp_filled;

	spent = MIN(spent, NSEC_PER_SEC);
	tokens = spent * t->icmp_msgs_per_sec / NSEC_PER_SEC;
	if (tokens > 0) {
		ip->icmp_filled = net->now;
		ip->icmp_tokens = (uint32_t)MIN((int64_t)t->icmp_msgs_burst,
						ip->icmp_tokens + tokens);
	}
	if (!ip->icmp_tokens) {
		net->stats.icmp.out_limited_all++;
		return false;
	}
	ip->icmp_tokens--;
	return true;
}

static bool is_free(const struct limit_peer *peer)
{
	return addr_is_any6(&peer->addr);
}

struct limit_peer *limit_peer_of(struct net *net, const struct net_addr *addr)
{
	struct limit_table *table = net->ip->limits;
	struct limit_peer *ways, *best;
	uint64_t h;

	if (!table)
		table = net->ip->limits = port_alloc(sizeof *table);
	if (!table)
		return NULL;
	h = siphash(&net->secret, addr->b, sizeof addr->b);
	ways = best = table->peers[h % LIMIT_BUCKETS];
	for (int i = 0; i < LIMIT_WAYS; i++) {
		if (addr_equal(&ways[i].addr, addr))
			return &ways[i];
		if (!is_free(best) &&
		    (is_free(&ways[i]) || ways[i].last < best->last))
			best = &ways[i];
	}
	memset(best, 0, sizeof *best);
	best->addr = *addr;
	best->last = net->now - 60 * NSEC_PER_SEC;
	return best;
}

bool limit_peer(struct net *net, const struct net_addr *addr, nsec_t interval)
{
	struct limit_peer *peer;

	if (!interval)
		return true;
	peer = limit_peer_of(net, addr);
	if (!peer)
		return false;
	peer->tokens =
		MIN(peer->tokens + net->now - peer->last, BURST * interval);
	peer->last = net->now;
	if (peer->tokens < interval) {
		icmp_count(net, NULL, !addr_is_ip4(addr),
			   ICMP_STAT(out_limited_host));
		return false;
	}
	peer->tokens -= interval;
	return true;
}
