// SPDX-License-Identifier: MIT
/*
 * The neighbour table: see neighbour.h. An entry is INCOMPLETE while its first
 * request is out, REACHABLE for thirty seconds after a confirmation, then STALE
 * (used as it is; five seconds after the next use it is probed), and FAILED
 * when nobody answers.
 */
#include "net/core/neighbour.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

static const struct neighbour_conf *conf_of(const struct net *net,
					    const struct net_addr *addr)
{
	const struct ip_tunables *t = &net->tunables.ip;

	return addr_is_ip4(addr) ? &t->neigh4 : &t->neigh6;
}

static struct hlist *bucket(struct net *net, const struct net_addr *addr)
{
	uint64_t h = hash_pair(addr->q[0] ^ net->secret.k0, addr->q[1]);

	return &net->neighbours.buckets[h % NEIGHBOUR_BUCKETS];
}

struct neighbour *neighbour_find(struct net *net, struct netif *netif,
				 const struct net_addr *addr)
{
	struct neighbour *n;

	HLIST_FOR_EACH(n, bucket(net, addr), node)
		if (n->netif == netif && addr_equal(&n->addr, addr))
			return n;
	return NULL;
}

static void drop_queue(struct net *net, struct neighbour *n,
		       bool tell) ON_NET_THREAD
{
	struct packet *packet;

	while ((packet = LIST_POP(&n->queue, struct packet, list))) {
		if (tell && net->neighbours.ops)
			net->neighbours.ops->unreachable(net, packet);
		packet_drop(net, packet, REASON_NEIGHBOUR_UNREACHABLE);
	}
	net->neighbours.held_bytes -= n->queued_bytes;
	n->queued = n->queued_bytes = 0;
}

static void remove_neighbour(struct net *net, struct neighbour *n) ON_NET_THREAD
{
	drop_queue(net, n, false);
	timer_cancel(net, &n->timer);
	hlist_remove(&n->node);
	list_remove(&n->list);
	net->neighbours.count--;
	port_free(n);
}

static void solicit(struct net *net, struct neighbour *n,
		    const uint8_t *mac) ON_NET_THREAD
{
	n->tries++;
	net->neighbours.ops->solicit(net, n, mac);
	timer_arm(net, &n->timer,
		  net->now +
			  conf_of(net, &n->addr)->retrans_ms * NSEC_PER_MSEC);
}

/* A random share of base_reachable_time, half to one and a half of it (RFC 4861
 * 6.3.2). */
static nsec_t reachable_time(const struct net *net, const struct net_addr *addr)
{
	uint64_t base = (uint64_t)conf_of(net, addr)->base_reachable_ms;
	uint64_t part = ((uint64_t)net_random32() * base) >> 32;

	return (nsec_t)(base / 2 + part) * NSEC_PER_MSEC;
}

static int32_t most_tries(const struct net *net, const struct neighbour *n)
{
	const struct neighbour_conf *conf = conf_of(net, &n->addr);

	return n->state == NEIGHBOUR_PROBE ? conf->ucast_solicit :
					     conf->mcast_solicit;
}

static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void expired(struct net *net, struct timer *timer)
{
	struct neighbour *n = container_of(timer, struct neighbour, timer);

	switch (n->state) {
	case NEIGHBOUR_DELAY:
		n->state = NEIGHBOUR_PROBE;
		n->tries = 0;
		solicit(net, n, n->mac);
		return;
	case NEIGHBOUR_INCOMPLETE:
	case NEIGHBOUR_PROBE:
		if (n->tries < (uint32_t)most_tries(net, n)) {
			solicit(net, n,
				n->state == NEIGHBOUR_PROBE ? n->mac : NULL);
			return;
		}
		n->state = NEIGHBOUR_FAILED;
		drop_queue(net, n, true);
		return;
	default:
		return;
	}
}

static bool may_go(const struct neighbour *n)
{
	return !(n->state & (NEIGHBOUR_PERMANENT | NEIGHBOUR_NOARP));
}

/* Forgets what was used longest ago, as far as the thresholds ask for it. A
 * bounded look: old entries stand in front. False: the table is full. */
