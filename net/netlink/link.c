// SPDX-License-Identifier: MIT
/*
 * RTM_*LINK: interfaces as links: struct ifinfomsg {family, type, index, flags,
 * change} and IFLA_ attributes. What may be asked for is checked here; what it
 * does is net/core/link.c's. The order of attributes is Linux's, since some
 * readers print them as they come.
 */
#include "net/core/link.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/link_attributes.h"
#include "net/netlink/route.h"
#include "net/netlink/stack.h"

#define HEADER 16

static const struct nl_rule rules[IFLA_COUNT] = {
	[IFLA_ADDRESS] = { NL_BYTES, 0 }, [IFLA_IFNAME] = { NL_TEXT, 15 },
	[IFLA_MTU] = { NL_U32 },	  [IFLA_LINK] = { NL_U32 },
	[IFLA_MASTER] = { NL_U32 },	  [IFLA_TXQLEN] = { NL_U32 },
	[IFLA_LINKINFO] = { NL_ATTRS },	  [IFLA_IFALIAS] = { NL_BYTES, 0 },
	[IFLA_EXT_MASK] = { NL_U32 },	  [IFLA_GROUP] = { NL_U32 },
	[IFLA_AF_SPEC] = { NL_ATTRS },	  [IFLA_NET_NS_PID] = { NL_U32 },
	[IFLA_NET_NS_FD] = { NL_U32 },	  [IFLA_TARGET_NETNSID] = { NL_U32 },
	[IFLA_NEW_IFINDEX] = { NL_U32 },  [IFLA_ALT_IFNAME] = { NL_TEXT, 127 },
};

static const struct nl_rule info_rules[IFLA_INFO_COUNT] = {
	[IFLA_INFO_KIND] = { NL_TEXT, 55 },
	[IFLA_INFO_DATA] = { NL_ATTRS },
	[IFLA_INFO_SLAVE_DATA] = { NL_ATTRS },
};

/* Which link a request means: by index, else by name. */
static int find_link(struct nl_call *call, const struct nl_attr *attrs,
		     struct netif **out) ON_NET_THREAD
{
	const struct nl_attr *by_name = &attrs[IFLA_IFNAME];
	uint32_t index = get_le32(call->body + 4);
	char name[NETIF_NAME_MAX];

	if (!by_name->data)
		by_name = &attrs[IFLA_ALT_IFNAME];
	if (index)
		*out = netif_by_index(call->net, index);
	else if (by_name->data && nl_text(by_name, name, sizeof name))
		*out = netif_by_name(call->net, name);
	else
		return -EINVAL;
	return *out ? 0 : -ENODEV;
}

/* ---- Asking ---- */

static int get_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct netif *netif = NULL;
	struct nl_reply reply;
	struct nl_header header;
	struct link_view view = { .change = 0 };
	int err = nl_parse_body(call, HEADER, rules, IFLA_COUNT, &attrs);

	if (!err)
		err = find_link(call, attrs, &netif);
	if (err)
		return err;
	if (attrs[IFLA_EXT_MASK].data)
		view.no_statistics = nl_u32(&attrs[IFLA_EXT_MASK]) &
				     RTEXT_FILTER_SKIP_STATS;
	nl_reply_begin(call, &reply, RTM_NEWLINK);
	reply.writer.used = reply.start;
	header = (struct nl_header){ .type = RTM_NEWLINK,
				     .sequence = call->header.sequence,
				     .port = call->socket->port };
	if (!rt_put_link(&reply.writer, &header, netif, &view))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static int check_dump(struct nl_call *call)
{
	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for link dump");
	if (call->body[1] || get_le16(call->body + 2) ||
	    get_le32(call->body + 8) || get_le32(call->body + 12))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for link dump request");
	if (get_le32(call->body + 4))
		return nl_fail(
			call, -EINVAL, NULL,
			"Filter by device index not supported for link dumps");
	return 0;
}

