// SPDX-License-Identifier: MIT
/*
 * A bridge's settings, as IFLA_INFO_DATA: all are checked before one is set.
 * Those of a spanning tree, of multicast snooping, of VLAN filtering and of
 * packet filters are shown with Linux's values and refused when they should
 * become something else. Times are in hundredths of a second.
 */
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/instance.h"

enum {
	IFLA_BR_FORWARD_DELAY = 1,
	IFLA_BR_HELLO_TIME,
	IFLA_BR_MAX_AGE,
	IFLA_BR_AGEING_TIME,
	IFLA_BR_STP_STATE,
	IFLA_BR_PRIORITY,
	IFLA_BR_VLAN_FILTERING,
	IFLA_BR_VLAN_PROTOCOL,
	IFLA_BR_GROUP_FWD_MASK,
	IFLA_BR_ROOT_ID,
	IFLA_BR_BRIDGE_ID,
	IFLA_BR_ROOT_PORT,
	IFLA_BR_ROOT_PATH_COST,
	IFLA_BR_TOPOLOGY_CHANGE,
	IFLA_BR_TOPOLOGY_CHANGE_DETECTED,
	IFLA_BR_HELLO_TIMER,
	IFLA_BR_TCN_TIMER,
	IFLA_BR_TOPOLOGY_CHANGE_TIMER,
	IFLA_BR_GC_TIMER,
	IFLA_BR_GROUP_ADDR,
	IFLA_BR_FDB_FLUSH,
	IFLA_BR_MCAST_ROUTER,
	IFLA_BR_MCAST_SNOOPING,
	IFLA_BR_NF_CALL_IPTABLES = 36,
	IFLA_BR_VLAN_DEFAULT_PVID = 39,
	IFLA_BR_VLAN_STATS_ENABLED = 41,
	IFLA_BR_VLAN_STATS_PER_PORT = 45,
	IFLA_BR_MULTI_BOOLOPT,
	IFLA_BR_FDB_N_LEARNED = 48,
	IFLA_BR_FDB_MAX_LEARNED,
};

#define BOOL_NO_LINK_LOCAL_LEARN 1
#define BOOLS_KNOWN 0x1f
#define GROUPS_RESTRICTED 0x7

/* What has one value, in the order of Linux's messages. */
static const struct {
	uint16_t type;
	uint8_t size;
	uint32_t value;
} fixed[] = {
	{ 24, 1, 0 }, /* MCAST_QUERY_USE_IFADDR */
	{ 25, 1, 0 }, /* MCAST_QUERIER */
	{ 42, 1, 0 }, /* MCAST_STATS_ENABLED */
	{ 26, 4, 16 }, /* MCAST_HASH_ELASTICITY */
	{ 27, 4, 4096 }, /* MCAST_HASH_MAX */
	{ 28, 4, 2 }, /* MCAST_LAST_MEMBER_CNT */
	{ 29, 4, 2 }, /* MCAST_STARTUP_QUERY_CNT */
	{ 43, 1, 2 }, /* MCAST_IGMP_VERSION */
	{ 44, 1, 1 }, /* MCAST_MLD_VERSION */
	{ 30, 8, 100 }, /* MCAST_LAST_MEMBER_INTVL */
	{ 31, 8, 26000 }, /* MCAST_MEMBERSHIP_INTVL */
	{ 32, 8, 25500 }, /* MCAST_QUERIER_INTVL */
	{ 33, 8, 12500 }, /* MCAST_QUERY_INTVL */
	{ 34, 8, 1000 }, /* MCAST_QUERY_RESPONSE_INTVL */
	{ 35, 8, 3124 }, /* MCAST_STARTUP_QUERY_INTVL */
	{ 36, 1, 0 }, /* NF_CALL_IPTABLES */
	{ 37, 1, 0 }, /* NF_CALL_IP6TABLES */
	{ 38, 1, 0 }, /* NF_CALL_ARPTABLES */
};

void bridge_defaults(struct bridge *bridge)
{
	static const uint8_t group[6] = { 0x01, 0x80, 0xc2 };

	bridge->priority = BRIDGE_PRIORITY;
	bridge->forward_delay = 1500;
	bridge->hello_time = 200;
	bridge->max_age = 2000;
	bridge->ageing = 300 * NSEC_PER_SEC;
	bridge->snooping = true;
	memcpy(bridge->group_mac, group, 6);
}

/* ---- Changing ---- */

