// SPDX-License-Identifier: MIT
/*
 * VLANs (IEEE 802.1Q, and 802.1ad's service tags): links whose frames travel
 * tagged on another link. The stage VLAN_IN takes the tag off and hands the
 * frame to the VLAN's link; what that link sends gets the tag and goes on to
 * the lower one. Which VLANs a link has is in net/core/upper.h.
 */
#pragma once

#include "net/core/link.h"
#include "net/core/reason.h"

struct net;
struct packet;

#define VLAN_TAG 4
#define VLAN_ID_MASK 0xfff

struct vlan {
	struct netif netif; /* first: link_detached() */
	uint16_t id;
	uint16_t protocol; /* ethertype of the tag */
	uint32_t flags; /* VLAN_FLAG_ */
};

/* linux/if_vlan.h */
enum {
	VLAN_FLAG_REORDER_HEADER = 1,
	VLAN_FLAG_GVRP = 2,
	VLAN_FLAG_LOOSE_BINDING = 4,
	VLAN_FLAG_MVRP = 8,
	VLAN_FLAG_BRIDGE_BINDING = 16,
};

verdict_t vlan_in(struct net *net, struct packet *packet);
/* A copy with a tag in front of its ethertype. NULL: no memory. */
struct packet *vlan_tagged(struct net *net, struct packet *packet,
			   uint16_t protocol, uint16_t tag) ON_NET_THREAD;

extern const struct link_kind vlan_kind;
