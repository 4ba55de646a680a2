// SPDX-License-Identifier: MIT
/*
 * RTM_*NEIGHTBL: the settings of the tables of neighbours (ip-ntable(8)), of a
 * table as a whole and of each interface: struct ndtmsg {family} and NDTA_
 * attributes, times in milliseconds. The same numbers stand below
 * /proc/sys/net/ipvN/neigh.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/neighbour.h"
#include "net/netlink/route.h"

#define HEADER 4
#define PACKET_SIZE 2108 /* what a full frame weighs: Linux's on x86-64 */

enum {
	NDTA_NAME = 1,
	NDTA_THRESH1 = 2,
	NDTA_THRESH2 = 3,
	NDTA_THRESH3 = 4,
	NDTA_CONFIG = 5,
	NDTA_PARMS = 6,
	NDTA_STATS = 7,
	NDTA_GC_INTERVAL = 8,
	NDTA_COUNT,
};

enum {
	NDTPA_IFINDEX = 1,
	NDTPA_REFCNT = 2,
	NDTPA_REACHABLE_TIME = 3,
	NDTPA_BASE_REACHABLE_TIME = 4,
	NDTPA_RETRANS_TIME = 5,
	NDTPA_GC_STALETIME = 6,
	NDTPA_DELAY_PROBE_TIME = 7,
	NDTPA_QUEUE_LEN = 8,
	NDTPA_APP_PROBES = 9,
	NDTPA_UCAST_PROBES = 10,
	NDTPA_MCAST_PROBES = 11,
	NDTPA_ANYCAST_DELAY = 12,
	NDTPA_PROXY_DELAY = 13,
	NDTPA_PROXY_QLEN = 14,
	NDTPA_LOCKTIME = 15,
	NDTPA_QUEUE_LENBYTES = 16,
	NDTPA_MCAST_REPROBES = 17,
	NDTPA_COUNT = 20,
};

static const struct nl_rule rules[NDTA_COUNT] = {
	[NDTA_NAME] = { NL_TEXT, 127 }, [NDTA_THRESH1] = { NL_U32 },
	[NDTA_THRESH2] = { NL_U32 },	[NDTA_THRESH3] = { NL_U32 },
	[NDTA_PARMS] = { NL_ATTRS },	[NDTA_GC_INTERVAL] = { NL_U64 },
};

/* Where each setting stands in struct neighbour_conf; times have 64 bits. */
#define AT(field_) offsetof(struct neighbour_conf, field_)
static const struct setting {
	uint16_t attribute;
	uint16_t offset;
	bool time;
} settings[] = {
	{ NDTPA_QUEUE_LENBYTES, AT(unres_qlen_bytes), false },
	{ NDTPA_QUEUE_LEN, AT(unres_qlen), false },
	{ NDTPA_PROXY_QLEN, AT(proxy_qlen), false },
	{ NDTPA_APP_PROBES, AT(app_solicit), false },
	{ NDTPA_UCAST_PROBES, AT(ucast_solicit), false },
	{ NDTPA_MCAST_PROBES, AT(mcast_solicit), false },
	{ NDTPA_MCAST_REPROBES, AT(mcast_resolicit), false },
	{ NDTPA_BASE_REACHABLE_TIME, AT(base_reachable), true },
	{ NDTPA_GC_STALETIME, AT(gc_stale), true },
	{ NDTPA_DELAY_PROBE_TIME, AT(delay_probe), true },
	{ NDTPA_RETRANS_TIME, AT(retrans), true },
	{ NDTPA_ANYCAST_DELAY, AT(anycast_delay), true },
	{ NDTPA_PROXY_DELAY, AT(proxy_delay), true },
	{ NDTPA_LOCKTIME, AT(locktime), true },
};

static const char *const names[] = { "arp_cache", "ndisc_cache" };
static const uint8_t families[] = { RT_AF_INET, RT_AF_INET6 };

static struct neighbour_table *table_of(struct net *net, uint64_t number)
{
	return number ? &net->neighbours.ip6 : &net->neighbours.ip4;
}

static struct neighbour_conf *conf_of(struct netif *netif, uint64_t number)
{
	return number ? &netif->neigh6 : &netif->neigh4;
}

static struct neighbour_conf *default_of(struct net *net, uint64_t number)
{
	struct ip_tunables *t = &net->tunables.ip;

	return number ? &t->neigh6 : &t->neigh4;
}

