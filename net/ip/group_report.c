// SPDX-License-Identifier: MIT
/*
 * When routers are told what about groups (RFC 3376 5, RFC 3810 6): changes at
 * once and `robustness` - 1 times more, answers to queries after a random delay,
 * and the older versions' ways while an older router is about.
 */
#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/ip/igmp.h"

#define RECORD_HEADER 8 /* IPv4's; IPv6's has 12 more for the address */
#define RECORDS_ROOM 1200u /* bytes of records in one report */

static bool is_six(const struct group *group)
{
	return !addr_is_ip4(&group->addr);
}

static void query_expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;
static void change_expired(struct net *net,
			   struct timer *timer) NET_THREAD_ROOT;

static struct igmp_link *link_of(struct netif *netif, bool six)
{
	struct igmp_link **at = six ? &netif->mld : &netif->igmp;
	struct igmp_link *link = *at;

	if (link)
		return link;
	link = port_alloc(sizeof *link);
	if (!link)
		return NULL;
	link->netif = netif;
	link->six = six;
	timer_init(&link->query_timer, query_expired);
	timer_init(&link->change_timer, change_expired);
	link->query_interval = 125 * NSEC_PER_SEC;
	link->response_interval = 10 * NSEC_PER_SEC;
	*at = link;
	return link;
}

void group_link_free(struct net *net, struct netif *netif)
{
	struct igmp_link **links[] = { &netif->igmp, &netif->mld };

	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		struct igmp_link *link = *links[i];

		if (!link)
			continue;
		timer_cancel(net, &link->query_timer);
		timer_cancel(net, &link->change_timer);
		port_free(link);
		*links[i] = NULL;
	}
}

uint8_t group_robustness(const struct netif *netif, const struct net_addr *addr)
{
	bool six = !addr_is_ip4(addr);
	const struct igmp_link *link = six ? netif->mld : netif->igmp;
	const struct ip_tunables *t = &netif->net->tunables.ip;

	if (link && link->robustness)
		return link->robustness;
	return (uint8_t)(six ? t->mld_qrv : t->igmp_qrv);
}

/* 1 and 2: older routers are about (MLDv1 counts as 2). */
static int version_of(const struct igmp_link *link)
{
	const struct net *net = link->netif->net;
	int forced = link->six ? MAX(net->tunables.ip.all6.force_mld_version,
				     link->netif->conf6.force_mld_version) :
				 conf_most(link->netif, force_igmp_version);

	if (forced)
		return link->six ? forced + 1 : forced;
	if (net->now < link->v1_until)
		return 1;
	return net->now < link->v2_until ? 2 : 3;
}

static nsec_t random_delay(nsec_t most)
{
	uint64_t range = (uint64_t)MAX(most, NSEC_PER_MSEC);

	return (nsec_t)(((uint64_t)net_random32() * range) >> 32);
}

/* Groups that routers need not know of. */
static bool is_private(const struct group *group)
{
	const struct net_addr *a = &group->addr;
	const struct net *net = group->netif->net;

	if (!(group->netif->flags & NETIF_MULTICAST))
		return true;
	if (!is_six(group))
		return addr_to_ip4(a) == 0xe0000001 ||
		       (addr_to_ip4(a) >> 8 == 0xe00000 &&
			!net->tunables.ip.igmp_link_local_mcast_reports);
	return (a->b[1] & 15) < 2 ||
	       (a->b[1] == 2 && a->w[1] == 0 && a->w[2] == 0 && a->b[12] == 0 &&
		a->b[13] == 0 && a->b[14] == 0 && a->b[15] == 1);
}

/* ---- reports of the current versions ---- */

/* A report that grows record by record. */
struct report {
	struct net *net;
	struct netif *netif;
	bool six;
	struct buf *buf;
	uint32_t used;
	uint16_t records;
};

static void flush(struct report *r) ON_NET_THREAD
{
	struct packet *packet;

	if (!r->records)
		return;
	packet = packet_new(r->net);
	if (packet) {
		packet_add_fragment(packet, buf_get(r->buf), 0, r->used);
		if (r->six)
			mld_send_report(r->net, r->netif, packet, r->records);
		else
			igmp_send_report(r->net, r->netif, packet, r->records);
	}
	buf_put(r->buf);
	r->buf = NULL;
	r->used = 0;
	r->records = 0;
}

static uint32_t address_size(const struct report *r)
{
	return r->six ? 16 : 4;
}

static void put_address(struct report *r, const struct net_addr *addr)
{
	uint32_t n = address_size(r);

	for (uint32_t i = 0; i < n; i++)
		r->buf->data[r->used++] = addr->b[16 - n + i];
}

/* Begins a record; where its count of sources stands, or NULL. */
static uint8_t *begin_record(struct report *r, const struct group *group,
			     enum group_record type) ON_NET_THREAD
{
	uint8_t *at;

