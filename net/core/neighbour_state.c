// SPDX-License-Identifier: MIT
/*
 * An entry's life (RFC 4861 7.3): INCOMPLETE while its first request is out,
 * REACHABLE for about thirty seconds after a confirmation, then STALE (used as
 * it is; five seconds after the next use it is probed), and FAILED when nobody
 * answers. Every move is announced that Linux announces.
 *
 * `tries` counts as in Linux: the first ucast_solicit requests go to the address
 * that is known, the next app_solicit ones are a program's to make, the rest go
 * to all. An INCOMPLETE entry begins behind the first of these.
 */
#include "net/core/neighbour.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

#define RETRANS_LEAST (10 * NSEC_PER_MSEC)
#define MANAGED_INTERVAL (5 * NSEC_PER_SEC)

static const struct neighbour_conf *conf_of(const struct neighbour *n)
{
	return neighbour_conf(n->netif, &n->addr);
}

static void tell(struct neighbour *n) ON_NET_THREAD
{
	net_changed(n->netif->net, CHANGE_NEIGHBOUR, CHANGE_NEW, n);
}

/* ---- what waits ---- */

void neighbour_drop_queue(struct neighbour *n)
{
	struct net *net = n->netif->net;
	struct packet *packet;

	while ((packet = LIST_POP(&n->queue, struct packet, list)))
		packet_drop(net, packet, REASON_NEIGHBOUR_UNREACHABLE);
	net->neighbours.held_bytes -= n->queued_bytes;
	n->queued = n->queued_bytes = 0;
}

static void release_queue(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;
	struct packet *packet;

	while ((packet = LIST_POP(&n->queue, struct packet, list))) {
		memcpy(packet->link_dst, n->mac, 6);
		packet->stage = STAGE_LINK_OUT;
		net_submit(net, packet);
	}
	net->neighbours.held_bytes -= n->queued_bytes;
	n->queued = n->queued_bytes = 0;
}

/* ---- asking ---- */

static nsec_t retrans(const struct neighbour *n)
{
	return MAX(conf_of(n)->retrans * NSEC_PER_MSEC, RETRANS_LEAST);
}

static void solicit(struct neighbour *n) ON_NET_THREAD
{
	const struct neighbour_conf *conf = conf_of(n);
	struct net *net = n->netif->net;
	uint32_t direct = (uint32_t)conf->ucast_solicit;
	uint32_t programs = direct + (uint32_t)conf->app_solicit;
	uint32_t tries = n->tries++;

	if (tries < direct)
		net->neighbours.ops->solicit(
			net, n, n->state == NEIGHBOUR_PROBE ? n->mac : NULL);
	else if (tries < programs)
		net_changed(net, CHANGE_NEIGHBOUR, CHANGE_WANTED, n);
	else
		net->neighbours.ops->solicit(net, n, NULL);
	timer_arm(net, &n->timer, net->now + retrans(n));
}

static uint32_t most_tries(const struct neighbour *n)
{
	const struct neighbour_conf *conf = conf_of(n);

	return (uint32_t)(conf->ucast_solicit + conf->app_solicit +
			  (n->state == NEIGHBOUR_PROBE ? conf->mcast_resolicit :
							 conf->mcast_solicit));
}

/* ---- states ---- */

/* Managed ones are asked again and again, whatever happens. */
static void rest(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;

	if (n->flags & NEIGHBOUR_MANAGED)
		timer_arm(net, &n->timer, net->now + MANAGED_INTERVAL);
	else
		timer_cancel(net, &n->timer);
}

static void set_state(struct neighbour *n, uint8_t state) ON_NET_THREAD
{
	uint8_t old = n->state;

	n->state = state;
	n->updated = n->netif->net->now;
	if (state == NEIGHBOUR_FAILED || old == NEIGHBOUR_FAILED ||
	    ((old ^ state) & NEIGHBOUR_PERMANENT))
		neighbour_sort(n);
}

