// SPDX-License-Identifier: MIT
/*
 * Bridges (IEEE 802.1D's learning and forwarding, without its spanning tree).
 * Links that are ports of a bridge (netif->master) give it their frames: the
 * stage BRIDGE_IN learns where the sender is and sends the frame out by the
 * port behind which its destination is, or by all others. What is for the
 * bridge itself, or for everybody, comes up through its own link.
 *
 *	bridge.c   the kind "bridge"; how it follows its ports
 *	port.c     ports come and go; their settings
 *	option.c   the bridge's settings, as IFLA_INFO_DATA
 *	fdb.c      who is where: a keyed hash with an end of life, bounded
 *	forward.c  frames
 *
 * Everything belongs to the net thread. Frames are not held: a copy for each
 * port shares the bytes, and the packets that wait for the stages are bounded
 * (NETIF_BACKLOG), so a storm in a ring of bridges costs time but no memory.
 */
#pragma once

#include "lib/hash.h"
#include "lib/list.h"
#include "net/core/change.h"
#include "net/core/link.h"
#include "net/core/reason.h"
#include "net/core/timer.h"

struct net;
struct packet;

#define BRIDGE_BUCKETS 1024
#define BRIDGE_STATIONS 16384 /* learned ones, at most */
#define BRIDGE_PORTS 1023
#define BRIDGE_PRIORITY 0x8000
#define BRIDGE_TICK (NSEC_PER_SEC / 100) /* of user space's times */

/* IEEE 802.1D's, in Linux's numbers. */
enum bridge_state {
	BRIDGE_DISABLED,
	BRIDGE_LISTENING,
	BRIDGE_LEARNING,
	BRIDGE_FORWARDING,
	BRIDGE_BLOCKING,
};

enum bridge_port_flags {
	PORT_HAIRPIN = 1 << 0,
	PORT_GUARD = 1 << 1, /* these two are the spanning tree's: */
	PORT_ROOT_BLOCK = 1 << 2, /* kept, and without effect as long as */
	PORT_LEARNING = 1 << 3, /* there is none */
	PORT_FLOOD = 1 << 4,
	PORT_MULTICAST_FLOOD = 1 << 5,
	PORT_BROADCAST_FLOOD = 1 << 6,
	PORT_ISOLATED = 1 << 7,
	PORT_LOCKED = 1 << 8,
};

struct bridge_port {
	struct list list; /* bridge->ports, the newest first */
	struct bridge *bridge;
	struct netif *netif; /* whose `member` this is */
	uint16_t number; /* 1.. */
	uint16_t priority;
	uint32_t cost;
	uint32_t flags;
	uint16_t group_mask; /* link-local groups that it forwards */
	uint8_t state;
	uint8_t mac[6]; /* of the link, as the table knows it */
};

struct bridge {
	struct netif netif; /* first: link_detached() */
	struct list ports;
	uint32_t port_count;
	uint8_t id_mac[6]; /* of the bridge id: zeros before the first port */
	uint8_t listed_mac[6]; /* the bridge's own in the table */
	uint16_t priority;
	uint32_t forward_delay, hello_time, max_age; /* in ticks */
	nsec_t ageing;
	uint16_t group_mask;
	uint8_t group_mac[6];
	bool no_link_local_learn;
	bool snooping; /* as it was asked for: multicasts are flooded */
	/* Stations. */
	struct hlist buckets[BRIDGE_BUCKETS];
	struct list all; /* struct station, the newest first */
	struct list ageing_list; /* those that age, by `updated` */
	uint32_t learned, max_learned;
	struct timer timer; /* the next one's end */
};

/* One entry of the forwarding database. */
struct station {
	struct hnode node;
	struct list list, ageing_list;
	struct bridge *bridge;
	struct bridge_port *port; /* NULL: the bridge itself */
	uint8_t mac[6];
	bool local; /* one of ours: frames to it come up */
	bool fixed; /* does not age */
	bool sticky; /* does not move */
	bool by_user;
	bool learned; /* counts in bridge->learned */
	bool external; /* somebody else has learned it */
	nsec_t updated, used;
};

static inline struct bridge *bridge_of(struct netif *netif)
{
	return container_of(netif, struct bridge, netif);
}

extern const struct link_kind bridge_kind;

static inline bool is_bridge(const struct netif *netif)
{
	return netif->kind == &bridge_kind;
}

