// SPDX-License-Identifier: MIT
/*
 * The forwarding database: which station is behind which port. Learned entries
 * end when nothing was heard of them for the ageing time; a list in the order
 * of hearing finds them, so no sweep looks at the others. Their number is
 * bounded: frames to stations beyond it are flooded, as if never heard of.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/siphash.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/instance.h"
#include "net/wire/ethernet.h"

#define NUD_REACHABLE 0x02
#define NUD_STALE 0x04
#define NUD_NOARP 0x40
#define NUD_PERMANENT 0x80
#define NTF_USE 0x01 /* of a choice: by the administrator */
#define NTF_EXTERNAL 0x10
#define NTF_STICKY 0x40
#define EXPIRE_BATCH 256
#define EXPIRE_STEP (10 * NSEC_PER_MSEC)

static void expire(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static struct hlist *bucket(const struct bridge *bridge, const uint8_t mac[6])
{
	uint64_t hash = siphash(&bridge->netif.net->secret, mac, 6);

	return (struct hlist *)&bridge->buckets[hash % BRIDGE_BUCKETS];
}

struct station *fdb_find(const struct bridge *bridge, const uint8_t mac[6])
{
	struct station *s;

	HLIST_FOR_EACH(s, bucket(bridge, mac), node)
		if (mac_equal(s->mac, mac))
			return s;
	return NULL;
}

static void tell(struct station *s, enum change_how how) ON_NET_THREAD
{
	net_changed(s->bridge->netif.net, CHANGE_STATION, how, s);
}

/* ---- Ageing ---- */

static bool ages(const struct station *s)
{
	return !s->fixed && !s->external;
}

static void arm(struct bridge *bridge) ON_NET_THREAD
{
	const struct station *first =
		LIST_FIRST(&bridge->ageing_list, struct station, ageing_list);
	struct net *net = bridge->netif.net;

	if (first)
		timer_arm(net, &bridge->timer,
			  MAX(first->updated + bridge->ageing,
			      net->now + EXPIRE_STEP));
	else
		timer_cancel(net, &bridge->timer);
}

/* Heard now, or no longer one that ages. */
static void refresh(struct station *s) ON_NET_THREAD
{
	struct bridge *bridge = s->bridge;

	list_remove(&s->ageing_list);
	s->updated = bridge->netif.net->now;
	if (!ages(s))
		return;
	list_push_back(&bridge->ageing_list, &s->ageing_list);
	if (!timer_is_armed(&bridge->timer))
		arm(bridge);
}

static bool is_old(const struct station *s)
{
	return ages(s) &&
	       s->updated + s->bridge->ageing <= s->bridge->netif.net->now;
}

/* ---- Making and ending ---- */

static struct station *create(struct bridge *bridge, struct bridge_port *port,
			      const uint8_t mac[6])
{
	struct station *s = port_alloc(sizeof *s);

	if (!s)
		return NULL;
	s->bridge = bridge;
	s->port = port;
	memcpy(s->mac, mac, 6);
	list_init(&s->ageing_list);
	hlist_add(bucket(bridge, mac), &s->node);
	list_push_front(&bridge->all, &s->list);
	s->used = s->updated = bridge->netif.net->now;
	return s;
}

static void destroy(struct station *s)
{
	if (s->learned)
		s->bridge->learned--;
	hlist_remove(&s->node);
	list_remove(&s->list);
	list_remove(&s->ageing_list);
	port_free(s);
}

static void end(struct station *s) ON_NET_THREAD
{
	tell(s, CHANGE_GONE);
	destroy(s);
}

static void expire(struct net *net, struct timer *timer)
{
	struct bridge *bridge = container_of(timer, struct bridge, timer);
	struct station *s;
	int n = 0;

	LIST_FOR_EACH_SAFE(s, &bridge->ageing_list, ageing_list) {
		if (!is_old(s) || n++ == EXPIRE_BATCH)
			break;
		end(s);
	}
	arm(bridge);
}

void fdb_rearm(struct bridge *bridge)
{
	arm(bridge);
}

void fdb_free(struct bridge *bridge)
{
	struct station *s;

	timer_cancel(bridge->netif.net, &bridge->timer);
	LIST_FOR_EACH_SAFE(s, &bridge->all, list)
		destroy(s);
}

/* ---- Learning ---- */

static bool is_full(const struct bridge *bridge)
{
	return bridge->learned >= BRIDGE_STATIONS ||
	       (bridge->max_learned && bridge->learned >= bridge->max_learned);
}

static void learn_new(struct bridge_port *port,
		      const uint8_t mac[6]) ON_NET_THREAD
{
	struct bridge *bridge = port->bridge;
	struct station *s = is_full(bridge) ? NULL : create(bridge, port, mac);

	if (!s)
		return;
	s->learned = true;
	bridge->learned++;
	refresh(s);
	tell(s, CHANGE_NEW);
}

void fdb_learn(struct bridge_port *port, const uint8_t mac[6])
{
	struct station *s;

	if (!port->bridge->ageing)
		return;
	s = fdb_find(port->bridge, mac);
	if (!s) {
		learn_new(port, mac);
		return;
	}
	if (s->local)
		return;
	if (s->updated != port->bridge->netif.net->now)
		refresh(s);
	if (s->port == port || s->sticky)
		return;
	s->port = port;
	if (s->external) {
		s->external = false;
		refresh(s);
	}
	tell(s, CHANGE_NEW);
}

/* ---- What an administrator says ---- */

static int check(const struct fdb_request *r)
{
	bool quiet = r->port && r->port->state != BRIDGE_LEARNING &&
		     r->port->state != BRIDGE_FORWARDING;

	if (!(r->state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)))
		return -EINVAL;
	if (get_le32(r->mac) == 0 && get_le16(r->mac + 4) == 0)
		return -EINVAL;
	if (quiet && !(r->state & (NUD_PERMANENT | NUD_NOARP)))
		return -EPERM;
	if (!r->port && !(r->state & NUD_PERMANENT))
		return -EINVAL;
	return r->sticky && (r->state & NUD_PERMANENT) ? -EINVAL : 0;
}

