// SPDX-License-Identifier: MIT
/*
 * Interfaces: joining the stack, the way in (netif_receive), the last stage of
 * the way out (device_out) and what a device whose ring is full did not take.
 * The contract with drivers is in netif.h.
 */
#include "net/core/netif.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/gso.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/link_group.h"
#include "net/core/netif_private.h"
#include "net/core/queueing.h"
#include "net/core/record.h"
#include "net/core/route.h"
#include "net/core/upper.h"

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

void netif_set_carrier(struct netif *netif, bool up)
{
	if (up == !!(netif->flags & NETIF_RUNNING))
		return;
	netif->flags ^= NETIF_RUNNING;
	if (up)
		netif->carrier_ups++;
	else
		netif->carrier_downs++;
	if (!up)
		neighbour_flush_learned(netif);
	net_changed(netif->net, CHANGE_LINK, CHANGE_NEW, netif);
	link_news(netif, NEWS_STATE);
}

static void run_link(struct net *net, struct event *event)
{
	struct netif *netif = container_of(event, struct netif, link_event);

	/* It may have left meanwhile, or not have joined. */
	if (netif_by_serial(net, netif->serial) != netif)
		return;
	netif_set_carrier(netif, atomic_load(&netif->link_up));
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

void netif_set_features(struct netif *netif, uint32_t features)
{
	netif->features = netif->features_wanted = features;
	/* Checksums that were checked are no burden. */
	netif->features_can = netif->flags & NETIF_LOOPBACK ?
				      0 :
				      features & ~(uint32_t)NETIF_RX_CHECKSUM;
}

void netif_prepare(struct net *net, struct netif *netif)
{
	static const uint8_t none[6];

	netif->schedule_event.handle = run_schedule;
	netif->schedule_event.kind = EVENT_SCHEDULE;
	netif->link_event.handle = run_link;
	netif->link_event.kind = EVENT_LINK;
	list_init(&netif->list);
	list_init(&netif->queue);
	list_init(&netif->addresses);
	list_init(&netif->poll_list);
	list_init(&netif->groups);
	list_init(&netif->link_groups);
	list_init(&netif->anycasts);
	list_init(&netif->unsettled);
	list_init(&netif->vlan_list);
	if (!netif->max_mtu)
		netif->max_mtu = netif->mtu;
	/* Cards come from elsewhere, with an address that was set since. */
	if (!memcmp(netif->permanent_mac, none, 6))
		memcpy(netif->permanent_mac, netif->mac, 6);
	if (!netif->features_can)
		netif_set_features(netif, netif->features);
	/* Large packets for all: gso.c cuts them where the device does not. */
	if (!(netif->features & (NETIF_TSO4 | NETIF_TSO6)))
		netif->gso_max = PACKET_MAX;
	if (!netif->min_mtu)
		netif->min_mtu = NETIF_MTU_MIN;
	if (!netif->queue_length)
		netif->queue_length = NETIF_QUEUE_LENGTH;
	atomic_store(&netif->net, net); /* from here on interrupts may post */
}

/* The next number that no interface has. */
static uint32_t free_index(struct net *net) ON_NET_THREAD
{
	do
		net->next_netif++;
	while (netif_by_index(net, net->next_netif));
	return net->next_netif;
}

/* By index: dumps go on from a number. */
static void put_in_order(struct net *net, struct netif *netif)
{
	struct netif *other;

	LIST_FOR_EACH(other, &net->netifs, list) {
		if (other->index > netif->index) {
			list_insert_before(&other->list, &netif->list);
			return;
		}
	}
	list_push_back(&net->netifs, &netif->list);
}

void netif_join_as(struct net *net, struct netif *netif, uint32_t index,
		   bool up)
{
	choose_name(net, netif);
	netif->index = index ? index : free_index(net);
	netif->serial = ++net->last_netif_serial;
	netif->conf = net->tunables.ip.fresh;
	netif->conf6 = net->tunables.ip.fresh6;
	netif->neigh4 = net->tunables.ip.neigh4;
	netif->neigh6 = net->tunables.ip.neigh6;
	put_in_order(net, netif);
	if (up) {
		netif->flags |= NETIF_UP;
		queueing_up(netif);
	}
	if (netif->type == NETIF_ETHERNET)
		netif->flags |= NETIF_BROADCAST | NETIF_MULTICAST;
	if (netif->type != NETIF_ETHERNET || atomic_load(&netif->link_up))
		netif->flags |= NETIF_RUNNING;
	tap_interface(net, netif);
	/* Whatever came before the driver knew us. */
	run_schedule(net, &netif->schedule_event);
}

void netif_join(struct net *net, struct netif *netif)
{
	netif_join_as(net, netif, 0, true);
	net_changed(net, CHANGE_LINK, CHANGE_NEW, netif);
}

void netif_leave(struct net *net, struct netif *netif)
{
	address_flush(netif, 0);
	route_flush(net, netif, 0);
	exceptions_flush(net, netif);
	neighbour_flush(net, netif);
	net_changed(net, CHANGE_LINK, CHANGE_GONE, netif);
	link_let_go(netif);
	list_remove(&netif->list);
	list_remove(&netif->poll_list);
	netif->polling = false;
	queueing_leave(netif);
	link_groups_free(netif);
	if (netif->alias)
		port_free(netif->alias);
	netif->alias = NULL;
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

struct netif *netif_by_serial(struct net *net, uint64_t serial)
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (netif->serial == serial)
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
		queueing_up(netif);
	} else {
		netif->flags &= ~(uint32_t)NETIF_UP;
		queueing_down(netif);
		neighbour_flush(net, netif);
	}
	if (netif->ops->set_flags)
		netif->ops->set_flags(netif, netif->flags);
	address_link_changed(netif, up);
	link_news(netif, NEWS_STATE);
}

