// SPDX-License-Identifier: MIT
/* Links between stacks: see travel.h. */
#include "net/core/travel.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/config.h"
#include "net/core/instance.h"
#include "net/core/netif_private.h"
#include "net/core/upper.h"

static void step_check(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_leave(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_left(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_join(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_back(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_peer(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_make(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_done(struct net *net, struct event *event) NET_THREAD_ROOT;
static void step_home(struct net *net, struct event *event) NET_THREAD_ROOT;

static struct link_journey *journey_of(struct event *event)
{
	return container_of(event, struct link_journey, event);
}

static void go(struct link_journey *journey, struct net *to,
	       void (*step)(struct net *net, struct event *event))
{
	journey->event.handle = step;
	net_post(to ? to : journey->home, &journey->event);
}

static void step_done(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);

	if (journey->alias)
		port_free(journey->alias);
	journey->done(journey);
}

static void finish(struct link_journey *journey, int result)
{
	journey->result = result;
	go(journey, NULL, step_done);
}

/* ---- Moving ---- */

static const struct link_kind *moves_as(const struct netif *netif)
{
	return netif->kind ? netif->kind : netif->ops->travel;
}

int link_move(struct link_journey *journey, struct netif *netif)
{
	const struct link_kind *kind = moves_as(netif);

	/* What stands on it cannot reach into another stack. */
	if (!kind || !kind->moves || vlan_first(netif)) {
		journey->error_text = "The interface netns is immutable";
		return -EINVAL;
	}
	if (netif->journey)
		return -EBUSY;
	journey->home = netif->net;
	journey->kind = kind;
	journey->netif = netif;
	journey->stack = journey->to->config->number;
	netif->journey = journey;
	string_copy(journey->name, netif->name, sizeof journey->name);
	if (!journey->request.name[0])
		string_copy(journey->request.name, netif->name,
			    sizeof journey->request.name);
	if (!journey->request.index)
		journey->request.wished_index = netif->index;
	go(journey, journey->to, step_check);
	return 0;
}

void link_journey_cancel(struct netif *netif)
{
	if (netif->journey)
		netif->journey->netif = NULL;
	netif->journey = NULL;
}

static void step_check(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);

	journey->result = link_request_check(net, &journey->request);
	if (journey->result == -EEXIST)
		journey->error_text = "An interface with the same name exists "
				      "in the target netns";
	if (journey->result == -EBUSY)
		journey->error_text = "An interface with the same ifindex "
				      "exists in the target netns";
	go(journey, NULL, step_leave);
}

static void describe(struct link_journey *journey, struct netif *netif)
{
	struct link_request *r = &journey->request;

	r->mtu = netif->mtu;
	r->queue_length = netif->queue_length;
	r->group = netif->group;
	r->has_mtu = r->has_queue_length = r->has_group = true;
	r->has_mac = netif->type == NETIF_ETHERNET;
	memcpy(r->mac, netif->mac, 6);
	journey->mac_origin = netif->mac_origin;
	journey->alias = netif->alias;
	netif->alias = NULL;
	journey->stats = netif->stats;
	if (netif->flags & NETIF_NOARP) {
		journey->flags |= NETIF_NOARP;
		journey->change |= NETIF_NOARP;
	}
}

static void leave(struct link_journey *journey,
		  struct netif *netif) ON_NET_THREAD
{
	describe(journey, netif);
	journey->home_index = netif->index;
	netif->leaves_for = journey;
	if (journey->kind->depart)
		journey->request.own = journey->kind->depart(netif);
	link_remove(netif);
}

static void step_leave(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);
	struct netif *netif = journey->netif;

	if (netif)
		netif->journey = NULL;
	if (!netif || journey->result) {
		finish(journey, netif ? journey->result : -ENODEV);
		return;
	}
	leave(journey, netif);
	journey->netif = NULL;
	go(journey, NULL, step_left);
}

/* All that was posted to us for the link has been handled. */
static void step_left(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);

	go(journey, journey->to, step_join);
}

static int join(struct net *net, struct link_journey *journey) ON_NET_THREAD
{
	struct netif *netif;
	int err = link_create(net, journey->kind, &journey->request, &netif);

	if (err)
		return err;
	netif->stats = journey->stats;
	netif->mac_origin = journey->mac_origin;
	if (journey->alias)
		link_set_alias(netif, journey->alias);
	if (journey->change)
		link_set_flags(netif, journey->flags, journey->change);
	return 0;
}

static void step_join(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);
	int err = join(net, journey);

	if (!err) {
		finish(journey, 0);
		return;
	}
	journey->result = err;
	go(journey, NULL, step_back);
}

/* It is not wanted there after all. If we have no room for it any more, it is
 * lost, and its peer with it. */
static void step_back(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);

	string_copy(journey->request.name, journey->name,
		    sizeof journey->request.name);
	journey->request.index = 0;
	journey->request.wished_index = journey->home_index;
	journey->change = 0;
	if (join(net, journey) && journey->kind->abandon)
		journey->kind->abandon(net, (void *)journey->request.own);
	finish(journey, journey->result);
}

/* ---- Home ---- */

void link_send_home(struct netif *netif)
{
	struct link_journey *journey = port_alloc(sizeof *journey);

	link_journey_cancel(netif);
	if (!journey) {
		netif->ops->travel->abandon(netif->net,
					    netif->ops->travel->depart(netif));
		link_remove(netif);
		return;
	}
	journey->to = netif->net->config->origin;
	journey->kind = netif->ops->travel;
	journey->stack = journey->to->config->number;
	string_copy(journey->request.name, netif->name,
		    sizeof journey->request.name);
	journey->request.wished_index = netif->index;
	leave(journey, netif);
	go(journey, journey->to, step_home);
}

/* Linux's other name for it. */
static void step_home(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);

	if (netif_by_name(net, journey->request.name))
		format_to(journey->request.name, sizeof journey->request.name,
			  "dev%u", journey->home_index);
	if (netif_by_name(net, journey->request.name))
		string_copy(journey->request.name, "dev%d",
			    sizeof journey->request.name);
	if (join(net, journey) && journey->kind->abandon)
		journey->kind->abandon(net, (void *)journey->request.own);
	if (journey->alias)
		port_free(journey->alias);
	port_free(journey);
}

/* ---- Making ---- */

void link_make_elsewhere(struct link_journey *journey, struct net *home)
{
	journey->home = home;
	journey->request.peer = NULL;
	if (!journey->kind->paired) {
		go(journey, journey->to, step_make);
		return;
	}
	journey->result =
		journey->kind->pair(&journey->peer.own, &journey->request.own);
	if (journey->result)
		finish(journey, journey->result);
	else
		go(journey, journey->peer_to, step_peer);
}

static void step_peer(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);
	struct netif *netif;
	int err = link_create(net, journey->kind, &journey->peer, &netif);

	if (!err) {
		go(journey, journey->to, step_make);
		return;
	}
	journey->error_text = journey->peer.error_text;
	journey->kind->abandon(net, (void *)journey->peer.own);
	journey->kind->abandon(net, (void *)journey->request.own);
	finish(journey, err);
}

static void step_make(struct net *net, struct event *event)
{
	struct link_journey *journey = journey_of(event);
	struct netif *netif;
	int err = link_create(net, journey->kind, &journey->request, &netif);

	if (!err && journey->change)
		link_set_flags(netif, journey->flags, journey->change);
	if (err) {
		journey->error_text = journey->request.error_text;
		if (journey->kind->paired)
			journey->kind->abandon(net,
					       (void *)journey->request.own);
	}
	finish(journey, err);
}
