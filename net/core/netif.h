// SPDX-License-Identifier: MIT
/*
 * A network interface, and the contract between the stack and a driver.
 *
 * The driver fills in the fields of the first group and calls net_attach()
 * (net/net.h). From then on everything here belongs to the net thread; the
 * driver's interrupt handler may only call netif_schedule() and
 * netif_link_changed().
 *
 *   receive   interrupt -> netif_schedule() -> the net thread calls
 *             ops->poll(netif, budget): the driver makes packets with
 *             packet_new(), adds buffers with packet_add_fragment(), and hands
 *             each to netif_receive(). It returns how many packets it handled
 *             (received, or transmissions completed); if that is less than
 *             `budget` it has re-enabled its interrupt and looked once more,
 *             otherwise it is polled again with the interrupt still off.
 *   transmit  ops->transmit(netif, packet): 0 means taken. The driver calls
 *             packet_hold() if it needs the packet after the call, and
 *             packet_free() (in poll) when the device is done. -EBUSY: the ring
 *             is full; the interface keeps the packet and stops asking until
 *             the driver calls netif_wake() from poll. Any other -E drops it.
 *             The bytes are head + fragments; there is room for a device header
 *             in front of the head (packet_push) if `headroom` asks for it.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/address.h"
#include "net/core/annotate.h"
#include "net/core/event.h"
#include "net/core/ip_tunables.h"
#include "net/core/packet.h"
#include "net/core/stats.h"
#include "net/core/timer.h"

struct link_journey;
#define NETIF_MTU_MIN 68 /* RFC 791 */

struct link_kind;
struct net;
struct netif;
struct qdisc;

/* Linux's IFF_ numbers. */
enum netif_flags {
	NETIF_UP = 0x1,
	NETIF_BROADCAST = 0x2,
	NETIF_LOOPBACK = 0x8,
	NETIF_POINTOPOINT = 0x10,
	NETIF_RUNNING = 0x40, /* the link is there */
	NETIF_NOARP = 0x80,
	NETIF_PROMISC = 0x100,
	NETIF_ALLMULTI = 0x200,
	NETIF_MULTICAST = 0x1000,
};

/* What the device does for us. */
enum netif_features {
	NETIF_TX_CHECKSUM = 1 << 0, /* takes PACKET_CSUM_PARTIAL */
	NETIF_TSO4 = 1 << 1, /* takes gso_type GSO_TCP4 up to gso_max */
	NETIF_TSO6 = 1 << 2,
	NETIF_RX_CHECKSUM = 1 << 3, /* may set PACKET_CSUM_GOOD */
	NETIF_USO = 1 << 4, /* takes gso_type GSO_UDP */
};

/* Linux's ARPHRD_ numbers. */
enum netif_type {
	NETIF_ETHERNET = 1,
	NETIF_TYPE_LOOPBACK = 772,
	NETIF_TYPE_NONE = 0xfffe, /* bare IP packets */
};

struct netif_ops {
	int (*transmit)(struct netif *netif, struct packet *packet);
	/* NULL for interfaces without a device. */
	int (*poll)(struct netif *netif, int budget);
	/* Up or down; may be NULL. */
	void (*set_flags)(struct netif *netif, uint32_t flags);
	/* net_destroy(): the stack forgets the interface; may be NULL. */
	void (*detached)(struct netif *netif);
	/* A device that may go to another stack: how (travel.h); or NULL. */
	const struct link_kind *travel;
};

/* Linux's NET_ADDR_ numbers. */
enum mac_origin { MAC_PERMANENT, MAC_RANDOM, MAC_INHERITED, MAC_CHOSEN };

#define NETIF_NAME_MAX 16
#define NETIF_QUEUE_LENGTH 1000
#define NETIF_POLL_BUDGET 64
#define NETIF_BACKLOG 4096 /* packets that software links may make wait */

struct netif_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped, rx_multicast;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
};

struct netif {
	/* By the driver before net_attach(), constant afterwards. */
	const struct netif_ops *ops;
	void *driver;
	char name[NETIF_NAME_MAX]; /* "eth%d": the stack numbers it */
	enum netif_type type;
	uint32_t features; /* later: what is in use of them */
	uint32_t gso_max; /* largest IP packet for segmentation; without TSO
			   * the stack cuts, and sets this */
	uint32_t headroom; /* bytes the driver wants in front of the frame */
	uint8_t mac[6];
	uint32_t mtu; /* net thread may change it up to max_mtu */
	uint32_t min_mtu, max_mtu; /* 0: 68, and the MTU at first */

