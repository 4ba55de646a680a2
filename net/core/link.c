// SPDX-License-Identifier: MIT
/* Links: see link.h. */
#include "net/core/link.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/netif_private.h"
#include "net/core/route.h"
#include "net/core/travel.h"
#include "net/core/upper.h"

#define SETTABLE (NETIF_UP | NETIF_MULTICAST | NETIF_NOARP)

static void tell(struct netif *netif) ON_NET_THREAD
{
	net_changed(netif->net, CHANGE_LINK, CHANGE_NEW, netif);
}

/* ---- Making and ending ---- */

const struct link_kind *link_kind_find(struct net *net, const char *name)
{
	for (size_t i = 0; net->link_kinds && net->link_kinds[i]; i++)
		if (string_equal(net->link_kinds[i]->name, name))
			return net->link_kinds[i];
	return NULL;
}

/* A locally administered unicast address. */
static void random_mac(uint8_t mac[6])
{
	port_random(mac, 6);
	mac[0] = (mac[0] & 0xfc) | 2;
}

int link_request_check(struct net *net, const struct link_request *request)
{
	if (request->name[0] && !strstr(request->name, "%d")) {
		if (!link_name_valid(request->name))
			return -EINVAL;
		if (netif_by_name(net, request->name))
			return -EEXIST;
	}
	if (request->index && netif_by_index(net, request->index))
		return -EBUSY;
	return 0;
}

static int apply_request(struct netif *netif,
			 const struct link_request *request)
{
	if (request->has_mtu &&
	    (request->mtu < netif->min_mtu || request->mtu > netif->max_mtu))
		return -EINVAL;
	if (request->has_mtu)
		netif->mtu = request->mtu;
	if (request->has_mac) {
		if (request->mac[0] & 1)
			return -EADDRNOTAVAIL;
		memcpy(netif->mac, request->mac, 6);
		netif->mac_origin = MAC_CHOSEN;
	} else if (netif->type == NETIF_ETHERNET &&
		   netif->mac_origin != MAC_INHERITED) {
		random_mac(netif->mac);
		netif->mac_origin = MAC_RANDOM;
	}
	if (request->has_queue_length)
		netif->queue_length = request->queue_length;
	netif->group = request->group;
	return 0;
}

static int create_one(struct net *net, const struct link_kind *kind,
		      struct link_request *request,
		      struct netif **out) ON_NET_THREAD
{
	struct netif *netif;
	uint32_t index = request->index;
	int err = link_request_check(net, request);

	if (!err)
		err = kind->create(net, request, &netif);
	if (err)
		return err;
	if (!index && request->wished_index &&
	    !netif_by_index(net, request->wished_index))
		index = request->wished_index;
	netif->kind = kind->device ? NULL : kind;
	if (!netif->min_mtu)
		netif->min_mtu = NETIF_MTU_MIN;
	err = apply_request(netif, request);
	if (err) {
		port_free(netif);
		return err;
	}
	if (request->name[0])
		string_copy(netif->name, request->name, sizeof netif->name);
	else
		format_to(netif->name, sizeof netif->name, "%s%%d", kind->name);
	netif_prepare(net, netif);
	netif_join_as(net, netif, index, false);
	if (kind->joined)
		kind->joined(netif);
	*out = netif;
	return 0;
}

/* Both ends; the other one first, as Linux numbers them. */
static int create_pair(struct net *net, const struct link_kind *kind,
		       struct link_request *request,
		       struct netif **out) ON_NET_THREAD
{
	static const struct link_request plain;
	struct link_request spec = request->peer ? *request->peer : plain;
	struct netif *peer;
	int err;

	if (spec.name[0] && string_equal(spec.name, request->name))
		return -EEXIST;
	err = kind->pair(&spec.own, &request->own);
	if (err)
		return err;
	err = create_one(net, kind, &spec, &peer);
	if (err) {
		kind->abandon(net, (void *)spec.own);
		kind->abandon(net, (void *)request->own);
		return err;
	}
	tell(peer);
	err = create_one(net, kind, request, out);
	if (err) {
		kind->abandon(net, (void *)request->own);
		link_remove(peer);
	}
	return err;
}

int link_create(struct net *net, const struct link_kind *kind,
		struct link_request *request, struct netif **out)
{
	int err = link_request_check(net, request);

	if (err)
		return err;
	err = kind->paired && !request->own ?
		      create_pair(net, kind, request, out) :
		      create_one(net, kind, request, out);
	if (!err)
		tell(*out);
	return err;
}

void link_remove(struct netif *netif)
{
	struct net *net = netif->net;
	struct netif *member;

	link_journey_cancel(netif);
	link_set_flags(netif, 0, NETIF_UP);
	if (netif->master)
		link_set_master(netif, NULL, NULL);
	LIST_FOR_EACH(member, &net->netifs, list)
		if (member->master == netif)
			link_set_master(member, NULL, NULL);
	if (netif->kind && netif->kind->destroy)
		netif->kind->destroy(netif);
	netif_leave(net, netif);
}

/* VLANs on top of it go first, and theirs before them. */
static void delete_tower(struct netif *netif) ON_NET_THREAD
{
	struct netif *top, *upper;

	do {
		top = netif;
		while ((upper = vlan_first(top)))
			top = upper;
		link_remove(top);
	} while (top != netif);
}

int link_delete(struct netif *netif)
{
	struct netif *peer;

	if (!netif->kind || !netif->kind->software)
		return -EOPNOTSUPP;
	peer = netif->kind->paired ? netif->lower : NULL;
	if (peer) {
		delete_tower(peer);
	}
	delete_tower(netif);
	return 0;
}

