// SPDX-License-Identifier: MIT
/*
 * A link as a message: what answers, dumps and notifications say of it.
 */
#include "net/core/link.h"

#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/config.h"
#include "net/core/instance.h"
#include "net/core/travel.h"
#include "net/netlink/link_attributes.h"
#include "net/netlink/route.h"
#include "net/netlink/stack.h"

#define HEADER 16
#define LOWER_UP 0x10000 /* IFF_LOWER_UP */
#define OPER_UNKNOWN 0
#define OPER_DOWN 2
#define OPER_LOWER_DOWN 3
#define OPER_UP 6
#define GSO_MAX_SIZE 65536
#define TSO_MAX_SIZE 524280 /* of what is software all the way */
#define GSO_MAX_SEGS 65535

uint32_t rt_link_below(const struct netif *netif, uint64_t *stack)
{
	uint32_t index = netif->index;

	*stack = netif->net->config->number;
	if (netif->kind && netif->kind->peer_of)
		netif->kind->peer_of(netif, &index, stack);
	else if (netif->lower)
		index = netif->lower->index;
	return index;
}

uint8_t rt_link_state(const struct netif *netif)
{
	if (!(netif->flags & NETIF_UP))
		return OPER_DOWN;
	if (netif->flags & NETIF_LOOPBACK)
		return OPER_UNKNOWN;
	if (!(netif->flags & NETIF_RUNNING))
		/* If it is here: Linux looks among its own, too. */
		return netif->lower ? OPER_LOWER_DOWN : OPER_DOWN;
	if (netif->kind && (netif->kind->without_carrier ||
			    (netif->kind->quiet_carrier &&
			     !netif->carrier_ups && !netif->carrier_downs)))
		return OPER_UNKNOWN;
	return OPER_UP;
}

/* What user space knows as running: up, with a link below. */
uint32_t rt_link_flags(const struct netif *netif)
{
	uint32_t flags = netif_shown_flags(netif) & ~(uint32_t)NETIF_RUNNING;

	if ((netif->flags & NETIF_UP) && (netif->flags & NETIF_RUNNING))
		flags |= NETIF_RUNNING | LOWER_UP;
	return flags;
}

/* A bridge can what its ports can. */
static uint32_t tso_max(const struct netif *netif)
{
	const struct netif *port;
	bool alone = true;

	if (netif->kind && netif->kind->usual_tso)
		return GSO_MAX_SIZE;
	if (!is_bridge(netif))
		return netif->kind || netif->flags & NETIF_LOOPBACK ?
			       TSO_MAX_SIZE :
			       GSO_MAX_SIZE;
	LIST_FOR_EACH(port, &netif->net->netifs, list) {
		if (port->master != netif)
			continue;
		if (!port->kind)
			return GSO_MAX_SIZE;
		alone = false;
	}
	return alone ? GSO_MAX_SIZE : TSO_MAX_SIZE;
}

static void put_sizes(struct nl_writer *w, const struct netif *netif)
{
	nl_put_u32(w, IFLA_MTU, netif->mtu);
	nl_put_u32(w, IFLA_MIN_MTU,
		   netif->flags & NETIF_LOOPBACK ? 0 : netif->min_mtu);
	nl_put_u32(w, IFLA_MAX_MTU,
		   netif->flags & NETIF_LOOPBACK ? 0 : netif->max_mtu);
	nl_put_u32(w, IFLA_GROUP, netif->group);
	nl_put_u32(w, IFLA_PROMISCUITY, netif->promiscuous);
	nl_put_u32(w, IFLA_ALLMULTI, netif->all_multicast);
	nl_put_u32(w, IFLA_NUM_TX_QUEUES, 1);
	nl_put_u32(w, IFLA_GSO_MAX_SEGS, GSO_MAX_SEGS);
	nl_put_u32(w, IFLA_GSO_MAX_SIZE, GSO_MAX_SIZE);
	nl_put_u32(w, IFLA_GRO_MAX_SIZE, GSO_MAX_SIZE);
	nl_put_u32(w, IFLA_TSO_MAX_SIZE, tso_max(netif));
	nl_put_u32(w, IFLA_TSO_MAX_SEGS, GSO_MAX_SEGS);
	nl_put_u32(w, IFLA_NUM_RX_QUEUES, 1);
}

