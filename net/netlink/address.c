// SPDX-License-Identifier: MIT
/*
 * RTM_*ADDR: addresses of interfaces, of both families: struct ifaddrmsg
 * {family, prefix length, flags, scope, index} and IFA_ attributes. Errors and
 * texts are those of Linux's ip(8) users.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/route.h"

#define HEADER 8

enum {
	IFA_ADDRESS = 1,
	IFA_LOCAL = 2,
	IFA_LABEL = 3,
	IFA_BROADCAST = 4,
	IFA_ANYCAST = 5,
	IFA_CACHEINFO = 6,
	IFA_FLAGS = 8,
	IFA_RT_PRIORITY = 9,
	IFA_PROTO = 11,
	IFA_COUNT,
};

#define FOREVER 0xffffffffu

static const struct nl_rule rules[IFA_COUNT] = {
	[IFA_ADDRESS] = { NL_IP },	    [IFA_LOCAL] = { NL_IP },
	[IFA_LABEL] = { NL_TEXT, 15 },	    [IFA_BROADCAST] = { NL_IP },
	[IFA_CACHEINFO] = { NL_BYTES, 16 }, [IFA_FLAGS] = { NL_U32 },
	[IFA_RT_PRIORITY] = { NL_U32 },	    [IFA_PROTO] = { NL_U8 },
};

/* ---- Writing ---- */

static uint32_t seconds_left(nsec_t until, nsec_t now)
{
	if (until == 0)
		return FOREVER;
	return until > now ? (uint32_t)((until - now) / NSEC_PER_SEC) : 0;
}

static uint32_t centiseconds(nsec_t time)
{
	return (uint32_t)(time / (NSEC_PER_SEC / 100));
}

static void put_cache_info(struct nl_writer *w, const struct netif_address *a,
			   nsec_t now)
{
	uint8_t info[16];

	put_le32(info, seconds_left(a->preferred_until, now));
	put_le32(info + 4, seconds_left(a->valid_until, now));
	put_le32(info + 8, centiseconds(a->created));
	put_le32(info + 12, centiseconds(a->updated));
	nl_put(w, IFA_CACHEINFO, info, sizeof info);
}

static void put_names(struct nl_writer *w, const struct netif_address *a)
{
	const struct net_addr *peer = addr_is_any(&a->peer) ? &a->addr :
							      &a->peer;

	if (!addr_is_ip4(&a->addr)) {
		if (!addr_is_any(&a->peer))
			nl_put_address(w, IFA_LOCAL, &a->addr);
		nl_put_address(w, IFA_ADDRESS, peer);
		return;
	}
	nl_put_address(w, IFA_ADDRESS, peer);
	nl_put_address(w, IFA_LOCAL, &a->addr);
	if (!addr_is_any(&a->broadcast))
		nl_put_address(w, IFA_BROADCAST, &a->broadcast);
	nl_put_text(w, IFA_LABEL, a->label[0] ? a->label : a->netif->name);
}

bool rt_put_address(struct nl_writer *w, const struct nl_header *header,
		    const struct netif_address *a, nsec_t now)
{
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at) {
		at[0] = rt_family(&a->addr);
		at[1] = a->bits;
		at[2] = (uint8_t)a->flags;
		at[3] = a->scope;
		put_le32(at + 4, a->netif->index);
	}
	put_names(w, a);
	if (a->metric)
		nl_put_u32(w, IFA_RT_PRIORITY, a->metric);
	nl_put_u32(w, IFA_FLAGS, a->flags & ~(uint32_t)ADDRESS_PRIVATE);
	put_cache_info(w, a, now);
	return nl_end(w, start);
}

void rt_address_changed(struct net *net, enum change_how how,
			const void *object)
{
	const struct address_change *change = object;
	bool ip4 = addr_is_ip4(&change->address->addr);
	uint32_t group = ip4 ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR;
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, group))
		return;
	notice = rt_notice_begin(net,
				 how == CHANGE_NEW ? RTM_NEWADDR : RTM_DELADDR);
	if (rt_put_address(&notice.writer, &notice.header, change->address,
			   net->now))
		rt_notice_send(net, &notice, group);
}

/* ---- Dumping ---- */

static int check_dump(struct nl_call *call)
{
	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "ipv4: Invalid header for address dump request");
	if (call->body[1] || call->body[2] || call->body[3])
		return nl_fail(
			call, -EINVAL, NULL,
			"ipv4: Invalid values in header for address dump request");
	return 0;
}