static bool make_room(struct net *net,
		      const struct net_addr *addr) ON_NET_THREAD
{
	const struct neighbour_conf *conf = conf_of(net, addr);
	uint32_t count = net->neighbours.count, looked = 0;
	nsec_t age = conf->gc_stale_time * NSEC_PER_SEC;
	struct neighbour *n;

	if (count < (uint32_t)conf->gc_thresh1)
		return true;
	if (count >= (uint32_t)conf->gc_thresh2)
		age = 5 * NSEC_PER_SEC;
	if (count >= (uint32_t)conf->gc_thresh3)
		age = 0;
	LIST_FOR_EACH_SAFE(n, &net->neighbours.all, list) {
		if (++looked > 8)
			break;
		if (!may_go(n) || net->now - n->used < age)
			continue;
		remove_neighbour(net, n);
		break;
	}
	return net->neighbours.count < (uint32_t)conf->gc_thresh3;
}

static struct neighbour *create(struct net *net, struct netif *netif,
				const struct net_addr *addr) ON_NET_THREAD
{
	struct neighbour *n;

	if (!make_room(net, addr))
		return NULL;
	n = port_alloc(sizeof *n);
	if (!n)
		return NULL;
	n->used = net->now;
	n->reachable = reachable_time(net, addr);
	n->net = net;
	n->netif = netif;
	n->addr = *addr;
	n->state = NEIGHBOUR_NONE;
	list_init(&n->queue);
	timer_init(&n->timer, expired);
	hlist_add(bucket(net, addr), &n->node);
	list_push_back(&net->neighbours.all, &n->list);
	net->neighbours.count++;
	return n;
}

static verdict_t hold(struct net *net, struct neighbour *n,
		      struct packet *packet) ON_NET_THREAD
{
	if (n->queued >= (uint32_t)conf_of(net, &n->addr)->unres_qlen ||
	    n->queued_bytes >= NEIGHBOUR_QUEUE_BYTES ||
	    net->neighbours.held_bytes >= NEIGHBOUR_HELD_BYTES)
		return packet_dropped(REASON_NEIGHBOUR_QUEUE_FULL);
	list_push_back(&n->queue, &packet_hold(packet)->list);
	n->queued++;
	n->queued_bytes += packet->length;
	net->neighbours.held_bytes += packet->length;
	if (n->state != NEIGHBOUR_INCOMPLETE) {
		n->state = NEIGHBOUR_INCOMPLETE;
		n->tries = 0;
		solicit(net, n, NULL);
	}
	return packet_held();
}

static void note_use(struct net *net, struct neighbour *n) ON_NET_THREAD
{
	n->used = net->now;
	if (&n->list != net->neighbours.all.prev) {
		list_remove(&n->list);
		list_push_back(&net->neighbours.all, &n->list);
	}
	if (n->state == NEIGHBOUR_IS_REACHABLE &&
	    net->now - n->confirmed > n->reachable)
		n->state = NEIGHBOUR_STALE;
	if (n->state == NEIGHBOUR_STALE) {
		n->state = NEIGHBOUR_DELAY;
		timer_arm(net, &n->timer,
			  net->now + conf_of(net, &n->addr)->delay_first_probe *
					     NSEC_PER_SEC);
	}
}

static void multicast_mac(const struct net_addr *addr, uint8_t mac[6])
{
	if (addr_is_ip4(addr)) { /* RFC 1112 6.4 */
		memcpy(mac, "\x01\x00\x5e", 3);
		mac[3] = addr->b[13] & 0x7f;
		mac[4] = addr->b[14];
		mac[5] = addr->b[15];
	} else { /* RFC 2464 7 */
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, addr->b + 12, 4);
	}
}

verdict_t neighbour_out(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	struct neighbour *n;

	if (netif->type != NETIF_ETHERNET)
		return next_stage(STAGE_NETIF_OUT);
	if (addr_is_multicast(&packet->next_hop)) {
		multicast_mac(&packet->next_hop, packet->link_dst);
		return next_stage(STAGE_LINK_OUT);
	}
	if (netif_is_broadcast(netif, &packet->next_hop)) {
		memset(packet->link_dst, 0xff, 6);
		return next_stage(STAGE_LINK_OUT);
	}
	n = neighbour_find(net, netif, &packet->next_hop);
	if (!n)
		n = create(net, netif, &packet->next_hop);
	if (!n)
		return packet_dropped(REASON_NO_MEMORY);
	if (n->state == NEIGHBOUR_NONE || n->state == NEIGHBOUR_INCOMPLETE ||
	    n->state == NEIGHBOUR_FAILED)
		return hold(net, n, packet);
	note_use(net, n);
	memcpy(packet->link_dst, n->mac, 6);
	return next_stage(STAGE_LINK_OUT);
}

