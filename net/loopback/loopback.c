// SPDX-License-Identifier: MIT
/*
 * Loopback: what is sent is received. The smallest interface; read it first.
 *
 * An interface is a struct netif with ops. transmit() gets a packet that has
 * passed all stages of the way out. A device would queue it for DMA and keep
 * it with packet_hold(); here the same packet goes back to the work list as a
 * received one, payload buffers and all. No checksum is ever computed: the
 * packet keeps its PACKET_CSUM_PARTIAL, which a receiver on the same machine
 * takes for "good". A segment of 64 KiB stays whole.
 *
 * Packets to any address of our own come this way too (route.c).
 */
#include "net/loopback/loopback.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/config.h"
#include "net/core/instance.h"
#include "net/core/netif_private.h"

#define LOOPBACK_MTU 65536

static int transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT;
static void set_flags(struct netif *netif, uint32_t flags) NET_THREAD_ROOT;

static int transmit(struct netif *netif, struct packet *packet)
{
	packet->flags |= PACKET_LOOPBACK;
	netif_receive(netif, packet_hold(packet));
	return 0;
}

static void detached(struct netif *netif)
{
	netif->net->loopback = NULL;
	port_free(netif);
}

/* Up: it has its own addresses, whatever became of them (as with Linux). */
static void set_flags(struct netif *netif, uint32_t flags)
{
	struct net_addr addr4 = addr_ip4(0x7f000001);
	struct net_addr addr6 = addr_loopback6();
	struct netif_address *a;
	bool has4 = false;

	if (!(flags & NETIF_UP))
		return;
	LIST_FOR_EACH(a, &netif->addresses, list)
		has4 = has4 || addr_is_ip4(&a->addr);
	if (!has4)
		netif_add_address(netif, &addr4, 8);
	if (!netif_find_address(netif, &addr6))
		netif_add_address(netif, &addr6, 128);
}

static const struct netif_ops ops = {
	.transmit = transmit,
	.set_flags = set_flags,
	.detached = detached,
};

int loopback_create(struct net *net)
{
	struct netif *netif = port_alloc(sizeof *netif);

	if (!netif)
		return -ENOMEM;
	netif->ops = &ops;
	string_copy(netif->name, "lo", sizeof netif->name);
	netif->type = NETIF_TYPE_LOOPBACK;
	netif->flags = NETIF_LOOPBACK;
	netif->mtu = LOOPBACK_MTU;
	netif->features = NETIF_TX_CHECKSUM | NETIF_RX_CHECKSUM | NETIF_TSO4 |
			  NETIF_TSO6;
	netif->gso_max = PACKET_MAX;
	net->loopback = netif;
	netif_prepare(net, netif);
	if (net->config->bare) {
		netif_join_as(net, netif, 0, false);
		return 0;
	}
	netif_join(net, netif);
	set_flags(netif, netif->flags);
	return 0;
}
