// SPDX-License-Identifier: MIT
/*
 * Links as a bridge sees them: RTM_GETLINK, RTM_SETLINK and RTM_DELLINK with
 * family AF_BRIDGE, which the bridge command uses, and what RTNLGRP_LINK hears
 * of ports. IFLA_PROTINFO has a port's settings; VLANs in IFLA_AF_SPEC are
 * refused, as bridges here do not filter them. Multicast entries: none.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/instance.h"
#include "net/netlink/link_attributes.h"
#include "net/netlink/route.h"

#define HEADER 16
#define IFLA_PROTINFO 12
#define IFLA_BRIDGE_FLAGS 0
#define IFLA_BRIDGE_MODE 1
#define IFLA_BRIDGE_VLAN_INFO 2
#define BRIDGE_FLAGS_MASTER 1
#define BRIDGE_FLAGS_SELF 2
#define RTEXT_FILTER_BRVLAN 2
#define RTEXT_FILTER_BRVLAN_COMPRESSED 4

static const struct nl_rule rules[IFLA_COUNT] = {
	[IFLA_EXT_MASK] = { NL_U32 },
};

/* ---- Showing ---- */

static bool put(struct nl_writer *w, const struct nl_header *header,
		const struct netif *netif, const struct bridge *bridge,
		const struct bridge_port *port)
{
	uint32_t start = nl_begin(w, header), info, below;
	uint8_t *at = nl_room(w, HEADER);
	uint64_t stack;

	if (at) {
		at[0] = RT_AF_BRIDGE;
		put_le16(at + 2, (uint16_t)netif->type);
		put_le32(at + 4, netif->index);
		put_le32(at + 8, rt_link_flags(netif));
	}
	nl_put_text(w, IFLA_IFNAME, netif->name);
	nl_put_u32(w, IFLA_MASTER, bridge->netif.index);
	nl_put_u32(w, IFLA_MTU, netif->mtu);
	nl_put_u8(w, IFLA_OPERSTATE, rt_link_state(netif));
	nl_put(w, IFLA_ADDRESS, netif->mac, 6);
	below = rt_link_below(netif, &stack);
	if (below != netif->index)
		nl_put_u32(w, IFLA_LINK, below);
	if (port) {
		info = nl_nest(w, IFLA_PROTINFO | NL_NESTED);
		port_describe(netif, w);
		nl_nest_end(w, info);
	}
	return nl_end(w, start);
}

static int check_dump(struct nl_call *call)
{
	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for bridge link dump");
	if (call->body[1] || get_le16(call->body + 2) ||
	    get_le32(call->body + 4) || get_le32(call->body + 8) ||
	    get_le32(call->body + 12))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for bridge link dump request");
	return 0;
}

static uint32_t extra_mask(const struct nl_dump *dump)
{
	struct nl_attrs attrs = { dump->body + HEADER,
				  dump->length > HEADER ?
					  dump->length - HEADER :
					  0 };
	struct nl_attr attr;

	while (nl_next(&attrs, &attr))
		if (attr.type == IFLA_EXT_MASK && attr.length >= 4)
			return nl_u32(&attr);
	return 0;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWLINK);
	bool bridges_too = extra_mask(dump) & (RTEXT_FILTER_BRVLAN |
					       RTEXT_FILTER_BRVLAN_COMPRESSED);
	struct netif *netif;

	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		const struct bridge_port *port = port_of(netif);
		bool room = true;

		if (netif->index <= dump->at[0])
			continue;
		if (port)
			room = put(w, &header, netif, port->bridge, port);
		else if (bridges_too && is_bridge(netif))
			room = put(w, &header, netif, bridge_of(netif), NULL);
		if (!room)
			return 1;
		dump->at[0] = netif->index;
	}
	return 0;
}

void rt_port_changed(struct net *net, enum change_how how, const void *object)
{
	const struct bridge_port *port = object;
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_LINK))
		return;
	notice = rt_notice_begin(net,
				 how == CHANGE_NEW ? RTM_NEWLINK : RTM_DELLINK);
	if (put(&notice.writer, &notice.header, port->netif, port->bridge,
		how == CHANGE_NEW ? port : NULL))
		rt_notice_send(net, &notice, RTNLGRP_LINK);
}

/* ---- Changing ---- */

/* What IFLA_AF_SPEC says; -EOPNOTSUPP for what is in it beside flags. */
static int read_spec(const struct nl_attr *spec, uint16_t *flags)
{
	struct nl_attrs inner = nl_inside(spec);
	struct nl_attr attr;

	*flags = 0;
	while (spec->data && nl_next(&inner, &attr)) {
		if (attr.type != IFLA_BRIDGE_FLAGS)
			return -EOPNOTSUPP;
		if (attr.length < 2)
			return -EINVAL;
		*flags = get_le16(attr.data);
	}
	return 0;
}

static int find(struct nl_call *call, const struct nl_attr **attrs,
		struct netif **out) ON_NET_THREAD
{
	int err = nl_parse_body(call, HEADER, rules, IFLA_COUNT, attrs);

	if (err)
		return err;
	*out = netif_by_index(call->net, get_le32(call->body + 4));
	return *out ? 0 : nl_fail(call, -ENODEV, NULL, "unknown ifindex");
}

/* An old form has only the state in IFLA_PROTINFO. */
static int change(struct nl_call *call, struct bridge_port *port,
		  const struct nl_attr *info) ON_NET_THREAD
{
	const char *text = NULL;
	struct nl_attrs attrs;
	uint8_t plain[8] = { 5, 0, 1, 0 };
	int err;

	if (!info->data)
		return 0;
	attrs = nl_inside(info);
	if (!info->nested) {
		if (info->length < 1)
			return -EINVAL;
		plain[4] = info->data[0];
		attrs = (struct nl_attrs){ plain, sizeof plain };
	}
	err = port_change(port, attrs, &text);
	return err ? nl_fail(call, err, NULL, text) : 0;
}

static int set_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct bridge_port *port;
	struct netif *netif;
	uint16_t flags;
	int err = find(call, &attrs, &netif);

	if (!err)
		err = read_spec(&attrs[IFLA_AF_SPEC], &flags);
	if (err)
		return err;
	port = port_of(netif);
	/* No device has a bridge inside (BRIDGE_FLAGS_SELF). */
	if ((flags & ~BRIDGE_FLAGS_MASTER) || !port)
		return -EOPNOTSUPP;
	return change(call, port, &attrs[IFLA_PROTINFO]);
}

static int del_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct netif *netif;
	int err = find(call, &attrs, &netif);

	return err ? err : -EOPNOTSUPP;
}

static int dump_groups(struct nl_dump *dump, struct nl_writer *w)
{
	return 0;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_SETLINK,
	  .address_family = RT_AF_BRIDGE,
	  .call = set_link },
	{ .type = RTM_DELLINK,
	  .address_family = RT_AF_BRIDGE,
	  .call = del_link },
	{ .type = RTM_GETLINK,
	  .address_family = RT_AF_BRIDGE,
	  .open = true,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK },
	{ .type = RTM_GETMDB,
	  .address_family = RT_AF_BRIDGE,
	  .open = true,
	  .dump = dump_groups },
};

const struct rt_table rt_bridge_link_table = { handlers, ARRAY_LEN(handlers) };
