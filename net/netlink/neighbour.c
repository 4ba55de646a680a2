// SPDX-License-Identifier: MIT
/*
 * RTM_*NEIGH: neighbours and proxies (ip-neighbour(8)): struct ndmsg {family,
 * interface, state, flags, type} and NDA_ attributes. The same messages with
 * family AF_BRIDGE are about something else and are not answered here.
 */
#include "net/core/neighbour.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/route.h"

#define HEADER 12

enum {
	NDA_DST = 1,
	NDA_LLADDR = 2,
	NDA_CACHEINFO = 3,
	NDA_PROBES = 4,
	NDA_IFINDEX = 8,
	NDA_MASTER = 9,
	NDA_PROTOCOL = 12,
	NDA_FLAGS_EXT = 15,
	NDA_COUNT = 18,
};

static const struct nl_rule rules[NDA_COUNT] = {
	[NDA_DST] = { NL_ANY },	      [NDA_LLADDR] = { NL_ANY },
	[NDA_CACHEINFO] = { NL_ANY }, [NDA_PROBES] = { NL_U32 },
	[NDA_IFINDEX] = { NL_U32 },   [NDA_MASTER] = { NL_U32 },
	[NDA_PROTOCOL] = { NL_U8 },   [NDA_FLAGS_EXT] = { NL_U32 },
};

/* ---- Writing ---- */

static void put_header(struct nl_writer *w, const struct net_addr *addr,
		       const struct netif *netif, uint8_t state, uint8_t flags)
{
	uint8_t *at = nl_room(w, HEADER);

	if (!at)
		return;
	at[0] = rt_family(addr);
	put_le32(at + 4, netif ? netif->index : 0);
	put_le16(at + 8, state);
	at[10] = flags;
	at[11] = addr_is_multicast(addr) ? ROUTE_MULTICAST : ROUTE_UNICAST;
}

static uint32_t centiseconds_ago(nsec_t now, nsec_t then)
{
	return (uint32_t)((now - then) / (NSEC_PER_SEC / 100));
}

static void put_cache_info(struct nl_writer *w, const struct neighbour *n)
{
	nsec_t now = n->netif->net->now;
	uint8_t info[16];

	put_le32(info, centiseconds_ago(now, n->confirmed));
	put_le32(info + 4, centiseconds_ago(now, n->used));
	put_le32(info + 8, centiseconds_ago(now, n->updated));
	put_le32(info + 12, n->state & NEIGHBOUR_TIMED ? 1 : 0);
	nl_put(w, NDA_CACHEINFO, info, sizeof info);
}

static void put_tail(struct nl_writer *w, uint8_t protocol, uint16_t flags)
{
	if (protocol)
		nl_put_u8(w, NDA_PROTOCOL, protocol);
	if (flags >> 8)
		nl_put_u32(w, NDA_FLAGS_EXT, flags >> 8);
}

static bool put_neighbour(struct nl_writer *w, const struct nl_header *header,
			  const struct neighbour *n)
{
	uint32_t start = nl_begin(w, header);

	put_header(w, &n->addr, n->netif, n->state, (uint8_t)n->flags);
	nl_put_address(w, NDA_DST, &n->addr);
	if (n->state & NEIGHBOUR_VALID)
		nl_put(w, NDA_LLADDR, n->mac, 6);
	nl_put_u32(w, NDA_PROBES, n->tries);
	put_cache_info(w, n);
	put_tail(w, n->protocol, n->flags);
	return nl_end(w, start);
}

static bool put_proxy(struct nl_writer *w, const struct nl_header *header,
		      const struct neighbour_proxy *p)
{
	uint32_t start = nl_begin(w, header);

	put_header(w, &p->addr, p->netif, NEIGHBOUR_NONE,
		   (uint8_t)p->flags | NEIGHBOUR_PROXY);
	nl_put_address(w, NDA_DST, &p->addr);
	put_tail(w, p->protocol, p->flags);
	return nl_end(w, start);
}

void rt_neighbour_changed(struct net *net, enum change_how how,
			  const void *object)
{
	static const uint16_t types[] = { [CHANGE_NEW] = RTM_NEWNEIGH,
					  [CHANGE_GONE] = RTM_DELNEIGH,
					  [CHANGE_WANTED] = RTM_GETNEIGH };
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_NEIGH))
		return;
	notice = rt_notice_begin(net, types[how]);
	if (how == CHANGE_WANTED)
		notice.header.flags |= NL_REQUEST;
	if (put_neighbour(&notice.writer, &notice.header, object))
		rt_notice_send(net, &notice, RTNLGRP_NEIGH);
}

/* ---- Dumping ---- */

