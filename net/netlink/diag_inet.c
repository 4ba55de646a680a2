// SPDX-License-Identifier: MIT
/*
 * sock_diag for the Internet families (linux/inet_diag.h): TCP, UDP and raw
 * sockets, one by its names or all that pass a filter, and ending one. Which
 * protocols there are and how their sockets are found is in net->diag; a dump
 * looks at a bounded number of them at a time, so ten thousand connections that
 * nobody asked for do not hold up the packets of those that work.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/listing.h"
#include "net/netlink/netlink.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_DIAG_BY_FAMILY 20
#define REQUEST 56 /* struct inet_diag_req_v2 */
#define ID 8 /* in it: struct inet_diag_sockid */
#define MESSAGE 72 /* struct inet_diag_msg */
#define STEP_BUDGET 512 /* sockets looked at in one step of a dump */
#define REQ_BYTECODE 1
#define REQ_PROTOCOL 3
#define TCP_ESTABLISHED 1
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define TIMER_KEEPALIVE 2
#define TIMER_PROBE 4

/* A request, read. */
struct query {
	uint8_t family; /* NET_IP4, NET_IP6 */
	uint32_t protocol;
	uint32_t asked; /* bit n - 1: attribute n */
	uint32_t states; /* bit per state */
	uint16_t raw_number; /* the padding, which raw sockets use */
	struct net_name local, remote;
	uint32_t netif;
	uint64_t cookie; /* all ones: any */
	const uint8_t *filter;
	uint32_t filter_length;
};

static struct net_addr read_address(const uint8_t *at, uint8_t family)
{
	struct net_addr addr;

	if (family == NET_IP4)
		return addr_ip4(get_be32(at));
	memcpy(addr.b, at, 16);
	return addr;
}

static int read_attributes(struct query *q, struct nl_attrs attrs)
{
	struct nl_attr attr;

	while (nl_next(&attrs, &attr)) {
		if (attr.type == REQ_PROTOCOL) {
			if (attr.length != 4)
				return -EINVAL;
			q->protocol = nl_u32(&attr);
		} else if (attr.type == REQ_BYTECODE) {
			q->filter = attr.data;
			q->filter_length = attr.length;
		}
	}
	return 0;
}

/* The body was found to be long enough; 0 or -EINVAL. */
static int read_query(struct query *q, const uint8_t *body, uint32_t length)
{
	const uint8_t *id = body + ID;
	struct nl_attrs attrs = { body + REQUEST, length - REQUEST };

	*q = (struct query){
		.family = body[0] == AF_INET ? NET_IP4 : NET_IP6,
		.protocol = body[1],
		.asked = body[2],
		.raw_number = body[3],
		.states = get_le32(body + 4),
		.netif = get_le32(id + 36),
		.cookie = get_le64(id + 40),
	};
	q->local.port = get_be16(id);
	q->remote.port = get_be16(id + 2);
	q->local.addr = read_address(id + 4, q->family);
	q->remote.addr = read_address(id + 20, q->family);
	return read_attributes(q, attrs);
}

/* ---- One socket ---- */

static void put_end(uint8_t *at, const struct net_name *name, uint8_t family)
{
	if (family == NET_IP4)
		memcpy(at, name->addr.b + 12, 4);
	else
		memcpy(at, name->addr.b, 16);
}

static uint32_t interface_of(const struct demux_entry *entry)
{
	if (entry->kind == DEMUX_SOCKET &&
	    entry_endpoint(entry)->opt.bound_netif)
		return entry_endpoint(entry)->opt.bound_netif;
	return addr_is_link_local6(&entry->local.addr) ? entry->local.scope : 0;
}

static void put_id(uint8_t *id, const struct net *net,
		   const struct demux_entry *entry,
		   const struct socket_info *info)
{
	put_be16(id, info->local.port);
	put_be16(id + 2, info->remote.port);
	put_end(id + 4, &info->local, info->family);
	put_end(id + 20, &info->remote, info->family);
	put_le32(id + 36, interface_of(entry));
	put_le64(id + 40, diag_cookie(net, entry));
}

static uint32_t send_limit(const struct demux_entry *entry,
			   const struct socket_info *info)
{
	if (info->state == TCP_LISTEN && entry->kind == DEMUX_SOCKET)
		return atomic_load(&entry_endpoint(entry)->extra->backlog);
	return info->tx_queue;
}

static void put_body(uint8_t *at, const struct net *net,
		     const struct demux_entry *entry,
		     const struct socket_info *info)
{
	bool probing = info->timer == TIMER_KEEPALIVE ||
		       info->timer == TIMER_PROBE;

	at[0] = info->family == NET_IP4 ? AF_INET : AF_INET6;
	at[1] = info->state;
	at[2] = info->timer;
	if (info->timer)
		at[3] = probing ? info->probes : info->retransmits;
	put_id(at + 4, net, entry, info);
	put_le32(at + 52, info->timer_ms);
	put_le32(at + 56, info->rx_queue);
	put_le32(at + 60, send_limit(entry, info));
	put_le32(at + 64, info->uid);
	put_le32(at + 68, (uint32_t)info->inode);
}