/* Nobody is there: the senders of what waits are told. */
static void fail(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;
	struct packet *packet;

	neighbour_table(net, &n->addr)->failures++;
	set_state(n, NEIGHBOUR_FAILED);
	rest(n);
	tell(n);
	if (net->neighbours.ops)
		LIST_FOR_EACH(packet, &n->queue, list)
			net->neighbours.ops->unreachable(net, packet);
	neighbour_drop_queue(n);
}

static void reachable_is_over(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;
	nsec_t delay = conf_of(n)->delay_probe * NSEC_PER_MSEC;

	if (net->now < n->confirmed + n->reachable) {
		timer_arm(net, &n->timer, n->confirmed + n->reachable);
	} else if (net->now <= n->used + delay) {
		set_state(n, NEIGHBOUR_DELAY);
		timer_arm(net, &n->timer, net->now + delay);
	} else {
		set_state(n, NEIGHBOUR_STALE);
		rest(n);
		tell(n);
	}
}

static void delay_is_over(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;

	if (net->now <=
	    n->confirmed + conf_of(n)->delay_probe * NSEC_PER_MSEC) {
		set_state(n, NEIGHBOUR_IS_REACHABLE);
		timer_arm(net, &n->timer, n->confirmed + n->reachable);
		tell(n);
		return;
	}
	set_state(n, NEIGHBOUR_PROBE);
	n->tries = 0;
	tell(n);
	if (most_tries(n) == 0)
		fail(n);
	else
		solicit(n);
}

static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void expired(struct net *net, struct timer *timer)
{
	struct neighbour *n = container_of(timer, struct neighbour, timer);

	switch (n->state) {
	case NEIGHBOUR_IS_REACHABLE:
		reachable_is_over(n);
		break;
	case NEIGHBOUR_DELAY:
		delay_is_over(n);
		break;
	case NEIGHBOUR_INCOMPLETE:
	case NEIGHBOUR_PROBE:
		if (n->tries >= most_tries(n))
			fail(n);
		else
			solicit(n);
		break;
	default:
		if (n->flags & NEIGHBOUR_MANAGED)
			neighbour_ask(n);
		break;
	}
}

/* False: there is no way to ask. */
static bool start_asking(struct neighbour *n) ON_NET_THREAD
{
	const struct neighbour_conf *conf = conf_of(n);

	if (conf->mcast_solicit + conf->app_solicit == 0) {
		set_state(n, NEIGHBOUR_FAILED);
		return false;
	}
	set_state(n, NEIGHBOUR_INCOMPLETE);
	n->tries = (uint32_t)conf->ucast_solicit;
	solicit(n);
	return true;
}

/* It is in use: a stale one is looked after in a while. */
static void doubt(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;

	if (n->state != NEIGHBOUR_STALE)
		return;
	set_state(n, NEIGHBOUR_DELAY);
	timer_arm(net, &n->timer,
		  net->now + conf_of(n)->delay_probe * NSEC_PER_MSEC);
}

void neighbour_ask(struct neighbour *n)
{
	neighbour_touch(n);
	if (n->state == NEIGHBOUR_STALE)
		doubt(n);
	else if (!(n->state & (NEIGHBOUR_VALID | NEIGHBOUR_INCOMPLETE)))
		start_asking(n);
}

/* ---- the way out ---- */

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

/* What needs no asking on this link is known from the start. */
void neighbour_start(struct neighbour *n)
{
	timer_init(&n->timer, expired);
	n->state = NEIGHBOUR_NOARP;
	if (addr_is_multicast(&n->addr))
		multicast_mac(&n->addr, n->mac);
	else if (n->netif->flags & (NETIF_NOARP | NETIF_LOOPBACK))
		memcpy(n->mac, n->netif->mac, 6);
	else if (netif_is_broadcast(n->netif, &n->addr))
		memset(n->mac, 0xff, 6);
	else
		n->state = NEIGHBOUR_NONE;
}

static verdict_t hold(struct net *net, struct neighbour *n,
		      struct packet *packet) ON_NET_THREAD
{
	const struct neighbour_conf *conf = conf_of(n);

