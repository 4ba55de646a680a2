// SPDX-License-Identifier: MIT
/*
 * NETLINK_ROUTE: which handler a message has, and what is told to the groups
 * when a table has changed. See route.h.
 */
#include "net/netlink/route.h"

#include "lib/errno.h"

static const struct rt_table *const tables[] = {
	&rt_link_table,	      &rt_address_table,   &rt_route_table,
	&rt_rule_table,	      &rt_neighbour_table, &rt_neighbour_table_table,
	&rt_stats_table,      &rt_netconf_table,   &rt_address_label_table,
	&rt_qdisc_table,      &rt_nsid_table,	   &rt_bridge_link_table,
	&rt_bridge_fdb_table,
};

bool rt_address(const struct nl_attr *attr, uint8_t family,
		struct net_addr *out)
{
	return attr->length == (family == RT_AF_INET ? 4u : 16u) &&
	       nl_address(attr, out);
}

static const struct nl_handler *find_in(const struct rt_table *table,
					uint16_t type, uint8_t family)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct nl_handler *h = &table->handlers[i];

		if (h->type == type && h->address_family == family)
			return h;
	}
	return NULL;
}

static const struct nl_handler *find_exact(uint16_t type, uint8_t family)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const struct nl_handler *h = find_in(tables[i], type, family);

		if (h)
			return h;
	}
	return NULL;
}

/* The family's own handler, else the one for all families. */
static const struct nl_handler *find(struct nl_call *call, int *error)
{
	const struct nl_handler *h;
	uint16_t type = call->header.type;
	uint8_t family;

	*error = -EOPNOTSUPP;
	if (type > RTM_LAST)
		return NULL;
	*error = 0; /* Linux: a message without a family is nothing */
	if (call->length < 1)
		return NULL;
	family = call->body[0];
	*error = (type & 3) != 2 && !call->admin ? -EPERM : -EOPNOTSUPP;
	h = find_exact(type, family);
	return h ? h : find_exact(type, RT_AF_UNSPEC);
}

const struct nl_family nl_route_family = {
	.number = NL_ROUTE,
	.groups = RTNLGRP_COUNT,
	.open_groups = true,
	.find = find,
};

/* ---- Notifications ---- */

struct rt_notice rt_notice_begin(struct net *net, uint16_t type)
{
	struct netlink *netlink = netlink_of(net);

	return (struct rt_notice){
		.writer = { .buffer = netlink->notice,
			    .size = sizeof netlink->notice },
		.header = nl_notice_header(net, type),
	};
}

void rt_notice_send(struct net *net, struct rt_notice *notice, uint32_t group)
{
	nl_multicast(net, &nl_route_family, group, notice->writer.buffer,
		     notice->writer.used);
}

void nl_route_changed(struct net *net, enum change_kind kind,
		      enum change_how how, const void *object)
{
	switch (kind) {
	case CHANGE_LINK:
		rt_link_changed(net, how, object);
		nl_uevent_link_changed(object, how);
		break;
	case CHANGE_ADDRESS:
		rt_address_changed(net, how, object);
		break;
	case CHANGE_ROUTE:
		rt_route_changed(net, how, object);
		break;
	case CHANGE_NEIGHBOUR:
		rt_neighbour_changed(net, how, object);
		break;
	case CHANGE_PORT:
		rt_port_changed(net, how, object);
		break;
	case CHANGE_STATION:
		rt_station_changed(net, how, object);
		break;
	case CHANGE_RULE:
		rt_rule_changed(net, how, object);
		break;
	case CHANGE_ND_OPTION:
		rt_nd_option(net, object);
		break;
	default:
		break;
	}
}