/* What a dump leaves out: IFLA_MASTER, IFLA_LINKINFO's kind, statistics. */
struct filter {
	uint32_t master;
	char kind[16];
	struct link_view view;
};

static void read_filter(struct nl_dump *dump, struct filter *filter)
{
	struct nl_attrs attrs = { dump->body + HEADER,
				  dump->length > HEADER ?
					  dump->length - HEADER :
					  0 };
	struct nl_attr attr, inner;

	memset(filter, 0, sizeof *filter);
	while (nl_next(&attrs, &attr)) {
		if (attr.type == IFLA_MASTER && attr.length >= 4)
			filter->master = nl_u32(&attr);
		if (attr.type == IFLA_EXT_MASK && attr.length >= 4)
			filter->view.no_statistics = nl_u32(&attr) &
						     RTEXT_FILTER_SKIP_STATS;
		if (attr.type == IFLA_LINKINFO) {
			struct nl_attrs info = nl_inside(&attr);

			while (nl_next(&info, &inner))
				if (inner.type == IFLA_INFO_KIND)
					nl_text(&inner, filter->kind,
						sizeof filter->kind);
		}
	}
	dump->filtered = filter->master || filter->kind[0];
}

static bool passes(const struct filter *filter, const struct netif *netif)
{
	if (filter->master &&
	    (!netif->master || netif->master->index != filter->master))
		return false;
	return !filter->kind[0] ||
	       (netif->kind && string_equal(netif->kind->name, filter->kind));
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header;
	struct filter filter;
	struct netif *netif;

	read_filter(dump, &filter);
	header = nl_dump_header(dump, RTM_NEWLINK);
	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		if (netif->index <= dump->at[0])
			continue;
		if (passes(&filter, netif) &&
		    !rt_put_link(w, &header, netif, &filter.view))
			return 1;
		dump->at[0] = netif->index;
	}
	return 0;
}

/* ---- Changing ---- */

static int apply_mac(struct nl_call *call, struct netif *netif,
		     const struct nl_attr *attr) ON_NET_THREAD
{
	if (attr->length < 6)
		return nl_fail(call, -EINVAL, attr, "Invalid address length");
	return link_set_mac(netif, attr->data);
}

static int apply_name(struct nl_call *call, struct netif *netif,
		      const struct nl_attr *attr) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX];

	if (!nl_text(attr, name, sizeof name))
		return -EINVAL;
	/* Naming it by its own name is how it was found. */
	return name[0] ? link_rename(netif, name) : 0;
}

/* A frame of its own: the deepest way down does not go through here. */
static NOINLINE int apply_alias(struct netif *netif,
				const struct nl_attr *attr) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(netif->net);

	if (!nl_text(attr, netlink->text, sizeof netlink->text))
		return -EINVAL;
	return link_set_alias(netif, netlink->text);
}

static int apply_master(struct nl_call *call, struct netif *netif,
			const struct nl_attr *attr) ON_NET_THREAD
{
	uint32_t index = nl_u32(attr);
	struct netif *master = NULL;
	const char *text = NULL;
	int err;

	if (index) {
		master = netif_by_index(call->net, index);
		if (!master)
			return -EINVAL;
	}
	err = link_set_master(netif, master, &text);
	return err ? nl_fail(call, err, text ? attr : NULL, text) : 0;
}

static int apply_member(struct nl_call *call, struct netif *netif,
			const struct nl_attr *info) ON_NET_THREAD
{
	const struct netif *master = netif->master;
	const char *text = NULL;
	int err;

	if (!master || !master->kind->change_member)
		return -EOPNOTSUPP;
	err = master->kind->change_member(
		netif, nl_inside(&info[IFLA_INFO_SLAVE_DATA]), &text);
	return err ? nl_fail(call, err, NULL, text) : 0;
}