static void release_queue(struct net *net, struct neighbour *n) ON_NET_THREAD
{
	struct packet *packet;

	while ((packet = LIST_POP(&n->queue, struct packet, list))) {
		memcpy(packet->link_dst, n->mac, 6);
		packet->stage = STAGE_LINK_OUT;
		net_submit(net, packet);
	}
	net->neighbours.held_bytes -= n->queued_bytes;
	n->queued = n->queued_bytes = 0;
}

void neighbour_learn(struct net *net, struct netif *netif,
		     const struct net_addr *addr, const uint8_t mac[6],
		     bool reply, bool make)
{
	struct neighbour *n = neighbour_find(net, netif, addr);
	bool changed;

	if (!n && make)
		n = create(net, netif, addr);
	if (!n || !may_go(n))
		return;
	changed = memcmp(n->mac, mac, 6) != 0;
	memcpy(n->mac, mac, 6);
	if (reply) {
		n->state = NEIGHBOUR_IS_REACHABLE;
		n->confirmed = net->now;
		timer_cancel(net, &n->timer);
	} else if (changed || n->state == NEIGHBOUR_NONE ||
		   n->state == NEIGHBOUR_INCOMPLETE ||
		   n->state == NEIGHBOUR_FAILED) {
		n->state = NEIGHBOUR_STALE;
		timer_cancel(net, &n->timer);
	}
	release_queue(net, n);
}

void neighbour_advertised(struct net *net, struct netif *netif,
			  const struct net_addr *addr, const uint8_t *mac,
			  bool solicited, bool override)
{
	struct neighbour *n = neighbour_find(net, netif, addr);
	bool other;

	if (!n || !may_go(n) || n->state == NEIGHBOUR_NONE ||
	    n->state == NEIGHBOUR_FAILED)
		return;
	if (n->state == NEIGHBOUR_INCOMPLETE) {
		if (mac)
			neighbour_learn(net, netif, addr, mac, solicited,
					false);
		return;
	}
	other = mac && memcmp(mac, n->mac, 6) != 0;
	if (other && !override) {
		if (n->state == NEIGHBOUR_IS_REACHABLE)
			n->state = NEIGHBOUR_STALE;
		return;
	}
	if (other)
		memcpy(n->mac, mac, 6);
	if (solicited) {
		n->state = NEIGHBOUR_IS_REACHABLE;
		n->confirmed = net->now;
		timer_cancel(net, &n->timer);
	} else if (other) {
		n->state = NEIGHBOUR_STALE;
		timer_cancel(net, &n->timer);
	}
}

void neighbour_confirm(struct net *net, struct netif *netif,
		       const struct net_addr *addr)
{
	struct neighbour *n;

	if (netif->type != NETIF_ETHERNET)
		return;
	n = neighbour_find(net, netif, addr);
	if (!n || !(n->state & (NEIGHBOUR_IS_REACHABLE | NEIGHBOUR_STALE |
				NEIGHBOUR_DELAY | NEIGHBOUR_PROBE)))
		return;
	n->state = NEIGHBOUR_IS_REACHABLE;
	n->confirmed = net->now;
	timer_cancel(net, &n->timer);
}

void neighbour_flush(struct net *net, struct netif *netif)
{
	struct neighbour *n;

	LIST_FOR_EACH_SAFE(n, &net->neighbours.all, list)
		if (!netif || n->netif == netif)
			remove_neighbour(net, n);
}

int neighbour_set_permanent(struct net *net, struct netif *netif,
			    const struct net_addr *addr, const uint8_t mac[6])
{
	struct neighbour *n;

	neighbour_learn(net, netif, addr, mac, true, true);
	n = neighbour_find(net, netif, addr);
	if (!n)
		return -ENOMEM;
	n->state = NEIGHBOUR_PERMANENT;
	memcpy(n->mac, mac, 6);
	return 0;
}

bool neighbour_forget(struct net *net, struct netif *netif,
		      const struct net_addr *addr)
{
	struct neighbour *n = neighbour_find(net, netif, addr);

	if (!n)
		return false;
	remove_neighbour(net, n);
	return true;
}
