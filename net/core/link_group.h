// SPDX-License-Identifier: MIT
/* Link addresses that an interface listens to by order: see link_group.c. */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "net/core/annotate.h"

struct netif;

#define LINK_GROUPS_MAX 256 /* of one interface */

struct link_group {
	struct list list; /* netif->link_groups */
	uint8_t mac[6];
};

/* A second time changes nothing. -EINVAL: it is no Ethernet; -ENOBUFS: too many;
 * -ENOMEM. */
int link_group_add(struct netif *netif, const uint8_t mac[6]) ON_NET_THREAD;
/* -EINVAL, -ENOENT. */
int link_group_remove(struct netif *netif, const uint8_t mac[6]) ON_NET_THREAD;
void link_groups_free(struct netif *netif) ON_NET_THREAD;
