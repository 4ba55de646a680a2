// SPDX-License-Identifier: MIT
/*
 * What reaches the stack from the user side of an endpoint: events that say that
 * its rings have moved or that it is closed, and requests with an answer. What
 * is the same for every protocol is checked here. See endpoint.h.
 */
#include "net/core/endpoint.h"

#include "lib/errno.h"
#include "net/core/endpoint_private.h"
#include "net/core/instance.h"
#include "net/core/record.h"

/* ---- Events ---- */

/* It has gone to another stack, or has not come yet. */
static bool elsewhere(const struct net *net, const struct endpoint *ep)
{
	bool travels = atomic_load(&ep->travels);

	return unlikely(atomic_load(&ep->net) != net || travels);
}

static void post(struct endpoint *ep, struct event *event)
{
	net_post(atomic_load(&ep->net), event);
}

/* There, or later. Each of the two has brought a reference. */
static void pass(struct endpoint *ep, uint32_t asked)
{
	uint32_t before = atomic_fetch_or(&ep->event.posted, asked);

	if (!before)
		post(ep, &ep->event);
	else if (before & asked & ASKS_KICK)
		endpoint_put(ep); /* somebody else has */
}

static void run_kick(struct endpoint *ep) ON_NET_THREAD
{
	if (!endpoint_attach(ep)) {
		endpoint_sample(ep);
		if (ep->protocol->kick)
			ep->protocol->kick(ep);
	}
	endpoint_put(ep);
}

void endpoint_kick(struct endpoint *ep)
{
	uint32_t before = atomic_fetch_or(&ep->event.posted, ASKS_KICK);

	if (before & ASKS_KICK)
		return;
	endpoint_get(ep);
	if (!before)
		post(ep, &ep->event);
}

void endpoint_consumed(struct endpoint *ep)
{
	/* The stack stores rx_kick_at and looks at rx.head; we the reverse. */
	atomic_fence();
	if (atomic_load_relaxed(&ep->rx.head) >= atomic_load(&ep->rx_kick_at))
		endpoint_kick(ep);
}

static void run_close(struct net *net, struct endpoint *ep) ON_NET_THREAD
{
	const struct endpoint_notify *notify = ep->notify;
	void *owner;

	if (elsewhere(net, ep) ||
	    (ep->protocol->recall && ep->protocol->recall(ep))) {
		pass(ep, ASKS_CLOSE);
		return;
	}
	owner = atomic_exchange(&ep->owner, NULL);
	if (ep->attached && !ep->half_done) {
		endpoint_sample(ep);
		ep->protocol->close(ep, false);
	}
	if (owner && notify->closed)
		notify->closed(owner);
	endpoint_put(ep);
}

static void run_event(struct net *net, struct event *event) NET_THREAD_ROOT
{
	struct endpoint *ep = container_of(event, struct endpoint, event);
	uint32_t asked = event->asked;

	if (elsewhere(net, ep)) {
		pass(ep, asked);
		return;
	}
	if (asked & ASKS_KICK)
		run_kick(ep);
	if (asked & ASKS_CLOSE)
		run_close(net, ep);
}

void endpoint_close(struct endpoint *ep)
{
	atomic_fetch_or(&ep->status, EP_CLOSING);
	if (!atomic_fetch_or(&ep->event.posted, ASKS_CLOSE))
		post(ep, &ep->event);
}

void endpoint_init_event(struct endpoint *ep)
{
	ep->event.handle = run_event;
	ep->event.kind = EVENT_ENDPOINT;
}

void endpoint_sample_watched(struct endpoint *ep)
{
	ep->net->recorder->ops->sample(ep);
}

/* ---- Requests ---- */

/* A name of the endpoint's family, with an interface that exists. */
static int check_name(const struct endpoint *ep,
		      const struct net_name *name) ON_NET_THREAD
{
	if (ep->family == NET_IP4 && !addr_is_ip4(&name->addr))
		return -EAFNOSUPPORT;
	if (ep->family == NET_IP6 && addr_is_ip4(&name->addr) && ep->opt.v6only)
		return -ENETUNREACH;
	if (name->scope && !netif_by_index(ep->net, name->scope))
		return -ENODEV;
	return 0;
}

/* bind() takes own, broadcast and multicast addresses and "any". */
static int check_bind(const struct endpoint *ep,
		      const struct net_name *name) ON_NET_THREAD
{
	const struct net_addr *addr = &name->addr;
	struct netif *netif;

	if (ep->family == NET_IP6 && addr_is_ip4(addr) && ep->opt.v6only)
		return -EINVAL;
	if (addr_is_any(addr) || ep->opt.free_bind || ep->opt.transparent ||
	    ep->net->tunables.ip.nonlocal_bind ||
	    netif_of_address(ep->net, addr))
		return 0;
	if (ep->type != NET_SOCK_STREAM) {
		if (addr_is_multicast(addr))
			return 0;
		LIST_FOR_EACH(netif, &ep->net->netifs, list)
			if (netif_is_broadcast(netif, addr))
				return 0;
	}
	return -EADDRNOTAVAIL;
}