static void put_carrier(struct nl_writer *w, const struct netif *netif)
{
	nl_put_u8(w, IFLA_CARRIER,
		  (netif->flags & NETIF_UP) && (netif->flags & NETIF_RUNNING));
	nl_put_u32(w, IFLA_CARRIER_CHANGES,
		   netif->carrier_ups + netif->carrier_downs);
	nl_put_u32(w, IFLA_CARRIER_UP_COUNT, netif->carrier_ups);
	nl_put_u32(w, IFLA_CARRIER_DOWN_COUNT, netif->carrier_downs);
	nl_put_u8(w, IFLA_PROTO_DOWN, 0);
}

static void put_macs(struct nl_writer *w, const struct netif *netif)
{
	static const uint8_t none[6];
	uint8_t broadcast[6];

	if (netif->type == NETIF_TYPE_NONE)
		return;
	memset(broadcast, netif->type == NETIF_ETHERNET ? 0xff : 0, 6);
	nl_put(w, IFLA_ADDRESS,
	       netif->type == NETIF_ETHERNET ? netif->mac : none, 6);
	nl_put(w, IFLA_BROADCAST, broadcast, 6);
	if (!netif->kind && netif->type == NETIF_ETHERNET)
		nl_put(w, IFLA_PERM_ADDRESS, netif->mac, 6);
}

#define COUNTERS 25

/* struct rtnl_link_stats64's first fields; the rest is 0. */
void rt_put_counters(struct nl_writer *w, uint16_t type,
		     const struct netif *netif)
{
	const struct netif_stats *s = &netif->stats;
	const uint64_t fields[COUNTERS] = { s->rx_packets,  s->tx_packets,
					    s->rx_bytes,    s->tx_bytes,
					    s->rx_errors,   s->tx_errors,
					    s->rx_dropped,  s->tx_dropped,
					    s->rx_multicast };

	nl_put(w, type, fields, sizeof fields);
}

/* Both forms; the older one has half the bits, and one field less. */
static void put_statistics(struct nl_writer *w, const struct netif *netif)
{
	uint32_t at = w->used + NL_ATTR_HEADER;
	uint8_t narrow[4 * (COUNTERS - 1)];

	rt_put_counters(w, IFLA_STATS64, netif);
	if (w->full)
		return;
	for (uint32_t i = 0; i < COUNTERS - 1; i++)
		put_le32(narrow + 4 * i,
			 (uint32_t)get_le64(w->buffer + at + 8 * i));
	nl_put(w, IFLA_STATS, narrow, sizeof narrow);
}

static void put_kind(struct nl_writer *w, const struct netif *netif)
{
	const struct netif *master = netif->master;
	uint32_t info, data;

	if (!(netif->kind && netif->kind->software) && !master)
		return;
	info = nl_nest(w, IFLA_LINKINFO);
	if (netif->kind && netif->kind->software) {
		nl_put_text(w, IFLA_INFO_KIND, netif->kind->name);
		if (netif->kind->describe) {
			data = nl_nest(w, IFLA_INFO_DATA);
			netif->kind->describe(netif, w);
			nl_nest_end(w, data);
		}
	}
	if (master) {
		nl_put_text(w, IFLA_INFO_SLAVE_KIND, master->kind->name);
		if (master->kind->describe_member) {
			data = nl_nest(w, IFLA_INFO_SLAVE_DATA);
			master->kind->describe_member(netif, w);
			nl_nest_end(w, data);
		}
	}
	nl_nest_end(w, info);
}

