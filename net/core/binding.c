// SPDX-License-Identifier: MIT
/*
 * Local ports: who holds which, who may share, and which one is free. See
 * binding.h for the rules.
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

static struct hlist *chain_of(const struct endpoint *ep,
			      const struct binding *binding)
{
	struct binding_table *table = table_of(ep);
	unsigned int i = binding->port % BINDING_BUCKETS;

	return binding->used ? &table->users[i] : &table->owners[i];
}

static struct hlist *names_of(const struct endpoint *ep,
			      const struct binding *binding)
{
	uint8_t key[18];

	memcpy(key, binding->addr.b, 16);
	put_be16(key + 16, binding->port);
	return &table_of(ep)->names[siphash(&ep->net->secret, key, sizeof key) %
				    BINDING_NAMES];
}

/* ---- Conflicts ---- */

/* Whether some packet could be for both addresses. */
static bool overlap(const struct binding *a, const struct binding *b)
{
	if (a->netif && b->netif && a->netif != b->netif)
		return false;
	if (addr_equal(&a->addr, &b->addr))
		return true;
	if (addr_is_any6(&a->addr))
		return !addr_is_ip4(&b->addr) || !a->v6only;
	if (addr_is_any6(&b->addr))
		return !addr_is_ip4(&a->addr) || !b->v6only;
	if (!addr_is_ip4(&a->addr) || !addr_is_ip4(&b->addr))
		return false;
	return addr_is_any(&a->addr) || addr_is_any(&b->addr);
}

static bool may_share(const struct binding *a, const struct binding *b)
{
	if (a->reuse_addr && b->reuse_addr && !b->listening)
		return true;
	return a->reuse_port && b->reuse_port && a->uid == b->uid;
}

/* Whether one of a chain, other than `own`, stands in the way. `strict`: even if
 * both would share. */
static bool chain_conflicts(const struct binding *want,
			    const struct binding *own,
			    const struct hlist *chain, bool strict)
{
	const struct binding *other;

	HLIST_FOR_EACH(other, chain, node) {
		if (other->port != want->port ||
		    (other == own && other->members == 1))
			continue;
		if (overlap(want, other) && (strict || !may_share(want, other)))
			return true;
	}
	return false;
}

/* `automatic`: the pair of names will be unique, only owners matter. */
static bool conflicts(const struct endpoint *ep, const struct binding *want,
		      bool automatic)
{
	const struct binding_table *table = table_of(ep);
	unsigned int i = want->port % BINDING_BUCKETS;

	return chain_conflicts(want, ep->binding, &table->owners[i],
			       automatic) ||
	       (!automatic &&
		chain_conflicts(want, ep->binding, &table->users[i], false));
}

/* ---- Members ---- */

/* What the endpoint is to others at this name. */
static struct binding describe(const struct endpoint *ep,
			       const struct net_addr *addr, uint16_t port,
			       bool used)
{
	return (struct binding){
		.addr = *addr,
		.port = port,
		.netif = ep->opt.bound_netif,
		.uid = ep->uid,
		.v6only = ep->opt.v6only,
		.reuse_addr = ep->opt.reuse_addr,
		.reuse_port = ep->opt.reuse_port,
		.listening = atomic_load_relaxed(&ep->status) & EP_LISTENING,
		.used = used,
	};
}

static bool alike(const struct binding *a, const struct binding *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr) &&
	       a->netif == b->netif && a->uid == b->uid &&
	       a->v6only == b->v6only && a->reuse_addr == b->reuse_addr &&
	       a->reuse_port == b->reuse_port && a->listening == b->listening &&
	       a->used == b->used;
}

/* One more member; NULL: no memory. */
static struct binding *join(const struct endpoint *ep, const struct binding *as)
{
	struct hlist *names = names_of(ep, as);
	struct binding *binding;

