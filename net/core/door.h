// SPDX-License-Identifier: MIT
/*
 * A door into the stack that has a thing just now, for other stacks' threads:
 * the thing may move to another stack or be deleted while somebody knocks. The
 * owner opens and closes it; what is posted through it is posted to the owner,
 * or refused. When door_close() returns, nobody is inside any more: no event
 * comes after those that the owner finds in its mailbox then, and the stack
 * that was behind the door may end.
 *
 * `users` counts those who are between looking at `net` and having posted, a
 * few instructions without sleeping; the owner waits for them.
 */
#pragma once

#include "lib/atomic.h"
#include "net/core/event.h"

struct door {
	struct net *net; /* atomic; NULL: closed */
	uint32_t users; /* atomic */
};

static inline void door_open(struct door *door, struct net *net)
{
	__atomic_store_n(&door->net, net, __ATOMIC_SEQ_CST);
}

static inline void door_close(struct door *door)
{
	__atomic_store_n(&door->net, NULL, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&door->users, __ATOMIC_SEQ_CST))
		;
}

/* Whether this stack is the one behind it; on its thread. */
static inline bool door_leads_to(const struct door *door, const struct net *net)
{
	return atomic_load(&door->net) == net;
}

/* False: closed; the event was not posted. */
static inline bool door_post(struct door *door, struct event *event)
{
	struct net *net;

	atomic_fetch_add(&door->users, 1);
	net = __atomic_load_n(&door->net, __ATOMIC_SEQ_CST);
	if (net)
		net_post(net, event);
	atomic_fetch_sub(&door->users, 1);
	return net != NULL;
}
