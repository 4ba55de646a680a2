// SPDX-License-Identifier: MIT
/*
 * Frames through a bridge: the stage BRIDGE_IN for what comes in by a port, and
 * what the bridge's own link sends. Each copy shares the frame's bytes and runs
 * the stages of its own port, which also does what the sender has left to be
 * done (checksums, segmentation).
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/gso.h"
#include "net/core/instance.h"
#include "net/wire/ethernet.h"

#define VLAN_TAG 4 /* may be in a frame beside the MTU */

/* 01:80:c2:00:00:0x: for the station at the other end of the cable. */
#define GROUP_BRIDGES 0x0 /* the spanning tree's */
#define GROUP_PAUSE 0x1

static bool is_link_local(const uint8_t mac[6])
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return memcmp(mac, prefix, 5) == 0 && (mac[5] & 0xf0) == 0;
}

/* ---- Out by ports ---- */

static bool fits(const struct netif *netif, const struct packet *packet)
{
	return packet->gso_size ||
	       packet->length <= netif->mtu + ETHERNET_HEADER + VLAN_TAG;
}

static bool may_leave(const struct bridge_port *from,
		      const struct bridge_port *to, const struct packet *packet)
{
	if (to->state != BRIDGE_FORWARDING || !(to->netif->flags & NETIF_UP))
		return false;
	if (from == to && !(to->flags & PORT_HAIRPIN))
		return false;
	if (from && (from->flags & to->flags & PORT_ISOLATED))
		return false;
	return fits(to->netif, packet);
}

static bool send(struct net *net, const struct bridge_port *to,
		 const struct packet *packet) ON_NET_THREAD
{
	struct packet *copy;

	if (net->work_count >= NETIF_BACKLOG ||
	    !(copy = packet_clone(net, packet))) {
		to->netif->stats.tx_dropped++;
		return false;
	}
	packet_recycle(copy);
	copy->netif = to->netif;
	copy->l2 = 0;
	copy->stage = STAGE_NETIF_OUT;
	net_submit(net, copy);
	return true;
}

/* Whether a port wants frames to stations that nobody knows, to groups, to
 * all. What the bridge itself says to many is always sent. */
static bool floods(const struct bridge_port *from, const struct bridge_port *to,
		   const uint8_t dst[6])
{
	if (!mac_is_multicast(dst))
		return to->flags & PORT_FLOOD;
	if (!from)
		return true;
	return to->flags & (mac_is_broadcast(dst) ? PORT_BROADCAST_FLOOD :
						    PORT_MULTICAST_FLOOD);
}

static bool flood(struct net *net, struct bridge *bridge,
		  const struct bridge_port *from, const struct packet *packet,
		  const uint8_t dst[6]) ON_NET_THREAD
{
	struct bridge_port *to;
	bool sent = false;

	LIST_FOR_EACH(to, &bridge->ports, list)
		if (floods(from, to, dst) && may_leave(from, to, packet) &&
		    send(net, to, packet))
			sent = true;
	return sent;
}

/* ---- Up ---- */

/* The bridge's own link gets a copy. */
static void pass_up(struct net *net, struct bridge *bridge,
		    const struct packet *packet, bool to_us) ON_NET_THREAD
{
	struct netif *netif = &bridge->netif;
	struct packet *copy;

	if (!(netif->flags & NETIF_UP) || net->work_count >= NETIF_BACKLOG ||
	    !(copy = packet_clone(net, packet))) {
		netif->stats.rx_dropped++;
		return;
	}
	packet_recycle(copy);
	if (to_us)
		copy->flags |= PACKET_TO_US;
	netif_receive(netif, copy);
	netif->stats.rx_bytes -= ETHERNET_HEADER; /* as Linux counts */
}

static verdict_t to_one(struct net *net, struct bridge_port *port,
			struct station *s, const struct packet *packet,
			const uint8_t dst[6]) ON_NET_THREAD
{
	struct bridge *bridge = port->bridge;
	bool all = bridge->netif.flags & NETIF_PROMISC;

	if (s->local) {
		pass_up(net, bridge, packet,
			mac_equal(dst, port->mac) ||
				mac_equal(dst, bridge->netif.mac));
		return packet_consumed();
	}
	s->used = net->now;
	if (all)
		pass_up(net, bridge, packet, false);
	if (s->port && may_leave(port, s->port, packet) &&
	    send(net, s->port, packet))
		return packet_consumed();
	return all ? packet_consumed() : packet_dropped(REASON_BRIDGE_NO_PORT);
}