static bool asks(const struct query *q, enum inet_diag_attribute attribute)
{
	return q->asked & 1u << (attribute - 1);
}

static uint8_t shutdown_of(const struct endpoint *ep)
{
	uint32_t status = endpoint_status(ep);

	return (status & (EP_RX_SHUT | EP_RX_FIN | EP_DEAD) ? 1 : 0) |
	       (status & (EP_TX_SHUT | EP_DEAD) ? 2 : 0);
}

/* struct inet_diag_sockopt: two bytes of bits. */
static void put_switches(const struct endpoint *ep, struct nl_writer *w)
{
	const struct endpoint_options *opt = &ep->opt;
	bool stream = ep->type == NET_SOCK_STREAM;
	uint8_t bits[2] = {
		(uint8_t)((opt->tell & TELL_ERRORS ? 1u : 0u) | stream << 1 |
			  opt->free_bind << 2 | opt->header_included << 3 |
			  opt->multicast_loop << 4 | opt->transparent << 5 |
			  1u << 6),
		opt->no_port_at_bind,
	};

	nl_put(w, INET_DIAG_SOCKOPT, bits, sizeof bits);
}

static void put_memory(const struct query *q, const struct endpoint *ep,
		       struct nl_writer *w)
{
	uint32_t v[MEMINFO_COUNT];

	sockopt_memory(ep, v);
	if (asks(q, INET_DIAG_SKMEMINFO))
		nl_put(w, INET_DIAG_SKMEMINFO, v, sizeof v);
	if (asks(q, INET_DIAG_MEMINFO)) {
		/* struct inet_diag_meminfo: r, w, f, t */
		v[1] = v[5];
		v[3] = v[2];
		v[2] = v[4];
		nl_put(w, INET_DIAG_MEMINFO, v, 4 * sizeof v[0]);
	}
}

static void put_options(const struct query *q, const struct endpoint *ep,
			bool admin, struct nl_writer *w)
{
	const struct endpoint_options *opt = &ep->opt;

	nl_put_u8(w, INET_DIAG_SHUTDOWN, shutdown_of(ep));
	if (asks(q, INET_DIAG_TOS))
		nl_put_u8(w, INET_DIAG_TOS, opt->tos);
	if (ep->family == NET_IP6) {
		if (asks(q, INET_DIAG_TCLASS))
			nl_put_u8(w, INET_DIAG_TCLASS, opt->tclass);
		if (ep->state == TCP_LISTEN || ep->state == TCP_CLOSE)
			nl_put_u8(w, INET_DIAG_SKV6ONLY, opt->v6only);
	}
	/* The mask of a request is eight bits: who asks for the one is given
	 * the others, too (Linux). */
	if (admin)
		nl_put_u32(w, INET_DIAG_MARK, opt->mark);
	if (asks(q, INET_DIAG_TCLASS))
		nl_put_u32(w, INET_DIAG_CLASS_ID, opt->priority);
	put_switches(ep, w);
}

static void put_attributes(const struct diag_inet *sockets,
			   const struct query *q,
			   const struct demux_entry *entry, bool admin,
			   struct nl_writer *w)
{
	if (entry->kind != DEMUX_SOCKET)
		return;
	put_options(q, entry_endpoint(entry), admin, w);
	put_memory(q, entry_endpoint(entry), w);
	if (sockets->put)
		sockets->put(entry, q->asked, w);
}

/* ---- All of them ---- */

static const struct diag_inet *sockets_of(const struct net *net,
					  const struct query *q)
{
	return diag_inet_find(net, q->protocol);
}

static int check_request(struct nl_call *call)
{
	struct query q;
	int err;

	if (call->length < REQUEST)
		return -EINVAL;
	err = read_query(&q, call->body, call->length);
	if (!err && q.filter)
		err = diag_filter_check(q.filter, q.filter_length, call->admin);
	return err;
}

static bool is_wanted(const struct query *q, const struct demux_entry *entry,
		      const struct socket_info *info)
{
	return info->family == q->family && q->states & 1u << info->state &&
	       (!q->local.port || q->local.port == info->local.port) &&
	       (!q->remote.port || q->remote.port == info->remote.port) &&
	       (!q->filter ||
		diag_filter_run(q->filter, q->filter_length, info, entry));
}