static int apply_kind(struct nl_call *call, struct netif *netif,
		      const struct nl_attr *attr) ON_NET_THREAD
{
	struct link_request *request = &netlink_of(call->net)->link;
	const struct nl_attr *info;
	char kind[16];
	int err = nl_parse(call, 1, nl_inside(attr), info_rules,
			   IFLA_INFO_COUNT, false, &info);

	if (err || info[IFLA_INFO_SLAVE_DATA].data)
		return err ? err : apply_member(call, netif, info);
	if (!info[IFLA_INFO_DATA].data)
		return 0;
	if (!info[IFLA_INFO_KIND].data ||
	    !nl_text(&info[IFLA_INFO_KIND], kind, sizeof kind) ||
	    !netif->kind || !string_equal(netif->kind->name, kind) ||
	    !netif->kind->change)
		return -EOPNOTSUPP;
	memset(request, 0, sizeof *request);
	request->data = nl_inside(&info[IFLA_INFO_DATA]);
	err = netif->kind->change(netif, request);
	return err ? nl_fail(call, err, NULL, request->error_text) : 0;
}

static int apply_flags(struct nl_call *call, struct netif *netif) ON_NET_THREAD
{
	uint32_t flags = get_le32(call->body + 8);
	uint32_t change = get_le32(call->body + 12);

	if (!flags && !change)
		return 0;
	return link_set_flags(netif, flags, change ? change : UINT32_MAX);
}

/* "ip link set X addrgenmode none": what each family is told. */
static int apply_families(struct nl_call *call, struct netif *netif,
			  const struct nl_attr *families) ON_NET_THREAD
{
	struct nl_attrs outer = nl_inside(families);
	struct nl_attr family, attr;

	while (nl_next(&outer, &family)) {
		struct nl_attrs inner = nl_inside(&family);

		if (family.type != RT_AF_INET6)
			continue;
		while (nl_next(&inner, &attr)) {
			if (attr.type != IFLA_INET6_ADDR_GEN_MODE)
				continue;
			if (attr.length < 1 || *attr.data > GENERATE_RANDOM)
				return -EINVAL;
			return call->net->watch.set_address_mode(netif,
								 *attr.data);
		}
	}
	return 0;
}

/* In the order of Linux's do_setlink(). `moves`: name and flags are set where
 * it goes. */
static int change_all(struct nl_call *call, struct netif *netif,
		      const struct nl_attr *attrs, bool moves) ON_NET_THREAD
{
	int err = 0;

	if (attrs[IFLA_ADDRESS].data)
		err = apply_mac(call, netif, &attrs[IFLA_ADDRESS]);
	if (!err && attrs[IFLA_MTU].data) {
		err = link_set_mtu(netif, nl_u32(&attrs[IFLA_MTU]));
		if (err)
			return nl_fail(
				call, err, NULL,
				err != -EINVAL ?
					NULL :
				nl_u32(&attrs[IFLA_MTU]) < netif->min_mtu ?
					"mtu less than device minimum" :
					"mtu greater than device maximum");
	}
	if (!err && attrs[IFLA_GROUP].data)
		netif->group = nl_u32(&attrs[IFLA_GROUP]);
	if (!err && !moves && attrs[IFLA_IFNAME].data &&
	    get_le32(call->body + 4))
		err = apply_name(call, netif, &attrs[IFLA_IFNAME]);
	if (!err && attrs[IFLA_IFALIAS].data)
		err = apply_alias(netif, &attrs[IFLA_IFALIAS]);
	if (!err && attrs[IFLA_AF_SPEC].data)
		err = apply_families(call, netif, &attrs[IFLA_AF_SPEC]);
	if (!err && attrs[IFLA_LINKINFO].data)
		err = apply_kind(call, netif, &attrs[IFLA_LINKINFO]);
	if (!err && attrs[IFLA_MASTER].data)
		err = apply_master(call, netif, &attrs[IFLA_MASTER]);
	if (!err && !moves)
		err = apply_flags(call, netif);
	if (!err && attrs[IFLA_TXQLEN].data)
		netif->queue_length = nl_u32(&attrs[IFLA_TXQLEN]);
	return err;
}

