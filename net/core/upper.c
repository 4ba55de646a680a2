// SPDX-License-Identifier: MIT
/* See upper.h. */
#include "net/core/upper.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/core/link.h"

void link_news(struct netif *netif, uint32_t news)
{
	bool cares = netif->kind && netif->kind->settle;

	if (!cares && !netif->master && !netif->vlans)
		return;
	netif->news |= news;
	if (list_empty(&netif->unsettled))
		list_push_back(&netif->net->unsettled, &netif->unsettled);
}

static void tell_upper(struct netif *upper, struct netif *lower,
		       uint32_t news) ON_NET_THREAD
{
	if (upper->kind && upper->kind->lower_changed)
		upper->kind->lower_changed(upper, lower, news);
}

static void settle(struct netif *netif) ON_NET_THREAD
{
	uint32_t news = netif->news;
	struct netif *vlan;

	netif->news = 0;
	if (netif->kind && netif->kind->settle)
		netif->kind->settle(netif, news);
	if (netif->master)
		tell_upper(netif->master, netif, news);
	if (netif->vlans)
		LIST_FOR_EACH_SAFE(vlan, &netif->vlans->links, vlan_list)
			tell_upper(vlan, netif, news);
}

/* Ends: news only travel upwards, and no tower is a ring. */
void link_settle(struct net *net)
{
	struct netif *netif;

	while ((netif = LIST_POP(&net->unsettled, struct netif, unsettled)))
		settle(netif);
}

/* Marks spread upwards until they stay: there are few links, and this is asked
 * when one gets a master. */
bool link_is_above(struct netif *netif, const struct netif *below)
{
	struct list *all = &netif->net->netifs;
	struct netif *at;
	bool more = true;

	LIST_FOR_EACH(at, all, list)
		at->marked = at == below;
	while (more) {
		more = false;
		LIST_FOR_EACH(at, all, list) {
			bool vlan = at->kind && at->kind->lower_changed &&
				    at->lower && at->lower->marked;

			if (!at->marked && vlan)
				at->marked = more = true;
			if (at->marked && at->master && !at->master->marked)
				at->master->marked = more = true;
		}
	}
	return netif->marked;
}

/* ---- VLANs of a link ---- */

static void free_group(struct netif *lower)
{
	struct vlan_group *group = lower->vlans;

	lower->vlans = NULL;
	for (int i = 0; i < 2 * VLAN_PARTS; i++)
		if (group->parts[i / VLAN_PARTS][i % VLAN_PARTS])
			port_free(group->parts[i / VLAN_PARTS][i % VLAN_PARTS]);
	port_free(group);
}

int vlan_reserve(struct netif *lower, int protocol, uint16_t id)
{
	struct netif ***part;

	if (!lower->vlans) {
		lower->vlans = port_alloc(sizeof *lower->vlans);
		if (!lower->vlans)
			return -ENOMEM;
		list_init(&lower->vlans->links);
	}
	part = &lower->vlans->parts[protocol][id / VLAN_PART];
	if (!*part)
		*part = port_alloc(VLAN_PART * sizeof **part);
	return *part ? 0 : -ENOMEM;
}

void vlan_join(struct netif *lower, struct netif *vlan, int protocol,
	       uint16_t id)
{
	vlan->lower = lower;
	lower->vlans->parts[protocol][id / VLAN_PART][id % VLAN_PART] = vlan;
	list_push_back(&lower->vlans->links, &vlan->vlan_list);
}

void vlan_leave(struct netif *vlan, int protocol, uint16_t id)
{
	struct netif *lower = vlan->lower;

	if (!lower)
		return;
	lower->vlans->parts[protocol][id / VLAN_PART][id % VLAN_PART] = NULL;
	list_remove(&vlan->vlan_list);
	vlan->lower = NULL;
	if (list_empty(&lower->vlans->links))
		free_group(lower);
}

void link_let_go(struct netif *netif)
{
	struct netif *vlan;

	list_remove(&netif->unsettled);
	if (netif->master) {
		netif->master->kind->release(netif->master, netif);
		netif->master = NULL;
	}
	while ((vlan = vlan_first(netif))) {
		list_remove(&vlan->vlan_list);
		vlan->lower = NULL;
	}
	if (netif->vlans)
		free_group(netif);
}
