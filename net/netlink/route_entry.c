// SPDX-License-Identifier: MIT
/*
 * RTM_*ROUTE: the routing tables: struct rtmsg {family, lengths, TOS, table,
 * protocol, scope, type, flags} and RTA_ attributes; RTM_GETROUTE without a dump
 * is a question to the tables ("ip route get"). Reading a request is
 * route_request.c.
 */
#include "net/core/route.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/route_walk.h"
#include "net/netlink/route.h"
#include "net/netlink/route_attributes.h"

/* ---- Writing ---- */

static uint8_t own_bits(const struct net_addr *prefix, unsigned int bits)
{
	return (uint8_t)(addr_is_ip4(prefix) ? bits - 96 : bits);
}

static void put_metrics(struct nl_writer *w, const struct route_metrics *m)
{
	uint32_t nest;

	if (!m)
		return;
	nest = nl_nest(w, RTA_METRICS);
	for (uint16_t i = 1; i < METRICS; i++) {
		if (m->value[i] && i == METRIC_CC_ALGO)
			nl_put_text(w, i, route_congestion_name(m->value[i]));
		else if (m->value[i])
			nl_put_u32(w, i, m->value[i]);
	}
	nl_nest_end(w, nest);
}

static uint8_t hop_flags(const struct netif *netif, uint8_t flags)
{
	return (flags & ROUTE_ONLINK ? RTNH_F_ONLINK : 0) |
	       (netif && (netif->flags & NETIF_UP) &&
				!(netif->flags & NETIF_RUNNING) ?
			RTNH_F_LINKDOWN :
			0);
}

static void put_hops(struct nl_writer *w, const struct route *route)
{
	uint32_t nest;

	if (!route->hops) {
		if (!addr_is_any(&route->gateway))
			nl_put_address(w, RTA_GATEWAY, &route->gateway);
		if (route->netif)
			nl_put_u32(w, RTA_OIF, route->netif->index);
		return;
	}
	nest = nl_nest(w, RTA_MULTIPATH);
	for (uint32_t i = 0; i < route->hop_count; i++) {
		const struct route_hop *hop = &route->hops[i];
		uint32_t start = w->used;
		uint8_t *at = nl_room(w, 8); /* struct rtnexthop */

		if (!addr_is_any(&hop->gateway))
			nl_put_address(w, RTA_GATEWAY, &hop->gateway);
		if (!at)
			return;
		put_le16(at, (uint16_t)(w->used - start));
		at[2] = hop_flags(hop->netif, hop->flags);
		if (!(hop->netif->flags & NETIF_UP))
			at[2] |= RTNH_F_DEAD | RTNH_F_LINKDOWN;
		at[3] = (uint8_t)(MAX(hop->weight, 1u) - 1);
		put_le32(at + 4, hop->netif->index);
	}
	nl_nest_end(w, nest);
}

static void put_cache_info(struct nl_writer *w, const struct route *route,
			   nsec_t now)
{
	uint8_t info[32] = { 0 };

	if (route->expires > now)
		put_le32(info + 8, (uint32_t)((route->expires - now) /
					      (NSEC_PER_SEC / 100)));
	nl_put(w, RTA_CACHEINFO, info, sizeof info);
}

static void put_head(struct nl_writer *w, const struct route *route,
		     uint32_t flags)
{
	uint8_t *at = nl_room(w, RTM_HEADER);

	if (!at)
		return;
	at[0] = rt_family(&route->prefix);
	at[1] = own_bits(&route->prefix, route->bits);
	at[3] = route->tos;
	at[4] = (uint8_t)(route->table < 256 ? route->table : RT_TABLE_COMPAT);
	at[5] = route->protocol;
	at[6] = addr_is_ip4(&route->prefix) ? route->scope : SCOPE_UNIVERSE;
	at[7] = route->type;
	if (!route->hops && route->netif)
		flags |= hop_flags(route->netif, route->flags);
	put_le32(at + 8, flags);
}

bool rt_put_route(struct nl_writer *w, const struct nl_header *header,
		  const struct route *route, uint32_t flags, nsec_t now)
{
	bool ip4 = addr_is_ip4(&route->prefix);
	uint32_t start = nl_begin(w, header);

	put_head(w, route, flags);
	nl_put_u32(w, RTA_TABLE, route->table);
	if (own_bits(&route->prefix, route->bits))
		nl_put_address(w, RTA_DST, &route->prefix);
	if (route->metric || !ip4)
		nl_put_u32(w, RTA_PRIORITY, route->metric);
	if (!addr_is_any(&route->source))
		nl_put_address(w, RTA_PREFSRC, &route->source);
	put_metrics(w, route->metrics);
	put_hops(w, route);
	/* Linux answers IPv6's blackholes from the loopback interface. */
	if (!ip4 && !route->netif)
		nl_put_u32(w, RTA_OIF, 1);
	if (!ip4) {
		put_cache_info(w, route, now);
		nl_put_u8(w, RTA_PREF, route->preference);
	}
	return nl_end(w, start);
}