	HLIST_FOR_EACH(binding, names, named) {
		if (alike(binding, as)) {
			binding->members++;
			return binding;
		}
	}
	binding = port_alloc(sizeof *binding);
	if (!binding)
		return NULL;
	*binding = *as;
	binding->members = 1;
	hlist_add(chain_of(ep, as), &binding->node);
	hlist_add(names, &binding->named);
	return binding;
}

static void leave(struct binding *binding)
{
	if (--binding->members)
		return;
	hlist_remove(&binding->node);
	hlist_remove(&binding->named);
	port_free(binding);
}

static void change(struct binding *binding, const struct binding *as)
{
	binding->netif = as->netif;
	binding->uid = as->uid;
	binding->v6only = as->v6only;
	binding->reuse_addr = as->reuse_addr;
	binding->reuse_port = as->reuse_port;
	binding->listening = as->listening;
}

/* It is another kind from now on. */
static int become(struct endpoint *ep, const struct binding *as)
{
	struct binding *old = ep->binding, *now;

	if (alike(old, as))
		return 0;
	now = join(ep, as);
	if (!now && old->members > 1)
		return -ENOMEM;
	if (!now) {
		change(old, as);
		return 0;
	}
	ep->binding = now;
	leave(old);
	return 0;
}

static int take(struct endpoint *ep, const struct binding *as,
		enum port_origin origin) ON_NET_THREAD
{
	struct net_name name = { .addr = as->addr, .port = as->port };

	ep->binding = join(ep, as);
	if (!ep->binding)
		return -ENOMEM;
	ep->port_origin = origin;
	endpoint_set_names(ep, &name, NULL);
	endpoint_set_status(ep, EP_BOUND, 0);
	return 0;
}

/* ---- Choosing ---- */

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
	struct binding want = describe(ep, &name->addr, name->port, false);
	struct ports ports = port_range(ep);
	uint32_t start;

	if (ep->binding)
		return -EINVAL;
	if (name->port) {
		if (conflicts(ep, &want, false))
			return -EADDRINUSE;
		return take(ep, &want, PORT_CHOSEN);
	}
	start = net_random32();
	for (uint32_t i = 0; i < ports.count; i++) {
		want.port = nth_port(&ports, start % ports.count + i);
		if (!reserved(net, want.port) && !conflicts(ep, &want, false))
			return take(ep, &want, PORT_GIVEN);
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
	struct binding want = describe(ep, local, 0, taken != NULL);
	struct ports ports = port_range(ep);
	struct binding_table *table = table_of(ep);
	uint32_t start = port_offset(net, local, remote) % ports.count;

	for (uint32_t i = 0; i < ports.count; i++) {
		uint32_t n = start + (table->counter + i) % ports.count;
		struct net_name name = { .addr = *local,
					 .port = nth_port(&ports, n) };

		want.port = name.port;
		if (reserved(net, name.port) ||
		    conflicts(ep, &want, taken != NULL))
			continue;
		if (taken && taken(net, &name, remote))
			continue;
		table->counter += i + 1;
		return take(ep, &want, taken ? PORT_AUTOMATIC : PORT_GIVEN);
	}
	return -EADDRNOTAVAIL;
}

int binding_inherit(struct endpoint *child, const struct net_name *local)
{
	struct binding as = describe(child, &local->addr, local->port, true);

	return take(child, &as, PORT_CHOSEN);
}

/* ---- Changes ---- */

int binding_listen(struct endpoint *ep)
{
	struct binding as = describe(ep, &ep->binding->addr, ep->binding->port,
				     ep->binding->used);

	if (conflicts(ep, &as, false))
		return -EADDRINUSE;
	as.listening = true;
	return become(ep, &as);
}

int binding_update(struct endpoint *ep)
{
	struct binding as;

	if (!ep->binding)
		return 0;
	as = describe(ep, &ep->binding->addr, ep->binding->port,
		      ep->binding->used);
	return become(ep, &as);
}

void binding_release(struct endpoint *ep)
{
	if (!ep->binding)
		return;
	leave(ep->binding);
	ep->binding = NULL;
	endpoint_set_status(ep, 0, EP_BOUND);
}
