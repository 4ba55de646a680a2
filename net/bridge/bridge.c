// SPDX-License-Identifier: MIT
/*
 * The kind "bridge": making and ending one, and how it follows its ports, as
 * Linux has it: the lowest address of theirs, the smallest MTU, a carrier while
 * one of them is not disabled. What an administrator has chosen stays.
 */
#include "net/bridge/bridge.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/upper.h"
#include "net/wire/ethernet.h"

#define MTU_ALONE 1500

static int create(struct net *net, struct link_request *request,
		  struct netif **out) NET_THREAD_ROOT;
static void joined(struct netif *netif) NET_THREAD_ROOT;
static void detached(struct netif *netif) NET_THREAD_ROOT;
static void settle(struct netif *netif, uint32_t news) NET_THREAD_ROOT;
static void lower_changed(struct netif *master, struct netif *lower,
			  uint32_t news) NET_THREAD_ROOT;

static const struct netif_ops ops = {
	.transmit = bridge_transmit,
	.detached = detached,
};

static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct bridge *bridge = port_alloc(sizeof *bridge);
	struct netif *netif;
	int err;

	if (!bridge)
		return -ENOMEM;
	netif = &bridge->netif;
	netif->ops = &ops;
	netif->type = NETIF_ETHERNET;
	netif->mtu = MTU_ALONE;
	netif->max_mtu = PACKET_MAX;
	netif->features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6 |
			  NETIF_USO;
	netif->gso_max = PACKET_MAX;
	netif->link_up = 1;
	list_init(&bridge->ports);
	fdb_init(bridge);
	bridge_defaults(bridge);
	err = bridge_change(netif, request);
	if (err) {
		port_free(bridge);
		return err;
	}
	*out = netif;
	return 0;
}

/* Ports are left only when the whole stack ends. */
static void detached(struct netif *netif)
{
	struct bridge *bridge = bridge_of(netif);
	struct bridge_port *port;

	fdb_free(bridge);
	while ((port = LIST_POP(&bridge->ports, struct bridge_port, list))) {
		port->netif->master = NULL;
		port->netif->member = NULL;
		port->netif->taken = STAGE_NONE;
		port_free(port);
	}
	link_detached(netif);
}

/* An address that was chosen is the bridge's name at once. */
static void joined(struct netif *netif)
{
	struct bridge *bridge = bridge_of(netif);

	memcpy(bridge->listed_mac, netif->mac, 6);
	fdb_add_local(bridge, NULL, netif->mac);
	if (netif->mac_origin == MAC_CHOSEN)
		memcpy(bridge->id_mac, netif->mac, 6);
	/* Linux looks at a bridge's ports only when something was chosen. */
	if (netif->mac_origin == MAC_CHOSEN ||
	    bridge->priority != BRIDGE_PRIORITY)
		bridge_choose_carrier(bridge);
}

/* ---- Address, MTU, carrier ---- */

static void adopt_mac(struct bridge *bridge, const uint8_t mac[6]) ON_NET_THREAD
{
	struct netif *netif = &bridge->netif;
	uint8_t old[6];

	memcpy(old, bridge->listed_mac, 6);
	memcpy(bridge->listed_mac, mac, 6);
	memcpy(bridge->id_mac, mac, 6);
	if (!mac_equal(netif->mac, mac)) {
		memcpy(netif->mac, mac, 6);
		net_changed(netif->net, CHANGE_LINK, CHANGE_NEW, netif);
		link_news(netif, NEWS_MAC);
	}
	fdb_remove_local(bridge, NULL, old);
	fdb_add_local(bridge, NULL, mac);
	bridge_choose_carrier(bridge);
}

void bridge_choose_mac(struct bridge *bridge)
{
	static const uint8_t none[6];
	const uint8_t *lowest = none;
	const struct bridge_port *port;

	if (bridge->netif.mac_origin == MAC_CHOSEN)
		return;
	LIST_FOR_EACH(port, &bridge->ports, list)
		if (lowest == none || memcmp(port->mac, lowest, 6) < 0)
			lowest = port->mac;
	if (!mac_equal(bridge->id_mac, lowest))
		adopt_mac(bridge, lowest);
}

void bridge_choose_mtu(struct bridge *bridge)
{
	struct netif *netif = &bridge->netif;
	const struct bridge_port *port;
	uint32_t least = UINT32_MAX;

	LIST_FOR_EACH(port, &bridge->ports, list)
		least = MIN(least, port->netif->mtu);
	if (least == UINT32_MAX)
		least = MTU_ALONE;
	if (netif->mtu_chosen || netif->mtu == least)
		return;
	netif->mtu = least;
	netif->net->routes.version++;
	net_changed(netif->net, CHANGE_LINK, CHANGE_NEW, netif);
	link_news(netif, NEWS_MTU);
}

void bridge_choose_carrier(struct bridge *bridge)
{
	const struct bridge_port *port;
	bool alive = false;

	LIST_FOR_EACH(port, &bridge->ports, list)
		if (port->state != BRIDGE_DISABLED)
			alive = true;
	netif_set_carrier(&bridge->netif, alive);
}

/* ---- News ---- */

static void settle(struct netif *netif, uint32_t news)
{
	struct bridge *bridge = bridge_of(netif);
	struct bridge_port *port;

	if ((news & NEWS_MAC) && !mac_equal(netif->mac, bridge->id_mac))
		adopt_mac(bridge, netif->mac);
	if (news & NEWS_STATE)
		LIST_FOR_EACH(port, &bridge->ports, list)
			port_check(port);
}

static void change_port_mac(struct bridge_port *port) ON_NET_THREAD
{
	uint8_t old[6];

	memcpy(old, port->mac, 6);
	memcpy(port->mac, port->netif->mac, 6);
	fdb_remove_local(port->bridge, port, old);
	fdb_add_local(port->bridge, port, port->mac);
}

static void lower_changed(struct netif *master, struct netif *lower,
			  uint32_t news)
{
	struct bridge *bridge = bridge_of(master);
	struct bridge_port *port = lower->member;

	if ((news & NEWS_MAC) && !mac_equal(port->mac, lower->mac))
		change_port_mac(port);
	if (news & (NEWS_MAC | NEWS_JOINED))
		bridge_choose_mac(bridge);
	if (news & (NEWS_MTU | NEWS_JOINED))
		bridge_choose_mtu(bridge);
	if (news & NEWS_JOINED) {
		port_tell(port, CHANGE_NEW);
		bridge_choose_carrier(bridge);
	}
	if (news & (NEWS_STATE | NEWS_JOINED))
		port_check(port);
}

const struct link_kind bridge_kind = {
	.name = "bridge",
	.create = create,
	.joined = joined,
	.change = bridge_change,
	.settle = settle,
	.lower_changed = lower_changed,
	.describe = bridge_describe,
	.describe_member = port_describe,
	.change_member = port_change_member,
	.enslave = bridge_enslave,
	.release = bridge_release,
	.software = true,
	.quiet_carrier = true,
};
