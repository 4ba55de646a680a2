// SPDX-License-Identifier: MIT
/*
 * Private to net/netlink: other stacks, as messages speak of them (nsid.c), and
 * links that go there (link_stack.c).
 */
#pragma once

#include "net/core/link.h"
#include "net/netlink/netlink.h"

#define NSID_NONE (-1)

/* nsid.c */
/* What this stack calls another one; NSID_NONE: no memory for a name. */
int32_t rt_nsid_of(struct net *net, uint64_t stack) ON_NET_THREAD;
/* With a reference; -ENOENT. */
int rt_stack_of_nsid(struct net *net, int32_t id,
		     struct net **stack) ON_NET_THREAD;
void rt_nsids_init(struct netlink *netlink);
void rt_nsids_free(struct net *net) ON_NET_THREAD;

/* link_stack.c */
/* Which stack a link's attributes name, with a reference; NULL: ours, or none.
 * -EBADF, -EINVAL, -ESRCH. */
int rt_stack(struct nl_call *call, const struct nl_attr *attrs,
	     struct net **stack) ON_NET_THREAD;
/* Sends a link there, or makes one there; takes over the references. NL_LATER,
 * or an error. */
int rt_move_link(struct nl_call *call, struct netif *netif,
		 const struct nl_attr *attrs, struct net *to) ON_NET_THREAD;
int rt_make_link(struct nl_call *call, const struct link_kind *kind,
		 const struct link_request *request,
		 const struct link_request *peer, struct net *to,
		 struct net *peer_to) ON_NET_THREAD;
