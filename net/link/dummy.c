// SPDX-License-Identifier: MIT
/*
 * Dummy links: an interface with addresses and routes that leads nowhere. What
 * is sent is counted and forgotten. The smallest link kind: read it before the
 * others.
 */
#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/link/kinds.h"

static int transmit(struct netif *netif, struct packet *packet)
{
	return 0;
}

static const struct netif_ops ops = {
	.transmit = transmit,
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
	netif->flags = NETIF_NOARP | NETIF_RUNNING;
	netif->link_up = 1;
	netif->mtu = 1500;
	netif->max_mtu = PACKET_MAX;
	netif->features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6;
	netif->gso_max = PACKET_MAX;
	*out = netif;
	return 0;
}

const struct link_kind dummy_kind = {
	.name = "dummy",
	.create = create,
	.software = true,
	.moves = true,
	.without_carrier = true,
};