static uint64_t number_of(const struct nl_attr *attr)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < MIN(attr->length, 8u); i++)
		v |= (uint64_t)attr->data[i] << (8 * i);
	return v;
}

static int check_group_mac(const struct nl_attr *attr)
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };
	const uint8_t *mac = attr->data;

	if (attr->length != 6 || memcmp(mac, prefix, 5) || mac[5] > 15)
		return -EINVAL;
	/* Pause frames, and two that are reserved. */
	return mac[5] >= 1 && mac[5] <= 3 ? -EINVAL : 0;
}

static int check_fixed(const struct nl_attr *attr, uint64_t v)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (fixed[i].type == attr->type)
			return v == fixed[i].value ? 0 : -EOPNOTSUPP;
	return 0;
}

static int check_bools(uint64_t v)
{
	uint32_t on = (uint32_t)v & (uint32_t)(v >> 32);

	if ((v >> 32) & ~(uint64_t)BOOLS_KNOWN)
		return -EINVAL;
	return on & ~(uint32_t)BOOL_NO_LINK_LOCAL_LEARN ? -EOPNOTSUPP : 0;
}

/* In Linux's bounds; *text if what is asked for is not there. */
static int check_one(const struct nl_attr *attr, const char **text)
{
	uint64_t v = number_of(attr);

	*text = NULL;
	switch (attr->type) {
	case IFLA_BR_HELLO_TIME:
		return v < 100 || v > 1000 ? -ERANGE : 0;
	case IFLA_BR_MAX_AGE:
		return v < 600 || v > 4000 ? -ERANGE : 0;
	case IFLA_BR_GROUP_FWD_MASK:
		return v & GROUPS_RESTRICTED ? -EINVAL : 0;
	case IFLA_BR_GROUP_ADDR:
		return check_group_mac(attr);
	case IFLA_BR_STP_STATE:
		*text = "the spanning tree protocol is not supported";
		return v ? -EOPNOTSUPP : 0;
	case IFLA_BR_VLAN_FILTERING:
	case IFLA_BR_VLAN_PROTOCOL:
	case IFLA_BR_VLAN_DEFAULT_PVID:
	case IFLA_BR_VLAN_STATS_ENABLED:
	case IFLA_BR_VLAN_STATS_PER_PORT:
		return -EOPNOTSUPP; /* without a text, as on such a Linux */
	case IFLA_BR_MCAST_ROUTER:
		*text = "multicast snooping is not supported";
		return v == 1 ? 0 : -EOPNOTSUPP;
	case IFLA_BR_MULTI_BOOLOPT:
		return attr->length < 8 ? -EINVAL : check_bools(v);
	default:
		*text = "bridge option not supported";
		return check_fixed(attr, v);
	}
}

static void flush_learned(struct bridge *bridge) ON_NET_THREAD
{
	const struct fdb_choice all = { .of_port = false };

	fdb_flush(bridge, &all);
}

static void apply_one(struct bridge *bridge,
		      const struct nl_attr *attr) ON_NET_THREAD
{
	uint64_t v = number_of(attr);

	switch (attr->type) {
	case IFLA_BR_FORWARD_DELAY:
		bridge->forward_delay = (uint32_t)v;
		break;
	case IFLA_BR_HELLO_TIME:
		bridge->hello_time = (uint32_t)v;
		break;
	case IFLA_BR_MAX_AGE:
		bridge->max_age = (uint32_t)v;
		break;
	case IFLA_BR_AGEING_TIME:
		bridge->ageing = (nsec_t)(uint32_t)v * BRIDGE_TICK;
		break;
	case IFLA_BR_PRIORITY:
		bridge->priority = (uint16_t)v;
		if (bridge->netif.net)
			bridge_choose_carrier(bridge);
		break;
	case IFLA_BR_GROUP_FWD_MASK:
		bridge->group_mask = (uint16_t)v;
		break;
	case IFLA_BR_GROUP_ADDR:
		memcpy(bridge->group_mac, attr->data, 6);
		break;
	case IFLA_BR_FDB_FLUSH:
		flush_learned(bridge);
		break;
	case IFLA_BR_MCAST_SNOOPING:
		bridge->snooping = v;
		break;
	case IFLA_BR_MULTI_BOOLOPT:
		if ((v >> 32) & BOOL_NO_LINK_LOCAL_LEARN)
			bridge->no_link_local_learn = v &
						      BOOL_NO_LINK_LOCAL_LEARN;
		break;
	case IFLA_BR_FDB_MAX_LEARNED:
		bridge->max_learned = (uint32_t)v;
		break;
	}
}