static int check_dump(struct nl_call *call)
{
	const uint8_t *body = call->body;
	struct nl_attrs attrs;
	struct nl_attr attr;

	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for neighbor dump request");
	if (body[1] || get_le16(body + 2) || get_le32(body + 4) ||
	    get_le16(body + 8) || body[11])
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for neighbor dump request");
	if (body[10] & ~NEIGHBOUR_PROXY)
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid flags in header for neighbor dump request");
	attrs = (struct nl_attrs){ body + HEADER, call->length - HEADER };
	while (nl_next(&attrs, &attr))
		if (attr.type != NDA_IFINDEX && attr.type != NDA_MASTER)
			return nl_fail(
				call, -EINVAL, &attr,
				"Unsupported attribute in neighbor dump request");
	return 0;
}

struct filter {
	uint32_t netif, master;
};

static struct filter read_filter(struct nl_dump *dump)
{
	struct nl_attrs attrs = { dump->body + HEADER,
				  dump->length > HEADER ?
					  dump->length - HEADER :
					  0 };
	struct filter filter = { 0, 0 };
	struct nl_attr attr;

	while (nl_next(&attrs, &attr)) {
		if (attr.length < 4)
			continue;
		if (attr.type == NDA_IFINDEX)
			filter.netif = nl_u32(&attr);
		else if (attr.type == NDA_MASTER)
			filter.master = nl_u32(&attr);
	}
	dump->filtered = filter.netif || filter.master;
	return filter;
}

/* Master -1: those that have none. */
static bool passes(const struct filter *filter, const struct netif *netif)
{
	if (filter->netif && (!netif || netif->index != filter->netif))
		return false;
	if (!filter->master)
		return true;
	if (filter->master == UINT32_MAX)
		return !netif || !netif->master;
	return netif && netif->master && netif->master->index == filter->master;
}

/* at[1]: the bucket, at[2]: how many of it are done. */
static bool dump_table(struct nl_dump *dump, struct nl_writer *w,
		       const struct neighbour_table *table)
{
	struct nl_header header;
	struct filter filter = read_filter(dump);
	struct neighbour *n;

	header = nl_dump_header(dump, RTM_NEWNEIGH);
	for (; dump->at[1] < table->bucket_count; dump->at[1]++) {
		uint64_t number = 0;

		HLIST_FOR_EACH(n, &table->buckets[dump->at[1]], node) {
			if (number++ < dump->at[2] ||
			    !passes(&filter, n->netif))
				continue;
			if (!put_neighbour(w, &header, n)) {
				dump->at[2] = number - 1;
				return false;
			}
		}
		dump->at[2] = 0;
	}
	return true;
}

static bool dump_proxies(struct nl_dump *dump, struct nl_writer *w,
			 const struct neighbour_table *table)
{
	struct nl_header header;
	struct filter filter = read_filter(dump);
	struct neighbour_proxy *p;

	header = nl_dump_header(dump, RTM_NEWNEIGH);
	for (; dump->at[1] < PROXY_BUCKETS; dump->at[1]++) {
		uint64_t number = 0;

		HLIST_FOR_EACH(p, &table->proxies[dump->at[1]], node) {
			if (number++ < dump->at[2] ||
			    !passes(&filter, p->netif))
				continue;
			if (!put_proxy(w, &header, p)) {
				dump->at[2] = number - 1;
				return false;
			}
		}
		dump->at[2] = 0;
	}
	return true;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	const struct neighbour_table *tables[] = { &dump->net->neighbours.ip4,
						   &dump->net->neighbours.ip6 };
	static const uint8_t families[] = { RT_AF_INET, RT_AF_INET6 };
	uint8_t family = dump->length ? dump->body[0] : 0;
	bool proxies = dump->length >= HEADER &&
		       dump->body[10] == NEIGHBOUR_PROXY;

	for (; dump->at[0] < ARRAY_LEN(tables); dump->at[0]++) {
		const struct neighbour_table *table = tables[dump->at[0]];

		if (family && family != families[dump->at[0]])
			continue;
		if (!(proxies ? dump_proxies(dump, w, table) :
				dump_table(dump, w, table)))
			return 1;
		dump->at[1] = 0;
	}
	return 0;
}

/* ---- Asking for one ---- */

static int check_get(struct nl_call *call)
{
	const uint8_t *body = call->body;

	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for neighbor get request");
	if (body[1] || get_le16(body + 2) || get_le16(body + 8) || body[11])
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for neighbor get request");
	if (body[10] & ~NEIGHBOUR_PROXY)
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid flags in header for neighbor get request");
	if (body[0] != RT_AF_INET && body[0] != RT_AF_INET6)
		return nl_fail(
			call, -EAFNOSUPPORT, NULL,
			"Unsupported family in header for neighbor get request");
	return 0;
}

static int read_get(struct nl_call *call, struct net_addr *addr,
		    struct netif **netif) ON_NET_THREAD
{
	const struct nl_attr *attrs;
	uint32_t index;
	int err = check_get(call);

