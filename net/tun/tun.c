// SPDX-License-Identifier: MIT
/*
 * TUN/TAP: the interface, the endpoint behind the file, and how they stay
 * together. What the file asks for is control.c's, frames are frame.c's.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/filter.h"
#include "net/core/travel.h"
#include "net/tun/tun_private.h"
#include "net/wire/ethernet.h"

#define QUEUE_LENGTH 500 /* TUN's */

/* ---- The interface ---- */

static void set_flags(struct netif *netif, uint32_t flags) NET_THREAD_ROOT;
static void joined(struct netif *netif) NET_THREAD_ROOT;
static void *depart(struct netif *netif) NET_THREAD_ROOT;
static void abandon(struct net *net, void *own) NET_THREAD_ROOT;
static void destroy(struct netif *netif) NET_THREAD_ROOT;

/* What the file may know without asking. */
void tun_publish(struct tun *tun)
{
	struct endpoint *ep = tun->state->ep;
	uint32_t set = EP_BOUND;

	if (!ep)
		return;
	if (tun->netif.flags & NETIF_UP)
		set |= EP_CONNECTED;
	endpoint_set_status(ep, set, ~set & (EP_BOUND | EP_CONNECTED));
	endpoint_wake(ep, NET_POLLIN | NET_POLLOUT);
}

static void set_flags(struct netif *netif, uint32_t flags)
{
	if (tun_of(netif)->state)
		tun_publish(tun_of(netif));
}

static const struct netif_ops ops = {
	.transmit = tun_transmit,
	.set_flags = set_flags,
	.detached = link_detached,
};

/* `request->own`: the state, of TUNSETIFF's making or from another stack;
 * without it it is netlink's request. */
static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct tun_state *state = (struct tun_state *)request->own;
	struct netif *netif;
	struct tun *tun;

	if (!state) {
		request->error_text =
			"tun/tap creation via rtnetlink is not supported.";
		return -EOPNOTSUPP;
	}
	tun = port_alloc(sizeof *tun);
	if (!tun)
		return -ENOMEM;
	tun->state = state;
	netif = &tun->netif;
	netif->ops = &ops;
	netif->mtu = 1500;
	netif->max_mtu = PACKET_MAX;
	netif->features = state->features;
	if (state->flags & TUN_IFF_TAP) {
		netif->type = NETIF_ETHERNET;
		netif->max_mtu = PACKET_MAX - ETHERNET_HEADER;
	} else {
		netif->type = NETIF_TYPE_NONE;
		netif->queue_length = QUEUE_LENGTH;
		netif->flags = NETIF_POINTOPOINT | NETIF_NOARP |
			       NETIF_MULTICAST;
	}
	*out = netif;
	return 0;
}

static void free_state(struct tun_state *state)
{
	filter_free(state->filter);
	port_free(state);
}

/* The file has no interface any more, and is at home. */
static void let_go(struct tun_state *state) ON_NET_THREAD
{
	struct endpoint *ep = state->ep;

	state->ep = NULL;
	if (!ep)
		return;
	ep->half = NULL;
	endpoint_set_status(ep, 0, EP_BOUND | EP_CONNECTED);
	endpoint_wake(ep, NET_POLLERR | NET_POLLIN | NET_POLLOUT);
	if (ep->net != state->home || ep->travels)
		endpoint_move(ep, state->home, false);
}

static void destroy(struct netif *netif)
{
	struct tun_state *state = tun_of(netif)->state;

	if (!state)
		return;
	tun_of(netif)->state = NULL;
	let_go(state);
	free_state(state);
}

static void *depart(struct netif *netif)
{
	struct tun_state *state = tun_of(netif)->state;

	tun_of(netif)->state = NULL;
	state->moved = true;
	state->carrier = netif->flags & NETIF_RUNNING;
	state->features = netif->features;
	if (!state->ep)
		return state;
	state->ep->half = NULL;
	endpoint_set_status(state->ep, 0, EP_CONNECTED);
	endpoint_move(state->ep, netif->leaves_for->to, true);
	return state;
}

