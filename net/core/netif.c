// SPDX-License-Identifier: MIT
/*
 * Interfaces: joining the stack, addresses, the way in (netif_receive), the
 * last stage of the way out (netif_out) and the queue in front of a device
 * whose ring is full. The contract with drivers is in netif.h.
 */
#include "net/core/netif.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/netif_private.h"
#include "net/core/route.h"

static void run_schedule(struct net *net, struct event *event) NET_THREAD_ROOT;
static void run_link(struct net *net, struct event *event) NET_THREAD_ROOT;

void netif_schedule(struct netif *netif)
{
	struct net *net = atomic_load(&netif->net);

	/* Before net_attach(): joining looks by itself. */
	if (net)
		net_post_once(net, &netif->schedule_event);
}

static void run_schedule(struct net *net, struct event *event)
{
	struct netif *netif = container_of(event, struct netif, schedule_event);

	if (netif->polling || !netif->ops->poll)
		return;
	netif->polling = true;
	list_push_back(&net->polls, &netif->poll_list);
}

void netif_link_changed(struct netif *netif, bool up)
{
	struct net *net = atomic_load(&netif->net);

	atomic_store(&netif->link_up, up);
	if (net)
		net_post_once(net, &netif->link_event);
}

static void run_link(struct net *net, struct event *event)
{
	struct netif *netif = container_of(event, struct netif, link_event);

	if (atomic_load(&netif->link_up))
		netif->flags |= NETIF_RUNNING;
	else
		netif->flags &= ~(uint32_t)NETIF_RUNNING;
}

static void choose_name(struct net *net, struct netif *netif) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX];
	char *percent = strstr(netif->name, "%d");

	if (!percent)
		return;
	for (int i = 0; i < 1000; i++) {
		format_to(name, sizeof name, "%.*s%d",
			  (int)(percent - netif->name), netif->name, i);
		if (!netif_by_name(net, name))
			break;
	}
	string_copy(netif->name, name, sizeof netif->name);
}

void netif_prepare(struct net *net, struct netif *netif)
{
	netif->schedule_event.handle = run_schedule;
	netif->link_event.handle = run_link;
	list_init(&netif->list);
	list_init(&netif->queue);
	list_init(&netif->poll_list);
	if (!netif->max_mtu)
		netif->max_mtu = netif->mtu;
	atomic_store(&netif->net, net); /* from here on interrupts may post */
}

void netif_join(struct net *net, struct netif *netif)
{
	choose_name(net, netif);
	netif->index = ++net->next_netif;
	list_push_back(&net->netifs, &netif->list);
	netif->flags |= NETIF_UP;
	if (netif->type == NETIF_ETHERNET)
		netif->flags |= NETIF_BROADCAST | NETIF_MULTICAST;
	if (netif->type != NETIF_ETHERNET || atomic_load(&netif->link_up))
		netif->flags |= NETIF_RUNNING;
	tap_interface(net, netif);
	/* Whatever came before the driver knew us. */
	run_schedule(net, &netif->schedule_event);
}

void netif_leave(struct net *net, struct netif *netif)
{
	struct packet *packet;

	route_flush(net, netif, 0);
	exceptions_flush(net, netif);
	neighbour_flush(net, netif);
	while ((packet = LIST_POP(&netif->queue, struct packet, list)))
		packet_drop(net, packet, REASON_STACK_CLOSED);
	netif->queued = 0;
	list_remove(&netif->list);
	list_remove(&netif->poll_list);
	netif->polling = false;
	if (netif->ops->detached)
		netif->ops->detached(netif);
}

struct netif *netif_by_index(struct net *net, uint32_t index)
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (netif->index == index)
			return netif;
	return NULL;
}

struct netif *netif_by_name(struct net *net, const char *name)
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (string_equal(netif->name, name))
			return netif;
	return NULL;
}

void netif_set_up(struct netif *netif, bool up)
{
	struct net *net = netif->net;

	if (up == !!(netif->flags & NETIF_UP))
		return;
	if (up) {
		netif->flags |= NETIF_UP;
	} else {
		netif->flags &= ~(uint32_t)NETIF_UP;
		neighbour_flush(net, netif);
	}
	if (netif->ops->set_flags)
		netif->ops->set_flags(netif, netif->flags);
}

/* ---- packets ---- */

