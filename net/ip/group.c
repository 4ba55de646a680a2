// SPDX-License-Identifier: MIT
/*
 * The groups of an interface: see group.h.
 */
#include "net/ip/group.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/ip/igmp.h"

struct group *group_find(const struct netif *netif, const struct net_addr *addr)
{
	struct group *group;

	LIST_FOR_EACH(group, &netif->groups, list)
		if (addr_equal(&group->addr, addr))
			return group;
	return NULL;
}

static struct group_source *find_source(const struct group *group,
					const struct net_addr *addr)
{
	struct group_source *source;

	LIST_FOR_EACH(source, &group->sources, list)
		if (addr_equal(&source->addr, addr))
			return source;
	return NULL;
}

static bool has_users(const struct group *group)
{
	return group->include || group->exclude;
}

static bool is_all_nodes(const struct net_addr *addr)
{
	if (addr_is_ip4(addr))
		return addr_to_ip4(addr) == 0xe0000001;
	return addr->b[0] == 0xff && (addr->b[1] & 15) <= 2 &&
	       addr->b[1] & 15 && addr->w[1] == 0 && addr->w[2] == 0 &&
	       addr->w[0] == (addr->w[0] & 0xffff) &&
	       addr->w[3] == __builtin_bswap32(1);
}

bool group_joined(const struct netif *netif, const struct net_addr *addr)
{
	struct group *group;

	if (is_all_nodes(addr))
		return true;
	group = group_find(netif, addr);
	return group && has_users(group);
}

enum reason group_accepts(const struct netif *netif,
			  const struct net_addr *addr,
			  const struct net_addr *from)
{
	struct group_source *source;
	struct group *group;
	bool wanted;

	if (is_all_nodes(addr))
		return REASON_NONE;
	group = group_find(netif, addr);
	if (!group || !has_users(group))
		return REASON_IP_NO_MEMBER;
	source = find_source(group, from);
	if (source)
		wanted = source->include || source->exclude != group->exclude;
	else
		wanted = group->exclude;
	return wanted ? REASON_NONE : REASON_IP_BLOCKED_SOURCE;
}

bool group_lists(const struct group *group, const struct group_source *source)
{
	if (group->exclude)
		return source->exclude == group->exclude && !source->include;
	return source->include;
}

static struct group *make_group(struct netif *netif,
				const struct net_addr *addr)
{
	struct group *group = group_find(netif, addr);

	if (group)
		return group;
	group = port_alloc(sizeof *group);
	if (!group)
		return NULL;
	group->netif = netif;
	group->addr = *addr;
	group->told = netif->flags & NETIF_UP;
	list_init(&group->sources);
	timer_init(&group->timer, group_timer);
	list_push_back(&netif->groups, &group->list);
	return group;
}

static void drop_sources(struct group *group, const struct group_filter *filter,
			 uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct group_source *source =
			find_source(group, &filter->sources[i]);

		if (source)
			*(filter->exclude ? &source->exclude :
					    &source->include) -= 1;
	}
}

static int add_source(struct group *group, const struct net_addr *addr,
		      bool exclude)
{
	struct group_source *source = find_source(group, addr);

	if (!source) {
		source = port_alloc(sizeof *source);
		if (!source)
			return -ENOMEM;
		source->addr = *addr;
		list_push_back(&group->sources, &source->list);
	}
	*(exclude ? &source->exclude : &source->include) += 1;
	return 0;
}

static int add_filter(struct group *group, const struct group_filter *filter)
{
	for (uint32_t i = 0; i < filter->count; i++) {
		if (add_source(group, &filter->sources[i], filter->exclude)) {
			drop_sources(group, filter, i);
			return -ENOMEM;
		}
	}
	*(filter->exclude ? &group->exclude : &group->include) += 1;
	return 0;
}

static void drop_filter(struct group *group, const struct group_filter *filter)
{
	drop_sources(group, filter, filter->count);
	*(filter->exclude ? &group->exclude : &group->include) -= 1;
}

/* Compares with what was told last, and marks what is to be told now. */
static bool mark_changes(struct group *group, uint8_t times)
{
	bool exclude = group->exclude, any = false;
	struct group_source *source;

	if (exclude != group->reported_exclude) {
		group->reported_exclude = exclude;
		group->changes = times;
		any = true;
	}
	LIST_FOR_EACH(source, &group->sources, list) {
		bool listed = group_lists(group, source);

		if (listed != source->reported) {
			source->reported = listed;
			/* A change of mode tells the whole list. */
			source->changes = group->changes == times ? 0 : times;
			any = true;
		}
	}
	return any;
}

int group_update(struct netif *netif, const struct net_addr *addr,
		 const struct group_filter *before,
		 const struct group_filter *after)
{
	struct group *group = make_group(netif, addr);
	bool was_member, is_member;

	if (!group)
		return -ENOMEM;
	was_member = has_users(group);
	if (after && add_filter(group, after)) {
		group_tidy(netif->net, netif);
		return -ENOMEM;
	}
	if (before)
		drop_filter(group, before);
	is_member = has_users(group);
	if (mark_changes(group, group_robustness(netif, addr)) ||
	    was_member != is_member)
		group_changed(group, was_member, is_member);
	group_tidy(netif->net, netif);
	return 0;
}

void group_tell(struct net *net, struct netif *netif)
{
	bool up = netif->flags & NETIF_UP;
	struct group_source *source;
	struct group *group;

	LIST_FOR_EACH(group, &netif->groups, list) {
		if (up == group->told)
			continue;
		group->told = up;
		if (!up || !has_users(group))
			continue;
		group->reported_exclude = false;
		LIST_FOR_EACH(source, &group->sources, list)
			source->reported = false;
		mark_changes(group, group_robustness(netif, &group->addr));
		group_changed(group, false, true);
	}
}

static void free_group(struct net *net, struct group *group) ON_NET_THREAD
{
	struct group_source *source;

	while ((source = LIST_POP(&group->sources, struct group_source, list)))
		port_free(source);
	timer_cancel(net, &group->timer);
	list_remove(&group->list);
	port_free(group);
}

void group_tidy(struct net *net, struct netif *netif)
{
	struct group *group;

	LIST_FOR_EACH_SAFE(group, &netif->groups, list) {
		struct group_source *source;

		LIST_FOR_EACH_SAFE(source, &group->sources, list) {
			if (source->include || source->exclude ||
			    source->changes)
				continue;
			list_remove(&source->list);
			port_free(source);
		}
		if (!has_users(group) && !group->changes &&
		    list_empty(&group->sources))
			free_group(net, group);
	}
}

void group_flush(struct net *net, struct netif *netif)
{
	struct group *group;

	while ((group = LIST_FIRST(&netif->groups, struct group, list)))
		free_group(net, group);
	group_link_free(net, netif);
}
