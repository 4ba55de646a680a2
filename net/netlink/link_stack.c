// SPDX-License-Identifier: MIT
/*
 * Links and other stacks: IFLA_NET_NS_PID and its like in a request, and the
 * journeys (net/core/travel.h) that they ask for. The request is answered when
 * the journey has ended.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/travel.h"
#include "net/netlink/link_attributes.h"
#include "net/netlink/stack.h"

int rt_stack(struct nl_call *call, const struct nl_attr *attrs,
	     struct net **stack)
{
	void *sender = call->socket->sender;
	int err = 0;

	*stack = NULL;
	if (attrs[IFLA_NET_NS_PID].data)
		err = port_stack_by_pid(
			sender, (int)nl_u32(&attrs[IFLA_NET_NS_PID]), stack);
	else if (attrs[IFLA_NET_NS_FD].data)
		err = port_stack_by_fd(
			sender, (int)nl_u32(&attrs[IFLA_NET_NS_FD]), stack);
	else if (attrs[IFLA_TARGET_NETNSID].data)
		err = rt_stack_of_nsid(
			call->net, (int32_t)nl_u32(&attrs[IFLA_TARGET_NETNSID]),
			stack);
	if (err == -ENOENT)
		return -EINVAL;
	if (!err && *stack == call->net) {
		port_stack_put(*stack);
		*stack = NULL;
	}
	return err;
}

static void release(struct link_journey *journey)
{
	if (journey->to)
		port_stack_put(journey->to);
	if (journey->peer_to)
		port_stack_put(journey->peer_to);
	port_free(journey);
}

static void arrived(struct link_journey *journey) NET_THREAD_ROOT;

static void arrived(struct link_journey *journey)
{
	struct nl_later *later = journey->context;
	const char *text = journey->error_text;
	int err = journey->result;

	release(journey);
	nl_resume(later, err, text);
}

/* NULL: no memory; the references are gone then. */
static struct link_journey *prepare(struct nl_call *call, struct net *to,
				    struct net *peer_to) ON_NET_THREAD
{
	struct link_journey *journey = port_alloc(sizeof *journey);

	if (!journey) {
		if (to)
			port_stack_put(to);
		if (peer_to)
			port_stack_put(peer_to);
		return NULL;
	}
	journey->to = to;
	journey->peer_to = peer_to;
	journey->done = arrived;
	journey->flags = get_le32(call->body + 8);
	journey->change = get_le32(call->body + 12);
	if (journey->flags && !journey->change)
		journey->change = UINT32_MAX;
	journey->context = nl_postpone(call);
	if (!journey->context) {
		release(journey);
		return NULL;
	}
	return journey;
}

int rt_move_link(struct nl_call *call, struct netif *netif,
		 const struct nl_attr *attrs, struct net *to)
{
	struct link_journey *journey = prepare(call, to, NULL);
	const char *text;
	int err;

	if (!journey)
		return -ENOBUFS;
	if (attrs[IFLA_IFNAME].data && get_le32(call->body + 4))
		nl_text(&attrs[IFLA_IFNAME], journey->request.name,
			sizeof journey->request.name);
	if (attrs[IFLA_NEW_IFINDEX].data)
		journey->request.index = nl_u32(&attrs[IFLA_NEW_IFINDEX]);
	err = link_move(journey, netif);
	if (!err)
		return NL_LATER;
	text = journey->error_text;
	nl_never_mind(journey->context);
	release(journey);
	return nl_fail(call, err, NULL, text);
}

int rt_make_link(struct nl_call *call, const struct link_kind *kind,
		 const struct link_request *request,
		 const struct link_request *peer, struct net *to,
		 struct net *peer_to)
{
	struct link_journey *journey = prepare(call, to, peer_to);

	if (!journey)
		return -ENOBUFS;
	journey->kind = kind;
	journey->request = *request;
	journey->peer = *peer;
	link_make_elsewhere(journey, call->net);
	return NL_LATER;
}