/* False: there is no room for it. */
static bool put_row(struct nl_dump *dump, const struct query *q,
		    const struct diag_inet *sockets, struct demux_entry *entry,
		    struct nl_writer *w) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, SOCK_DIAG_BY_FAMILY);
	struct socket_info info;
	uint32_t start;
	uint8_t *at;

	sockets->describe(entry, &info);
	if (!is_wanted(q, entry, &info))
		return true;
	start = nl_begin(w, &header);
	at = nl_room(w, MESSAGE);
	if (at) {
		put_body(at, dump->net, entry, &info);
		put_attributes(sockets, q, entry, dump->admin, w);
	}
	return nl_end(w, start);
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct diag_walk walk = {
		.table = (uint32_t)dump->at[0],
		.bucket = (uint32_t)dump->at[1],
		.skip = (uint32_t)dump->at[2],
		.budget = STEP_BUDGET,
	};
	const struct diag_inet *sockets;
	struct demux_entry *entry;
	struct query q;

	read_query(&q, dump->body, dump->length);
	sockets = sockets_of(dump->net, &q);
	if (!sockets)
		return -ENOENT;
	while ((entry = sockets->next(dump->net, &walk))) {
		if (!put_row(dump, &q, sockets, entry, w))
			return NL_DUMP_MORE;
		dump->at[0] = walk.table;
		dump->at[1] = walk.bucket;
		dump->at[2] = walk.skip;
	}
	dump->at[0] = walk.table;
	dump->at[1] = walk.bucket;
	dump->at[2] = walk.skip;
	return walk.budget ? NL_DUMP_DONE : NL_DUMP_LATER;
}

/* ---- One of them ---- */

/* UDP's look-up has the names the other way round, for Linux's historical
 * reasons; its destruction has not. */
static int find_one(struct nl_call *call, bool swapped, struct query *q,
		    const struct diag_inet **sockets,
		    struct demux_entry **entry) ON_NET_THREAD
{
	struct netif *netif;
	int err;

	if (call->length < REQUEST)
		return -EINVAL;
	err = read_query(q, call->body, call->length);
	if (err)
		return err;
	*sockets = sockets_of(call->net, q);
	if (!*sockets)
		return -ENOENT;
	netif = netif_by_index(call->net, q->netif);
	swapped = swapped && q->protocol == NET_IPPROTO_UDP;
	*entry = (*sockets)->find(call->net, swapped ? &q->remote : &q->local,
				  swapped ? &q->local : &q->remote, netif,
				  (uint8_t)q->raw_number);
	if (!*entry)
		return -ENOENT;
	if (q->cookie == UINT64_MAX ||
	    q->cookie == diag_cookie(call->net, *entry))
		return 0;
	return swapped ? -ESTALE : -ENOENT;
}

static int get_one(struct nl_call *call) NET_THREAD_ROOT
{
	const struct diag_inet *sockets;
	struct demux_entry *entry;
	struct socket_info info;
	struct nl_reply reply;
	struct query q;
	int err = find_one(call, true, &q, &sockets, &entry);

	if (err)
		return err;
	sockets->describe(entry, &info);
	nl_reply_begin(call, &reply, SOCK_DIAG_BY_FAMILY);
	put_body(nl_room(&reply.writer, MESSAGE), call->net, entry, &info);
	put_attributes(sockets, &q, entry, call->admin, &reply.writer);
	return nl_reply_end(call, &reply);
}

static int destroy(struct nl_call *call) NET_THREAD_ROOT
{
	const struct diag_inet *sockets;
	struct demux_entry *entry;
	struct query q;
	int err = find_one(call, false, &q, &sockets, &entry);

	/* Who may not end it is told whether it is there (Linux). */
	if (!err && !call->admin)
		err = -EPERM;
	return err ? err : sockets->destroy(call->net, entry);
}

const struct nl_handler nl_diag_inet = {
	.open = true,
	.call = get_one,
	.dump = dump,
	.dump_start = check_request,
};

const struct nl_handler nl_diag_inet_destroy = {
	.open = true,
	.call = destroy,
};

/* ---- The end of one ---- */

enum { TCP_4 = 1, UDP_4, TCP_6, UDP_6 }; /* SKNLGRP_ */

void nl_diag_socket_gone(struct net *net, struct endpoint *ep)
{
	const struct diag_inet *sockets =
		diag_inet_find(net, ep->protocol->number);
	struct netlink *netlink = netlink_of(net);
	struct nl_writer w = { .buffer = netlink->notice,
			       .size = sizeof netlink->notice };
	struct nl_header header = { .type = SOCK_DIAG_BY_FAMILY };
	bool udp = ep->protocol->number == NET_IPPROTO_UDP;
	uint32_t group = ep->family == NET_IP4 ? (udp ? UDP_4 : TCP_4) :
						 (udp ? UDP_6 : TCP_6);
	struct socket_info info;
	uint32_t start;

	if (!sockets || !nl_has_listeners(net, &nl_diag_family, group))
		return;
	sockets->describe(&ep->entry, &info);
	info.uid = 0;
	info.inode = 0;
	info.timer = 0;
	info.timer_ms = 0;
	start = nl_begin(&w, &header);
	put_body(nl_room(&w, MESSAGE), net, &ep->entry, &info);
	nl_put_u8(&w, INET_DIAG_PROTOCOL, ep->protocol->number);
	if (sockets->put)
		sockets->put(&ep->entry, 1u << (INET_DIAG_INFO - 1), &w);
	if (nl_end(&w, start))
		nl_multicast(net, &nl_diag_family, group, w.buffer, w.used);
}
