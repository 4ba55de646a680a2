// SPDX-License-Identifier: MIT
/*
 * Ports: links that join and leave a bridge, the state each is in, and its
 * settings (IFLA_BRPORT_). Without a spanning tree a port forwards as soon as
 * it and the bridge are up. Settings that only a spanning tree or multicast
 * snooping would obey can not be switched on.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/instance.h"
#include "net/core/upper.h"
#include "net/wire/ethernet.h"

#define PRIORITY_DEFAULT 32
#define PRIORITY_MAX 63
#define COST_MAX 65535
#define COST_UNKNOWN 100
#define COST_10_GIGABIT 2
#define GROUPS_RESTRICTED 0x7
#define EHT_HOSTS 512

enum {
	IFLA_BRPORT_STATE = 1,
	IFLA_BRPORT_PRIORITY,
	IFLA_BRPORT_COST,
	IFLA_BRPORT_MODE,
	IFLA_BRPORT_GUARD,
	IFLA_BRPORT_PROTECT,
	IFLA_BRPORT_FAST_LEAVE,
	IFLA_BRPORT_LEARNING,
	IFLA_BRPORT_UNICAST_FLOOD,
	IFLA_BRPORT_PROXYARP,
	IFLA_BRPORT_PROXYARP_WIFI = 12,
	IFLA_BRPORT_ROOT_ID,
	IFLA_BRPORT_BRIDGE_ID,
	IFLA_BRPORT_DESIGNATED_PORT,
	IFLA_BRPORT_DESIGNATED_COST,
	IFLA_BRPORT_ID,
	IFLA_BRPORT_NO,
	IFLA_BRPORT_TOPOLOGY_CHANGE_ACK,
	IFLA_BRPORT_CONFIG_PENDING,
	IFLA_BRPORT_MESSAGE_AGE_TIMER,
	IFLA_BRPORT_FORWARD_DELAY_TIMER,
	IFLA_BRPORT_HOLD_TIMER,
	IFLA_BRPORT_FLUSH,
	IFLA_BRPORT_MULTICAST_ROUTER,
	IFLA_BRPORT_MCAST_FLOOD = 27,
	IFLA_BRPORT_MCAST_TO_UCAST,
	IFLA_BRPORT_VLAN_TUNNEL,
	IFLA_BRPORT_BCAST_FLOOD,
	IFLA_BRPORT_GROUP_FWD_MASK,
	IFLA_BRPORT_NEIGH_SUPPRESS,
	IFLA_BRPORT_ISOLATED,
	IFLA_BRPORT_MRP_RING_OPEN = 35,
	IFLA_BRPORT_MRP_IN_OPEN,
	IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT,
	IFLA_BRPORT_MCAST_EHT_HOSTS_CNT,
	IFLA_BRPORT_LOCKED,
	IFLA_BRPORT_MAB,
	IFLA_BRPORT_MCAST_N_GROUPS,
	IFLA_BRPORT_MCAST_MAX_GROUPS,
	IFLA_BRPORT_NEIGH_VLAN_SUPPRESS,
};

void port_tell(struct bridge_port *port, enum change_how how)
{
	net_changed(port->netif->net, CHANGE_PORT, how, port);
}

/* ---- Its state ---- */

static void flush_port(struct bridge_port *port, bool all) ON_NET_THREAD
{
	const struct fdb_choice choice = { .port = port,
					   .of_port = true,
					   .fixed_too = all,
					   .local_too = all };

	fdb_flush(port->bridge, &choice);
}

static void set_state(struct bridge_port *port,
		      enum bridge_state state) ON_NET_THREAD
{
	port->state = (uint8_t)state;
	if (state == BRIDGE_DISABLED)
		flush_port(port, false);
	port_tell(port, CHANGE_NEW);
}

static bool may_run(const struct bridge_port *port)
{
	return (port->netif->flags & NETIF_UP) &&
	       (port->netif->flags & NETIF_RUNNING) &&
	       (port->bridge->netif.flags & NETIF_UP);
}

void port_check(struct bridge_port *port)
{
	bool run = may_run(port);

	if (run == (port->state != BRIDGE_DISABLED))
		return;
	set_state(port, run ? BRIDGE_FORWARDING : BRIDGE_DISABLED);
	bridge_choose_carrier(port->bridge);
}