	if (n->queued >= (uint32_t)conf->unres_qlen ||
	    n->queued_bytes >= (uint32_t)conf->unres_qlen_bytes ||
	    net->neighbours.held_bytes >= NEIGHBOUR_HELD_BYTES) {
		neighbour_table(net, &n->addr)->discards++;
		return packet_dropped(REASON_NEIGHBOUR_QUEUE_FULL);
	}
	if (n->state != NEIGHBOUR_INCOMPLETE && !start_asking(n))
		return packet_dropped(REASON_NEIGHBOUR_UNREACHABLE);
	list_push_back(&n->queue, &packet_hold(packet)->list);
	n->queued++;
	n->queued_bytes += packet->length;
	net->neighbours.held_bytes += packet->length;
	return packet_held();
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
		n = neighbour_create(netif, &packet->next_hop, false);
	if (!n)
		return packet_dropped(REASON_NO_MEMORY);
	neighbour_touch(n);
	if (!(n->state & NEIGHBOUR_VALID))
		return hold(net, n, packet);
	if (packet->flags & PACKET_CONFIRMS) /* RFC 4861 7.3.1 */
		n->confirmed = net->now;
	doubt(n);
	memcpy(packet->link_dst, n->mac, 6);
	return next_stage(STAGE_LINK_OUT);
}

/* ---- what is heard and ordered ---- */

/* Flags that an administrator sets; whether one changed. */
static bool set_flag(struct neighbour *n, uint16_t flag, bool on)
{
	if (on == !!(n->flags & flag))
		return false;
	n->flags ^= flag;
	return true;
}

/* Whether who listens must hear of it. */
static bool set_admin_flags(struct neighbour *n, unsigned int how) ON_NET_THREAD
{
	bool learned =
		set_flag(n, NEIGHBOUR_LEARNED, how & NEIGHBOUR_IS_LEARNED);
	bool managed =
		set_flag(n, NEIGHBOUR_MANAGED, how & NEIGHBOUR_IS_MANAGED);

	if (learned)
		neighbour_sort(n);
	return learned || managed;
}

/* To a state without a link address. */
static bool forget_mac(struct neighbour *n, uint8_t state) ON_NET_THREAD
{
	uint8_t old = n->state;

	if (state == NEIGHBOUR_FAILED &&
	    (old & (NEIGHBOUR_INCOMPLETE | NEIGHBOUR_PROBE))) {
		fail(n);
		return false; /* it was told */
	}
	set_state(n, state);
	rest(n);
	return old & NEIGHBOUR_VALID;
}

static void arm_for(struct neighbour *n) ON_NET_THREAD
{
	struct net *net = n->netif->net;

	if (n->state == NEIGHBOUR_IS_REACHABLE)
		timer_arm(net, &n->timer, net->now + n->reachable);
	else if (n->state & NEIGHBOUR_TIMED)
		timer_arm(net, &n->timer, net->now);
	else
		rest(n);
}

/* Takes state and address over; whether that is news. */
static bool take(struct neighbour *n, const uint8_t *mac,
		 uint8_t state) ON_NET_THREAD
{
	uint8_t old = n->state;
	bool other = memcmp(mac, n->mac, 6) != 0;

	if (other || state != old)
		n->updated = n->netif->net->now;
	if (other) {
		memcpy(n->mac, mac, 6);
		if (!(state & NEIGHBOUR_CONNECTED))
			n->confirmed =
				n->netif->net->now -
				2 * conf_of(n)->base_reachable * NSEC_PER_MSEC;
	}
	if (state != old) {
		if (state == NEIGHBOUR_PROBE)
			n->tries = 0;
		set_state(n, state);
		arm_for(n);
	}
	if (!(old & NEIGHBOUR_VALID))
		release_queue(n);
	return other || state != old;
}

/* What becomes of an entry that has an address when it hears of `mac` and
 * `state`. False: nothing. */