static int change_link(struct nl_call *call, struct netif *netif,
		       const struct nl_attr *attrs) ON_NET_THREAD
{
	struct net *to;
	int err = rt_stack(call, attrs, &to);

	if (!err)
		err = change_all(call, netif, attrs, to != NULL);
	if (!to)
		return err;
	if (!err)
		return rt_move_link(call, netif, attrs, to);
	port_stack_put(to);
	return err;
}

/* Links of a group all at once: "ip link set group N ...". */
static int change_group(struct nl_call *call,
			const struct nl_attr *attrs) ON_NET_THREAD
{
	uint32_t group = nl_u32(&attrs[IFLA_GROUP]);
	struct netif *netif;
	struct net *to;
	int err = rt_stack(call, attrs, &to);

	if (err)
		return err;
	if (to) {
		port_stack_put(to);
		return -EOPNOTSUPP;
	}
	LIST_FOR_EACH(netif, &call->net->netifs, list) {
		if (netif->group != group)
			continue;
		err = change_all(call, netif, attrs, false);
		if (err)
			return err;
	}
	return 0;
}

static int set_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct netif *netif;
	int err = nl_parse_body(call, HEADER, rules, IFLA_COUNT, &attrs);

	if (!err)
		err = find_link(call, attrs, &netif);
	return err ? err : change_link(call, netif, attrs);
}

/* ---- Making and ending ---- */

static int read_request(struct nl_call *call, const struct nl_attr *attrs,
			struct link_request *r) ON_NET_THREAD
{
	const struct nl_attr *attr = &attrs[IFLA_ADDRESS];

	r->index = get_le32(call->body + 4);
	if (attrs[IFLA_IFNAME].data)
		nl_text(&attrs[IFLA_IFNAME], r->name, sizeof r->name);
	if (attr->data) {
		if (attr->length < 6)
			return nl_fail(call, -EINVAL, attr,
				       "Invalid address length");
		if (attr->data[0] & 1)
			return -EADDRNOTAVAIL;
		memcpy(r->mac, attr->data, 6);
		r->has_mac = true;
	}
	if ((r->has_mtu = attrs[IFLA_MTU].data))
		r->mtu = nl_u32(&attrs[IFLA_MTU]);
	if ((r->has_queue_length = attrs[IFLA_TXQLEN].data))
		r->queue_length = nl_u32(&attrs[IFLA_TXQLEN]);
	if ((r->has_group = attrs[IFLA_GROUP].data))
		r->group = nl_u32(&attrs[IFLA_GROUP]);
	if (!attrs[IFLA_LINK].data)
		return 0;
	r->lower = netif_by_index(call->net, nl_u32(&attrs[IFLA_LINK]));
	return r->lower ? 0 : -ENODEV;
}

/* VETH_INFO_PEER: another ifinfomsg with its attributes. */
static int read_peer(struct nl_call *call, struct nl_attrs data,
		     struct link_request *peer,
		     struct net **peer_to) ON_NET_THREAD
{
	const struct nl_attr *attrs;
	struct nl_attr attr;
	int err;

	while (nl_next(&data, &attr)) {
		struct nl_attrs inner;

		if (attr.type != VETH_INFO_PEER)
			continue;
		if (attr.length < HEADER)
			return -EINVAL;
		inner = (struct nl_attrs){ attr.data + HEADER,
					   attr.length - HEADER };
		err = nl_parse(call, 2, inner, rules, IFLA_COUNT, false,
			       &attrs);
		if (!err)
			err = read_request(call, attrs, peer);
		peer->index = get_le32(attr.data + 4);
		return err ? err : rt_stack(call, attrs, peer_to);
	}
	return 0;
}