/* One interface's addresses of a family, from number at[1] on. */
static bool dump_netif(struct nl_dump *dump, struct nl_writer *w,
		       struct netif *netif, uint8_t family) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWADDR);
	struct netif_address *a;
	uint64_t number = 0;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		if (rt_family(&a->addr) != family || number++ < dump->at[1])
			continue;
		if (!rt_put_address(w, &header, a, dump->net->now))
			return false;
		dump->at[1] = number;
	}
	dump->at[1] = 0;
	return true;
}

static bool dump_family(struct nl_dump *dump, struct nl_writer *w,
			uint8_t family) ON_NET_THREAD
{
	uint32_t wanted = dump->strict && dump->length >= HEADER ?
				  get_le32(dump->body + 4) :
				  0;
	struct netif *netif;

	dump->filtered = wanted;
	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		if (netif->index < dump->at[0] ||
		    (wanted && netif->index != wanted))
			continue;
		dump->at[0] = netif->index;
		if (!dump_netif(dump, w, netif, family))
			return false;
		dump->at[0] = netif->index + 1;
	}
	dump->at[0] = 0;
	return true;
}

/* Without a family: all IPv4 addresses, then all of IPv6, as Linux does. */
static int dump(struct nl_dump *dump, struct nl_writer *w) ON_NET_THREAD
{
	static const uint8_t order[] = { RT_AF_INET, RT_AF_INET6 };
	uint8_t family = dump->length ? dump->body[0] : RT_AF_UNSPEC;

	for (; dump->at[2] < ARRAY_LEN(order); dump->at[2]++) {
		if (family && family != order[dump->at[2]])
			continue;
		if (!dump_family(dump, w, order[dump->at[2]]))
			return 1;
	}
	return 0;
}

/* ---- Changing ---- */

struct address_request {
	uint8_t family, bits, scope;
	uint32_t index;
	struct netif *netif;
	const struct nl_attr *attrs;
	struct netif_address address; /* what is asked for */
};

static int read_names(struct nl_call *call, struct address_request *r)
{
	const struct nl_attr *local = &r->attrs[IFA_LOCAL];
	const struct nl_attr *peer = &r->attrs[IFA_ADDRESS];
	struct netif_address *a = &r->address;

	if (!local->data)
		local = peer;
	if (!local->data || !rt_address(local, r->family, &a->addr))
		return nl_fail(call, -EINVAL, local->data ? local : NULL,
			       r->family == RT_AF_INET ?
				       "ipv4: Local address is not supplied" :
				       "address not specified");
	a->peer = rt_any(r->family);
	if (peer->data && !rt_address(peer, r->family, &a->peer))
		return nl_fail(call, -EINVAL, peer, "Invalid address length");
	if (addr_equal(&a->peer, &a->addr))
		a->peer = rt_any(r->family);
	return 0;
}

static int read_lifetimes(struct nl_call *call, struct address_request *r)
{
	const struct nl_attr *attr = &r->attrs[IFA_CACHEINFO];
	nsec_t now = call->net->now;
	uint32_t preferred, valid;

	if (!attr->data)
		return 0;
	preferred = get_le32(attr->data);
	valid = get_le32(attr->data + 4);
	if (!valid)
		return nl_fail(call, -EINVAL, attr, "address lifetime invalid");
	if (preferred > valid)
		return nl_fail(
			call, -EINVAL, attr,
			"preferred lifetime is greater than valid lifetime");
	if (valid != FOREVER)
		r->address.valid_until = now + valid * NSEC_PER_SEC;
	if (preferred != FOREVER)
		r->address.preferred_until = now + preferred * NSEC_PER_SEC;
	return 0;
}

/* What a program may say of an IPv6 address; Linux ignores the rest. */
#define IP6_FLAGS                                             \
	(ADDRESS_NO_DAD | ADDRESS_OPTIMISTIC | ADDRESS_HOME | \
	 ADDRESS_MANAGE_TEMPORARY | ADDRESS_NO_PREFIX_ROUTE | \
	 ADDRESS_JOINS_GROUP)

static int read_attributes(struct nl_call *call, struct address_request *r)
{
	struct netif_address *a = &r->address;
	const struct nl_attr *attrs = r->attrs;
	uint32_t flags = attrs[IFA_FLAGS].data ? nl_u32(&attrs[IFA_FLAGS]) :
						 call->body[2];

	a->flags = flags & ~(uint32_t)ADDRESS_PRIVATE;
	if (r->family == RT_AF_INET6)
		a->flags &= IP6_FLAGS;
	if (attrs[IFA_BROADCAST].data &&
	    !rt_address(&attrs[IFA_BROADCAST], r->family, &a->broadcast))
		return nl_fail(call, -EINVAL, &attrs[IFA_BROADCAST],
			       "Invalid broadcast address");
	if (attrs[IFA_LABEL].data)
		nl_text(&attrs[IFA_LABEL], a->label, sizeof a->label);
	if (attrs[IFA_RT_PRIORITY].data)
		a->metric = nl_u32(&attrs[IFA_RT_PRIORITY]);
	return read_lifetimes(call, r);
}

