// SPDX-License-Identifier: MIT
/*
 * Configuration requests: one function each, one table.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/link_group.h"
#include "net/core/record.h"
#include "net/core/listing.h"
#include "net/dhcp/dhcp.h"
#include "net/ioctl.h"
#include "net/link/link.h"
#include "net/net.h"

typedef int config_fn(struct net *net, struct netif *netif,
		      struct config_request *r);

static int add_address(struct net *net, struct netif *netif,
		       struct config_request *r) ON_NET_THREAD
{
	int err = netif_add_address(netif, &r->addr, r->bits);

	if (!err)
		arp_announce(net, netif, &r->addr);
	return err;
}

static int del_address(struct net *net, struct netif *netif,
		       struct config_request *r) ON_NET_THREAD
{
	return netif_del_address(netif, &r->addr);
}

/* An interface or a gateway must be given; `netif` is NULL when it is not. */
static int add_route(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	return route_add(net, &r->addr, r->bits,
			 addr_is_any(&r->gateway) ? NULL : &r->gateway, netif,
			 r->number, 0);
}

static int del_route(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	return route_del(net, &r->addr, r->bits,
			 addr_is_any(&r->gateway) ? NULL : &r->gateway, netif);
}

static int set_flags(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	return link_set_flags(netif, r->number,
			      NETIF_UP | NETIF_PROMISC | NETIF_ALLMULTI);
}

static int set_mtu(struct net *net, struct netif *netif,
		   struct config_request *r) ON_NET_THREAD
{
	return link_set_mtu(netif, r->number);
}

static int set_name(struct net *net, struct netif *netif,
		    struct config_request *r) ON_NET_THREAD
{
	return link_rename(netif, r->text);
}

static int set_mac(struct net *net, struct netif *netif,
		   struct config_request *r) ON_NET_THREAD
{
	return link_set_mac(netif, r->mac);
}

static int set_queue_length(struct net *net, struct netif *netif,
			    struct config_request *r)
{
	netif->queue_length = r->number;
	return 0;
}

static int run_ioctl(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	return ioctl_run(net, r);
}

static int get_netif(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	netif_describe(netif, r->info);
	return 0;
}

static int start_dhcp(struct net *net, struct netif *netif,
		      struct config_request *r) ON_NET_THREAD
{
	return dhcp_start(net, netif, r->text);
}

static int stop_dhcp(struct net *net, struct netif *netif,
		     struct config_request *r) ON_NET_THREAD
{
	dhcp_stop(net);
	return 0;
}

static int capture(struct net *net, struct netif *netif,
		   struct config_request *r) ON_NET_THREAD
{
	return tap_start(net, r->sink, r->number);
}

static int add_neighbour(struct net *net, struct netif *netif,
			 struct config_request *r) ON_NET_THREAD
{
	return neighbour_set_permanent(net, netif, &r->addr, r->mac);
}

static int del_neighbour(struct net *net, struct netif *netif,
			 struct config_request *r) ON_NET_THREAD
{
	return neighbour_forget(net, netif, &r->addr) ? 0 : -ENOENT;
}

static int set_epoch(struct net *net, struct netif *netif,
		     struct config_request *r)
{
	net->tap.epoch = r->time;
	return 0;
}

static int add_link_group(struct net *net, struct netif *netif,
			  struct config_request *r) ON_NET_THREAD
{
	return link_group_add(netif, r->mac);
}

static int del_link_group(struct net *net, struct netif *netif,
			  struct config_request *r) ON_NET_THREAD
{
	return link_group_remove(netif, r->mac);
}

static int set_features(struct net *net, struct netif *netif,
			struct config_request *r) ON_NET_THREAD
{
	return link_set_features(netif, r->number >> 16, r->number & 0xffff);
}

static const struct {
	config_fn *run;
	bool needs_netif;
} ops[] = {
	[CONFIG_ADD_ADDRESS] = { add_address, true },
	[CONFIG_DEL_ADDRESS] = { del_address, true },
	[CONFIG_ADD_ROUTE] = { add_route, false },
	[CONFIG_DEL_ROUTE] = { del_route, false },
	[CONFIG_SET_FLAGS] = { set_flags, true },
	[CONFIG_SET_MTU] = { set_mtu, true },
	[CONFIG_SET_NAME] = { set_name, true },
	[CONFIG_SET_MAC] = { set_mac, true },
	[CONFIG_SET_QUEUE_LENGTH] = { set_queue_length, true },
	[CONFIG_IOCTL] = { run_ioctl, false },
	[CONFIG_GET_NETIF] = { get_netif, true },
	[CONFIG_DHCP_START] = { start_dhcp, true },
	[CONFIG_DHCP_STOP] = { stop_dhcp, false },
	[CONFIG_CAPTURE] = { capture, false },
	[CONFIG_ADD_NEIGHBOUR] = { add_neighbour, true },
	[CONFIG_DEL_NEIGHBOUR] = { del_neighbour, true },
	[CONFIG_SET_EPOCH] = { set_epoch, false },
	[CONFIG_ADD_LINK_GROUP] = { add_link_group, true },
	[CONFIG_DEL_LINK_GROUP] = { del_link_group, true },
	[CONFIG_SET_FEATURES] = { set_features, true },
};

static int answer(struct net *net, struct config_request *r) ON_NET_THREAD
{
	struct netif *netif = NULL;

	if ((unsigned int)r->op >= ARRAY_LEN(ops))
		return -EINVAL;
	if (r->netif)
		netif = netif_by_index(net, r->netif);
	else if (r->name)
		netif = netif_by_name(net, r->name);
	if (!netif && (ops[r->op].needs_netif || r->netif || r->name))
		return -ENODEV;
	return ops[r->op].run(net, netif, r);
}

static void run(struct net *net, struct event *event) NET_THREAD_ROOT;

static void run(struct net *net, struct event *event)
{
	struct config_request *r =
		container_of(event, struct config_request, request.event);

	request_finish(&r->request, answer(net, r));
}

void net_configure(struct net *net, struct config_request *request)
{
	request->request.event.handle = run;
	request->request.event.kind =
		request->op == CONFIG_GET_NETIF ? EVENT_SILENT : EVENT_CONFIG;
	net_post(net, &request->request.event);
}
