// SPDX-License-Identifier: MIT
/*
 * RTM_*NSID: what a stack calls other stacks: small numbers, given by the
 * administrator or when one is needed (a veth's other end). The table holds the
 * stacks' own numbers, not references; a stack that ends is forgotten
 * (net_forget()).
 */
#include "lib/errno.h"
#include "net/core/config.h"
#include "net/core/listing.h"
#include "net/netlink/route.h"
#include "net/netlink/stack.h"

#define HEADER 4 /* struct rtgenmsg, padded */

enum {
	NETNSA_NSID = 1,
	NETNSA_PID = 2,
	NETNSA_FD = 3,
	NETNSA_TARGET_NSID = 4,
	NETNSA_COUNT,
};

static const struct nl_rule rules[NETNSA_COUNT] = {
	[NETNSA_NSID] = { NL_U32 },
	[NETNSA_PID] = { NL_U32 },
	[NETNSA_FD] = { NL_U32 },
	[NETNSA_TARGET_NSID] = { NL_U32 },
};

struct nsid {
	struct list list; /* netlink.nsids, by id */
	int32_t id;
	uint64_t stack;
	bool told; /* to the group */
};

/* ---- The table ---- */

static struct nsid *find_id(struct net *net, int32_t id)
{
	struct nsid *at;

	LIST_FOR_EACH(at, &netlink_of(net)->nsids, list)
		if (at->id == id)
			return at;
	return NULL;
}

static struct nsid *find_stack(struct net *net, uint64_t stack)
{
	struct nsid *at;

	LIST_FOR_EACH(at, &netlink_of(net)->nsids, list)
		if (at->stack == stack)
			return at;
	return NULL;
}

static void put_message(struct nl_writer *w, const struct nl_header *header,
			int32_t id)
{
	uint32_t start = nl_begin(w, header);

	nl_room(w, HEADER);
	nl_put_u32(w, NETNSA_NSID, (uint32_t)id);
	nl_end(w, start);
}

static void tell(struct net *net, uint16_t type, int32_t id) ON_NET_THREAD
{
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_NSID))
		return;
	notice = rt_notice_begin(net, type);
	put_message(&notice.writer, &notice.header, id);
	rt_notice_send(net, &notice, RTNLGRP_NSID);
}

static int add(struct net *net, int32_t id, uint64_t stack) ON_NET_THREAD
{
	struct nsid *fresh = port_alloc(sizeof *fresh), *at;
	struct list *before = &netlink_of(net)->nsids;

	if (!fresh)
		return -ENOMEM;
	fresh->id = id;
	fresh->stack = stack;
	LIST_FOR_EACH(at, &netlink_of(net)->nsids, list)
		if (at->id > id) {
			before = &at->list;
			break;
		}
	list_push_back(before, &fresh->list);
	timer_arm(net, &netlink_of(net)->nsid_timer, net->now);
	return 0;
}

/* New ones are told in the same net_run(), but not in the middle of another
 * message, and not as deep on the stack. */