/* ---- Joining and leaving ---- */

static uint16_t free_number(const struct bridge *bridge)
{
	const struct bridge_port *port;
	uint16_t number = 0;
	bool taken = true;

	while (taken) {
		number++;
		taken = false;
		LIST_FOR_EACH(port, &bridge->ports, list)
			if (port->number == number)
				taken = true;
	}
	return number;
}

static bool is_valid_mac(const uint8_t mac[6])
{
	return !mac_is_multicast(mac) && (get_le32(mac) || get_le16(mac + 4));
}

static int check_member(struct bridge *bridge, struct netif *netif,
			const char **text)
{
	if (netif->type != NETIF_ETHERNET || !is_valid_mac(netif->mac))
		return -EINVAL;
	if (is_bridge(netif)) {
		*text = "Can not enslave a bridge to a bridge";
		return -ELOOP;
	}
	return bridge->port_count >= BRIDGE_PORTS ? -EXFULL : 0;
}

int bridge_enslave(struct netif *master, struct netif *netif,
		   const char **error_text) NET_THREAD_ROOT
{
	struct bridge *bridge = bridge_of(master);
	struct bridge_port *port;
	int err = check_member(bridge, netif, error_text);

	if (err)
		return err;
	/* A VLAN of this bridge: its frames would come back to it. */
	if (link_is_above(netif, master))
		return -EBUSY;
	port = port_alloc(sizeof *port);
	if (!port)
		return -ENOMEM;
	port->bridge = bridge;
	port->netif = netif;
	port->number = free_number(bridge);
	port->priority = PRIORITY_DEFAULT;
	port->cost = netif->kind && netif->kind->paired ? COST_10_GIGABIT :
							  COST_UNKNOWN;
	port->flags = PORT_LEARNING | PORT_FLOOD | PORT_MULTICAST_FLOOD |
		      PORT_BROADCAST_FLOOD;
	memcpy(port->mac, netif->mac, 6);
	err = fdb_add_local(bridge, port, port->mac);
	if (err) {
		port_free(port);
		return err;
	}
	list_push_front(&bridge->ports, &port->list);
	bridge->port_count++;
	netif->member = port;
	netif->taken = STAGE_BRIDGE_IN;
	link_want(netif, NETIF_PROMISC, 1);
	link_want(netif, NETIF_ALLMULTI, 1);
	return 0; /* the rest when the bridge hears of it: NEWS_JOINED */
}

void bridge_release(struct netif *master, struct netif *netif) NET_THREAD_ROOT
{
	struct bridge *bridge = bridge_of(master);
	struct bridge_port *port = netif->member;

	if (port->state != BRIDGE_DISABLED)
		set_state(port, BRIDGE_DISABLED);
	flush_port(port, true);
	port_tell(port, CHANGE_GONE);
	netif->member = NULL;
	netif->taken = STAGE_NONE;
	list_remove(&port->list);
	bridge->port_count--;
	port_free(port);
	link_want(netif, NETIF_PROMISC, -1);
	link_want(netif, NETIF_ALLMULTI, -1);
	bridge_choose_mac(bridge);
	bridge_choose_mtu(bridge);
	bridge_choose_carrier(bridge);
}

/* ---- Settings ---- */

/* Those that are a bit. */
static const struct {
	uint16_t attribute;
	uint32_t flag;
} bits[] = {
	{ IFLA_BRPORT_MODE, PORT_HAIRPIN },
	{ IFLA_BRPORT_GUARD, PORT_GUARD },
	{ IFLA_BRPORT_PROTECT, PORT_ROOT_BLOCK },
	{ IFLA_BRPORT_LEARNING, PORT_LEARNING },
	{ IFLA_BRPORT_UNICAST_FLOOD, PORT_FLOOD },
	{ IFLA_BRPORT_MCAST_FLOOD, PORT_MULTICAST_FLOOD },
	{ IFLA_BRPORT_BCAST_FLOOD, PORT_BROADCAST_FLOOD },
	{ IFLA_BRPORT_ISOLATED, PORT_ISOLATED },
	{ IFLA_BRPORT_LOCKED, PORT_LOCKED },
};

