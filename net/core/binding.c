// SPDX-License-Identifier: MIT
/*
 * Local ports: who holds which, who may share, and which one is free. See
 * binding.h for the rules. A bucket holds the bindings of port % buckets.
 */
#include "net/core/binding.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"

static struct binding_table *table_of(const struct endpoint *ep)
{
	return ep->net->bindings[ep->protocol->bindings];
}

static struct endpoint *endpoint_of(const struct binding *binding)
{
	return container_of(binding, struct endpoint, binding);
}

/* Whether some packet could be for both addresses. */
static bool overlap(const struct endpoint *a, const struct net_addr *x,
		    const struct endpoint *b, const struct net_addr *y)
{
	if (addr_equal(x, y))
		return true;
	if (addr_is_any6(x))
		return !addr_is_ip4(y) || !a->opt.v6only;
	if (addr_is_any6(y))
		return !addr_is_ip4(x) || !b->opt.v6only;
	if (!addr_is_ip4(x) || !addr_is_ip4(y))
		return false;
	return addr_is_any(x) || addr_is_any(y);
}

static bool may_share(const struct endpoint *a, const struct endpoint *b)
{
	bool stream = a->type == NET_SOCK_STREAM;
	bool listening = atomic_load_relaxed(&b->status) & EP_LISTENING;

	if (a->opt.reuse_addr && b->opt.reuse_addr && !(stream && listening))
		return true;
	return a->opt.reuse_port && b->opt.reuse_port && a->uid == b->uid;
}

/* Whether one of a chain stands in the way. `strict`: even if both would
 * share. */
static bool chain_conflicts(const struct endpoint *ep,
			    const struct hlist *chain,
			    const struct net_addr *addr, uint16_t port,
			    bool strict)
{
	const struct binding *other;

	HLIST_FOR_EACH(other, chain, node) {
		const struct endpoint *b = endpoint_of(other);

		if (other->port != port || b == ep)
			continue;
		if (ep->opt.bound_netif && b->opt.bound_netif &&
		    ep->opt.bound_netif != b->opt.bound_netif)
			continue;
		if (overlap(ep, addr, b, &other->addr) &&
		    (strict || !may_share(ep, b)))
			return true;
	}
	return false;
}

/* `automatic`: the pair of names will be unique, only owners matter. */
static bool conflicts(const struct endpoint *ep, const struct net_addr *addr,
		      uint16_t port, bool automatic)
{
	const struct binding_table *table = table_of(ep);
	unsigned int i = port % BINDING_BUCKETS;

	return chain_conflicts(ep, &table->owners[i], addr, port, automatic) ||
	       (!automatic &&
		chain_conflicts(ep, &table->users[i], addr, port, false));
}

static void take(struct endpoint *ep, const struct net_addr *addr,
		 uint16_t port, bool automatic, bool user) ON_NET_THREAD
{
	struct net_name name = { .addr = *addr, .port = port };
	struct binding_table *table = table_of(ep);
	struct binding *binding = &ep->binding;
	unsigned int i = port % BINDING_BUCKETS;

	binding->addr = *addr;
	binding->port = port;
	binding->held = true;
	binding->automatic = automatic;
	binding->chosen = false;
	hlist_add(user ? &table->users[i] : &table->owners[i], &binding->node);
	endpoint_set_names(ep, &name, NULL);
	endpoint_set_status(ep, EP_BOUND, 0);
}

/* The ports that may be given automatically: ip_local_port_range, narrowed by
 * the socket's own IP_LOCAL_PORT_RANGE where both agree (Linux). */
struct ports {
	uint32_t first, count;
};

static struct ports port_range(const struct endpoint *ep)
{
	const int32_t *range = ep->net->tunables.ip_local_port_range;
	uint32_t first = (uint32_t)range[0], last = (uint32_t)range[1];
	uint32_t low = ep->opt.port_low, high = ep->opt.port_high;

	if (low >= first && low <= last)
		first = low;
	if (high && high >= first && high <= last)
		last = high;
	return (struct ports){ first, last - first + 1 };
}

static uint16_t nth_port(const struct ports *ports, uint32_t n)
{
	return (uint16_t)(ports->first + n % ports->count);
}

/* ip_local_reserved_ports: only for those who ask for them. */
static bool reserved(const struct net *net, uint16_t port)
{
	return net->reserved_ports &&
	       (net->reserved_ports[port / 8] >> port % 8 & 1);
}

int binding_acquire(struct net *net, struct endpoint *ep,
		    const struct net_name *name)
{
	struct ports ports = port_range(ep);
	uint32_t start;

	if (ep->binding.held)
		return -EINVAL;
	if (name->port) {
		if (conflicts(ep, &name->addr, name->port, false))
			return -EADDRINUSE;
		take(ep, &name->addr, name->port, false, false);
		ep->binding.chosen = true;
		return 0;
	}
	start = net_random32();
	for (uint32_t i = 0; i < ports.count; i++) {
		uint16_t port = nth_port(&ports, start % ports.count + i);

		if (!reserved(net, port) &&
		    !conflicts(ep, &name->addr, port, false)) {
			take(ep, &name->addr, port, false, false);
			return 0;
		}
	}
	return -EADDRINUSE;
}

/* RFC 6056 algorithm 3: F(local, remote, secret). */
static uint32_t port_offset(const struct net *net, const struct net_addr *local,
			    const struct net_name *remote)
{
	uint8_t key[34];

	memcpy(key, local->b, 16);
	memcpy(key + 16, remote->addr.b, 16);
	put_be16(key + 32, remote->port);
	return (uint32_t)siphash(&net->secret, key, sizeof key);
}

int binding_automatic(struct net *net, struct endpoint *ep,
		      const struct net_addr *local,
		      const struct net_name *remote,
		      bool (*taken)(struct net *, const struct net_name *,
				    const struct net_name *))
{
	struct ports ports = port_range(ep);
	struct binding_table *table = table_of(ep);
	uint32_t start = port_offset(net, local, remote) % ports.count;

	for (uint32_t i = 0; i < ports.count; i++) {
		uint32_t n = start + (table->counter + i) % ports.count;
		struct net_name name = { .addr = *local,
					 .port = nth_port(&ports, n) };

		if (reserved(net, name.port) ||
		    conflicts(ep, local, name.port, taken != NULL))
			continue;
		if (taken && taken(net, &name, remote))
			continue;
		table->counter += i + 1;
		take(ep, local, name.port, taken != NULL, taken != NULL);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

void binding_inherit(struct net *net, struct endpoint *child,
		     const struct net_name *local)
{
	take(child, &local->addr, local->port, false, true);
	child->binding.chosen = true;
}

int binding_check_listen(struct net *net, struct endpoint *ep)
{
	if (conflicts(ep, &ep->binding.addr, ep->binding.port, false))
		return -EADDRINUSE;
	return 0;
}

void binding_release(struct endpoint *ep)
{
	if (!ep->binding.held)
		return;
	ep->binding.held = false;
	hlist_remove(&ep->binding.node);
	endpoint_set_status(ep, 0, EP_BOUND);
}