static bool weigh(const struct neighbour *n, const uint8_t **mac,
		  uint8_t *state, unsigned int how)
{
	bool other = memcmp(*mac, n->mac, 6) != 0;

	if (other && !(how & NEIGHBOUR_OVERRIDE)) {
		if (!(how & NEIGHBOUR_WEAK) ||
		    !(n->state & NEIGHBOUR_CONNECTED))
			return false;
		*mac = n->mac;
		*state = NEIGHBOUR_STALE;
		return true;
	}
	/* That it speaks is no proof that it hears us, and no doubt either. */
	if (!other && *state == NEIGHBOUR_STALE && !(how & NEIGHBOUR_ADMIN))
		*state = n->state;
	return true;
}

static bool hear(struct neighbour *n, const uint8_t *mac, uint8_t state,
		 unsigned int how) ON_NET_THREAD
{
	bool known = n->state & NEIGHBOUR_VALID, believed = true, news = false;
	bool sure = known && mac && !(how & NEIGHBOUR_OVERRIDE) &&
		    memcmp(mac, n->mac, 6) != 0;

	if (!mac)
		mac = n->mac;
	if (state & NEIGHBOUR_CONNECTED)
		n->confirmed = n->netif->net->now;
	if (known)
		believed = weigh(n, &mac, &state, how);
	if (believed)
		news = take(n, mac, state);
	if ((how & NEIGHBOUR_TELLS_ROUTER) && !sure &&
	    set_flag(n, NEIGHBOUR_ROUTER, how & NEIGHBOUR_IS_ROUTER))
		news = true;
	return news;
}

int neighbour_update(struct neighbour *n, const uint8_t *mac, uint8_t state,
		     unsigned int how, const char **text)
{
	bool news;

	if (!(how & NEIGHBOUR_ADMIN) &&
	    (n->state & (NEIGHBOUR_NOARP | NEIGHBOUR_PERMANENT)))
		return -EPERM;
	if (!(how & NEIGHBOUR_ASK) && (state & NEIGHBOUR_VALID) && !mac &&
	    !(n->state & NEIGHBOUR_VALID) && n->netif->type == NETIF_ETHERNET) {
		if (text)
			*text = "No link layer address given";
		return -EINVAL;
	}
	news = (how & NEIGHBOUR_ADMIN) && set_admin_flags(n, how);
	if (how & NEIGHBOUR_ASK) {
		if (n->state & NEIGHBOUR_PERMANENT)
			set_state(n, NEIGHBOUR_NONE);
	} else if (!(state & NEIGHBOUR_VALID)) {
		news |= forget_mac(n, state);
	} else {
		news |= hear(n, mac, state, how);
	}
	if (news)
		tell(n);
	return 0;
}

void neighbour_heard(struct netif *netif, const struct net_addr *addr,
		     const uint8_t *mac, uint8_t state, unsigned int how,
		     bool make)
{
	struct net *net = netif->net;
	struct neighbour *n = neighbour_find(net, netif, addr);

	/* It has just been heard of: others need not be asked to forget it. */
	if (n && addr_is_ip4(addr) && !(how & NEIGHBOUR_OVERRIDE) &&
	    net->now - n->updated > conf_of(n)->locktime * NSEC_PER_MSEC)
		how |= NEIGHBOUR_OVERRIDE;
	if (!n && make)
		n = neighbour_create(netif, addr, false);
	if (n)
		neighbour_update(n, mac, state, how, NULL);
}

void neighbour_learn(struct net *net, struct netif *netif,
		     const struct net_addr *addr, const uint8_t mac[6],
		     bool reply, bool make)
{
	neighbour_heard(netif, addr, mac,
			reply ? NEIGHBOUR_IS_REACHABLE : NEIGHBOUR_STALE,
			NEIGHBOUR_OVERRIDE, make);
}

int neighbour_set_permanent(struct net *net, struct netif *netif,
			    const struct net_addr *addr, const uint8_t mac[6])
{
	struct neighbour *n = neighbour_find(net, netif, addr);

	if (!n)
		n = neighbour_create(netif, addr, true);
	if (!n)
		return -ENOMEM;
	return neighbour_update(n, mac, NEIGHBOUR_PERMANENT,
				NEIGHBOUR_OVERRIDE | NEIGHBOUR_ADMIN, NULL);
}