static int read_request(struct nl_call *call,
			struct address_request *r) ON_NET_THREAD
{
	int err = nl_parse_body(call, HEADER, rules, IFA_COUNT, &r->attrs);

	if (err)
		return err;
	r->family = call->body[0];
	r->bits = call->body[1];
	r->scope = call->body[3];
	r->index = get_le32(call->body + 4);
	if (r->family != RT_AF_INET && r->family != RT_AF_INET6)
		return -EOPNOTSUPP;
	if (r->bits > (r->family == RT_AF_INET ? 32 : 128))
		return nl_fail(call, -EINVAL, NULL,
			       r->family == RT_AF_INET ?
				       "ipv4: Invalid prefix length" :
				       "Invalid prefix length");
	r->netif = netif_by_index(call->net, r->index);
	if (!r->netif)
		return nl_fail(call, -ENODEV, NULL,
			       "Unable to find the interface");
	r->address.bits = r->bits;
	r->address.scope = r->scope;
	return read_names(call, r);
}

/* What Linux takes without a word, and what it refuses. */
static int check_kind(struct nl_call *call, const struct address_request *r)
{
	if (r->family == RT_AF_INET6 && r->netif->conf6.disable_ipv6)
		return nl_fail(call, -EACCES, NULL,
			       "ipv6: IPv6 is disabled on this device");
	if (r->family == RT_AF_INET6 && addr_is_multicast(&r->address.addr))
		return nl_fail(
			call, -EINVAL, NULL,
			"ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag");
	return 0;
}

static int new_address(struct nl_call *call) NET_THREAD_ROOT
{
	struct address_request r = { .family = 0 };
	struct netif_address *old;
	int err = read_request(call, &r);

	if (!err)
		err = read_attributes(call, &r);
	if (!err)
		err = check_kind(call, &r);
	if (err)
		return err;
	if (r.family == RT_AF_INET && addr_is_any(&r.address.addr))
		return 0; /* as Linux */
	old = address_like(r.netif, &r.address);
	if (!old)
		return address_claim(r.netif, &r.address);
	if (call->header.flags & NL_EXCLUSIVE ||
	    !(call->header.flags & NL_REPLACE))
		return nl_fail(call, -EEXIST, NULL,
			       r.family == RT_AF_INET ?
				       "ipv4: Address already assigned" :
				       "ipv6: address already assigned");
	address_change(old, &r.address);
	return 0;
}

/* The first that fits: all of IPv6, of IPv4 as far as it was said. */
static struct netif_address *find_meant(const struct address_request *r)
{
	const struct nl_attr *local = &r->attrs[IFA_LOCAL];
	struct net_addr prefix;
	struct netif_address *a;

	if (r->family != RT_AF_INET) {
		a = netif_find_address(r->netif, &r->address.addr);
		return a && (!r->bits || a->bits == r->bits) ? a : NULL;
	}
	prefix = addr_is_any(&r->address.peer) ? r->address.addr :
						 r->address.peer;
	LIST_FOR_EACH(a, &r->netif->addresses, list) {
		if (!addr_is_ip4(&a->addr) ||
		    (local->data && !addr_equal(&a->addr, &r->address.addr)))
			continue;
		if (!r->attrs[IFA_ADDRESS].data ||
		    (a->bits == r->bits &&
		     addr_in_prefix(&prefix,
				    addr_is_any(&a->peer) ? &a->addr : &a->peer,
				    a->bits + 96u)))
			return a;
	}
	return NULL;
}

static int del_address(struct nl_call *call) NET_THREAD_ROOT
{
	struct address_request r = { .family = 0 };
	struct netif_address *old;
	int err = read_request(call, &r);

	if (err)
		return err;
	old = find_meant(&r);
	if (!old)
		return nl_fail(call, -EADDRNOTAVAIL, NULL,
			       r.family == RT_AF_INET ?
				       "ipv4: Address not found" :
				       "ipv6: address not found");
	address_delete(old);
	return 0;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWADDR, .call = new_address },
	{ .type = RTM_DELADDR, .call = del_address },
	{ .type = RTM_GETADDR,
	  .open = true,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK | 1 << CHANGE_ADDRESS },
};

const struct rt_table rt_address_table = { handlers, ARRAY_LEN(handlers) };