static verdict_t to_many(struct net *net, struct bridge_port *port,
			 const struct packet *packet,
			 const uint8_t dst[6]) ON_NET_THREAD
{
	struct bridge *bridge = port->bridge;
	bool up = mac_is_multicast(dst) ||
		  (bridge->netif.flags & NETIF_PROMISC);
	bool sent = flood(net, bridge, port, packet, dst);

	if (up)
		pass_up(net, bridge, packet, false);
	return up || sent ? packet_consumed() :
			    packet_dropped(REASON_BRIDGE_NO_PORT);
}

/* ---- In ---- */

/* REASON_NONE: it may go on. */
static enum reason check(struct bridge_port *port,
			 const struct ethernet_header *h) ON_NET_THREAD
{
	static const uint8_t none[6];
	const struct station *s;

	if (mac_is_multicast(h->src) || mac_equal(h->src, none))
		return REASON_BRIDGE_BAD_SOURCE;
	if (port->state != BRIDGE_FORWARDING && port->state != BRIDGE_LEARNING)
		return REASON_BRIDGE_PORT_DISABLED;
	if (!(port->flags & PORT_LOCKED))
		return REASON_NONE;
	s = fdb_find(port->bridge, h->src);
	return s && s->port == port && !s->local ? REASON_NONE :
						   REASON_BRIDGE_PORT_LOCKED;
}

static enum reason check_group(struct bridge_port *port,
			       const struct ethernet_header *h) ON_NET_THREAD
{
	struct bridge *bridge = port->bridge;
	uint8_t group = h->dst[5];

	/* Without a spanning tree of ours, others' pass. */
	if (group == GROUP_BRIDGES)
		return REASON_NONE;
	if (group != GROUP_PAUSE &&
	    ((bridge->group_mask | port->group_mask) & (1u << group)))
		return REASON_NONE;
	if (group != GROUP_PAUSE && (port->flags & PORT_LEARNING) &&
	    !bridge->no_link_local_learn)
		fdb_learn(port, h->src);
	return REASON_BRIDGE_LINK_LOCAL;
}

verdict_t bridge_in(struct net *net, struct packet *packet) NET_THREAD_ROOT
{
	struct bridge_port *port = port_of(packet->netif);
	const uint8_t *bytes = packet_header(packet, 0, ETHERNET_HEADER);
	struct ethernet_header h;
	struct station *s;
	enum reason why;

	if (!bytes || !port)
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	ethernet_parse(bytes, ETHERNET_HEADER, &h);
	why = check(port, &h);
	if (why == REASON_NONE && is_link_local(h.dst))
		why = check_group(port, &h);
	if (why != REASON_NONE)
		return packet_dropped(why);
	if (port->flags & PORT_LEARNING)
		fdb_learn(port, h.src);
	if (port->state == BRIDGE_LEARNING)
		return packet_dropped(REASON_BRIDGE_PORT_DISABLED);
	if (packet->gso_size && !gso_dissect(packet, false))
		return packet_dropped(REASON_TCP_MALFORMED);
	s = mac_is_multicast(h.dst) ? NULL : fdb_find(port->bridge, h.dst);
	return s ? to_one(net, port, s, packet, h.dst) :
		   to_many(net, port, packet, h.dst);
}

/* ---- What the bridge's link sends ---- */

int bridge_transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT
{
	struct bridge *bridge = bridge_of(netif);
	const uint8_t *dst = packet_header(packet, 0, ETHERNET_HEADER);
	struct station *s;

	if (!dst)
		return -EINVAL;
	s = mac_is_multicast(dst) ? NULL : fdb_find(bridge, dst);
	if (!s)
		flood(netif->net, bridge, NULL, packet, dst);
	else if (s->port && may_leave(NULL, s->port, packet))
		send(netif->net, s->port, packet);
	return 0;
}