static const uint16_t always_off[] = {
	IFLA_BRPORT_FAST_LEAVE,
	IFLA_BRPORT_PROXYARP,
	IFLA_BRPORT_PROXYARP_WIFI,
	IFLA_BRPORT_MCAST_TO_UCAST,
	IFLA_BRPORT_VLAN_TUNNEL,
	IFLA_BRPORT_NEIGH_SUPPRESS,
	IFLA_BRPORT_MAB,
	IFLA_BRPORT_NEIGH_VLAN_SUPPRESS,
	IFLA_BRPORT_MCAST_MAX_GROUPS,
};

static bool is_always_off(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(always_off); i++)
		if (always_off[i] == type)
			return true;
	return false;
}

static uint32_t number_of(const struct nl_attr *attr)
{
	if (attr->length >= 4)
		return get_le32(attr->data);
	if (attr->length >= 2)
		return get_le16(attr->data);
	return attr->length ? attr->data[0] : 0;
}

static int check_one(const struct bridge_port *port, const struct nl_attr *attr,
		     const char **text)
{
	uint32_t v = number_of(attr);

	switch (attr->type) {
	case IFLA_BRPORT_STATE:
		if (v > BRIDGE_BLOCKING)
			return -EINVAL;
		return v != BRIDGE_DISABLED && !may_run(port) ? -ENETDOWN : 0;
	case IFLA_BRPORT_PRIORITY:
		return v > PRIORITY_MAX ? -ERANGE : 0;
	case IFLA_BRPORT_COST:
		return v < 1 || v > COST_MAX ? -ERANGE : 0;
	case IFLA_BRPORT_GROUP_FWD_MASK:
		return v & 2 ? -EINVAL : 0; /* pause frames */
	case IFLA_BRPORT_MULTICAST_ROUTER:
		*text = "multicast snooping is not supported";
		return v == 1 ? 0 : -EOPNOTSUPP;
	default:
		*text = "bridge port option not supported";
		return is_always_off(attr->type) && v ? -EOPNOTSUPP : 0;
	}
}

static void apply_one(struct bridge_port *port,
		      const struct nl_attr *attr) ON_NET_THREAD
{
	uint32_t v = number_of(attr);

	switch (attr->type) {
	case IFLA_BRPORT_STATE:
		/* Nobody blocks without a spanning tree. */
		set_state(port, v == BRIDGE_BLOCKING ? BRIDGE_FORWARDING :
						       (enum bridge_state)v);
		bridge_choose_carrier(port->bridge);
		break;
	case IFLA_BRPORT_PRIORITY:
		port->priority = (uint16_t)v;
		break;
	case IFLA_BRPORT_COST:
		port->cost = v;
		break;
	case IFLA_BRPORT_GROUP_FWD_MASK:
		port->group_mask = (uint16_t)v;
		break;
	case IFLA_BRPORT_FLUSH:
		flush_port(port, false);
		break;
	default:
		for (size_t i = 0; i < ARRAY_LEN(bits); i++)
			if (bits[i].attribute == attr->type)
				port->flags = v ? port->flags | bits[i].flag :
						  port->flags & ~bits[i].flag;
	}
}

int port_change(struct bridge_port *port, struct nl_attrs attrs,
		const char **text)
{
	struct nl_attrs again = attrs;
	struct nl_attr attr;

	while (nl_next(&attrs, &attr)) {
		int err;

		*text = NULL;
		err = check_one(port, &attr, text);
		if (err)
			return err;
	}
	*text = NULL;
	while (nl_next(&again, &attr))
		apply_one(port, &attr);
	port_tell(port, CHANGE_NEW);
	return 0;
}

int port_change_member(struct netif *netif, struct nl_attrs attrs,
		       const char **text) NET_THREAD_ROOT
{
	return port_change(netif->member, attrs, text);
}

/* ---- As attributes, in Linux's order ---- */

static void put_flag(struct nl_writer *w, uint16_t type,
		     const struct bridge_port *port, uint32_t flag)
{
	nl_put_u8(w, type, !!(port->flags & flag));
}