int bridge_change(struct netif *netif,
		  struct link_request *request) NET_THREAD_ROOT
{
	struct bridge *bridge = bridge_of(netif);
	struct nl_attrs attrs = request->data, again = attrs;
	struct nl_attr attr;

	while (nl_next(&attrs, &attr)) {
		int err = check_one(&attr, &request->error_text);

		if (err)
			return err;
	}
	request->error_text = NULL;
	while (nl_next(&again, &attr))
		apply_one(bridge, &attr);
	if (netif->net)
		fdb_rearm(bridge);
	return 0;
}

/* ---- Showing ---- */

void bridge_put_id(const struct bridge *bridge, uint8_t id[8])
{
	put_be16(id, bridge->priority);
	memcpy(id + 2, bridge->id_mac, 6);
}

static void put_fixed(struct nl_writer *w)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		uint8_t bytes[8] = { 0 };

		put_le32(bytes, fixed[i].value);
		nl_put(w, fixed[i].type, bytes, fixed[i].size);
	}
}

static void put_tree(struct nl_writer *w, const struct bridge *bridge)
{
	uint8_t id[8];

	bridge_put_id(bridge, id);
	nl_put(w, IFLA_BR_BRIDGE_ID, id, sizeof id);
	nl_put(w, IFLA_BR_ROOT_ID, id, sizeof id);
	nl_put_u16(w, IFLA_BR_ROOT_PORT, 0);
	nl_put_u32(w, IFLA_BR_ROOT_PATH_COST, 0);
	nl_put_u8(w, IFLA_BR_TOPOLOGY_CHANGE, 0);
	nl_put_u8(w, IFLA_BR_TOPOLOGY_CHANGE_DETECTED, 0);
}

static void put_timers(struct nl_writer *w, const struct bridge *bridge)
{
	nsec_t left = timer_is_armed(&bridge->timer) ?
			      bridge->timer.expires - bridge->netif.net->now :
			      0;

	nl_put_u64(w, IFLA_BR_HELLO_TIMER, 0);
	nl_put_u64(w, IFLA_BR_TCN_TIMER, 0);
	nl_put_u64(w, IFLA_BR_TOPOLOGY_CHANGE_TIMER, 0);
	nl_put_u64(w, IFLA_BR_GC_TIMER, (uint64_t)(left / BRIDGE_TICK));
}

void bridge_describe(const struct netif *netif, struct nl_writer *w)
{
	const struct bridge *bridge = container_of(netif, struct bridge, netif);
	uint8_t bools[8] = { 0 };

	put_timers(w, bridge);
	nl_put_u32(w, IFLA_BR_FORWARD_DELAY, bridge->forward_delay);
	nl_put_u32(w, IFLA_BR_HELLO_TIME, bridge->hello_time);
	nl_put_u32(w, IFLA_BR_MAX_AGE, bridge->max_age);
	nl_put_u32(w, IFLA_BR_AGEING_TIME,
		   (uint32_t)(bridge->ageing / BRIDGE_TICK));
	nl_put_u32(w, IFLA_BR_STP_STATE, 0);
	nl_put_u16(w, IFLA_BR_PRIORITY, bridge->priority);
	nl_put_u8(w, IFLA_BR_VLAN_FILTERING, 0);
	nl_put_u16(w, IFLA_BR_GROUP_FWD_MASK, bridge->group_mask);
	put_tree(w, bridge);
	nl_put(w, IFLA_BR_GROUP_ADDR, bridge->group_mac, 6);
	put_le32(bools,
		 bridge->no_link_local_learn ? BOOL_NO_LINK_LOCAL_LEARN : 0);
	put_le32(bools + 4, BOOLS_KNOWN);
	nl_put(w, IFLA_BR_MULTI_BOOLOPT, bools, sizeof bools);
	nl_put_u32(w, IFLA_BR_FDB_N_LEARNED, bridge->learned);
	nl_put_u32(w, IFLA_BR_FDB_MAX_LEARNED, bridge->max_learned);
	nl_put_u8(w, IFLA_BR_MCAST_ROUTER, 1);
	nl_put_u8(w, IFLA_BR_MCAST_SNOOPING, bridge->snooping);
	put_fixed(w);
}