void rt_route_changed(struct net *net, enum change_how how, const void *object)
{
	const struct route *route = object;
	uint32_t group = addr_is_ip4(&route->prefix) ? RTNLGRP_IPV4_ROUTE :
						       RTNLGRP_IPV6_ROUTE;
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, group))
		return;
	notice = rt_notice_begin(net, how == CHANGE_NEW ? RTM_NEWROUTE :
							  RTM_DELROUTE);
	if (rt_put_route(&notice.writer, &notice.header, route, 0, net->now))
		rt_notice_send(net, &notice, group);
}

/* ---- Dumping ---- */

/* With strict checking the header and a few attributes choose. */
struct filter {
	uint32_t table, out;
	uint8_t family, protocol, type;
	bool cloned; /* only cached routes, of which we have none */
};

static void read_filter(struct nl_dump *dump, struct filter *f)
{
	struct nl_attrs attrs = { dump->body + RTM_HEADER,
				  dump->length > RTM_HEADER ?
					  dump->length - RTM_HEADER :
					  0 };
	struct nl_attr attr;

	memset(f, 0, sizeof *f);
	f->family = dump->length ? dump->body[0] : 0;
	if (dump->length < RTM_HEADER)
		return;
	f->cloned = get_le32(dump->body + 8) & RTM_F_CLONED;
	if (!dump->strict)
		return;
	f->table = dump->body[4];
	f->protocol = dump->body[5];
	f->type = dump->body[7];
	while (nl_next(&attrs, &attr)) {
		if (attr.type == RTA_TABLE && attr.length >= 4)
			f->table = nl_u32(&attr);
		if (attr.type == RTA_OIF && attr.length >= 4)
			f->out = nl_u32(&attr);
	}
	dump->filtered = f->table || f->protocol || f->type || f->out;
}

static bool goes_by(const struct route *route, uint32_t index)
{
	if (!route->hops)
		return route->netif && route->netif->index == index;
	for (uint32_t i = 0; i < route->hop_count; i++)
		if (route->hops[i].netif->index == index)
			return true;
	return false;
}

static bool passes(const struct filter *f, const struct route *route)
{
	return (!f->table || f->table == route->table) &&
	       (!f->protocol || f->protocol == route->protocol) &&
	       (!f->type || f->type == route->type) &&
	       (!f->out || goes_by(route, f->out));
}

static int check_dump(struct nl_call *call) NET_THREAD_ROOT
{
	const uint8_t *body = call->body;
	struct nl_attrs attrs;
	struct nl_attr attr;
	uint32_t table;

	if (!call->socket->strict)
		return 0;
	if (call->length < RTM_HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for FIB dump request");
	if (body[1] || body[2] || body[3])
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid values in header for FIB dump request");
	table = body[4];
	attrs = (struct nl_attrs){ body + RTM_HEADER,
				   call->length - RTM_HEADER };
	while (nl_next(&attrs, &attr)) {
		if (attr.type == RTA_TABLE && attr.length >= 4)
			table = nl_u32(&attr);
		else if (attr.type != RTA_OIF)
			return nl_fail(call, -EINVAL, &attr,
				       "Unsupported attribute in dump request");
	}
	if (table && !route_table_exists(call->net, table))
		return nl_fail(call, -ENOENT, NULL,
			       body[0] == RT_AF_INET6 ?
				       "FIB table does not exist" :
				       "ipv4: FIB table does not exist");
	return 0;
}

static bool dump_family(struct nl_dump *dump, struct nl_writer *w,
			const struct filter *filter, int family) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWROUTE);
	struct route_place *at = (struct route_place *)dump->place;
	struct route_place next = *at;
	struct route *route;

	STATIC_ASSERT(sizeof *at <= sizeof dump->place);
	while ((route = route_walk(dump->net, family, &next))) {
		if (passes(filter, route) &&
		    !rt_put_route(w, &header, route, 0, dump->net->now))
			return false;
		*at = next;
	}
	memset(at, 0, sizeof *at);
	return true;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	static const uint8_t order[] = { RT_AF_INET, RT_AF_INET6 };
	struct filter filter;

	read_filter(dump, &filter);
	if (filter.cloned)
		return 0;
	for (; dump->at[0] < ARRAY_LEN(order); dump->at[0]++) {
		uint8_t family = order[dump->at[0]];

		if (filter.family && filter.family != family)
			continue;
		if (!dump_family(dump, w, &filter,
				 family == RT_AF_INET ? NET_IP4 : NET_IP6))
			return 1;
	}
	return 0;
}