void netif_receive(struct netif *netif, struct packet *packet)
{
	struct net *net = netif->net;
	uint8_t *first;

	packet->netif = netif;
	packet->time = net->now;
	packet->flags |= PACKET_RECORD_IN;
	if (!packet->id)
		packet->id = ++net->tap.last_id;
	netif->stats.rx_packets++;
	netif->stats.rx_bytes += packet->length;
	if (netif->type == NETIF_ETHERNET) {
		packet->stage = STAGE_LINK_IN;
	} else {
		first = packet_header(packet, 0, 1);
		packet->stage = first && *first >> 4 == 6 ? STAGE_IP6_IN :
							    STAGE_IP4_IN;
	}
	net_submit(net, packet);
}

static verdict_t enqueue(struct netif *netif, struct packet *packet)
{
	if (netif->queued >= NETIF_QUEUE_MAX) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_NETIF_QUEUE_FULL);
	}
	list_push_back(&netif->queue, &packet_hold(packet)->list);
	netif->queued++;
	return packet_held();
}

/* Whether the device can send this as it is; does what it does not do. */
static bool make_sendable(struct netif *netif, struct packet *packet)
{
	uint32_t tso = packet->gso_type == GSO_TCP6 ? NETIF_TSO6 : NETIF_TSO4;

	if (netif->flags & NETIF_LOOPBACK)
		return true;
	if (packet->gso_size && !(netif->features & tso))
		return false;
	if ((packet->flags & PACKET_CSUM_PARTIAL) &&
	    !(netif->features & NETIF_TX_CHECKSUM))
		packet_checksum_complete(packet);
	return true;
}

verdict_t netif_out(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	uint32_t length = packet->length;
	int err;

	if (!(netif->flags & NETIF_UP)) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_NETIF_DOWN);
	}
	if (netif->stopped ||
	    (netif->queued && !(packet->flags & PACKET_QUEUED)))
		return enqueue(netif, packet);
	if (!make_sendable(netif, packet))
		return packet_dropped(REASON_IP_TOO_BIG);
	if (!packet->id)
		packet->id = ++net->tap.last_id;
	err = netif->ops->transmit(netif, packet);
	if (err == -EBUSY) {
		netif->stopped = true;
		return enqueue(netif, packet);
	}
	if (err) {
		netif->stats.tx_errors++;
		return packet_dropped(err == -ENOMEM ? REASON_NO_MEMORY :
						       REASON_NETIF_DOWN);
	}
	netif->stats.tx_packets++;
	netif->stats.tx_bytes += length;
	return packet_sent();
}

void netif_wake(struct netif *netif)
{
	struct packet *packet;

	netif->stopped = false;
	while ((packet = LIST_POP(&netif->queue, struct packet, list))) {
		packet->flags |= PACKET_QUEUED;
		packet->stage = STAGE_NETIF_OUT;
		net_submit(netif->net, packet);
	}
	netif->queued = 0;
}

/* ---- addresses ---- */

static struct net_addr broadcast_of(const struct net_addr *addr,
				    unsigned int bits)
{
	uint32_t ip = addr_to_ip4(addr);

	return addr_ip4(ip | (uint32_t)(UINT64_C(0xffffffff) >> bits));
}

struct netif_address *netif_find_address(struct netif *netif,
					 const struct net_addr *addr)
{
	for (uint32_t i = 0; i < netif->address_top; i++)
		if (netif->addresses[i].used &&
		    addr_equal(&netif->addresses[i].addr, addr))
			return &netif->addresses[i];
	return NULL;
}

/* A route of an address's own: to itself, its subnet, its broadcast. */
static void own_route(struct netif *netif, enum route_type type,
		      const struct net_addr *prefix, unsigned int bits,
		      const struct net_addr *source, bool add) ON_NET_THREAD
{
	struct route_spec spec = {
		.prefix = *prefix,
		.bits = bits,
		.flags = ROUTE_CONNECTED,
		.type = (uint8_t)type,
		.scope = type == ROUTE_LOCAL ? SCOPE_HOST : SCOPE_LINK,
		.protocol = ROUTE_BY_KERNEL,
		.table = type == ROUTE_UNICAST ? TABLE_MAIN : TABLE_LOCAL,
		.hops[0].netif = netif,
		.hop_count = 1,
	};

	addr_mask(&spec.prefix, bits);
	if (addr_is_ip4(prefix))
		spec.source = *source;
	else if (type == ROUTE_UNICAST)
		spec.metric = 256; /* Linux's IP6_RT_PRIO_ADDRCONF */
	if (add)
		route_insert(netif->net, &spec, ROUTE_MODE_CREATE);
	else
		route_remove(netif->net, &spec);
}

