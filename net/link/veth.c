// SPDX-License-Identifier: MIT
/*
 * veth: two interfaces, each of which receives what the other sends. The link
 * is there while both are up; deleting one deletes both. A packet becomes a
 * second one on its way (sharing the bytes, whose references any CPU may
 * count), so that each end's capture has its own record.
 *
 * The ends may be in two stacks, with two threads. What they share is a cable:
 * it has a reference from each end's interface, from each frame under way and
 * from each posted event, and the last one frees it. An end belongs to the
 * thread of the stack behind its door (net/core/door.h), which alone looks at
 * `netif`; the other end's thread
 *
 *   - posts frames through the door: the packet itself changes hands, and
 *     counts in the receiver's stack from there on. `frames` and `bytes` are
 *     bounded; what is too much is dropped and counted where it was sent;
 *   - reads `up`, `gone`, `index` and `stack`, which are published, and posts
 *     `changed` after it has changed its own. A closed door makes that
 *     superfluous: who opens it looks.
 *
 * An end that leaves its stack, for another one or for good, closes its door
 * and forgets `netif` first; frames and events that were posted before find
 * nobody and are freed. `lower` is set only while both are in one stack; then
 * frames go straight over.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/config.h"
#include "net/core/door.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/link/kinds.h"

#define FRAMES_MAX 1000u
#define BYTES_MAX (4u << 20)

struct cable;

struct end {
	struct door door;
	struct netif *netif; /* of the stack behind the door; or NULL */
	struct cable *cable; /* constant */
	struct end *other; /* constant */
	struct event changed; /* the other end has news for this one */
	uint32_t frames, bytes; /* atomic: on their way here */
	uint32_t up, gone, index; /* atomic */
	uint64_t stack; /* atomic: number */
};

struct cable {
	struct refcount refs;
	struct end ends[2];
};

struct veth {
	struct netif netif; /* first: link_detached() */
	struct end *end; /* NULL: it has left */
};

static int transmit(struct netif *netif, struct packet *packet) NET_THREAD_ROOT;
static void set_flags(struct netif *netif, uint32_t flags) NET_THREAD_ROOT;
static void run_frame(struct net *net, struct event *event) NET_THREAD_ROOT;
static void run_changed(struct net *net, struct event *event) NET_THREAD_ROOT;

static void cable_put(struct cable *cable)
{
	if (refcount_put(&cable->refs))
		port_free(cable);
}

static struct end *end_of(const struct netif *netif)
{
	return ((const struct veth *)netif)->end;
}

/* ---- Frames ---- */

static int send_here(struct netif *netif, struct netif *peer,
		     struct packet *packet) ON_NET_THREAD
{
	struct packet *copy;

	if (!(peer->flags & NETIF_UP))
		return -ENETDOWN;
	copy = packet_clone(netif->net, packet);
	if (!copy)
		return -ENOMEM;
	packet_recycle(copy);
	netif_receive(peer, copy);
	return 0;
}

static void give_room(struct end *to, uint32_t length)
{
	atomic_fetch_sub(&to->bytes, length);
	atomic_fetch_sub(&to->frames, 1);
}

static int send_away(struct netif *netif, struct end *to,
		     struct packet *packet) ON_NET_THREAD
{
	struct net *net = netif->net;
	uint32_t length = packet->length;
	struct packet *copy;

	if (!atomic_load(&to->up))
		return -ENETDOWN;
	if (atomic_load(&to->frames) >= FRAMES_MAX ||
	    atomic_load(&to->bytes) >= BYTES_MAX)
		return -ENOBUFS;
	copy = packet_clone(net, packet);
	if (!copy)
		return -ENOMEM;
	packet_recycle(copy);
	atomic_fetch_add(&to->frames, 1);
	atomic_fetch_add(&to->bytes, length);
	refcount_get(&to->cable->refs);
	copy->netif = NULL;
	copy->crossing_to = to;
	copy->crossing.handle = run_frame;
	copy->crossing.kind = 0; /* record.h: nobody can replay it */
	net->packets--;
	if (door_post(&to->door, &copy->crossing))
		return 0;
	net->packets++;
	packet_free(net, copy);
	give_room(to, length);
	cable_put(to->cable);
	return -ENETDOWN;
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct end *end = end_of(netif);

	if (!end)
		return -ENETDOWN;
	return netif->lower ? send_here(netif, netif->lower, packet) :
			      send_away(netif, end->other, packet);
}

static void run_frame(struct net *net, struct event *event)
{
	struct packet *packet = container_of(event, struct packet, crossing);
	struct end *end = packet->crossing_to;
	struct netif *netif = end->netif;

	net->packets++;
	give_room(end, packet->length);
	cable_put(end->cable);
	if (netif && (netif->flags & NETIF_UP)) {
		netif_receive(netif, packet);
		return;
	}
	if (netif)
		netif->stats.rx_dropped++;
	packet_free(net, packet);
}