static int create_link(struct nl_call *call, const struct nl_attr *attrs,
		       const char *kind_name,
		       const struct nl_attr *data) ON_NET_THREAD
{
	const struct link_kind *kind = link_kind_find(call->net, kind_name);
	struct link_request *request = &netlink_of(call->net)->link;
	struct link_request *peer = &netlink_of(call->net)->peer;
	struct net *to = NULL, *peer_to = NULL;
	struct netif *netif;
	int err;

	if (!kind || !kind->software)
		return nl_fail(call, -EOPNOTSUPP, NULL, "Unknown device type");
	memset(request, 0, sizeof *request);
	memset(peer, 0, sizeof *peer);
	err = read_request(call, attrs, request);
	if (err)
		return err;
	if (data->data) {
		request->data = nl_inside(data);
		if (kind->paired)
			err = read_peer(call, request->data, peer, &peer_to);
		if (err)
			return err;
	}
	err = rt_stack(call, attrs, &to);
	if (!err && (to || peer_to) &&
	    (request->lower || attrs[IFLA_MASTER].data))
		err = -EOPNOTSUPP;
	if (err) {
		if (to)
			port_stack_put(to);
		if (peer_to)
			port_stack_put(peer_to);
		return err;
	}
	if (to || peer_to)
		return rt_make_link(call, kind, request, peer, to, peer_to);
	request->peer = peer;
	err = link_create(call->net, kind, request, &netif);
	if (err)
		return nl_fail(call, err, NULL, request->error_text);
	if (attrs[IFLA_MASTER].data)
		err = apply_master(call, netif, &attrs[IFLA_MASTER]);
	if (!err)
		err = apply_flags(call, netif);
	if (err)
		link_delete(netif);
	return err;
}

static int change_existing(struct nl_call *call, const struct nl_attr *attrs,
			   struct netif *netif) ON_NET_THREAD
{
	if (call->header.flags & NL_EXCLUSIVE)
		return -EEXIST;
	if (call->header.flags & NL_REPLACE)
		return -EOPNOTSUPP;
	return change_link(call, netif, attrs);
}

static bool makes_elsewhere(const struct nl_call *call,
			    const struct nl_attr *attrs)
{
	const uint16_t fresh = NL_CREATE | NL_EXCLUSIVE;

	return (call->header.flags & fresh) == fresh &&
	       (attrs[IFLA_NET_NS_PID].data || attrs[IFLA_NET_NS_FD].data ||
		attrs[IFLA_TARGET_NETNSID].data);
}

static int new_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs, *info;
	struct netif *netif = NULL;
	char kind[16] = "";
	int err = nl_parse_body(call, HEADER, rules, IFLA_COUNT, &attrs);

	if (err)
		return err;
	/* A new one elsewhere may have the name of one of ours. */
	err = makes_elsewhere(call, attrs) ? -ENODEV :
					     find_link(call, attrs, &netif);
	if (!err)
		return change_existing(call, attrs, netif);
	if (!(call->header.flags & NL_CREATE)) {
		if (err == -EINVAL && attrs[IFLA_GROUP].data)
			return change_group(call, attrs);
		return -ENODEV;
	}
	if (!attrs[IFLA_LINKINFO].data)
		return nl_fail(call, -EOPNOTSUPP, NULL, "Unknown device type");
	err = nl_parse(call, 1, nl_inside(&attrs[IFLA_LINKINFO]), info_rules,
		       IFLA_INFO_COUNT, false, &info);
	if (err)
		return err;
	if (info[IFLA_INFO_KIND].data)
		nl_text(&info[IFLA_INFO_KIND], kind, sizeof kind);
	return create_link(call, attrs, kind, &info[IFLA_INFO_DATA]);
}

static int del_link(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct netif *netif;
	int err = nl_parse_body(call, HEADER, rules, IFLA_COUNT, &attrs);

	if (!err)
		err = find_link(call, attrs, &netif);
	return err ? err : link_delete(netif);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWLINK, .call = new_link },
	{ .type = RTM_SETLINK, .call = set_link },
	{ .type = RTM_DELLINK, .call = del_link },
	{ .type = RTM_GETLINK,
	  .open = true,
	  .call = get_link,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK },
};

const struct rt_table rt_link_table = { handlers, ARRAY_LEN(handlers) };