static void joined(struct netif *netif)
{
	struct tun *tun = tun_of(netif);
	struct tun_state *state = tun->state;

	if (!state->moved)
		return;
	netif->flags &= ~(uint32_t)NETIF_RUNNING;
	if (state->carrier)
		netif->flags |= NETIF_RUNNING;
	if (!state->ep)
		return;
	endpoint_arrive(state->ep, netif->net);
	state->ep->half = tun;
	tun_publish(tun);
}

static void abandon(struct net *net, void *own)
{
	struct tun_state *state = own;

	/* On its way it was another stack's already. */
	if (state->ep)
		endpoint_arrive(state->ep, net);
	let_go(state);
	free_state(state);
}

static void describe(const struct netif *netif, struct nl_writer *w)
{
	enum { OWNER = 1, GROUP, TYPE, PI, VNET_HDR, PERSIST, MULTI_QUEUE };
	const struct tun_state *state =
		container_of(netif, struct tun, netif)->state;

	if (!state)
		return;
	nl_put_u8(w, TYPE, state->flags & TUN_MODE);
	if (state->owner != UINT32_MAX)
		nl_put_u32(w, OWNER, state->owner);
	if (state->group != UINT32_MAX)
		nl_put_u32(w, GROUP, state->group);
	nl_put_u8(w, PI, !(state->flags & TUN_IFF_NO_PI));
	nl_put_u8(w, VNET_HDR, !!(state->flags & TUN_IFF_VNET_HDR));
	nl_put_u8(w, PERSIST, state->persistent);
	nl_put_u8(w, MULTI_QUEUE, 0);
}

const struct link_kind tun_kind = {
	.name = "tun",
	.create = create,
	.joined = joined,
	.depart = depart,
	.abandon = abandon,
	.destroy = destroy,
	.describe = describe,
	.software = true,
	.with_queue = true,
	.usual_tso = true,
	.moves = true,
};

/* ---- The file ---- */

void tun_attach(struct tun *tun, struct endpoint *ep)
{
	tun->state->ep = ep;
	tun->state->home = ep->net;
	ep->half = tun;
	tun_publish(tun);
}

static int ioctl(struct endpoint *ep, unsigned int command,
		 int *value) NET_THREAD_ROOT
{
	return tun_control(ep, command, (struct tun_request *)value);
}

static void kick(struct endpoint *ep) NET_THREAD_ROOT
{
	struct datagram *datagram;

	while ((datagram = endpoint_next_datagram(ep))) {
		struct request *answer = datagram->answer;
		int result = tun_attached(ep) ?
				     tun_write(tun_attached(ep), datagram) :
				     -EBADFD;

		atomic_fetch_sub(&ep->tx_charged, datagram->charge);
		datagram_free(datagram);
		endpoint_writable(ep);
		if (answer)
			request_finish(answer, result);
	}
}

static int attach(struct endpoint *ep)
{
	return 0;
}

/* The file is closed: its interface goes, unless it is to stay. */
static void part(struct tun *tun, bool abort) ON_NET_THREAD
{
	let_go(tun->state);
	netif_set_carrier(&tun->netif, false);
	if (!tun->state->persistent && !abort)
		link_delete(&tun->netif);
}

static bool recall(struct endpoint *ep) NET_THREAD_ROOT
{
	struct tun *tun = tun_attached(ep);

	if (!tun || tun->state->home == ep->net)
		return false;
	part(tun, false);
	return true;
}

static void close(struct endpoint *ep, bool abort) NET_THREAD_ROOT
{
	if (tun_attached(ep))
		part(tun_attached(ep), abort);
	endpoint_half_done(ep);
}

const struct protocol tun_protocol = {
	.name = "TUN",
	.family = NET_TUN,
	.type = NET_SOCK_RAW,
	.own_names = true,
	.attach = attach,
	.close = close,
	.recall = recall,
	.kick = kick,
	.ioctl = ioctl,
};