void link_detached(struct netif *netif)
{
	struct net *net = netif->net;

	list_push_back(&net->dead_links, &netif->list);
	/* Devices tell late what they have sent: ask them. */
	LIST_FOR_EACH(netif, &net->netifs, list)
		if (netif->ops->poll)
			netif_schedule(netif);
}

void link_reap(struct net *net)
{
	struct netif *netif;

	if (list_empty(&net->dead_links) || net->packets)
		return;
	LIST_FOR_EACH_SAFE(netif, &net->dead_links, list) {
		/* A device's last word may still be on its way. */
		if (atomic_load(&netif->schedule_event.posted) ||
		    atomic_load(&netif->link_event.posted))
			continue;
		list_remove(&netif->list);
		port_free(netif);
	}
}

/* ---- Changing ---- */

/* Linux's dev_valid_name(). */
bool link_name_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= NETIF_NAME_MAX || string_equal(name, ".") ||
	    string_equal(name, ".."))
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || name[i] == ':' || name[i] == ' ' ||
		    (name[i] >= '\t' && name[i] <= '\r'))
			return false;
	return true;
}

int link_rename(struct netif *netif, const char *name)
{
	if (string_equal(netif->name, name))
		return 0;
	if (!link_name_valid(name))
		return -EINVAL;
	if (netif_by_name(netif->net, name))
		return -EEXIST;
	string_copy(netif->name, name, sizeof netif->name);
	tell(netif);
	return 0;
}

int link_set_alias(struct netif *netif, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = size > 1 ? port_alloc(size) : NULL;

	if (size > 1 && !copy)
		return -ENOMEM;
	if (copy)
		memcpy(copy, text, size);
	if (netif->alias)
		port_free(netif->alias);
	netif->alias = copy;
	tell(netif);
	return 0;
}

void link_want(struct netif *netif, uint32_t flag, int change)
{
	uint32_t *users = flag == NETIF_PROMISC ? &netif->promiscuous :
						  &netif->all_multicast;

	*users += (uint32_t)change;
	if (*users)
		netif->flags |= flag;
	else
		netif->flags &= ~flag;
}

static void choose(struct netif *netif, uint32_t flag, uint32_t flags,
		   uint32_t change) ON_NET_THREAD
{
	if (!(change & flag & (flags ^ netif->chosen_flags)))
		return;
	netif->chosen_flags ^= flag;
	link_want(netif, flag, flags & flag ? 1 : -1);
}

int link_set_flags(struct netif *netif, uint32_t flags, uint32_t change)
{
	uint32_t old = netif_shown_flags(netif), was = netif->flags;
	uint32_t wanted = (was & ~(change & SETTABLE)) |
			  (flags & change & SETTABLE);
	bool up = wanted & NETIF_UP, turned = (was ^ wanted) & NETIF_UP;
	int err = 0;

	netif->flags = (wanted & ~(uint32_t)NETIF_UP) | (was & NETIF_UP);
	if (turned && up && netif->kind && netif->kind->open)
		err = netif->kind->open(netif);
	if (turned && !err)
		netif_set_up(netif, up);
	choose(netif, NETIF_PROMISC, flags, change);
	choose(netif, NETIF_ALLMULTI, flags, change);
	if (old != netif_shown_flags(netif))
		tell(netif);
	return err;
}

int link_set_mtu(struct netif *netif, uint32_t mtu)
{
	int err;

	if (mtu < netif->min_mtu || mtu > netif->max_mtu)
		return -EINVAL;
	err = netif->kind && netif->kind->check_mtu ?
		      netif->kind->check_mtu(netif, mtu) :
		      0;
	if (err)
		return err;
	netif->mtu_chosen = true;
	if (mtu == netif->mtu)
		return 0;
	netif->mtu = mtu;
	netif->conf6.mtu = 0;
	netif->net->routes.version++;
	link_news(netif, NEWS_MTU);
	tell(netif);
	return 0;
}

int link_set_features(struct netif *netif, uint32_t which, uint32_t on)
{
	if (which & ~netif->features_can)
		return -EOPNOTSUPP;
	netif->features_wanted = (netif->features_wanted & ~which) | on;
	netif->features = netif->features_wanted;
	/* Who cuts computes the pieces' checksums. */
	if (!(netif->features & NETIF_TX_CHECKSUM))
		netif->features &=
			~(uint32_t)(NETIF_TSO4 | NETIF_TSO6 | NETIF_USO);
	return 0;
}

int link_set_mac(struct netif *netif, const uint8_t mac[6])
{
	static const uint8_t none[6];

	if (netif->type != NETIF_ETHERNET)
		return -EOPNOTSUPP;
	if ((mac[0] & 1) || memcmp(mac, none, 6) == 0)
		return -EADDRNOTAVAIL;
	memcpy(netif->mac, mac, 6);
	netif->mac_origin = MAC_CHOSEN;
	neighbour_flush_all(netif);
	if (netif->ops->set_flags)
		netif->ops->set_flags(netif, netif->flags);
	tell(netif);
	link_news(netif, NEWS_MAC);
	return 0;
}

int link_set_master(struct netif *netif, struct netif *master,
		    const char **error_text)
{
	struct netif *old = netif->master;
	int err;

	if (old == master)
		return 0;
	if (old) {
		netif->master = NULL;
		old->kind->release(old, netif);
	}
	if (master) {
		if (!master->kind || !master->kind->enslave)
			return -EOPNOTSUPP;
		err = master->kind->enslave(master, netif, error_text);
		if (err)
			return err;
		netif->master = master;
	}
	tell(netif);
	link_news(netif, NEWS_JOINED);
	return 0;
}
