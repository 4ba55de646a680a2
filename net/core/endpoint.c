// SPDX-License-Identifier: MIT
/*
 * Endpoints, the part that is the same for every protocol: how one comes into
 * being and goes. See endpoint.h; what the user side asks for is in
 * endpoint_request.c, what it sees in endpoint_state.c, datagrams in
 * endpoint_datagram.c.
 */
#include "net/core/endpoint.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint_private.h"
#include "net/core/filter.h"
#include "net/core/instance.h"
#include "net/core/record.h"

static const struct protocol *find_protocol(const struct net *net, int family,
					    int type, int number)
{
	for (int i = 0; i < NET_PROTOCOLS && net->protocols[i]; i++) {
		const struct protocol *p = net->protocols[i];

		if (p->type != type || (p->family && p->family != family))
			continue;
		if (p->family)
			return p; /* it knows its numbers itself */
		if (family != NET_IP4 && family != NET_IP6)
			continue;
		if (p->number == number || p->number == 0)
			return p;
		if (number == 0 && type != NET_SOCK_RAW)
			return p;
	}
	return NULL;
}

static struct endpoint *new_endpoint(struct net *net, const struct protocol *p,
				     int family, int number)
{
	struct endpoint *ep = port_alloc(sizeof *ep);

	if (!ep)
		return NULL;
	ep->net = net;
	ep->protocol = p;
	ep->family = (uint8_t)family;
	ep->type = p->type;
	ep->number = (uint8_t)number;
	ep->id = atomic_fetch_add(&net->endpoint_ids, 1) + 1;
	ep->state = 7; /* TCP_CLOSE */
	refcount_init(&ep->refs, 1);
	ep->sndbuf = NET_BUFFER_DEFAULT;
	ep->rcvbuf = NET_BUFFER_DEFAULT;
	if (ep->type == NET_SOCK_STREAM) {
		frag_ring_init(&ep->tx, ep->sndbuf);
		frag_ring_init(&ep->rx, ep->rcvbuf);
		ep->rx_kick_at = UINT64_MAX;
	}
	ep->local.addr = family == NET_IP4 ? addr_ip4(0) : addr_any6();
	ep->remote.addr = ep->local.addr;
	ep->opt.ttl = -1;
	ep->opt.multicast_ttl = 1;
	ep->opt.multicast_loop = true;
	ep->opt.mtu_discover = MTU_WANT;
	ep->opt.low_water = 1;
	ep->opt.incoming_cpu = -1;
	ep->opt.pacing_rate = UINT64_MAX;
	list_init(&ep->list);
	endpoint_init_event(ep);
	ep->watched = net->recorder != NULL;
	return ep;
}

int net_socket(struct net *net, int family, int type, int number,
	       struct endpoint **out)
{
	const struct protocol *p = find_protocol(net, family, type, number);

	if (!p) {
		if (type != NET_SOCK_STREAM && type != NET_SOCK_DGRAM &&
		    type != NET_SOCK_RAW)
			return -ESOCKTNOSUPPORT;
		return -EPROTONOSUPPORT;
	}
	if (number == 0)
		number = p->number;
	if (type == NET_SOCK_RAW && number == 0 && !p->family)
		return -EPROTONOSUPPORT;
	if (type == NET_SOCK_DGRAM &&
	    ((number == NET_IPPROTO_ICMP && family != NET_IP4) ||
	     (number == NET_IPPROTO_ICMPV6 && family != NET_IP6)))
		return -EPROTONOSUPPORT;
	*out = new_endpoint(net, p, family, number);
	if (!*out)
		return -ENOMEM;
	/* A raw socket receives from now on, without a bind. */
	if (type == NET_SOCK_RAW && !p->family)
		endpoint_kick(*out);
	return 0;
}

static void free_datagrams(struct mailbox *box)
{
	struct mail *mail;

	while ((mail = mailbox_pop(box)))
		datagram_free(container_of(mail, struct datagram, mail));
}

