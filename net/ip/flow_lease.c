// SPDX-License-Identifier: MIT
/* Flow labels on lease: see flow_lease.h. */
#include "net/ip/flow_lease.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/listing.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"

#define REQUEST_LENGTH 32
#define LABEL_MASK 0xfffffu
#define STATELESS 0x80000u /* flowlabel_state_ranges: of no lease */
#define LEASES_MAX 4096
#define PER_SOCKET 32
#define LINGER_LEAST 6 /* seconds */

enum { ACTION_GET, ACTION_PUT, ACTION_RENEW };
enum { FLAG_CREATE = 1, FLAG_EXCL = 2, FLAG_REFLECT = 4 };
enum { SHARE_NONE, SHARE_EXCL, SHARE_PROCESS, SHARE_USER, SHARE_ANY = 255 };

/* A socket holds a lease: in dgram6->flows. */
struct flow_hold {
	struct list list;
	struct flow_lease *lease;
};

/* struct in6_flowlabel_req */
struct lease_request {
	struct net_addr dst;
	uint32_t label;
	uint8_t action, share;
	uint16_t flags, expires, linger;
};

static struct lease_request parse(const uint8_t *bytes)
{
	struct lease_request r = { .label = get_be32(bytes + 16),
				   .action = bytes[20],
				   .share = bytes[21],
				   .flags = get_le16(bytes + 22),
				   .expires = get_le16(bytes + 24),
				   .linger = get_le16(bytes + 26) };

	memcpy(r.dst.b, bytes, 16);
	return r;
}

static struct flow_lease_table *table_of(struct net *net)
{
	return &net->ip->flows;
}

static struct hlist *bucket(struct net *net, uint32_t label)
{
	return &table_of(net)->buckets[label % FLOW_LEASE_BUCKETS];
}

static struct flow_lease *find(struct net *net, uint32_t label)
{
	struct flow_lease *lease;

	if (!table_of(net)->buckets)
		return NULL;
	HLIST_FOR_EACH(lease, bucket(net, label), node)
		if (lease->label == label)
			return lease;
	return NULL;
}

static bool is_exclusive(const struct flow_lease *lease)
{
	return lease->share != SHARE_ANY;
}

/* ---- time ---- */

static nsec_t end_of(const struct flow_lease *lease)
{
	return MAX(lease->expires, lease->last_use + lease->linger);
}

static nsec_t seconds(uint16_t s)
{
	return MAX(s, LINGER_LEAST) * NSEC_PER_SEC;
}

static void renew(const struct net *net, struct flow_lease *lease,
		  const struct lease_request *r)
{
	lease->last_use = net->now;
	lease->linger = MAX(lease->linger, seconds(r->linger));
	lease->expires = MAX(lease->expires, net->now + MAX(seconds(r->expires),
							    lease->linger));
}

static void forget(struct net *net, struct flow_lease *lease)
{
	struct flow_lease_table *table = table_of(net);

	hlist_remove(&lease->node);
	table->count--;
	table->exclusive -= is_exclusive(lease);
	port_free(lease);
}

static void timer_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void timer_due(struct net *net, struct timer *timer)
{
	struct flow_lease_table *table = table_of(net);
	nsec_t next = NSEC_NEVER;

	for (int i = 0; i < FLOW_LEASE_BUCKETS; i++) {
		struct flow_lease *lease;

		HLIST_FOR_EACH_SAFE(lease, &table->buckets[i], node) {
			if (lease->users)
				continue;
			if (end_of(lease) <= net->now)
				forget(net, lease);
			else
				next = MIN(next, end_of(lease));
		}
	}
	if (next != NSEC_NEVER)
		timer_arm(net, timer, next);
}

static void release(struct net *net, struct flow_lease *lease) ON_NET_THREAD
{
	struct timer *timer = &table_of(net)->timer;

	lease->last_use = net->now;
	if (--lease->users)
		return;
	lease->expires = end_of(lease);
	if (!timer_is_armed(timer) || timer->expires > lease->expires)
		timer_arm(net, timer, lease->expires);
}

void flow_leases_init(struct net *net)
{
	timer_init(&table_of(net)->timer, timer_due);
}