/* ---- packets ---- */

/* Frames come into the stack, and leave it, by devices only. */
static bool is_door(const struct netif *netif)
{
	return !netif->kind && !(netif->flags & NETIF_LOOPBACK);
}

void netif_receive(struct netif *netif, struct packet *packet)
{
	struct net *net = netif->net;
	uint8_t *first;

	packet->netif = netif;
	if (netif->kind && net->work_count >= NETIF_BACKLOG) {
		netif->stats.rx_dropped++;
		packet_drop(net, packet, REASON_NETIF_QUEUE_FULL);
		return;
	}
	if (unlikely(net->recorder) && is_door(netif))
		net->recorder->ops->frame(netif, packet);
	packet->time = net->now;
	/* What a sender on this machine wished is nobody's news. */
	packet->fragment_size = 0;
	packet->mtu = 0;
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

/* The device is busy. Only a discipline's packets may wait, for it sends no
 * more of them meanwhile. */
static verdict_t keep(struct netif *netif, struct packet *packet)
{
	if (!(packet->flags & PACKET_QUEUED)) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_NETIF_QUEUE_FULL);
	}
	if (netif->qdisc)
		netif->qdisc->requeues++;
	list_push_back(&netif->queue, &packet_hold(packet)->list);
	return packet_held();
}

/* Does what the device does not do. */
static void finish_checksum(struct netif *netif, struct packet *packet)
{
	if ((packet->flags & PACKET_CSUM_PARTIAL) &&
	    !(netif->flags & NETIF_LOOPBACK) &&
	    !(netif->features & NETIF_TX_CHECKSUM))
		packet_checksum_complete(packet);
}

static int transmit(struct netif *netif, struct packet *packet) ON_NET_THREAD
{
	struct net *net = netif->net;
	uint32_t queued = packet->flags & PACKET_QUEUED;
	int err;

	packet->flags &= ~queued; /* the packet may go on by another one */
	err = netif->ops->transmit(netif, packet);
	if (unlikely(net->recorder) && is_door(netif))
		err = net->recorder->ops->sent(netif, packet, err);
	if (err)
		packet->flags |= queued;
	return err;
}

static verdict_t put_out(struct netif *netif,
			 struct packet *packet) ON_NET_THREAD
{
	struct net *net = netif->net;
	uint32_t length = packet->length;
	int err;

	if (!(netif->flags & NETIF_UP)) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_NETIF_DOWN);
	}
	if (netif->stopped)
		return keep(netif, packet);
	if (gso_needed(netif, packet))
		return gso_cut(net, packet);
	finish_checksum(netif, packet);
	if (!packet->id)
		packet->id = ++net->tap.last_id;
	err = transmit(netif, packet);
	if (err == -EBUSY) {
		netif->stopped = true;
		return keep(netif, packet);
	}
	if (err == -ENOBUFS) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_NETIF_QUEUE_FULL);
	}
	if (err == -EACCES) {
		netif->stats.tx_dropped++;
		return packet_dropped(REASON_SOCKET_FILTER);
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

verdict_t device_out(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	bool queued = packet->flags & PACKET_QUEUED;
	verdict_t verdict = put_out(netif, packet);

	if (queued && --netif->leaving == 0)
		qdisc_run(netif);
	return verdict;
}

void netif_wake(struct netif *netif)
{
	struct list kept;
	struct packet *packet;
	uint32_t count = 0;

	if (unlikely(netif->net->recorder))
		netif->net->recorder->ops->wake(netif);
	netif->stopped = false;
	list_init(&kept);
	list_splice(&kept, &netif->queue);
	LIST_FOR_EACH(packet, &kept, list) {
		packet->stage = STAGE_DEVICE_OUT;
		count++;
	}
	netif->leaving += count;
	net_submit_first(netif->net, &kept, count);
	qdisc_run(netif);
}