/* IFLA_AF_SPEC: what each family has to say; of IPv6 how link-local addresses
 * are made. */
static void put_families(struct nl_writer *w, const struct netif *netif)
{
	uint32_t all = nl_nest(w, IFLA_AF_SPEC), six;

	six = nl_nest(w, RT_AF_INET6);
	nl_put_u32(w, IFLA_INET6_FLAGS, netif->flags & NETIF_UP ? IF_READY : 0);
	nl_put_u8(w, IFLA_INET6_ADDR_GEN_MODE,
		  (uint8_t)netif->conf6.addr_gen_mode);
	nl_nest_end(w, six);
	nl_nest_end(w, all);
}

static void put_header(struct nl_writer *w, const struct netif *netif,
		       uint32_t change)
{
	uint8_t *at = nl_room(w, HEADER);

	if (!at)
		return;
	put_le16(at + 2, (uint16_t)netif->type);
	put_le32(at + 4, netif->index);
	put_le32(at + 8, rt_link_flags(netif));
	put_le32(at + 12, change);
}

/* Where it goes: to which stack, under which number. */
static void put_destination(struct nl_writer *w,
			    const struct link_journey *journey, int32_t nsid)
{
	nl_put_u32(w, IFLA_NEW_NETNSID, (uint32_t)nsid);
	if (journey->request.index)
		nl_put_u32(w, IFLA_NEW_IFINDEX, journey->request.index);
}

bool rt_put_link(struct nl_writer *w, const struct nl_header *header,
		 const struct netif *netif, const struct link_view *view)
{
	uint64_t own = netif->net->config->number, stack;
	uint32_t below = rt_link_below(netif, &stack), start;
	int32_t nsid = stack != own ? rt_nsid_of(netif->net, stack) : 0;
	int32_t goes =
		netif->leaves_for ?
			rt_nsid_of(netif->net, netif->leaves_for->stack) :
			0;

	/* A new name of a stack was told before this message begins. */
	start = nl_begin(w, header);
	put_header(w, netif, view->change);
	nl_put_text(w, IFLA_IFNAME, netif->name);
	nl_put_u32(w, IFLA_TXQLEN, netif->queue_length);
	nl_put_u8(w, IFLA_OPERSTATE, rt_link_state(netif));
	nl_put_u8(w, IFLA_LINKMODE, 0);
	put_sizes(w, netif);
	if (below != netif->index || stack != own)
		nl_put_u32(w, IFLA_LINK, below);
	if (netif->master)
		nl_put_u32(w, IFLA_MASTER, netif->master->index);
	nl_put_text(w, IFLA_QDISC, netif_queueing(netif));
	put_carrier(w, netif);
	put_macs(w, netif);
	if (netif->alias)
		nl_put_text(w, IFLA_IFALIAS, netif->alias);
	if (!view->no_statistics)
		put_statistics(w, netif);
	put_kind(w, netif);
	if (stack != own)
		nl_put_u32(w, IFLA_LINK_NETNSID, (uint32_t)nsid);
	if (netif->leaves_for)
		put_destination(w, netif->leaves_for, goes);
	put_families(w, netif);
	return nl_end(w, start);
}

void rt_link_changed(struct net *net, enum change_how how, const void *object)
{
	const struct link_view view = {
		.change = how == CHANGE_GONE ? UINT32_MAX : 0,
	};
	const struct netif *netif = object;
	struct rt_notice notice;

	/* Where it goes gets a name here, whether or not somebody hears it. */
	if (netif->leaves_for)
		rt_nsid_of(net, netif->leaves_for->stack);
	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_LINK))
		return;
	notice = rt_notice_begin(net,
				 how == CHANGE_NEW ? RTM_NEWLINK : RTM_DELLINK);
	if (rt_put_link(&notice.writer, &notice.header, object, &view))
		rt_notice_send(net, &notice, RTNLGRP_LINK);
}