static void address_routes(struct netif *netif, const struct netif_address *a,
			   bool add) ON_NET_THREAD
{
	const struct net_addr *addr = &a->addr;
	bool ip4 = addr_is_ip4(addr), lo = netif->flags & NETIF_LOOPBACK;
	unsigned int bits = route_bits(addr, a->bits);

	own_route(netif, ROUTE_LOCAL, addr, 128, addr, add);
	if (ip4 && lo && addr_is_loopback(addr) && a->bits < 32)
		own_route(netif, ROUTE_LOCAL, addr, bits, addr, add);
	else if (bits < 128 && !(a->flags & ADDRESS_NO_PREFIX_ROUTE))
		own_route(netif, ROUTE_UNICAST, addr, bits, addr, add);
	if (!addr_is_any(&a->broadcast))
		own_route(netif, ROUTE_BROADCAST, &a->broadcast, 128, addr,
			  add);
}

static uint8_t scope_of(const struct net_addr *addr)
{
	if (addr_is_loopback(addr))
		return SCOPE_HOST;
	return !addr_is_ip4(addr) && addr_is_link_local6(addr) ? SCOPE_LINK :
								 SCOPE_UNIVERSE;
}

static struct netif_address *free_slot(struct netif *netif)
{
	for (uint32_t i = 0; i < NETIF_ADDRESSES; i++) {
		if (netif->addresses[i].used)
			continue;
		netif->address_top = MAX(netif->address_top, i + 1);
		return &netif->addresses[i];
	}
	return NULL;
}

int netif_add_address(struct netif *netif, const struct net_addr *addr,
		      unsigned int bits)
{
	bool ip4 = addr_is_ip4(addr);
	struct netif_address *slot;

	if (bits > (ip4 ? 32 : 128) || addr_is_any(addr) ||
	    addr_is_multicast(addr) || addr_is_limited_broadcast(addr))
		return -EINVAL;
	if (netif_find_address(netif, addr))
		return -EEXIST;
	slot = free_slot(netif);
	if (!slot)
		return -ENOSPC;
	*slot = (struct netif_address){ .addr = *addr,
					.bits = (uint8_t)bits,
					.used = 1,
					.scope = scope_of(addr),
					.flags = ADDRESS_PERMANENT };
	if (ip4 && bits < 31 && !(netif->flags & NETIF_LOOPBACK))
		slot->broadcast = broadcast_of(addr, bits);
	address_routes(netif, slot, true);
	return 0;
}

int netif_del_address(struct netif *netif, const struct net_addr *addr)
{
	struct netif_address *slot = netif_find_address(netif, addr);

	if (!slot)
		return -EADDRNOTAVAIL;
	address_routes(netif, slot, false);
	slot->used = 0;
	while (netif->address_top &&
	       !netif->addresses[netif->address_top - 1].used)
		netif->address_top--;
	return 0;
}

struct netif *netif_of_address(struct net *net, const struct net_addr *addr)
{
	if (addr_is_loopback(addr))
		return net->loopback;
	return route_local_netif(net, addr);
}

bool netif_is_broadcast(const struct netif *netif, const struct net_addr *addr)
{
	if (!addr_is_ip4(addr))
		return false;
	if (addr_is_limited_broadcast(addr))
		return true;
	for (uint32_t i = 0; i < netif->address_top; i++) {
		const struct netif_address *a = &netif->addresses[i];

		if (a->used && !addr_is_any(&a->broadcast) &&
		    addr_equal(&a->broadcast, addr))
			return true;
	}
	return false;
}

const struct netif_address *netif_source(const struct netif *netif,
					 const struct net_addr *peer)
{
	const struct netif_address *first = NULL;
	int family = addr_family(peer);

	for (uint32_t i = 0; i < netif->address_top; i++) {
		const struct netif_address *a = &netif->addresses[i];

		if (!a->used || addr_family(&a->addr) != family)
			continue;
		if (addr_in_prefix(peer, &a->addr,
				   route_bits(&a->addr, a->bits)))
			return a;
		if (!first)
			first = a;
	}
	return first;
}