	/* The stack's. */
	struct net *net;
	uint32_t index; /* 1.. */
	uint64_t serial; /* as index, but no other link of the stack ever has
			  * the same */
	uint32_t flags; /* enum netif_flags */
	struct list list; /* net->netifs */
	const struct link_kind *kind; /* net/core/link.h; NULL: a device */
	/* VLAN: whose frames it carries; veth: the peer if it is in the same
	 * stack. */
	struct netif *lower;
	struct link_journey *journey; /* it is about to move (travel.h) */
	struct link_journey *leaves_for; /* ... and is leaving */
	struct netif *master; /* bridge or the like that it belongs to */
	void *member; /* the master's own about it */
	char *alias; /* what people call it, or NULL */
	uint32_t group;
	uint32_t queue_length; /* what disciplines take for their limit */
	uint32_t carrier_ups, carrier_downs;
	uint32_t promiscuous, all_multicast; /* how many want it so */
	uint32_t features_can, features_wanted; /* as by ethtool */
	uint8_t permanent_mac[6];
	uint32_t chosen_flags; /* PROMISC, ALLMULTI as the administrator said */
	bool mtu_chosen; /* by the administrator */
	uint8_t mac_origin; /* enum mac_origin */
	/* Links on top of it: net/core/upper.h. */
	struct vlan_group *vlans; /* or NULL */
	struct list vlan_list; /* a VLAN: lower->vlans->links */
	uint8_t taken; /* the stage that takes its frames, or STAGE_NONE */
	bool marked; /* link_is_above() */
	uint32_t news; /* enum link_news, not yet told */
	struct list unsettled; /* net->unsettled */
	struct list addresses; /* struct netif_address */
	struct ip_conf conf; /* net/ipv4/conf/NAME */
	struct ip6_conf conf6; /* net/ipv6/conf/NAME */
	struct neighbour_conf neigh4, neigh6; /* net/ipvN/neigh/NAME */
	struct list groups; /* struct group: net/ip/group.h */
	struct list link_groups; /* struct link_group */
	struct list anycasts; /* struct anycast: net/ip/anycast.h */
	bool anycasts_stale; /* they are to be looked at */
	struct igmp_link *igmp, *mld; /* net/ip/igmp.h, or NULL */
	struct ndisc_link *ndisc; /* net/ip/ndisc.h, or NULL */
	uint32_t learned_routes; /* by it, of routers (ROUTE_RA) */
	struct netif_stats stats;
	struct ip6_link_stats stats6;
	struct qdisc *qdisc; /* NULL until it first comes up */
	struct list queue; /* packets that the device did not take */
	uint32_t leaving; /* packets between its discipline and the device */
	bool stopped; /* the device's ring is full */
	bool polling; /* in net->polls */
	struct list poll_list;
	struct event attach_event, schedule_event, link_event;
	uint32_t link_up; /* atomic: the driver's last word */
	uint32_t tap_interface; /* 1 + its number in the capture; 0: none */
};

/* Any context: something to do for ops->poll. */
void netif_schedule(struct netif *netif);
/* Any context: the link came or went. */
void netif_link_changed(struct netif *netif, bool up);

/* A frame (Ethernet) or bare IP packet (by type) has arrived. Takes over the
 * caller's reference. Sets netif, stage and time. */
void netif_receive(struct netif *netif, struct packet *packet) ON_NET_THREAD;
/* What the device does changed: all of it is in use, and may be switched off. */
void netif_set_features(struct netif *netif, uint32_t features);
/* The device's ring has room again. */
void netif_wake(struct netif *netif) ON_NET_THREAD;

struct netif *netif_by_index(struct net *net, uint32_t index) ON_NET_THREAD;
struct netif *netif_by_serial(struct net *net, uint64_t serial) ON_NET_THREAD;
struct netif *netif_by_name(struct net *net, const char *name) ON_NET_THREAD;

/* Its flags as programs see them: what packet sockets and bridges want of it is
 * left out. */
static inline uint32_t netif_shown_flags(const struct netif *netif)
{
	return (netif->flags & ~(uint32_t)(NETIF_PROMISC | NETIF_ALLMULTI)) |
	       netif->chosen_flags;
}

/* The name of its queueing discipline (queueing.h); "noop" until it was up. */
const char *netif_queueing(const struct netif *netif);
/* For software interfaces: the link came or went. */
void netif_set_carrier(struct netif *netif, bool up) ON_NET_THREAD;
void netif_set_up(struct netif *netif, bool up) ON_NET_THREAD;