/* ---- Writing ---- */

static void put_settings(struct nl_writer *w, const struct neighbour_conf *conf,
			 const struct netif *netif)
{
	uint32_t nest = nl_nest(w, NDTA_PARMS);

	if (netif)
		nl_put_u32(w, NDTPA_IFINDEX, netif->index);
	nl_put_u32(w, NDTPA_REFCNT, 1);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];
		int32_t value =
			*(const int32_t *)((const uint8_t *)conf + s->offset);

		if (s->time)
			nl_put_u64(w, s->attribute, (uint64_t)value);
		else
			nl_put_u32(w, s->attribute, (uint32_t)value);
	}
	/* Each entry has its own, about this. */
	nl_put_u64(w, NDTPA_REACHABLE_TIME, (uint64_t)conf->base_reachable);
	nl_nest_end(w, nest);
}

static uint32_t milliseconds_since(nsec_t now, nsec_t then)
{
	return (uint32_t)((now - then) / NSEC_PER_MSEC);
}

static void put_config(struct nl_writer *w, struct net *net, uint64_t number)
{
	const struct neighbour_table *table = table_of(net, number);
	uint8_t config[32] = { 0 };

	put_le16(config, number ? 16 : 4);
	put_le16(config + 2, sizeof(struct neighbour));
	put_le32(config + 4, table->count);
	put_le32(config + 8, milliseconds_since(net->now, table->last_flush));
	put_le32(config + 20, table->bucket_count - 1);
	put_le32(config + 28, table->answer_count);
	nl_put(w, NDTA_CONFIG, config, sizeof config);
}

static void put_statistics(struct nl_writer *w,
			   const struct neighbour_table *table)
{
	uint64_t numbers[] = { table->allocs,
			       table->destroys,
			       table->grows,
			       table->failures,
			       table->lookups,
			       table->hits,
			       0,
			       0,
			       table->periodic_gcs,
			       table->forced_gcs,
			       table->full };

	nl_put(w, NDTA_STATS, numbers, sizeof numbers);
}

static bool put_table(struct nl_writer *w, const struct nl_header *header,
		      struct net *net, uint64_t number)
{
	const struct neighbour_conf *conf = default_of(net, number);
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at)
		at[0] = families[number];
	nl_put_text(w, NDTA_NAME, names[number]);
	nl_put_u64(w, NDTA_GC_INTERVAL, (uint64_t)conf->gc_interval);
	nl_put_u32(w, NDTA_THRESH1, (uint32_t)conf->gc_thresh1);
	nl_put_u32(w, NDTA_THRESH2, (uint32_t)conf->gc_thresh2);
	nl_put_u32(w, NDTA_THRESH3, (uint32_t)conf->gc_thresh3);
	put_config(w, net, number);
	put_statistics(w, table_of(net, number));
	put_settings(w, conf, NULL);
	return nl_end(w, start);
}

static bool put_netif(struct nl_writer *w, const struct nl_header *header,
		      struct netif *netif, uint64_t number)
{
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at)
		at[0] = families[number];
	nl_put_text(w, NDTA_NAME, names[number]);
	put_settings(w, conf_of(netif, number), netif);
	return nl_end(w, start);
}

/* ---- Dumping ---- */

static int check_dump(struct nl_call *call)
{
	if (!call->socket->strict)
		return 0;
	if (call->length < HEADER)
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid header for neighbor table dump request");
	if (call->body[1] || get_le16(call->body + 2))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for neighbor table dump request");
	if (call->length > HEADER)
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid data after header in neighbor table dump request");
	return 0;
}

/* at[1]: the interface that was last, all ones: the table itself is next. The
 * newest first, as Linux has them. */
static bool dump_table(struct nl_dump *dump, struct nl_writer *w,
		       uint64_t number) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWNEIGHTBL);
	struct netif *netif;

	if (!dump->at[1]) {
		if (!put_table(w, &header, dump->net, number))
			return false;
		dump->at[1] = UINT64_MAX;
	}
	LIST_FOR_EACH_REVERSE(netif, &dump->net->netifs, list) {
		if (netif->index >= dump->at[1])
			continue;
		if (!put_netif(w, &header, netif, number))
			return false;
		dump->at[1] = netif->index;
	}
	dump->at[1] = 0;
	return true;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	uint8_t family = dump->length ? dump->body[0] : 0;

	for (; dump->at[0] < ARRAY_LEN(families); dump->at[0]++) {
		if (family && family != families[dump->at[0]])
			continue;
		if (!dump_table(dump, w, dump->at[0]))
			return 1;
	}
	return 0;
}