static int find_or_create(struct bridge *bridge, const struct fdb_request *r,
			  struct station **out, bool *modified) ON_NET_THREAD
{
	struct station *s = fdb_find(bridge, r->mac);

	*modified = !s || s->port != r->port;
	if (!s) {
		if (!(r->message_flags & NL_CREATE))
			return -ENOENT;
		s = create(bridge, r->port, r->mac);
		if (!s)
			return -ENOMEM;
	} else if (r->message_flags & NL_EXCLUSIVE) {
		return -EEXIST;
	}
	s->port = r->port;
	s->by_user = true;
	*out = s;
	return 0;
}

int fdb_set(struct bridge *bridge, const struct fdb_request *r)
{
	struct station *s;
	bool modified, local, fixed;
	int err = check(r);

	if (!err)
		err = find_or_create(bridge, r, &s, &modified);
	if (err)
		return err;
	local = !r->external && (r->state & NUD_PERMANENT);
	fixed = local || (!r->external && (r->state & NUD_NOARP));
	if (s->local != local || s->fixed != fixed || s->sticky != r->sticky ||
	    s->external != r->external)
		modified = true;
	s->local = local;
	s->fixed = fixed;
	s->sticky = r->sticky;
	s->external = r->external;
	s->used = bridge->netif.net->now;
	if (modified) {
		refresh(s);
		tell(s, CHANGE_NEW);
	}
	return 0;
}

int fdb_remove(struct bridge *bridge, const struct bridge_port *port,
	       const uint8_t mac[6])
{
	struct station *s = fdb_find(bridge, mac);

	if (!s || s->port != port)
		return -ENOENT;
	end(s);
	return 0;
}

uint16_t fdb_state(const struct station *s)
{
	if (s->local)
		return NUD_PERMANENT;
	if (s->fixed)
		return NUD_NOARP;
	return is_old(s) ? NUD_STALE : NUD_REACHABLE;
}

uint8_t fdb_flags(const struct station *s)
{
	return (s->external ? NTF_EXTERNAL : 0) | (s->sticky ? NTF_STICKY : 0);
}

/* ---- Our own addresses ---- */

int fdb_add_local(struct bridge *bridge, struct bridge_port *port,
		  const uint8_t mac[6])
{
	struct station *s = fdb_find(bridge, mac);

	if (get_le32(mac) == 0 && get_le16(mac + 4) == 0)
		return -EINVAL;
	if (s && s->local)
		return 0;
	if (s) /* somebody uses our address */
		end(s);
	s = create(bridge, port, mac);
	if (!s)
		return -ENOMEM;
	s->local = s->fixed = true;
	tell(s, CHANGE_NEW);
	return 0;
}

/* Another port, or the bridge, may have the same address. */
static void end_local(struct station *s) ON_NET_THREAD
{
	struct bridge *bridge = s->bridge;
	struct bridge_port *port;

	LIST_FOR_EACH(port, &bridge->ports, list)
		if (port != s->port && mac_equal(port->mac, s->mac)) {
			s->port = port;
			s->by_user = false;
			return;
		}
	if (s->port && mac_equal(bridge->netif.mac, s->mac)) {
		s->port = NULL;
		s->by_user = false;
		return;
	}
	end(s);
}

void fdb_remove_local(struct bridge *bridge, struct bridge_port *port,
		      const uint8_t mac[6])
{
	struct station *s = fdb_find(bridge, mac);

	if (s && s->local && !s->by_user && s->port == port)
		end_local(s);
}

/* ---- Many at once ---- */

static bool chosen(const struct station *s, const struct fdb_choice *c)
{
	uint16_t state = (s->local ? NUD_PERMANENT : 0) |
			 (s->fixed ? NUD_NOARP : 0);
	uint8_t flags = fdb_flags(s) | (s->by_user ? NTF_USE : 0);

	if (c->of_port && s->port != c->port)
		return false;
	if (c->masked)
		return ((state ^ c->state) & c->state_mask) == 0 &&
		       ((flags ^ c->flags) & c->flags_mask) == 0;
	return (c->fixed_too || ages(s)) && (c->local_too || !s->local);
}

/* A port that goes keeps what others have in common with it (end_local). */
void fdb_flush(struct bridge *bridge, const struct fdb_choice *choice)
{
	struct station *s;

	LIST_FOR_EACH_SAFE(s, &bridge->all, list) {
		if (!chosen(s, choice))
			continue;
		if (s->local && !choice->masked)
			end_local(s);
		else
			end(s);
	}
}

void fdb_init(struct bridge *bridge)
{
	list_init(&bridge->all);
	list_init(&bridge->ageing_list);
	timer_init(&bridge->timer, expire);
}
