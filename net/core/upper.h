// SPDX-License-Identifier: MIT
/*
 * Links on top of links: a VLAN on its lower link, a bridge (netif->master) on
 * its ports. What happens to one - up, carrier, MTU, address - matters to
 * those above it. It is noted as news when it happens and told when the event
 * that caused it has been handled, by one flat loop: however high the tower,
 * nobody calls upwards.
 *
 * A link that leaves lets go at once of all that is above it.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/netif.h"

struct net;

enum link_news {
	NEWS_STATE = 1, /* up or down, carrier */
	NEWS_MTU = 2,
	NEWS_MAC = 4,
	NEWS_JOINED = 8, /* it has a master now */
};

#define VLAN_PARTS 8
#define VLAN_PART 512

/* The VLANs of a link, by protocol (0: 802.1Q, 1: 802.1ad) and number. */
struct vlan_group {
	struct list links; /* netif->vlan_list */
	struct netif **parts[2][VLAN_PARTS]; /* of VLAN_PART; or NULL */
};

void link_news(struct netif *netif, uint32_t news) ON_NET_THREAD;
/* For net_run(): tells all news, and those that follow from them. */
void link_settle(struct net *net) ON_NET_THREAD;
/* Whether frames of `netif` pass `below`: it, or a link under it. */
bool link_is_above(struct netif *netif,
		   const struct netif *below) ON_NET_THREAD;
/* For netif_leave(). */
void link_let_go(struct netif *netif) ON_NET_THREAD;

/* -ENOMEM. Then vlan_join() can be done. */
int vlan_reserve(struct netif *lower, int protocol, uint16_t id) ON_NET_THREAD;
void vlan_join(struct netif *lower, struct netif *vlan, int protocol,
	       uint16_t id) ON_NET_THREAD;
void vlan_leave(struct netif *vlan, int protocol, uint16_t id) ON_NET_THREAD;

static inline struct netif *vlan_first(const struct netif *lower)
{
	return lower->vlans ? LIST_FIRST(&lower->vlans->links, struct netif,
					 vlan_list) :
			      NULL;
}

static inline struct netif *vlan_find(const struct netif *lower, int protocol,
				      uint16_t id)
{
	struct netif **part;

	if (!lower->vlans || id >= VLAN_PARTS * VLAN_PART)
		return NULL;
	part = lower->vlans->parts[protocol][id / VLAN_PART];
	return part ? part[id % VLAN_PART] : NULL;
}