	if (r->buf && r->used + 64 > RECORDS_ROOM)
		flush(r);
	if (!r->buf)
		r->buf = port_buf_alloc(2048);
	if (!r->buf)
		return NULL;
	at = r->buf->data + r->used;
	at[0] = (uint8_t)type;
	at[1] = 0;
	put_be16(at + 2, 0);
	r->used += 4;
	put_address(r, &group->addr);
	r->records++;
	return at + 2;
}

static bool wanted(const struct group *group, const struct group_source *source,
		   enum group_record type)
{
	bool listed = group_lists(group, source);

	switch (type) {
	case RECORD_ALLOW:
		return source->changes && listed == !group->exclude;
	case RECORD_BLOCK:
		return source->changes && listed == !!group->exclude;
	case RECORD_IS_INCLUDE: /* also the answer about queried sources */
		if (group->source_query)
			return source->queried &&
			       (group->exclude ? !listed : listed);
		return listed;
	default:
		return listed;
	}
}

/* A record with all its sources; lists too long for a report are continued in
 * another (RFC 3376 4.2.16). */
static void add_record(struct report *r, const struct group *group,
		       enum group_record type, bool even_empty) ON_NET_THREAD
{
	struct group_source *source;
	uint8_t *count = NULL;

	if (even_empty)
		count = begin_record(r, group, type);
	LIST_FOR_EACH(source, &group->sources, list) {
		if (!wanted(group, source, type))
			continue;
		if (!count || r->used + address_size(r) > RECORDS_ROOM) {
			if (count)
				flush(r);
			count = begin_record(r, group, type);
		}
		if (!count)
			return;
		put_address(r, &source->addr);
		put_be16(count, (uint16_t)(get_be16(count) + 1));
	}
}

static void add_current(struct report *r,
			const struct group *group) ON_NET_THREAD
{
	if (is_private(group) || !(group->include || group->exclude))
		return;
	add_record(r, group,
		   group->exclude && !group->source_query ? RECORD_IS_EXCLUDE :
							    RECORD_IS_INCLUDE,
		   !group->source_query);
}

/* True when some of it is to be told once more. */
static bool add_changes(struct report *r, struct group *group) ON_NET_THREAD
{
	struct group_source *source;
	bool more = false;

	if (group->changes) {
		add_record(r, group,
			   group->exclude ? RECORD_TO_EXCLUDE :
					    RECORD_TO_INCLUDE,
			   true);
		more = --group->changes;
	} else {
		add_record(r, group, RECORD_ALLOW, false);
		add_record(r, group, RECORD_BLOCK, false);
	}
	LIST_FOR_EACH(source, &group->sources, list)
		if (source->changes && --source->changes)
			more = true;
	return more;
}

static struct report report_start(struct igmp_link *link)
{
	return (struct report){ .net = link->netif->net,
				.netif = link->netif,
				.six = link->six };
}

static void query_expired(struct net *net, struct timer *timer)
{
	struct igmp_link *link =
		container_of(timer, struct igmp_link, query_timer);
	struct report r = report_start(link);
	struct group *group;

	LIST_FOR_EACH(group, &link->netif->groups, list)
		if (is_six(group) == link->six)
			add_current(&r, group);
	flush(&r);
}

static nsec_t unsolicited_interval(const struct igmp_link *link, int version)
{
	const struct netif *netif = link->netif;
	int32_t ms;

	if (link->six)
		ms = version < 3 ? netif->conf6.mldv1_interval :
				   netif->conf6.mldv2_interval;
	else
		ms = version < 3 ? netif->conf.igmpv2_interval :
				   netif->conf.igmpv3_interval;
	return ms * NSEC_PER_MSEC;
}

static void change_expired(struct net *net, struct timer *timer)
{
	struct igmp_link *link =
		container_of(timer, struct igmp_link, change_timer);
	struct report r = report_start(link);
	struct group *group;
	bool more = false;

	LIST_FOR_EACH(group, &link->netif->groups, list)
		if (is_six(group) == link->six && add_changes(&r, group))
			more = true;
	flush(&r);
	if (more)
		timer_arm(net, &link->change_timer,
			  net->now + NSEC_PER_MSEC +
				  random_delay(unsolicited_interval(link, 3)));
	group_tidy(net, link->netif);
}

/* ---- the older versions ---- */

static void send_old(struct net *net, struct group *group, int version,
		     bool leave) ON_NET_THREAD
{
	if (is_six(group))
		mld_send_old(net, group, leave);
	else if (!leave || version > 1)
		igmp_send_old(net, group, version, leave);
}

static void report_old(struct net *net, struct group *group,
		       struct igmp_link *link) ON_NET_THREAD
{
	int version = version_of(link);