/* ---- News ---- */

static bool is_open(const struct end *end)
{
	return __atomic_load_n(&end->door.net, __ATOMIC_SEQ_CST) != NULL;
}

/* Both ends' threads may have news for one end. Who finds the event posted
 * relies on it: if it was refused and the door is open by then, it is tried
 * once more. The caller has a reference to the cable. */
static void notify(struct end *end)
{
	do {
		if (atomic_exchange(&end->changed.posted, 1))
			return;
		refcount_get(&end->cable->refs);
		if (door_post(&end->door, &end->changed))
			return;
		__atomic_store_n(&end->changed.posted, 0, __ATOMIC_SEQ_CST);
		cable_put(end->cable);
	} while (is_open(end));
}

static void set_carrier(struct end *end) ON_NET_THREAD
{
	if (end->netif)
		netif_set_carrier(end->netif,
				  atomic_load(&end->up) &&
					  atomic_load(&end->other->up));
}

static void run_changed(struct net *net, struct event *event)
{
	struct end *end = container_of(event, struct end, changed);
	struct cable *cable = end->cable;

	if (end->netif && atomic_load(&end->other->gone))
		link_delete(end->netif);
	else
		set_carrier(end);
	cable_put(cable);
}

static void set_flags(struct netif *netif, uint32_t flags)
{
	struct end *end = end_of(netif);

	if (!end)
		return;
	atomic_store(&end->up, !!(flags & NETIF_UP));
	set_carrier(end);
	if (netif->lower)
		set_carrier(end->other);
	else
		notify(end->other);
}

/* ---- Life ---- */

static const struct netif_ops ops = {
	.transmit = transmit,
	.set_flags = set_flags,
	.detached = link_detached,
};

static int pair(const void **first, const void **second)
{
	struct cable *cable = port_alloc(sizeof *cable);

	if (!cable)
		return -ENOMEM;
	refcount_init(&cable->refs, 2);
	for (int i = 0; i < 2; i++) {
		struct end *end = &cable->ends[i];

		end->cable = cable;
		end->other = &cable->ends[!i];
		end->changed.handle = run_changed;
	}
	*first = &cable->ends[0];
	*second = &cable->ends[1];
	return 0;
}

static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct veth *veth = port_alloc(sizeof *veth);
	struct netif *netif = &veth->netif;

	if (!veth)
		return -ENOMEM;
	veth->end = (struct end *)request->own;
	netif->ops = &ops;
	netif->type = NETIF_ETHERNET;
	netif->mtu = 1500;
	netif->max_mtu = PACKET_MAX;
	netif->features = NETIF_TX_CHECKSUM | NETIF_TSO4 | NETIF_TSO6 |
			  NETIF_USO;
	netif->gso_max = PACKET_MAX;
	*out = netif;
	return 0;
}

/* It is in its stack: the other end may find it. */
static void joined(struct netif *netif)
{
	struct end *end = end_of(netif), *other = end->other;

	end->netif = netif;
	atomic_store(&end->index, netif->index);
	atomic_store(&end->stack, netif->net->config->number);
	door_open(&end->door, netif->net);
	if (door_leads_to(&other->door, netif->net)) {
		netif->lower = other->netif;
		other->netif->lower = netif;
	} else if (atomic_load(&other->gone)) {
		notify(end); /* it was deleted meanwhile: so are we */
	}
}

/* Nobody is behind the door any more. */
static struct end *leave(struct netif *netif)
{
	struct end *end = end_of(netif);

	atomic_store(&end->up, 0);
	door_close(&end->door);
	end->netif = NULL;
	((struct veth *)netif)->end = NULL;
	if (netif->lower)
		netif->lower->lower = NULL;
	netif->lower = NULL;
	return end;
}

static void *depart(struct netif *netif)
{
	struct end *end = leave(netif);

	notify(end->other);
	return end;
}

static void abandon(struct net *net, void *own)
{
	struct end *end = own;

	atomic_store(&end->gone, 1);
	notify(end->other);
	cable_put(end->cable);
}

static void destroy(struct netif *netif)
{
	if (end_of(netif))
		abandon(netif->net, leave(netif));
}

static bool peer_of(const struct netif *netif, uint32_t *index, uint64_t *stack)
{
	struct end *end = end_of(netif);

	if (!end)
		return false;
	*index = atomic_load(&end->other->index);
	*stack = atomic_load(&end->other->stack);
	return *index != 0;
}

const struct link_kind veth_kind = {
	.name = "veth",
	.create = create,
	.pair = pair,
	.joined = joined,
	.depart = depart,
	.abandon = abandon,
	.destroy = destroy,
	.peer_of = peer_of,
	.software = true,
	.paired = true,
	.moves = true,
};