void flow_leases_free(struct net *net)
{
	struct flow_lease_table *table = table_of(net);

	timer_cancel(net, &table->timer);
	for (int i = 0; table->buckets && i < FLOW_LEASE_BUCKETS; i++) {
		struct flow_lease *lease;

		HLIST_FOR_EACH_SAFE(lease, &table->buckets[i], node)
			forget(net, lease);
	}
	port_free(table->buckets);
}

/* ---- a socket's ---- */

static struct flow_hold *hold_of(struct endpoint *ep, uint32_t label)
{
	struct dgram6 *six = dgram_of(ep)->six;
	struct flow_hold *hold;

	if (six)
		LIST_FOR_EACH(hold, &six->flows, list)
			if (hold->lease->label == label)
				return hold;
	return NULL;
}

static void let_go(struct net *net, struct flow_hold *hold) ON_NET_THREAD
{
	list_remove(&hold->list);
	release(net, hold->lease);
	port_free(hold);
}

void flow_lease_release(struct endpoint *ep)
{
	struct dgram6 *six = dgram_of(ep)->six;
	struct flow_hold *hold;

	if (six)
		LIST_FOR_EACH_SAFE(hold, &six->flows, list)
			let_go(ep->net, hold);
}

bool flow_lease_allows(struct endpoint *ep, uint32_t label)
{
	struct flow_hold *hold;

	if (!label || !table_of(ep->net)->exclusive)
		return true;
	hold = hold_of(ep, label);
	if (hold)
		hold->lease->last_use = ep->net->now;
	return hold != NULL;
}

/* The same lease counts each time that it is held. */
static uint32_t holds_of(struct endpoint *ep)
{
	struct flow_hold *hold;
	uint32_t own = 0;

	LIST_FOR_EACH(hold, &dgram_of(ep)->six->flows, list)
		own++;
	return own;
}

/* Linux's mem_check(): the fuller the table, the fewer for each. */
static bool has_room(struct endpoint *ep)
{
	uint32_t count = table_of(ep->net)->count, own;
	uint32_t room = LEASES_MAX - MIN(count, (uint32_t)LEASES_MAX);

	if (room > LEASES_MAX - PER_SOCKET)
		return true;
	own = holds_of(ep);
	return room &&
	       (ep->uid == 0 || (own < PER_SOCKET && room >= LEASES_MAX / 4 &&
				 (!own || room >= LEASES_MAX / 2)));
}

/* ---- getting one ---- */

static uint32_t owner_of(const struct endpoint *ep, uint8_t share)
{
	if (share == SHARE_PROCESS)
		return (uint32_t)ep->pid;
	return share == SHARE_USER ? ep->uid : 0;
}

static int take_hold(struct endpoint *ep,
		     struct flow_lease *lease) ON_NET_THREAD
{
	struct flow_hold *hold;

	if (holds_of(ep) >= (ep->uid == 0 ? LEASES_MAX : PER_SOCKET))
		return -ENOBUFS;
	hold = port_alloc(sizeof *hold);
	if (!hold)
		return -ENOMEM;
	hold->lease = lease;
	lease->users++;
	list_push_back(&dgram_of(ep)->six->flows, &hold->list);
	return 0;
}

/* There is one already. */
static int join(struct endpoint *ep, struct flow_lease *lease,
		const struct lease_request *r) ON_NET_THREAD
{
	int err;

	if (r->flags & FLAG_EXCL)
		return -EEXIST;
	if (lease->share == SHARE_EXCL || lease->share != r->share ||
	    lease->owner != owner_of(ep, r->share))
		return -EPERM;
	err = take_hold(ep, lease);
	if (!err)
		renew(ep->net, lease, r);
	return err;
}

/* Free, and from the half that is for leases. */
static uint32_t choose(struct net *net)
{
	uint32_t mask = net->tunables.ip.flowlabel_state_ranges ?
				LABEL_MASK & ~STATELESS :
				LABEL_MASK;
	uint32_t label;

	do
		label = net_random32() & mask;
	while (!label || find(net, label));
	return label;
}

