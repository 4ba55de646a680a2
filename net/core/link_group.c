// SPDX-License-Identifier: MIT
/*
 * Link addresses that an administrator wants an interface to listen to
 * (SIOCADDMULTI, "ip maddr add"). Our cards hear every multicast frame, and IP
 * sorts out its own groups (net/ip/group.h): so these are kept to be told, and
 * bounded.
 */
#include "net/core/link_group.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/netif.h"
#include "net/core/port.h"

static struct link_group *find(const struct netif *netif, const uint8_t mac[6])
{
	struct link_group *group;

	LIST_FOR_EACH(group, &netif->link_groups, list)
		if (!memcmp(group->mac, mac, 6))
			return group;
	return NULL;
}

int link_group_add(struct netif *netif, const uint8_t mac[6])
{
	struct link_group *group = find(netif, mac);
	uint32_t count = 0;

	if (netif->type != NETIF_ETHERNET)
		return -EINVAL;
	if (group)
		return 0;
	LIST_FOR_EACH(group, &netif->link_groups, list)
		count++;
	if (count >= LINK_GROUPS_MAX)
		return -ENOBUFS;
	group = port_alloc(sizeof *group);
	if (!group)
		return -ENOMEM;
	memcpy(group->mac, mac, 6);
	list_push_back(&netif->link_groups, &group->list);
	return 0;
}

int link_group_remove(struct netif *netif, const uint8_t mac[6])
{
	struct link_group *group = find(netif, mac);

	if (netif->type != NETIF_ETHERNET)
		return -EINVAL;
	if (!group)
		return -ENOENT;
	list_remove(&group->list);
	port_free(group);
	return 0;
}

void link_groups_free(struct netif *netif)
{
	struct link_group *group;

	while ((group = LIST_FIRST(&netif->link_groups, struct link_group,
				   list))) {
		list_remove(&group->list);
		port_free(group);
	}
}
