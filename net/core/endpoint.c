// SPDX-License-Identifier: MIT
/*
 * Endpoints, the part that is the same for every protocol: creation, the events
 * from the user side, what is published, and the wake-ups. See endpoint.h.
 */
#include "net/core/endpoint.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/endpoint_private.h"
#include "net/core/filter.h"
#include "net/core/record.h"
#include "net/core/stream.h"
#include "net/core/urgent.h"

static void run_kick(struct net *net, struct event *event) NET_THREAD_ROOT;
static void run_close(struct net *net, struct event *event) NET_THREAD_ROOT;
static void run_request(struct net *net, struct event *event) NET_THREAD_ROOT;

/* ---- life ---- */

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
	ep->endpoint = ep;
	ep->local.addr = family == NET_IP4 ? addr_ip4(0) : addr_any6();
	ep->remote.addr = ep->local.addr;
	ep->opt.ttl = -1;
	ep->opt.multicast_ttl = 1;
	ep->opt.multicast_loop = true;
	ep->opt.mtu_discover = MTU_WANT;
	ep->opt.low_water = 1;
	ep->opt.incoming_cpu = -1;
	ep->opt.peek_offset = -1;
	ep->opt.pacing_rate = UINT64_MAX;
	ep->urgent_skip = UINT64_MAX;
	list_init(&ep->notify_list);
	list_init(&ep->list);
	ep->kick_event.handle = run_kick;
	ep->kick_event.kind = EVENT_KICK;
	ep->close_event.handle = run_close;
	ep->close_event.kind = EVENT_CLOSE;
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
	NET_ASSERT(list_empty(&ep->notify_list));
	NET_ASSERT(mailbox_empty(&ep->accepted));
	if (ep->type == NET_SOCK_STREAM) {
		frag_ring_destroy(&ep->tx);
		frag_ring_destroy(&ep->rx);
	} else {
		free_datagrams(&ep->tx_box);
		free_datagrams(&ep->rx_box);
	}
	free_datagrams(&ep->errors);
	filter_free(ep->filter);
	port_free(ep);
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

/* The first thing that the stack hears of an endpoint. */
static ON_NET_THREAD int attach(struct endpoint *ep)
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

/* ---- events from the user side ---- */

static void run_kick(struct net *net, struct event *event)
{
	struct endpoint *ep = container_of(event, struct endpoint, kick_event);

	if (!attach(ep)) {
		endpoint_sample(ep);
		if (ep->protocol->kick)
			ep->protocol->kick(ep);
	}
	endpoint_put(ep);
}

void endpoint_kick(struct endpoint *ep)
{
	if (atomic_exchange(&ep->kick_event.posted, 1))
		return;
	endpoint_get(ep);
	net_post(ep->net, &ep->kick_event);
}

void endpoint_consumed(struct endpoint *ep)
{
	/* The stack stores rx_kick_at and looks at rx.head; we the reverse. */
	atomic_fence();
	if (atomic_load_relaxed(&ep->rx.head) >= atomic_load(&ep->rx_kick_at))
		endpoint_kick(ep);
}

static void run_close(struct net *net, struct event *event)
{
	struct endpoint *ep = container_of(event, struct endpoint, close_event);
	void (*closed)(void *) = ep->closed;
	void *owner = ep->closed_owner;

	atomic_store(&ep->owner, NULL);
	if (ep->attached && !ep->half_done) {
		endpoint_sample(ep);
		ep->protocol->close(ep, false);
	}
	if (closed)
		closed(owner);
	endpoint_put(ep);
}