static int create(struct endpoint *ep, struct lease_request *r) ON_NET_THREAD
{
	struct flow_lease_table *table = table_of(ep->net);
	struct flow_lease *lease;
	int err;

	if (!has_room(ep))
		return -ENOBUFS;
	if (!table->buckets)
		table->buckets = port_alloc(FLOW_LEASE_BUCKETS *
					    sizeof table->buckets[0]);
	lease = table->buckets ? port_alloc(sizeof *lease) : NULL;
	if (!lease)
		return -ENOMEM;
	err = take_hold(ep, lease);
	if (err) {
		port_free(lease);
		return err;
	}
	if (!r->label)
		r->label = choose(ep->net);
	lease->label = r->label;
	lease->dst = r->dst;
	lease->share = r->share;
	lease->owner = owner_of(ep, r->share);
	renew(ep->net, lease, r);
	hlist_add(bucket(ep->net, lease->label), &lease->node);
	table->count++;
	table->exclusive += is_exclusive(lease);
	return 0;
}

static bool is_share(uint8_t share)
{
	return share == SHARE_EXCL || share == SHARE_PROCESS ||
	       share == SHARE_USER || share == SHARE_ANY;
}

static int get(struct endpoint *ep, struct lease_request *r) ON_NET_THREAD
{
	struct flow_lease *lease;

	if (r->flags & FLAG_REFLECT)
		return -EPERM; /* flowlabel_consistency */
	if (r->label & ~LABEL_MASK)
		return -EINVAL;
	if (ep->net->tunables.ip.flowlabel_state_ranges &&
	    (r->label & STATELESS))
		return -ERANGE;
	if (addr_is_any6(&r->dst) || addr_is_ip4(&r->dst) ||
	    !is_share(r->share))
		return -EINVAL;
	if (!dgram_six(ep))
		return -ENOMEM;
	lease = r->label ? find(ep->net, r->label) : NULL;
	if (lease)
		return join(ep, lease, r);
	return r->flags & FLAG_CREATE ? create(ep, r) : -ENOENT;
}

static int put(struct endpoint *ep, const struct lease_request *r) ON_NET_THREAD
{
	struct flow_hold *hold = hold_of(ep, r->label & LABEL_MASK);

	if (r->flags & FLAG_REFLECT)
		return -ENOPROTOOPT;
	if (!hold)
		return -ESRCH;
	let_go(ep->net, hold);
	return 0;
}

/* An administrator may prolong any. */
static int prolong(struct endpoint *ep,
		   const struct lease_request *r) ON_NET_THREAD
{
	struct flow_hold *hold = hold_of(ep, r->label);
	struct flow_lease *lease = hold ? hold->lease : NULL;

	if (!lease && r->share == SHARE_NONE && ep->uid == 0)
		lease = find(ep->net, r->label);
	if (!lease)
		return -ESRCH;
	renew(ep->net, lease, r);
	return 0;
}

int flow_lease_request(struct endpoint *ep, uint8_t *bytes, uint32_t length)
{
	struct lease_request r;
	int err;

	if (length < REQUEST_LENGTH)
		return -EINVAL;
	r = parse(bytes);
	switch (r.action) {
	case ACTION_GET:
		err = get(ep, &r);
		if (!err)
			put_be32(bytes + 16, r.label);
		return err;
	case ACTION_PUT:
		return put(ep, &r);
	case ACTION_RENEW:
		return prolong(ep, &r);
	default:
		return -EINVAL;
	}
}

/* ---- what there is ---- */

static int32_t seconds_left(const struct net *net, nsec_t until)
{
	return (int32_t)((until - net->now) / NSEC_PER_SEC);
}

uint32_t flow_lease_list(struct net *net, struct flow_lease_info *out,
			 uint32_t capacity)
{
	const struct flow_lease_table *table = table_of(net);
	uint32_t n = 0;

	for (int i = 0; table->buckets && i < FLOW_LEASE_BUCKETS; i++) {
		struct flow_lease *lease;

		HLIST_FOR_EACH(lease, &table->buckets[i], node) {
			if (n++ >= capacity)
				continue;
			out[n - 1] = (struct flow_lease_info){
				.dst = lease->dst,
				.label = lease->label,
				.share = lease->share,
				.owner = lease->owner,
				.users = lease->users,
				.linger =
					(int32_t)(lease->linger / NSEC_PER_SEC),
				.expires = seconds_left(net, lease->expires),
			};
		}
	}
	return n;
}