/* The port that a link is, or NULL. */
static inline struct bridge_port *port_of(const struct netif *netif)
{
	return netif->master && is_bridge(netif->master) ? netif->member : NULL;
}

/* ---- forward.c ---- */
verdict_t bridge_in(struct net *net, struct packet *packet);
int bridge_transmit(struct netif *netif, struct packet *packet);

/* ---- fdb.c ---- */
struct station *fdb_find(const struct bridge *bridge, const uint8_t mac[6]);
/* Heard `mac` on this port. */
void fdb_learn(struct bridge_port *port, const uint8_t mac[6]) ON_NET_THREAD;
/* What an administrator asks for: see linux/neighbour.h. */
struct fdb_request {
	struct bridge_port *port; /* NULL: the bridge itself */
	const uint8_t *mac;
	uint16_t state; /* NUD_PERMANENT, _NOARP, _REACHABLE */
	uint16_t message_flags; /* NL_CREATE, NL_EXCLUSIVE */
	bool sticky, use, external;
};
/* -EINVAL, -EPERM, -ENOENT, -EEXIST, -ENOMEM. */
int fdb_set(struct bridge *bridge, const struct fdb_request *r) ON_NET_THREAD;
/* -ENOENT: no such one there. */
int fdb_remove(struct bridge *bridge, const struct bridge_port *port,
	       const uint8_t mac[6]) ON_NET_THREAD;
/* What to flush; ports: NULL for all. */
struct fdb_choice {
	const struct bridge_port *port;
	bool of_port; /* only those of `port`, NULL being the bridge */
	bool fixed_too; /* not only what ages */
	bool local_too;
	/* If `masked`: NUD_PERMANENT (local), NUD_NOARP (fixed) and NTF_ flags
	 * that must be so. */
	bool masked;
	uint16_t state, state_mask;
	uint8_t flags, flags_mask;
};
void fdb_flush(struct bridge *bridge,
	       const struct fdb_choice *choice) ON_NET_THREAD;
/* Our own addresses: of a port (NULL: the bridge). */
int fdb_add_local(struct bridge *bridge, struct bridge_port *port,
		  const uint8_t mac[6]) ON_NET_THREAD;
void fdb_remove_local(struct bridge *bridge, struct bridge_port *port,
		      const uint8_t mac[6]) ON_NET_THREAD;
/* The ageing time has changed. */
void fdb_rearm(struct bridge *bridge) ON_NET_THREAD;
void fdb_init(struct bridge *bridge);
/* Without notices: the bridge ends. */
void fdb_free(struct bridge *bridge) ON_NET_THREAD;
/* NUD_ and NTF_ of an entry. */
uint16_t fdb_state(const struct station *s);
uint8_t fdb_flags(const struct station *s);

/* ---- port.c ---- */
int bridge_enslave(struct netif *master, struct netif *netif,
		   const char **error_text);
void bridge_release(struct netif *master, struct netif *netif);
/* Goes to the state that link and bridge allow. */
void port_check(struct bridge_port *port) ON_NET_THREAD;
/* IFLA_BRPORT_ attributes. `text`: for the extended ACK. */
void port_describe(const struct netif *netif, struct nl_writer *w);
int port_change(struct bridge_port *port, struct nl_attrs attrs,
		const char **text) ON_NET_THREAD;
int port_change_member(struct netif *netif, struct nl_attrs attrs,
		       const char **text);
/* It has changed: RTNLGRP_LINK hears of it as AF_BRIDGE. */
void port_tell(struct bridge_port *port, enum change_how how) ON_NET_THREAD;

/* ---- bridge.c ---- */
/* The lowest address of its ports, unless one was chosen. */
void bridge_choose_mac(struct bridge *bridge) ON_NET_THREAD;
void bridge_choose_mtu(struct bridge *bridge) ON_NET_THREAD;
void bridge_choose_carrier(struct bridge *bridge) ON_NET_THREAD;

/* ---- option.c ---- */
void bridge_defaults(struct bridge *bridge);
int bridge_change(struct netif *netif, struct link_request *request);
void bridge_describe(const struct netif *netif, struct nl_writer *w);
uint32_t bridge_ticks(nsec_t time);
/* Priority and address, as in IFLA_BR_BRIDGE_ID. */
void bridge_put_id(const struct bridge *bridge, uint8_t id[8]);