void endpoint_close(struct endpoint *ep, void (*closed)(void *), void *owner)
{
	ep->closed = closed;
	ep->closed_owner = owner;
	atomic_fetch_or(&ep->status, EP_CLOSING);
	net_post(ep->net, &ep->close_event);
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
	return level == NET_SOL_SOCKET || level == NET_IPPROTO_IP ||
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
	int err = attach(ep);

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
		return p->listen ? p->listen(ep, r->number) : -EOPNOTSUPP;
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

static void run_request(struct net *net, struct event *event)
{
	struct endpoint_request *r =
		container_of(event, struct endpoint_request, request.event);

	request_finish(&r->request, answer(r->endpoint, r));
}

void endpoint_request(struct endpoint *ep, struct endpoint_request *r)
{
	r->endpoint = ep;
	r->request.event.handle = run_request;
	r->request.event.kind = EVENT_REQUEST;
	net_post(ep->net, &r->request.event);
}

/* ---- what is published ---- */

void endpoint_adopt(struct endpoint *ep, const struct endpoint_notify *notify,
		    void *owner)
{
	atomic_store(&ep->notify, notify);
	atomic_store(&ep->owner, owner);
}

uint32_t endpoint_status(const struct endpoint *ep)
{
	return atomic_load(&ep->status);
}

void endpoint_set_status(struct endpoint *ep, uint32_t set, uint32_t clear)
{
	if (clear)
		atomic_fetch_and(&ep->status, ~clear);
	if (set)
		atomic_fetch_or(&ep->status, set);
}

int endpoint_take_error(struct endpoint *ep)
{
	if (!atomic_load(&ep->error))
		return 0;
	return -atomic_exchange(&ep->error, 0);
}

void endpoint_set_error(struct endpoint *ep, int error)
{
	atomic_store(&ep->error, error);
	endpoint_wake(ep, NET_POLLERR | NET_POLLIN | NET_POLLOUT);
}

void endpoint_names(const struct endpoint *ep, struct net_name *local,
		    struct net_name *remote)
{
	uint32_t version;

	do {
		while ((version = atomic_load(&ep->names_version)) & 1)
			;
		if (local)
			*local = ep->local;
		if (remote)
			*remote = ep->remote;
		atomic_fence();
	} while (atomic_load(&ep->names_version) != version);
}

void endpoint_set_names(struct endpoint *ep, const struct net_name *local,
			const struct net_name *remote)
{
	atomic_fetch_add(&ep->names_version, 1);
	if (local)
		ep->local = *local;
	if (remote)
		ep->remote = *remote;
	atomic_fetch_add(&ep->names_version, 1);
}

static uint32_t tx_used(const struct endpoint *ep)
{
	if (ep->type == NET_SOCK_STREAM)
		return (uint32_t)frag_ring_used(&ep->tx);
	return atomic_load(&ep->tx_charged);
}

uint64_t endpoint_unsent_room(const struct endpoint *ep)
{
	uint32_t most = atomic_load_relaxed(&ep->tx_unsent_most);
	uint64_t sent, unsent;

	if (!most)
		return UINT64_MAX;
	sent = atomic_load(&ep->tx_sent);
	unsent = atomic_load(&ep->tx.tail) - sent;
	return unsent < most ? most - unsent : 0;
}

/* At least a third of the limit is free (Linux's sk_stream_is_writeable), and
 * at most half of what may be unsent is. */
static bool writable(const struct endpoint *ep)
{
	uint32_t limit = atomic_load_relaxed(&ep->sndbuf), used = tx_used(ep);

	if (used >= limit || limit - used < used / 2)
		return false;
	return ep->type != NET_SOCK_STREAM ||
	       endpoint_unsent_room(ep) >
		       atomic_load_relaxed(&ep->tx_unsent_most) / 2;
}

bool endpoint_readable(const struct endpoint *ep)
{
	uint64_t used = frag_ring_used(&ep->rx);
	uint32_t target = atomic_load_relaxed(&ep->opt.low_water);
	uint32_t most = atomic_load_relaxed(&ep->rx.limit) / 2;

	if (used == 0)
		return false;
	/* The byte at the mark is not read with the others. */
	if (!ep->opt.oob_inline && urgent_at_mark(ep))
		target++;
	return used >= target || used >= most;
}

static uint32_t poll_stream(struct endpoint *ep, uint32_t status)
{
	uint32_t events = 0;

	if (status & EP_LISTENING)
		return atomic_load(&ep->accept_count) ? NET_POLLIN : 0;
	if (endpoint_readable(ep))
		events |= NET_POLLIN;
	if (status & (EP_RX_EOF | EP_RX_SHUT))
		events |= NET_POLLIN | NET_POLLRDHUP;
	if (status & EP_URGENT)
		events |= NET_POLLPRI;
	if (!(status & (EP_CONNECTED | EP_CONNECTING)))
		return events | NET_POLLOUT | NET_POLLHUP;
	if ((status & (EP_RX_EOF | EP_RX_SHUT)) && (status & EP_TX_SHUT))
		events |= NET_POLLHUP;
	return events;
}

static uint32_t poll_datagram(const struct endpoint *ep, uint32_t status)
{
	uint32_t events = 0;

	if (atomic_load(&ep->rx_queued))
		events |= NET_POLLIN;
	if (status & EP_RX_SHUT)
		events |= NET_POLLIN | NET_POLLRDHUP;
	if ((status & EP_RX_SHUT) && (status & EP_TX_SHUT))
		events |= NET_POLLHUP;
	return events;
}

uint32_t endpoint_poll(struct endpoint *ep)
{
	uint32_t status = atomic_load(&ep->status), events;

	if (ep->type == NET_SOCK_STREAM)
		events = poll_stream(ep, status);
	else
		events = poll_datagram(ep, status);
	if (atomic_load(&ep->error))
		events |= NET_POLLERR;
	if (atomic_load(&ep->errors_queued))
		events |= NET_POLLERR | (ep->opt.poll_errors ? NET_POLLPRI : 0);
	if (status & (EP_LISTENING | EP_CONNECTING))
		return events;
	if ((status & EP_TX_SHUT) || writable(ep))
		return events | NET_POLLOUT;
	atomic_store(&ep->want_write, 1);
	atomic_fence();
	return writable(ep) ? events | NET_POLLOUT : events;
}

/* ---- waking ---- */

void endpoint_wake(struct endpoint *ep, uint32_t events)
{
	if (!ep->pending_events) {
		endpoint_get(ep);
		list_push_back(&ep->net->notify, &ep->notify_list);
	}
	ep->pending_events |= events;
}

void endpoint_writable(struct endpoint *ep)
{
	atomic_fence();
	if (!atomic_load_relaxed(&ep->want_write) || !writable(ep))
		return;
	atomic_store(&ep->want_write, 0);
	endpoint_wake(ep, NET_POLLOUT);
}

void endpoint_flush_wakes(struct net *net)
{
	struct endpoint *ep;

	while ((ep = LIST_POP(&net->notify, struct endpoint, notify_list))) {
		void *owner = atomic_load(&ep->owner);
		uint32_t events = ep->pending_events;

		ep->pending_events = 0;
		if (owner)
			atomic_load(&ep->notify)->wake(owner, events);
		endpoint_put(ep);
	}
}

/* ---- accepting ---- */

void endpoint_push_accepted(struct endpoint *listener, struct endpoint *child)
{
	endpoint_get(child);
	atomic_fetch_add(&listener->accept_count, 1);
	mailbox_push(&listener->accepted, &child->accept_mail);
	endpoint_wake(listener, NET_POLLIN);
}

struct endpoint *endpoint_accept(struct endpoint *listener)
{
	struct mail *mail = mailbox_pop(&listener->accepted);

	if (!mail)
		return NULL;
	atomic_fetch_sub(&listener->accept_count, 1);
	return container_of(mail, struct endpoint, accept_mail);
}

uint32_t endpoint_accepts(struct endpoint *listener)
{
	if (unlikely(listener->watched))
		listener->net->recorder->ops->accepts(listener);
	return atomic_load(&listener->accept_count);
}

struct endpoint *endpoint_unaccepted(struct endpoint *listener)
{
	endpoint_accepts(listener);
	return endpoint_accept(listener);
}

/* ---- datagrams ---- */

void endpoint_sample_watched(struct endpoint *ep)
{
	ep->net->recorder->ops->sample(ep);
}

void endpoint_sample_charge(struct endpoint *ep)
{
	if (unlikely(ep->watched))
		ep->net->recorder->ops->charge(ep);
}

struct datagram *endpoint_next_datagram(struct endpoint *ep)
{
	struct mail *mail;

	if (unlikely(ep->watched))
		return ep->net->recorder->ops->datagram(ep);
	mail = mailbox_pop(&ep->tx_box);
	return mail ? container_of(mail, struct datagram, mail) : NULL;
}

int endpoint_send_datagram(struct endpoint *ep, struct datagram *datagram)
{
	uint32_t charge = datagram->charge;

	if (atomic_load(&ep->tx_charged) >= atomic_load_relaxed(&ep->sndbuf)) {
		atomic_store(&ep->want_write, 1);
		atomic_fence();
		if (atomic_load(&ep->tx_charged) >= ep->sndbuf)
			return -EAGAIN;
	}
	atomic_fetch_add(&ep->tx_charged, charge);
	mailbox_push(&ep->tx_box, &datagram->mail);
	endpoint_kick(ep);
	return 0;
}

struct datagram *endpoint_peek_datagram(struct endpoint *ep)
{
	struct mail *mail = mailbox_peek(&ep->rx_box);

	return mail ? container_of(mail, struct datagram, mail) : NULL;
}

struct datagram *endpoint_receive_datagram(struct endpoint *ep)
{
	struct mail *mail = mailbox_pop(&ep->rx_box);
	struct datagram *datagram;

	if (!mail)
		return NULL;
	datagram = container_of(mail, struct datagram, mail);
	atomic_fetch_sub(&ep->rx_queued, 1);
	atomic_fetch_sub(&ep->rx_charged, datagram->charge);
	return datagram;
}

enum reason endpoint_deliver(struct endpoint *ep, struct datagram *datagram,
			     enum reason full)
{
	uint32_t charged;

	endpoint_sample_charge(ep);
	charged = atomic_load(&ep->rx_charged);
	/* The last one may overshoot, as with Linux. */
	if (charged >= atomic_load_relaxed(&ep->rcvbuf)) {
		atomic_count(&ep->rx_dropped, 1);
		datagram_free(datagram);
		return full;
	}
	atomic_fetch_add(&ep->rx_charged, datagram->charge);
	atomic_fetch_add(&ep->rx_queued, 1);
	mailbox_push(&ep->rx_box, &datagram->mail);
	endpoint_wake(ep, NET_POLLIN);
	return REASON_NONE;
}

struct netif *endpoint_netif(const struct endpoint *ep)
{
	if (!ep->opt.bound_netif)
		return NULL;
	return netif_by_index(ep->net, ep->opt.bound_netif);
}

void packet_charge(struct packet *packet, struct endpoint *ep, uint32_t charge)
{
	packet->charged = endpoint_get(ep);
	packet->charge = charge;
}