static void destroy(struct endpoint *ep)
{
	NET_ASSERT(!ep->pending_events && !ep->binding);
	if (ep->type == NET_SOCK_STREAM) {
		frag_ring_destroy(&ep->tx);
		frag_ring_destroy(&ep->rx);
	} else {
		free_datagrams(&ep->tx_box);
		free_datagrams(&ep->rx_box);
	}
	if (ep->extra) {
		NET_ASSERT(mailbox_empty(&ep->extra->accepted));
		free_datagrams(&ep->extra->errors);
		port_free(ep->extra);
	}
	filter_free(ep->filter);
	port_free(ep);
}

struct endpoint_extra *endpoint_extra(struct endpoint *ep)
{
	struct endpoint_extra *there = atomic_load(&ep->extra), *made;

	if (there)
		return there;
	made = port_alloc(sizeof *made);
	if (!made)
		return NULL;
	made->urgent_skip = UINT64_MAX;
	/* Another side may have been faster. */
	if (__atomic_compare_exchange_n(&ep->extra, &there, made, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return made;
	port_free(made);
	return there;
}

void endpoint_put(struct endpoint *ep)
{
	if (refcount_put(&ep->refs))
		destroy(ep);
}

void endpoint_set_buffers(struct endpoint *ep, uint32_t send, uint32_t receive)
{
	atomic_store(&ep->sndbuf, send);
	atomic_store(&ep->rcvbuf, receive);
	if (ep->type != NET_SOCK_STREAM)
		return;
	atomic_store(&ep->tx.limit, send);
	atomic_store(&ep->rx.limit, receive);
}

void endpoint_half_done(struct endpoint *ep)
{
	if (ep->half_done)
		return;
	ep->half_done = true;
	ep->half = NULL;
	list_remove(&ep->list);
	endpoint_put(ep);
}

struct endpoint *endpoint_child(struct endpoint *listener)
{
	struct endpoint *ep = new_endpoint(listener->net, listener->protocol,
					   listener->family, listener->number);

	if (!ep)
		return NULL;
	ep->opt = listener->opt;
	ep->filter = filter_share(listener->filter);
	ep->sndbuf = listener->sndbuf;
	ep->rcvbuf = listener->rcvbuf;
	ep->tx.limit = ep->sndbuf;
	ep->rx.limit = ep->rcvbuf;
	ep->pid = listener->pid;
	ep->uid = listener->uid;
	ep->attached = true;
	list_push_back(&ep->net->endpoints, &ep->list);
	if (unlikely(ep->watched))
		ep->net->recorder->ops->child(listener, ep);
	return ep;
}

/* The first thing that the stack hears of an endpoint. */
int endpoint_attach(struct endpoint *ep)
{
	int err;

	if (ep->attached)
		return ep->half_done ? -EINVAL : 0;
	endpoint_set_buffers(ep, (uint32_t)ep->net->tunables.wmem_default,
			     (uint32_t)ep->net->tunables.rmem_default);
	if (ep->net->tunables.ip.no_pmtu_disc)
		ep->opt.mtu_discover = MTU_DONT;
	err = ep->protocol->attach(ep);
	if (err)
		return err;
	ep->attached = true;
	endpoint_get(ep);
	list_push_back(&ep->net->endpoints, &ep->list);
	return 0;
}

void endpoint_abort_all(struct net *net)
{
	struct endpoint *ep;

	while ((ep = LIST_FIRST(&net->endpoints, struct endpoint, list))) {
		atomic_store(&ep->owner, NULL);
		ep->protocol->close(ep, true);
		if (!ep->half_done)
			endpoint_half_done(ep);
	}
}

struct netif *endpoint_netif(const struct endpoint *ep)
{
	if (!ep->opt.bound_netif)
		return NULL;
	return netif_by_index(ep->net, ep->opt.bound_netif);
}
