// SPDX-License-Identifier: MIT
/*
 * veth: two interfaces, each of which receives what the other sends. The link
 * is there while both are up; deleting one deletes both. A packet becomes a
 * second one on its way (sharing the bytes), so that each end's capture has its
 * own record.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/link/kinds.h"

static int transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT;
static void set_flags(struct netif *netif, uint32_t flags) NET_THREAD_ROOT;

static int transmit(struct netif *netif, struct packet *packet)
{
	struct netif *peer = netif->lower;
	struct packet *copy;

	if (!peer || !(peer->flags & NETIF_UP))
		return -ENETDOWN;
	copy = packet_clone(netif->net, packet);
	if (!copy)
		return -ENOMEM;
	packet_recycle(copy);
	netif_receive(peer, copy);
	return 0;
}

static void set_flags(struct netif *netif, uint32_t flags)
{
	struct netif *peer = netif->lower;
	bool both = peer && (netif->flags & peer->flags & NETIF_UP);

	if (!peer)
		return;
	netif_set_carrier(netif, both);
	netif_set_carrier(peer, both);
}

static const struct netif_ops ops = {
	.transmit = transmit,
	.set_flags = set_flags,
	.detached = link_detached,
};

static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct netif *netif = port_alloc(sizeof *netif);

	if (!netif)
		return -ENOMEM;
	netif->ops = &ops;
	netif->type = NETIF_ETHERNET;
	netif->mtu = 1500;
	netif->max_mtu = PACKET_MAX;
	netif->features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6;
	netif->gso_max = PACKET_MAX;
	*out = netif;
	return 0;
}

const struct link_kind veth_kind = {
	.name = "veth",
	.create = create,
	.software = true,
	.paired = true,
};