/* ---- Changing ---- */

static const struct setting *setting_of(uint16_t attribute)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (settings[i].attribute == attribute)
			return &settings[i];
	return NULL;
}

static int32_t value_of(const struct setting *s, const struct nl_attr *attr)
{
	uint64_t value = s->time ? get_le64(attr->data) : nl_u32(attr);

	return (int32_t)MIN(value, (uint64_t)INT32_MAX);
}

static void change(struct neighbour_conf *conf, const struct nl_attr *attr)
{
	const struct setting *s = setting_of(attr->type);
	int32_t value;

	if (!s)
		return;
	value = value_of(s, attr);
	*(int32_t *)((uint8_t *)conf + s->offset) = value;
	if (attr->type == NDTPA_QUEUE_LEN)
		conf->unres_qlen_bytes = value <= INT32_MAX / PACKET_SIZE ?
						 value * PACKET_SIZE :
						 INT32_MAX;
	if (attr->type == NDTPA_QUEUE_LENBYTES)
		conf->unres_qlen = value / PACKET_SIZE;
}

/* All are looked at before one is obeyed. */
static int check_settings(struct nl_call *call, struct nl_attrs attrs,
			  uint32_t *index)
{
	struct nl_attr attr;

	*index = 0;
	while (nl_next(&attrs, &attr)) {
		const struct setting *s = setting_of(attr.type);

		if ((s || attr.type == NDTPA_IFINDEX) &&
		    attr.length < (s && s->time ? 8u : 4u))
			return nl_fail(call, -EINVAL, &attr,
				       "Attribute failed policy validation");
		if (attr.type == NDTPA_IFINDEX)
			*index = nl_u32(&attr);
	}
	return 0;
}

static int change_settings(struct nl_call *call, uint64_t number,
			   const struct nl_attr *parms) ON_NET_THREAD
{
	struct nl_attrs attrs = nl_inside(parms);
	struct neighbour_conf *conf = default_of(call->net, number);
	struct netif *netif;
	struct nl_attr attr;
	uint32_t index;
	int err = check_settings(call, attrs, &index);

	if (err)
		return err;
	if (index) {
		netif = netif_by_index(call->net, index);
		if (!netif)
			return -ENOENT;
		conf = conf_of(netif, number);
	}
	while (nl_next(&attrs, &attr))
		change(conf, &attr);
	return 0;
}

static void change_table(struct neighbour_conf *conf,
			 const struct nl_attr *attrs)
{
	if (attrs[NDTA_THRESH1].data)
		conf->gc_thresh1 = (int32_t)nl_u32(&attrs[NDTA_THRESH1]);
	if (attrs[NDTA_THRESH2].data)
		conf->gc_thresh2 = (int32_t)nl_u32(&attrs[NDTA_THRESH2]);
	if (attrs[NDTA_THRESH3].data)
		conf->gc_thresh3 = (int32_t)nl_u32(&attrs[NDTA_THRESH3]);
	if (attrs[NDTA_GC_INTERVAL].data)
		conf->gc_interval =
			(int32_t)MIN(get_le64(attrs[NDTA_GC_INTERVAL].data),
				     (uint64_t)INT32_MAX);
}

static int set_table(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	uint64_t number = 0;
	char name[16];
	int err = nl_parse_body(call, HEADER, rules, NDTA_COUNT, &attrs);

	if (err)
		return err;
	if (!attrs[NDTA_NAME].data)
		return -EINVAL;
	if (!nl_text(&attrs[NDTA_NAME], name, sizeof name))
		return -ENOENT;
	while (number < ARRAY_LEN(names) &&
	       (!string_equal(names[number], name) ||
		(call->body[0] && call->body[0] != families[number])))
		number++;
	if (number == ARRAY_LEN(names))
		return -ENOENT;
	if (attrs[NDTA_PARMS].data)
		err = change_settings(call, number, &attrs[NDTA_PARMS]);
	if (!err)
		change_table(default_of(call->net, number), attrs);
	return err;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_SETNEIGHTBL, .call = set_table },
	{ .type = RTM_GETNEIGHTBL,
	  .open = true,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK },
};

const struct rt_table rt_neighbour_table_table = { handlers,
						   ARRAY_LEN(handlers) };
