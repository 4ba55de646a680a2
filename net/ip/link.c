// SPDX-License-Identifier: MIT
/*
 * Interfaces and addresses come and go: see link.h.
 */
#include "net/ip/link.h"

#include "net/core/instance.h"
#include "net/ip/group.h"

static void link_changed(struct net *net, struct netif *netif,
			 enum change_how how) ON_NET_THREAD
{
	if (how == CHANGE_GONE)
		group_flush(net, netif);
	else
		group_tell(net, netif);
}

void ip_link_changed(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object) NET_THREAD_ROOT;

void ip_link_changed(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object)
{
	if (kind == CHANGE_LINK)
		link_changed(net, (struct netif *)(uintptr_t)object, how);
}
