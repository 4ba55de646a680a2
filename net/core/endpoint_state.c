// SPDX-License-Identifier: MIT
/*
 * What an endpoint publishes: status, error and names, what poll() makes of
 * them, who is woken, and who waits to be accepted. See endpoint.h.
 */
#include "net/core/endpoint.h"

#include "net/core/endpoint_private.h"
#include "net/core/instance.h"
#include "net/core/record.h"
#include "net/core/stream.h"
#include "net/core/urgent.h"

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
	sent = atomic_load(&ep->extra->tx_sent);
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
		return atomic_load(&ep->extra->accept_count) ? NET_POLLIN : 0;
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
	struct endpoint_extra *extra = atomic_load(&ep->extra);
	uint32_t status = atomic_load(&ep->status), events;

	if (ep->type == NET_SOCK_STREAM)
		events = poll_stream(ep, status);
	else
		events = poll_datagram(ep, status);
	if (atomic_load(&ep->error))
		events |= NET_POLLERR;
	if (extra && atomic_load(&extra->errors_queued))
		events |= NET_POLLERR | (ep->opt.poll_errors ? NET_POLLPRI : 0);
	if (status & (EP_LISTENING | EP_CONNECTING))
		return events;
	if ((status & EP_TX_SHUT) || writable(ep))
		return events | NET_POLLOUT;
	atomic_store(&ep->want_write, true);
	atomic_fence();
	return writable(ep) ? events | NET_POLLOUT : events;
}

/* ---- waking ---- */

void endpoint_wake(struct endpoint *ep, uint32_t events)
{
	struct net *net = ep->net;

	if (!ep->pending_events) {
		endpoint_get(ep);
		ep->notify_next = NULL;
		if (net->notify_first)
			net->notify_last->notify_next = ep;
		else
			net->notify_first = ep;
		net->notify_last = ep;
	}
	ep->pending_events |= events;
}

void endpoint_writable(struct endpoint *ep)
{
	atomic_fence();
	if (!atomic_load_relaxed(&ep->want_write) || !writable(ep))
		return;
	atomic_store(&ep->want_write, false);
	endpoint_wake(ep, NET_POLLOUT);
}

void endpoint_flush_wakes(struct net *net)
{
	struct endpoint *ep;

	while ((ep = net->notify_first)) {
		void *owner = atomic_load(&ep->owner);
		uint32_t events = ep->pending_events;

		net->notify_first = ep->notify_next;
		ep->pending_events = 0;
		if (owner)
			atomic_load(&ep->notify)->wake(owner, events);
		endpoint_put(ep);
	}
}

/* ---- moving ---- */

/* Out of those that this batch would wake: a rare walk. */
static void unmark(struct endpoint *ep) ON_NET_THREAD
{
	struct endpoint **at = &ep->net->notify_first, *before = NULL;

	while (*at != ep) {
		before = *at;
		at = &before->notify_next;
	}
	*at = ep->notify_next;
	if (ep->net->notify_last == ep)
		ep->net->notify_last = before;
	ep->pending_events = 0;
}

void endpoint_move(struct endpoint *ep, struct net *to, bool travels)
{
	void *owner = atomic_load(&ep->owner);
	uint32_t events = ep->pending_events;

	/* Its news are told here and now. */
	if (events)
		unmark(ep);
	if (events && owner)
		atomic_load(&ep->notify)->wake(owner, events);
	ep->watched = false; /* a replay has ended: record.h */
	if (travels)
		atomic_store(&ep->travels, true);
	atomic_store(&ep->net, to);
	if (!travels)
		atomic_store(&ep->travels, false);
	if (events)
		endpoint_put(ep);
}

void endpoint_arrive(struct endpoint *ep, struct net *net)
{
	atomic_store(&ep->net, net);
	atomic_store(&ep->travels, false);
}

/* ---- accepting ---- */

void endpoint_push_accepted(struct endpoint *listener, struct endpoint *child)
{
	struct endpoint_extra *extra = listener->extra;

	endpoint_get(child);
	atomic_fetch_add(&extra->accept_count, 1);
	mailbox_push(&extra->accepted, &child->event.mail);
	endpoint_wake(listener, NET_POLLIN);
}

struct endpoint *endpoint_accept(struct endpoint *listener)
{
	struct endpoint_extra *extra = atomic_load(&listener->extra);
	struct mail *mail = extra ? mailbox_pop(&extra->accepted) : NULL;

	if (!mail)
		return NULL;
	atomic_fetch_sub(&extra->accept_count, 1);
	return container_of(mail, struct endpoint, event.mail);
}

uint32_t endpoint_accepts(struct endpoint *listener)
{
	if (unlikely(listener->watched))
		listener->net->recorder->ops->accepts(listener);
	return atomic_load(&listener->extra->accept_count);
}

struct endpoint *endpoint_unaccepted(struct endpoint *listener)
{
	endpoint_accepts(listener);
	return endpoint_accept(listener);
}