static void put_flags(struct nl_writer *w, const struct bridge_port *port)
{
	put_flag(w, IFLA_BRPORT_MODE, port, PORT_HAIRPIN);
	put_flag(w, IFLA_BRPORT_GUARD, port, PORT_GUARD);
	put_flag(w, IFLA_BRPORT_PROTECT, port, PORT_ROOT_BLOCK);
	nl_put_u8(w, IFLA_BRPORT_FAST_LEAVE, 0);
	nl_put_u8(w, IFLA_BRPORT_MCAST_TO_UCAST, 0);
	put_flag(w, IFLA_BRPORT_LEARNING, port, PORT_LEARNING);
	put_flag(w, IFLA_BRPORT_UNICAST_FLOOD, port, PORT_FLOOD);
	put_flag(w, IFLA_BRPORT_MCAST_FLOOD, port, PORT_MULTICAST_FLOOD);
	put_flag(w, IFLA_BRPORT_BCAST_FLOOD, port, PORT_BROADCAST_FLOOD);
	nl_put_u8(w, IFLA_BRPORT_PROXYARP, 0);
	nl_put_u8(w, IFLA_BRPORT_PROXYARP_WIFI, 0);
}

static void put_tree(struct nl_writer *w, const struct bridge_port *port)
{
	uint16_t id = (uint16_t)(port->priority << 10 | port->number);
	uint8_t bridge_id[8];

	bridge_put_id(port->bridge, bridge_id);
	nl_put(w, IFLA_BRPORT_ROOT_ID, bridge_id, 8);
	nl_put(w, IFLA_BRPORT_BRIDGE_ID, bridge_id, 8);
	nl_put_u16(w, IFLA_BRPORT_DESIGNATED_PORT, id);
	nl_put_u16(w, IFLA_BRPORT_DESIGNATED_COST, 0);
	nl_put_u16(w, IFLA_BRPORT_ID, id);
	nl_put_u16(w, IFLA_BRPORT_NO, port->number);
	nl_put_u8(w, IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, 0);
	nl_put_u8(w, IFLA_BRPORT_CONFIG_PENDING, 0);
}

void port_describe(const struct netif *netif, struct nl_writer *w)
{
	const struct bridge_port *port = netif->member;

	if (!port)
		return;
	nl_put_u8(w, IFLA_BRPORT_STATE, port->state);
	nl_put_u16(w, IFLA_BRPORT_PRIORITY, port->priority);
	nl_put_u32(w, IFLA_BRPORT_COST, port->cost);
	put_flags(w, port);
	put_tree(w, port);
	nl_put_u8(w, IFLA_BRPORT_VLAN_TUNNEL, 0);
	nl_put_u16(w, IFLA_BRPORT_GROUP_FWD_MASK, port->group_mask);
	nl_put_u8(w, IFLA_BRPORT_NEIGH_SUPPRESS, 0);
	nl_put_u8(w, IFLA_BRPORT_MRP_RING_OPEN, 0);
	nl_put_u8(w, IFLA_BRPORT_MRP_IN_OPEN, 0);
	put_flag(w, IFLA_BRPORT_ISOLATED, port, PORT_ISOLATED);
	put_flag(w, IFLA_BRPORT_LOCKED, port, PORT_LOCKED);
	nl_put_u8(w, IFLA_BRPORT_MAB, 0);
	nl_put_u8(w, IFLA_BRPORT_NEIGH_VLAN_SUPPRESS, 0);
	nl_put_u64(w, IFLA_BRPORT_MESSAGE_AGE_TIMER, 0);
	nl_put_u64(w, IFLA_BRPORT_FORWARD_DELAY_TIMER, 0);
	nl_put_u64(w, IFLA_BRPORT_HOLD_TIMER, 0);
	nl_put_u8(w, IFLA_BRPORT_MULTICAST_ROUTER, 1);
	nl_put_u32(w, IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, EHT_HOSTS);
	nl_put_u32(w, IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, 0);
	nl_put_u32(w, IFLA_BRPORT_MCAST_N_GROUPS, 0);
	nl_put_u32(w, IFLA_BRPORT_MCAST_MAX_GROUPS, 0);
}