	if (!err)
		err = nl_parse_body(call, HEADER, rules, NDA_COUNT, &attrs);
	if (err)
		return err;
	if (!attrs[NDA_DST].data)
		return nl_fail(call, -EINVAL, NULL,
			       "Network address not specified");
	if (!rt_address(&attrs[NDA_DST], call->body[0], addr))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid network address in neighbor get request");
	index = get_le32(call->body + 4);
	*netif = index ? netif_by_index(call->net, index) : NULL;
	if (index && !*netif)
		return nl_fail(call, -ENODEV, NULL, "Unknown device ifindex");
	return 0;
}

static int send_reply(struct nl_call *call, const struct neighbour *n,
		      const struct neighbour_proxy *p) ON_NET_THREAD
{
	struct nl_header header = { .type = RTM_NEWNEIGH,
				    .sequence = call->header.sequence,
				    .port = call->socket->port };
	struct nl_reply reply;

	nl_reply_begin(call, &reply, RTM_NEWNEIGH);
	reply.writer.used = reply.start;
	if (!(n ? put_neighbour(&reply.writer, &header, n) :
		  put_proxy(&reply.writer, &header, p)))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static int get_neighbour(struct nl_call *call) NET_THREAD_ROOT
{
	struct neighbour_proxy *p;
	struct neighbour *n;
	struct net_addr addr;
	struct netif *netif;
	int err = read_get(call, &addr, &netif);

	if (err)
		return err;
	if (call->body[10] & NEIGHBOUR_PROXY) {
		p = proxy_find(call->net, netif, &addr);
		return p ? send_reply(call, NULL, p) :
			   nl_fail(call, -ENOENT, NULL,
				   "Proxy neighbour entry not found");
	}
	if (!netif)
		return nl_fail(call, -EINVAL, NULL, "No device specified");
	n = neighbour_find(call->net, netif, &addr);
	return n ? send_reply(call, n, NULL) :
		   nl_fail(call, -ENOENT, NULL, "Neighbour entry not found");
}

/* ---- Changing ---- */

struct neighbour_request {
	struct netif *netif; /* NULL: none was named */
	struct net_addr addr;
	const uint8_t *mac; /* or NULL */
	uint8_t state;
	uint16_t flags;
	uint8_t protocol;
};

/* The interface that is named, if any. */
static int read_netif(struct nl_call *call,
		      struct neighbour_request *r) ON_NET_THREAD
{
	uint32_t index = get_le32(call->body + 4);

	if (!index)
		return 0;
	r->netif = netif_by_index(call->net, index);
	return r->netif ? 0 : -ENODEV;
}

static int read_dst(struct nl_call *call, const struct nl_attr *dst,
		    struct neighbour_request *r)
{
	uint8_t family = call->body[0];
	struct nl_attr exact = *dst;

	if (family != RT_AF_INET && family != RT_AF_INET6)
		return -EAFNOSUPPORT;
	exact.length = family == RT_AF_INET ? 4 : 16;
	if (dst->length < exact.length)
		return nl_fail(call, -EINVAL, NULL, "Invalid network address");
	rt_address(&exact, family, &r->addr);
	return 0;
}

static int read_request(struct nl_call *call,
			struct neighbour_request *r) ON_NET_THREAD
{
	const struct nl_attr *attrs;
	int err = nl_parse_body(call, HEADER, rules, NDA_COUNT, &attrs);

	if (err)
		return err;
	if (!attrs[NDA_DST].data)
		return nl_fail(call, -EINVAL, NULL,
			       "Network address not specified");
	err = read_netif(call, r);
	if (err)
		return err;
	r->mac = attrs[NDA_LLADDR].data;
	if (r->netif && r->mac && attrs[NDA_LLADDR].length < 6)
		return nl_fail(call, -EINVAL, NULL, "Invalid link address");
	r->state = call->body[8];
	r->flags = call->body[10];
	if (attrs[NDA_FLAGS_EXT].data)
		r->flags |= (uint16_t)(nl_u32(&attrs[NDA_FLAGS_EXT]) << 8);
	if (attrs[NDA_PROTOCOL].data)
		r->protocol = attrs[NDA_PROTOCOL].data[0];
	return read_dst(call, &attrs[NDA_DST], r);
}

static int new_proxy(struct nl_call *call,
		     const struct neighbour_request *r) ON_NET_THREAD
{
	struct neighbour_proxy *p;

	if (r->flags & NEIGHBOUR_MANAGED)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid NTF_* flag combination");
	if (!r->netif && !addr_is_ip4(&r->addr))
		return -ENOBUFS; /* as Linux: it needs a link's groups */
	p = proxy_add(call->net, r->netif, &r->addr);
	if (!p)
		return -ENOBUFS;
	p->flags = r->flags;
	if (r->protocol)
		p->protocol = r->protocol;
	return 0;
}

/* The entry that is meant; made if that is asked for. */
static int find_or_make(struct nl_call *call, const struct neighbour_request *r,
			struct neighbour **out) ON_NET_THREAD
{
	struct neighbour *n = neighbour_find(call->net, r->netif, &r->addr);
	bool stays = (r->state & NEIGHBOUR_PERMANENT) ||
		     (r->flags & NEIGHBOUR_LEARNED);

	*out = n;
	if (n)
		return call->header.flags & NL_EXCLUSIVE ? -EEXIST : 0;
	if (!(call->header.flags & NL_CREATE))
		return -ENOENT;
	if ((r->state & NEIGHBOUR_PERMANENT) && (r->flags & NEIGHBOUR_MANAGED))
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid NTF_* flag for permanent entry");
	*out = neighbour_create(r->netif, &r->addr, stays);
	return *out ? 0 : -ENOBUFS;
}

static unsigned int how_of(const struct neighbour_request *r, bool override)
{
	unsigned int how = NEIGHBOUR_ADMIN;

	if (override)
		how |= NEIGHBOUR_OVERRIDE | NEIGHBOUR_TELLS_ROUTER;
	if (r->flags & NEIGHBOUR_ROUTER)
		how |= NEIGHBOUR_IS_ROUTER;
	if (r->flags & NEIGHBOUR_LEARNED)
		how |= NEIGHBOUR_IS_LEARNED;
	if (r->flags & NEIGHBOUR_MANAGED)
		how |= NEIGHBOUR_IS_MANAGED;
	if (r->flags & (NEIGHBOUR_USE | NEIGHBOUR_MANAGED))
		how |= NEIGHBOUR_ASK;
	return how;
}

static int new_neighbour(struct nl_call *call) NET_THREAD_ROOT
{
	struct neighbour_request r = { .netif = NULL };
	const char *text = NULL;
	struct neighbour *n;
	bool fresh;
	int err = read_request(call, &r);

	if (err)
		return err;
	if (r.flags & NEIGHBOUR_PROXY)
		return new_proxy(call, &r);
	if (!r.netif)
		return nl_fail(call, -EINVAL, NULL, "Device not specified");
	if (!addr_is_ip4(&r.addr) && r.netif->conf6.disable_ipv6)
		return nl_fail(call, -EINVAL, NULL,
			       "IPv6 is disabled on this device");
	fresh = !neighbour_find(call->net, r.netif, &r.addr);
	err = find_or_make(call, &r, &n);
	if (err)
		return err;
	if (r.protocol)
		n->protocol = r.protocol;
	err = neighbour_update(
		n, r.mac, r.state,
		how_of(&r, fresh || (call->header.flags & NL_REPLACE)), &text);
	if (err)
		return nl_fail(call, err, NULL, text);
	if (r.flags & (NEIGHBOUR_USE | NEIGHBOUR_MANAGED))
		neighbour_ask(n);
	return 0;
}

/* The first attribute of a kind, unchecked. */
static bool find_dst(const struct nl_call *call, struct nl_attr *out)
{
	struct nl_attrs attrs = { call->body + HEADER, call->length - HEADER };

	while (nl_next(&attrs, out))
		if (out->type == NDA_DST)
			return true;
	return false;
}

static int del_neighbour(struct nl_call *call) NET_THREAD_ROOT
{
	struct neighbour_request r = { .netif = NULL };
	struct neighbour_proxy *p;
	struct neighbour *n;
	struct nl_attr dst;
	int err;

	if (call->length < HEADER)
		return -EINVAL;
	if (!find_dst(call, &dst))
		return nl_fail(call, -EINVAL, NULL,
			       "Network address not specified");
	err = read_netif(call, &r);
	if (!err)
		err = read_dst(call, &dst, &r);
	if (err)
		return err;
	if (call->body[10] & NEIGHBOUR_PROXY) {
		p = proxy_find(call->net, r.netif, &r.addr);
		if (!p || p->netif != r.netif)
			return -ENOENT;
		proxy_remove(call->net, p);
		return 0;
	}
	if (!r.netif)
		return -EINVAL;
	n = neighbour_find(call->net, r.netif, &r.addr);
	if (!n)
		return -ENOENT;
	neighbour_update(n, NULL, NEIGHBOUR_FAILED,
			 NEIGHBOUR_OVERRIDE | NEIGHBOUR_ADMIN, NULL);
	neighbour_remove(n);
	return 0;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWNEIGH, .call = new_neighbour },
	{ .type = RTM_DELNEIGH, .call = del_neighbour },
	{ .type = RTM_GETNEIGH,
	  .open = true,
	  .call = get_neighbour,
	  .dump = dump,
	  .dump_check = check_dump },
};

const struct rt_table rt_neighbour_table = { handlers, ARRAY_LEN(handlers) };