/* ---- Asking ---- */

#define RTCF_LOCAL 0x80000000
#define RTCF_BROADCAST 0x10000000
#define RTCF_MULTICAST 0x20000000

/* What the destination is, and what Linux's cache entry would say of it. */
static uint8_t classify(const struct net_path *path, uint8_t type,
			uint32_t *flags)
{
	if (path->broadcast) {
		*flags = RTCF_LOCAL | RTCF_BROADCAST;
		return ROUTE_BROADCAST;
	}
	if (path->multicast) {
		*flags = RTCF_MULTICAST;
		return ROUTE_MULTICAST;
	}
	*flags = type == ROUTE_LOCAL ? RTCF_LOCAL : 0;
	return type;
}

/* Linux keeps LOCAL's routes in MAIN until there are rules of one's own. */
static uint32_t shown_table(const struct route_question *q,
			    const struct route *route)
{
	uint32_t table = route->table;

	if (q->family == RT_AF_INET6)
		return table;
	if (!(q->flags & RTM_F_LOOKUP_TABLE))
		return TABLE_MAIN;
	return table == TABLE_LOCAL && !q->own_rules ? TABLE_MAIN : table;
}

static bool put_answer(struct nl_writer *w, const struct nl_header *header,
		       const struct route_question *q,
		       const struct net_path *path,
		       const struct route_answer *answer)
{
	bool ip4 = q->family == RT_AF_INET;
	uint32_t start = nl_begin(w, header), flags;
	uint8_t *at = nl_room(w, RTM_HEADER);

	if (!at)
		return nl_end(w, start);
	at[0] = q->family;
	at[1] = ip4 ? 32 : 128;
	at[2] = q->has_source || !ip4 ? at[1] : 0;
	at[3] = q->tos;
	at[4] = (uint8_t)shown_table(q, answer->route);
	at[5] = ip4 ? 0 : answer->route->protocol;
	at[7] = classify(path, answer->type, &flags);
	put_le32(at + 8, ip4 ? RTM_F_CLONED | flags : 0);
	nl_put_u32(w, RTA_TABLE, at[4]);
	nl_put_address(w, RTA_DST, &q->key.dst);
	if (q->has_source || !ip4)
		nl_put_address(w, RTA_SRC, &q->key.source);
	nl_put_u32(w, RTA_OIF, path->netif->index);
	if (!ip4)
		nl_put_u32(w, RTA_PRIORITY, answer->route->metric);
	if (!ip4 || !q->has_source)
		nl_put_address(w, RTA_PREFSRC, &path->source);
	if (path->gateway)
		nl_put_address(w, RTA_GATEWAY, &path->next_hop);
	put_metrics(w, answer->route->metrics);
	if (q->key.mark)
		nl_put_u32(w, RTA_MARK, q->key.mark);
	if (ip4)
		nl_put_u32(w, RTA_UID, q->uid);
	put_cache_info(w, answer->route, 0);
	if (!ip4)
		nl_put_u8(w, RTA_PREF, answer->route->preference);
	return nl_end(w, start);
}

static int get_route(struct nl_call *call) NET_THREAD_ROOT
{
	struct route_question q;
	struct route_answer answer;
	struct net_path path;
	struct route_key key;
	struct nl_reply reply;
	struct nl_header header;
	int err = rt_read_question(call, &q);

	if (!err && q.family == RT_AF_INET && q.has_source &&
	    !netif_of_address(call->net, &q.key.source))
		err = -ENETUNREACH;
	if (!err)
		err = path_find_for(call->net, &q.key, &path);
	if (err)
		return err;
	key = (struct route_key){ .dst = q.key.dst,
				  .src = q.key.source,
				  .out = q.key.bound,
				  .mark = q.key.mark,
				  .tos = q.tos };
	err = route_find(call->net, &key, &answer);
	if (err)
		return err;
	nl_reply_begin(call, &reply, RTM_NEWROUTE);
	reply.writer.used = reply.start;
	header = (struct nl_header){ .type = RTM_NEWROUTE,
				     .sequence = call->header.sequence,
				     .port = call->socket->port };
	if (q.flags & RTM_F_FIB_MATCH ?
		    !rt_put_route(&reply.writer, &header, answer.route, 0,
				  call->net->now) :
		    !put_answer(&reply.writer, &header, &q, &path, &answer))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWROUTE, .call = rt_new_route },
	{ .type = RTM_DELROUTE, .call = rt_del_route },
	{ .type = RTM_GETROUTE,
	  .open = true,
	  .call = get_route,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_ROUTE },
};

const struct rt_table rt_route_table = { handlers, ARRAY_LEN(handlers) };