	send_old(net, group, version, false);
	group->reporter = true;
	if (group->unsolicited && --group->unsolicited)
		timer_arm(net, &group->timer,
			  net->now + random_delay(unsolicited_interval(
					     link, version)));
}

/* Answers a query about this group; older versions: its next report. */
void group_timer(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	struct group *group = container_of(timer, struct group, timer);
	struct igmp_link *link = link_of(group->netif, is_six(group));
	struct group_source *source;
	struct report r;

	if (!link)
		return;
	if (version_of(link) < 3) {
		report_old(net, group, link);
		return;
	}
	r = report_start(link);
	add_current(&r, group);
	flush(&r);
	group->source_query = false;
	LIST_FOR_EACH(source, &group->sources, list)
		source->queried = false;
}

static void changed_old(struct net *net, struct group *group,
			struct igmp_link *link, bool was, bool is) ON_NET_THREAD
{
	struct group_source *source;

	/* Filters cannot be told. */
	group->changes = 0;
	LIST_FOR_EACH(source, &group->sources, list)
		source->changes = 0;
	if (is && !was) {
		group->unsolicited =
			group_robustness(group->netif, &group->addr);
		timer_arm(net, &group->timer, net->now);
	} else if (was && !is) {
		if (group->reporter)
			send_old(net, group, version_of(link), true);
		timer_cancel(net, &group->timer);
	}
}

void group_changed(struct group *group, bool was_member, bool is_member)
{
	struct net *net = group->netif->net;
	struct igmp_link *link = link_of(group->netif, is_six(group));
	struct group_source *source;

	if (!is_member)
		timer_cancel(net, &group->timer);
	if (link && !is_private(group) && (group->netif->flags & NETIF_UP)) {
		if (version_of(link) < 3)
			changed_old(net, group, link, was_member, is_member);
		else
			timer_arm(net, &link->change_timer, net->now);
		return;
	}
	group->changes = 0;
	LIST_FOR_EACH(source, &group->sources, list)
		source->changes = 0;
}

/* ---- queries ---- */

static void note_version(struct net *net, struct igmp_link *link,
			 const struct group_query *q)
{
	nsec_t until =
		net->now + link->response_interval +
		group_robustness(link->netif, &q->group) * link->query_interval;

	if (q->version == 1)
		link->v1_until = until;
	else if (q->version == 2)
		link->v2_until = until;
}

static void mark_sources(struct group *group, const struct group_query *q)
{
	uint32_t size = is_six(group) ? 16 : 4;
	struct group_source *source;

	LIST_FOR_EACH(source, &group->sources, list)
		for (uint32_t i = 0; i < q->source_count; i++)
			if (!memcmp(q->sources + i * size,
				    source->addr.b + 16 - size, size))
				source->queried = true;
}

static void arm_sooner(struct net *net, struct timer *timer,
		       nsec_t delay) ON_NET_THREAD
{
	if (!timer_is_armed(timer) || timer->expires > net->now + delay)
		timer_arm(net, timer, net->now + delay);
}

static void query_group(struct net *net, struct group *group,
			const struct group_query *q) ON_NET_THREAD
{
	bool by_source = q->source_count;

	if (is_private(group) || !(group->include || group->exclude))
		return;
	/* RFC 3376 5.2: a pending answer about all sources stays one. */
	group->source_query = timer_is_armed(&group->timer) ?
				      group->source_query && by_source :
				      by_source;
	if (group->source_query)
		mark_sources(group, q);
	arm_sooner(net, &group->timer, random_delay(q->max_delay));
}

void group_query_in(struct net *net, struct netif *netif,
		    const struct group_query *q)
{
	bool six = !addr_is_ip4(&q->group);
	struct igmp_link *link = link_of(netif, six);
	struct group *group;

	if (!link)
		return;
	if (q->version == 3) {
		link->robustness = q->robustness;
		if (q->interval)
			link->query_interval = q->interval;
	} else {
		timer_cancel(net, &link->query_timer);
		timer_cancel(net, &link->change_timer);
	}
	link->response_interval = q->max_delay;
	note_version(net, link, q);
	if (addr_is_any(&q->group) && version_of(link) == 3) {
		if (!q->source_count)
			arm_sooner(net, &link->query_timer,
				   random_delay(q->max_delay));
		return;
	}
	LIST_FOR_EACH(group, &netif->groups, list)
		if (is_six(group) == six &&
		    (addr_is_any(&q->group) ||
		     addr_equal(&group->addr, &q->group)))
			query_group(net, group, q);
}

void group_report_in(struct net *net, struct netif *netif,
		     const struct net_addr *addr)
{
	struct igmp_link *link = link_of(netif, !addr_is_ip4(addr));
	struct group *group = group_find(netif, addr);

	if (!group || !link || version_of(link) == 3)
		return;
	timer_cancel(net, &group->timer);
	group->reporter = false;
	group->unsolicited = 0;
}