static void tell_new(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void tell_new(struct net *net, struct timer *timer)
{
	struct nsid *at;

	LIST_FOR_EACH(at, &netlink_of(net)->nsids, list) {
		if (!at->told)
			tell(net, RTM_NEWNSID, at->id);
		at->told = true;
	}
}

void rt_nsids_init(struct netlink *netlink)
{
	list_init(&netlink->nsids);
	timer_init(&netlink->nsid_timer, tell_new);
}

int32_t rt_nsid_of(struct net *net, uint64_t stack)
{
	struct nsid *at = find_stack(net, stack);
	int32_t id = 0;

	if (at)
		return at->id;
	while (find_id(net, id))
		id++;
	return add(net, id, stack) ? NSID_NONE : id;
}

int rt_stack_of_nsid(struct net *net, int32_t id, struct net **stack)
{
	struct nsid *at = find_id(net, id);

	return at ? port_stack_by_number(at->stack, stack) : -ENOENT;
}

void netlink_forget(struct net *net, uint64_t stack)
{
	struct nsid *at = find_stack(net, stack);
	int32_t id;

	if (!at)
		return;
	id = at->id;
	list_remove(&at->list);
	port_free(at);
	tell(net, RTM_DELNSID, id);
}

void rt_nsids_free(struct net *net)
{
	struct nsid *at;

	timer_cancel(net, &netlink_of(net)->nsid_timer);
	while ((at = LIST_POP(&netlink_of(net)->nsids, struct nsid, list)))
		port_free(at);
}

/* ---- Messages ---- */

/* The stack that a request names by descriptor or process; 1: it does not. */
static int find_peer(struct nl_call *call, const struct nl_attr *attrs,
		     struct net **stack) ON_NET_THREAD
{
	const struct nl_attr *by = &attrs[NETNSA_PID];
	int err;

	if (by->data) {
		err = port_stack_by_pid(call->socket->sender, (int)nl_u32(by),
					stack);
	} else {
		by = &attrs[NETNSA_FD];
		if (!by->data)
			return 1;
		err = port_stack_by_fd(call->socket->sender, (int)nl_u32(by),
				       stack);
	}
	return err ? nl_fail(call, err, by, "Peer netns reference is invalid") :
		     0;
}

static int new_nsid(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs, *wanted;
	struct net *stack;
	uint64_t number;
	int32_t id;
	int err = nl_parse_body(call, HEADER, rules, NETNSA_COUNT, &attrs);

	if (err)
		return err;
	wanted = &attrs[NETNSA_NSID];
	if (!wanted->data)
		return nl_fail(call, -EINVAL, NULL, "nsid is missing");
	err = find_peer(call, attrs, &stack);
	if (err)
		return err < 0 ? err :
				 nl_fail(call, -EINVAL, NULL,
					 "Peer netns reference is missing");
	number = stack->config->number;
	port_stack_put(stack);
	if (find_stack(call->net, number))
		return nl_fail(
			call, -EEXIST,
			&attrs[attrs[NETNSA_PID].data ? NETNSA_PID : NETNSA_FD],
			"Peer netns already has a nsid assigned");
	id = (int32_t)nl_u32(wanted);
	if (id < 0)
		return rt_nsid_of(call->net, number) >= 0 ? 0 : -ENOMEM;
	if (find_id(call->net, id))
		return nl_fail(call, -EEXIST, wanted,
			       "The specified nsid is already used");
	return add(call->net, id, number);
}

static int get_nsid(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct nl_reply reply;
	struct net *stack;
	struct nsid *at;
	int err = nl_parse_body(call, HEADER, rules, NETNSA_COUNT, &attrs);

	if (err)
		return err;
	if (attrs[NETNSA_TARGET_NSID].data)
		return -EOPNOTSUPP;
	err = find_peer(call, attrs, &stack);
	if (err < 0)
		return err;
	if (!err) {
		at = find_stack(call->net, stack->config->number);
		port_stack_put(stack);
	} else if (attrs[NETNSA_NSID].data) {
		at = find_id(call->net, (int32_t)nl_u32(&attrs[NETNSA_NSID]));
		if (!at)
			return nl_fail(call, -ENOENT, &attrs[NETNSA_NSID],
				       "Peer netns reference is invalid");
	} else {
		return nl_fail(call, -EINVAL, NULL,
			       "Peer netns reference is missing");
	}
	nl_reply_begin(call, &reply, RTM_NEWNSID);
	nl_room(&reply.writer, HEADER);
	nl_put_u32(&reply.writer, NETNSA_NSID,
		   (uint32_t)(at ? at->id : NSID_NONE));
	return nl_reply_end(call, &reply);
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWNSID);
	struct nsid *at;

	LIST_FOR_EACH(at, &netlink_of(dump->net)->nsids, list) {
		uint32_t before = w->used;

		if ((uint64_t)at->id < dump->at[0])
			continue;
		put_message(w, &header, at->id);
		if (w->used == before)
			return 1;
		dump->at[0] = (uint64_t)at->id + 1;
	}
	return 0;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWNSID, .call = new_nsid },
	{ .type = RTM_GETNSID, .open = true, .call = get_nsid, .dump = dump },
};

const struct rt_table rt_nsid_table = { handlers, ARRAY_LEN(handlers) };