static int do_bind(struct endpoint *ep,
		   const struct net_name *name) ON_NET_THREAD
{
	int err = ep->protocol->own_names ? 0 : check_bind(ep, name);

	if (!err && !ep->protocol->own_names)
		err = check_name(ep, name);
	if (err)
		return err;
	if (!ep->protocol->bind)
		return -EOPNOTSUPP;
	return ep->protocol->bind(ep, name);
}

static int do_connect(struct endpoint *ep, const struct net_name *name,
		      bool fast) ON_NET_THREAD
{
	struct net_name to = *name;
	int err = ep->protocol->own_names ? 0 : check_name(ep, name);

	if (err)
		return err;
	if (fast ? !ep->protocol->fast_open : !ep->protocol->connect)
		return -EOPNOTSUPP;
	/* "Any" means this host, as everywhere in the BSD family. */
	if (addr_is_any(&to.addr) && !ep->protocol->own_names)
		to.addr = addr_is_ip4(&to.addr) ? addr_ip4(0x7f000001) :
						  addr_loopback6();
	return fast ? ep->protocol->fast_open(ep, &to) :
		      ep->protocol->connect(ep, &to);
}

static int do_ioctl(struct endpoint *ep, struct endpoint_request *r)
{
	if (!ep->protocol->ioctl)
		return -ENOTTY;
	return ep->protocol->ioctl(ep, (unsigned int)r->number, r->value);
}

static int do_setsockopt(struct endpoint *ep,
			 struct endpoint_request *r) ON_NET_THREAD
{
	int err = sockopt_set(ep, r->level, r->option, r->value, r->length);

	if (!err)
		err = binding_update(ep);
	if (err == -ENOPROTOOPT && ep->protocol->setsockopt)
		err = ep->protocol->setsockopt(ep, r->level, r->option,
					       r->value, r->length);
	else if (!err && ep->protocol->option_changed)
		ep->protocol->option_changed(ep, r->level, r->option);
	return err;
}

/* Does the socket have a layer of this number at all? */
static bool has_level(const struct endpoint *ep, int level)
{
	return ep->protocol->own_names || level == NET_SOL_SOCKET ||
	       level == NET_IPPROTO_IP ||
	       (level == NET_IPPROTO_IPV6 && ep->family == NET_IP6) ||
	       level == ep->protocol->number;
}

static int do_getsockopt(struct endpoint *ep,
			 struct endpoint_request *r) ON_NET_THREAD
{
	int n = sockopt_get(ep, r->level, r->option, r->value, r->length);

	if (n == -ENOPROTOOPT && ep->protocol->getsockopt)
		n = ep->protocol->getsockopt(ep, r->level, r->option, r->value,
					     r->length);
	if (n == -ENOPROTOOPT && !has_level(ep, r->level))
		n = -EOPNOTSUPP;
	return n;
}

static int answer(struct endpoint *ep, struct endpoint_request *r) ON_NET_THREAD
{
	const struct protocol *p = ep->protocol;
	int err = endpoint_attach(ep);

	if (err)
		return err;
	endpoint_sample(ep);
	switch (r->op) {
	case EP_OP_BIND:
		return do_bind(ep, &r->name);
	case EP_OP_CONNECT:
		return do_connect(ep, &r->name, false);
	case EP_OP_FAST_OPEN:
		return do_connect(ep, &r->name, true);
	case EP_OP_DISCONNECT:
		return p->disconnect ? p->disconnect(ep) : -EOPNOTSUPP;
	case EP_OP_LISTEN:
		if (!p->listen)
			return -EOPNOTSUPP;
		return endpoint_extra(ep) ? p->listen(ep, r->number) : -ENOMEM;
	case EP_OP_SHUTDOWN:
		if (r->number < 0 || r->number > 2)
			return -EINVAL;
		return p->shutdown ? p->shutdown(ep, r->number) : -EOPNOTSUPP;
	case EP_OP_SETSOCKOPT:
		return do_setsockopt(ep, r);
	case EP_OP_GETSOCKOPT:
		return do_getsockopt(ep, r);
	case EP_OP_IOCTL:
		return do_ioctl(ep, r);
	case EP_OP_URGENT:
		if (!p->urgent)
			return -EOPNOTSUPP;
		p->urgent(ep, *(const uint64_t *)r->value);
		return 0;
	}
	return -EINVAL;
}

static void run_request(struct net *net, struct event *event) NET_THREAD_ROOT
{
	struct endpoint_request *r =
		container_of(event, struct endpoint_request, request.event);

	if (elsewhere(net, r->endpoint)) {
		post(r->endpoint, event);
		return;
	}
	request_finish(&r->request, answer(r->endpoint, r));
}

void endpoint_request(struct endpoint *ep, struct endpoint_request *r)
{
	r->endpoint = ep;
	r->request.event.handle = run_request;
	r->request.event.kind = EVENT_REQUEST;
	post(ep, &r->request.event);
}
