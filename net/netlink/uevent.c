// SPDX-License-Identifier: MIT
/*
 * NETLINK_KOBJECT_UEVENT: what udev(7) and `udevadm monitor` hear when an
 * interface comes, is renamed or goes. The messages are no netlink messages but
 * a line and variables, each ended by a NUL, in Linux's order. Programs may send
 * to the groups as well (udev's own is the second): see socket.c.
 */
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/link.h"
#include "net/netlink/netlink.h"

#define KERNEL_GROUP 1
#define GROUPS 32
#define UEVENT_MAX 512

/* An interface by the name that was told last. */
struct nl_known_link {
	struct list list; /* netlink.known_links */
	uint32_t index;
	char name[NETIF_NAME_MAX];
};

/* From programs to the kernel: nothing that it knows. */
static const struct nl_handler *find(struct nl_call *call, int *error)
{
	*error = call->admin ? -EINVAL : -EPERM;
	return NULL;
}

const struct nl_family nl_uevent_family = {
	.number = NL_UEVENT,
	.groups = GROUPS,
	.open_groups = true,
	.find = find,
};

static void add_variable(struct text *text, const char *format, ...)
	PRINTF_LIKE(2, 3);

static void add_variable(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_vadd(text, format, arguments);
	va_end(arguments);
	text_char(text, 0);
}

static void tell(const struct netif *netif, const char *action,
		 const char *old_name) ON_NET_THREAD
{
	struct net *net = netif->net;
	struct netlink *netlink = netlink_of(net);
	struct text text;

	netlink->uevents++;
	if (!nl_has_listeners(net, &nl_uevent_family, KERNEL_GROUP))
		return;
	text_init(&text, (char *)netlink->notice, UEVENT_MAX);
	add_variable(&text, "%s@/devices/virtual/net/%s", action, netif->name);
	add_variable(&text, "ACTION=%s", action);
	add_variable(&text, "DEVPATH=/devices/virtual/net/%s", netif->name);
	add_variable(&text, "SUBSYSTEM=net");
	if (old_name)
		add_variable(&text, "DEVPATH_OLD=/devices/virtual/net/%s",
			     old_name);
	if (netif->kind && (!strcmp(netif->kind->name, "bridge") ||
			    !strcmp(netif->kind->name, "vlan")))
		add_variable(&text, "DEVTYPE=%s", netif->kind->name);
	add_variable(&text, "INTERFACE=%s", netif->name);
	add_variable(&text, "IFINDEX=%u", netif->index);
	add_variable(&text, "SEQNUM=%llu",
		     (unsigned long long)netlink->uevents);
	nl_multicast(net, &nl_uevent_family, KERNEL_GROUP, netlink->notice,
		     (uint32_t)text_length(&text));
}

static struct nl_known_link *find_known(struct netlink *netlink, uint32_t index)
{
	struct nl_known_link *known;

	LIST_FOR_EACH(known, &netlink->known_links, list)
		if (known->index == index)
			return known;
	return NULL;
}

static void forget(struct nl_known_link *known)
{
	list_remove(&known->list);
	port_free(known);
}

static void meet(const struct netif *netif) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(netif->net);
	struct nl_known_link *known = port_alloc(sizeof *known);

	if (!known)
		return;
	known->index = netif->index;
	memcpy(known->name, netif->name, sizeof known->name);
	list_push_back(&netlink->known_links, &known->list);
	/* The loopback came with the stack. */
	if (!(netif->flags & NETIF_LOOPBACK))
		tell(netif, "add", NULL);
}

void nl_uevent_link_changed(const struct netif *netif, enum change_how how)
{
	struct nl_known_link *known =
		find_known(netlink_of(netif->net), netif->index);

	if (how == CHANGE_GONE) {
		tell(netif, "remove", NULL);
		if (known)
			forget(known);
	} else if (!known) {
		meet(netif);
	} else if (strcmp(known->name, netif->name)) {
		tell(netif, "move", known->name);
		memcpy(known->name, netif->name, sizeof known->name);
	}
}

void nl_uevent_end(struct netlink *netlink)
{
	struct nl_known_link *known;

	LIST_FOR_EACH_SAFE(known, &netlink->known_links, list)
		forget(known);
}
