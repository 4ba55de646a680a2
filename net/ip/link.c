// SPDX-License-Identifier: MIT
/*
 * Interfaces and addresses come and go: see link.h.
 */
#include "net/ip/link.h"

#include "net/core/instance.h"
#include "net/ip/anycast.h"
#include "net/ip/group.h"
#include "net/ip/ndisc.h"

static void link_changed(struct net *net, struct netif *netif,
			 enum change_how how) ON_NET_THREAD
{
	if (how == CHANGE_GONE) {
		autoconf_forget(net, netif);
		anycast_flush(netif);
		group_flush(net, netif);
		return;
	}
	autoconf_link(net, netif);
	group_tell(net, netif);
	anycast_changed(netif);
}

/* An IPv6 address listens to its solicited-node group (RFC 4291 2.7.1). */
static void address_changed(struct net *net,
			    const struct address_change *change,
			    enum change_how how) ON_NET_THREAD
{
	const struct net_addr *addr = &change->address->addr;
	struct netif *netif = change->netif;
	struct group_filter all = { .exclude = true };
	struct net_addr group;
	struct group *joined;

	if (!addr_is_ip4(addr))
		anycast_changed(netif);
	if (addr_is_ip4(addr) || netif->type != NETIF_ETHERNET)
		return;
	if (how == CHANGE_NEW && (change->address->flags & ADDRESS_TENTATIVE))
		autoconf_detect(net, netif);
	group = solicited_node(addr);
	joined = group_find(netif, &group);
	if (how == CHANGE_GONE && joined && change->address->group_joined)
		group_update(netif, &group, &all, NULL);
	else if (how == CHANGE_NEW && !change->address->group_joined &&
		 group_update(netif, &group, NULL, &all) == 0)
		change->address->group_joined = true;
}

void ip_link_changed(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object) NET_THREAD_ROOT;

void ip_link_changed(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object)
{
	if (kind == CHANGE_LINK)
		link_changed(net, (struct netif *)(uintptr_t)object, how);
	else if (kind == CHANGE_ADDRESS)
		address_changed(net, object, how);
}
