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
 *             is full; the interface queues the packet and stops asking until
 *             the driver calls netif_wake() from poll. Any other -E drops it.
 *             The bytes are head + fragments; there is room for a device header
 *             in front of the head (packet_push) if `headroom` asks for it.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/event.h"
#include "net/core/packet.h"
#include "net/core/timer.h"

struct net;
struct netif;

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
	/* Up or down, promiscuous; may be NULL. */
	void (*set_flags)(struct netif *netif, uint32_t flags);
	/* net_destroy(): the stack forgets the interface; may be NULL. */
	void (*detached)(struct netif *netif);
};

#define NETIF_NAME_MAX 16
#define NETIF_ADDRESSES 16
#define NETIF_QUEUE_MAX 1000 /* packets waiting for the device */
#define NETIF_POLL_BUDGET 64

/* Linux's IFA_F_ numbers. */
enum address_flags {
	ADDRESS_TEMPORARY = 0x01,
	ADDRESS_NO_DAD = 0x02,
	ADDRESS_OPTIMISTIC = 0x04,
	ADDRESS_FAILED = 0x08, /* somebody else has it */
	ADDRESS_DEPRECATED = 0x20, /* not for new conversations */
	ADDRESS_TENTATIVE = 0x40, /* being asked for (DAD) */
	ADDRESS_PERMANENT = 0x80,
	ADDRESS_MANAGE_TEMPORARY = 0x100,
	ADDRESS_NO_PREFIX_ROUTE = 0x200,
	ADDRESS_STABLE_PRIVACY = 0x800,
};

struct netif_address {
	struct net_addr addr;
	struct net_addr broadcast; /* any: none */
	uint8_t bits; /* of the prefix: IPv4 0..32, IPv6 0..128 */
	uint8_t used;
	uint8_t scope; /* RT_SCOPE_ */
	uint16_t flags; /* enum address_flags */
	nsec_t preferred_until, valid_until; /* 0: for ever */
};

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
	uint32_t features;
	uint32_t gso_max; /* largest IP packet for segmentation, 0: none */
	uint32_t headroom; /* bytes the driver wants in front of the frame */
	uint8_t mac[6];
	uint32_t mtu; /* net thread may change it up to max_mtu */
	uint32_t max_mtu;

	/* The stack's. */
	struct net *net;
	uint32_t index; /* 1.. */
	uint32_t flags; /* enum netif_flags */
	struct list list; /* net->netifs */
	struct netif_address addresses[NETIF_ADDRESSES];
	uint32_t address_top; /* no slot from here on is used */
	struct netif_stats stats;
	struct list queue; /* packets that wait for the device */
	uint32_t queued;
	bool stopped; /* the device's ring is full */
	bool polling; /* in net->polls */
	struct list poll_list;
	struct event attach_event, schedule_event, link_event;
	uint32_t link_up; /* atomic: the driver's last word */
	uint32_t tap_interface; /* number in the capture */
};

/* Any context: something to do for ops->poll. */
void netif_schedule(struct netif *netif);
/* Any context: the link came or went. */
void netif_link_changed(struct netif *netif, bool up);

/* A frame (Ethernet) or bare IP packet (by type) has arrived. Takes over the
 * caller's reference. Sets netif, stage and time. */
void netif_receive(struct netif *netif, struct packet *packet) ON_NET_THREAD;
/* The device's ring has room again. */
void netif_wake(struct netif *netif) ON_NET_THREAD;

struct netif *netif_by_index(struct net *net, uint32_t index) ON_NET_THREAD;
struct netif *netif_by_name(struct net *net, const char *name) ON_NET_THREAD;

/* Addresses, with their connected routes. -EEXIST, -ENOSPC, -EADDRNOTAVAIL,
 * -EINVAL. `bits` counts in the address's own family. */
int netif_add_address(struct netif *netif, const struct net_addr *addr,
		      unsigned int bits) ON_NET_THREAD;
int netif_del_address(struct netif *netif,
		      const struct net_addr *addr) ON_NET_THREAD;
/* The entry of this very address, or NULL. */
struct netif_address *netif_find_address(struct netif *netif,
					 const struct net_addr *addr);
/* The interface that owns the address, or NULL. 127/8 is all lo's. */
struct netif *netif_of_address(struct net *net,
			       const struct net_addr *addr) ON_NET_THREAD;
/* A broadcast address of this interface (or 255.255.255.255). */
bool netif_is_broadcast(const struct netif *netif, const struct net_addr *addr);
/* The address to speak from: the one whose prefix holds `peer`, else the first
 * of the family. NULL if there is none. */
const struct netif_address *netif_source(const struct netif *netif,
					 const struct net_addr *peer);
void netif_set_up(struct netif *netif, bool up) ON_NET_THREAD;
