// SPDX-License-Identifier: MIT
/*
 * Requests about routes, read and checked: what RTM_NEWROUTE and RTM_DELROUTE
 * want becomes a struct route_spec, and "ip route get" a question.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/route.h"
#include "net/netlink/route_attributes.h"

#define METRIC6_DEFAULT 1024 /* Linux's IP6_RT_PRIO_USER */
#define HOP_HEADER 8 /* struct rtnexthop */

static const struct nl_rule rules[RTA_COUNT] = {
	[RTA_DST] = { NL_IP },	      [RTA_SRC] = { NL_IP },
	[RTA_IIF] = { NL_U32 },	      [RTA_OIF] = { NL_U32 },
	[RTA_GATEWAY] = { NL_IP },    [RTA_PRIORITY] = { NL_U32 },
	[RTA_PREFSRC] = { NL_IP },    [RTA_METRICS] = { NL_ATTRS },
	[RTA_TABLE] = { NL_U32 },     [RTA_MARK] = { NL_U32 },
	[RTA_PREF] = { NL_U8 },	      [RTA_EXPIRES] = { NL_U32 },
	[RTA_UID] = { NL_U32 },	      [RTA_IP_PROTO] = { NL_U8 },
	[RTA_SPORT] = { NL_U16 },     [RTA_DPORT] = { NL_U16 },
	[RTA_VIA] = { NL_BYTES, 2 },  [RTA_MULTIPATH] = { NL_BYTES, 8 },
	[RTA_NH_ID] = { NL_REFUSED }, [RTA_ENCAP] = { NL_REFUSED },
};

static int read_head(struct nl_call *call, const struct nl_attr **attrs,
		     uint8_t *family) ON_NET_THREAD
{
	int err = nl_parse_body(call, RTM_HEADER, rules, RTA_COUNT, attrs);

	if (err)
		return err;
	*family = call->body[0];
	if (*family != RT_AF_INET && *family != RT_AF_INET6)
		return -EOPNOTSUPP;
	return 0;
}

/* ---- What a route is to be ---- */

static int read_prefix(struct nl_call *call, const struct nl_attr *attrs,
		       uint8_t family, struct route_spec *spec)
{
	unsigned int bits = call->body[1];
	struct net_addr masked;

	if (bits > (family == RT_AF_INET ? 32 : 128))
		return nl_fail(call, -EINVAL, NULL, "Invalid prefix length");
	spec->prefix = rt_any(family);
	if (attrs[RTA_DST].data &&
	    !rt_address(&attrs[RTA_DST], family, &spec->prefix))
		return nl_fail(call, -EINVAL, &attrs[RTA_DST],
			       "Invalid address length");
	spec->bits = family == RT_AF_INET ? bits + 96 : bits;
	masked = spec->prefix;
	addr_mask(&masked, spec->bits);
	if (!addr_equal(&masked, &spec->prefix)) {
		if (family == RT_AF_INET)
			return nl_fail(
				call, -EINVAL, NULL,
				"Invalid prefix for given prefix length");
		spec->prefix = masked;
	}
	return 0;
}

static int read_hop(struct nl_call *call, const struct nl_attr *gateway,
		    uint32_t index, uint8_t flags, uint8_t family,
		    struct route_hop *hop) ON_NET_THREAD
{
	*hop = (struct route_hop){ .weight = 1 };
	if (flags & RTNH_F_ONLINK)
		hop->flags |= ROUTE_ONLINK;
	if (gateway && gateway->data &&
	    !rt_address(gateway, family, &hop->gateway))
		return nl_fail(call, -EINVAL, gateway,
			       "Invalid gateway address length");
	if (!index)
		return 0;
	hop->netif = netif_by_index(call->net, index);
	return hop->netif ? 0 : -ENODEV;
}

static int read_hops(struct nl_call *call, const struct nl_attr *multipath,
		     uint8_t family, struct route_spec *spec) ON_NET_THREAD
{
	const uint8_t *at = multipath->data;
	uint32_t left = multipath->length;

	while (left >= HOP_HEADER) {
		uint32_t length = get_le16(at);
		struct nl_attrs inner = { at + HOP_HEADER,
					  length - HOP_HEADER };
		struct nl_attr attr, gateway = { .data = NULL };
		struct route_hop *hop;
		int err;

		if (length < HOP_HEADER || length > left ||
		    spec->hop_count == ROUTE_HOPS_MAX)
			return nl_fail(
				call, -EINVAL, multipath,
				"Invalid nexthop configuration - extra data after nexthop");
		while (nl_next(&inner, &attr))
			if (attr.type == RTA_GATEWAY)
				gateway = attr;
		hop = &spec->hops[spec->hop_count++];
		err = read_hop(call, &gateway, get_le32(at + 4), at[2], family,
			       hop);
		if (err)
			return err;
		hop->weight = at[3] + 1u;
		length = MIN((length + 3u) & ~3u, left);
		at += length;
		left -= length;
	}
	return 0;
}

static int read_congestion(struct nl_call *call, const struct nl_attr *attr,
			   struct route_metrics *metrics)
{
	char name[16] = { 0 };

	memcpy(name, attr->data, MIN(attr->length, sizeof name - 1u));
	metrics->value[METRIC_CC_ALGO] = route_congestion_number(name);
	if (!metrics->value[METRIC_CC_ALGO])
		return nl_fail(call, -EINVAL, NULL,
			       "Unknown tcp congestion algorithm");
	return 0;
}

static int read_metrics(struct nl_call *call, const struct nl_attr *attr,
			struct route_metrics *metrics)
{
	struct nl_attrs inner = nl_inside(attr);
	struct nl_attr metric;
	int err = 0;

	while (!err && nl_next(&inner, &metric)) {
		if (metric.type == 0)
			continue;
		if (metric.type >= METRICS)
			return nl_fail(call, -EINVAL, &metric,
				       "Invalid metric type");
		if (metric.type == METRIC_CC_ALGO) {
			err = read_congestion(call, &metric, metrics);
			continue;
		}
		if (metric.length != 4)
			return nl_fail(call, -EINVAL, &metric,
				       "Invalid attribute in metrics");
		err = route_metric_set(metrics, metric.type, nl_u32(&metric));
	}
	return err;
}

/* What is none counts as medium. */
static uint8_t preference_of(uint8_t value)
{
	return value == ROUTE_HIGH || value == ROUTE_LOW ? value : ROUTE_MEDIUM;
}

static int read_spec(struct nl_call *call, struct route_spec *spec,
		     struct route_metrics *metrics,
		     uint8_t *family) ON_NET_THREAD
{
	const struct nl_attr *attrs;
	int err = read_head(call, &attrs, family);

	if (!err)
		err = read_prefix(call, attrs, *family, spec);
	if (err)
		return err;
	spec->tos = call->body[3];
	spec->table = attrs[RTA_TABLE].data ? nl_u32(&attrs[RTA_TABLE]) :
					      call->body[4];
	spec->protocol = call->body[5];
	spec->scope = call->body[6];
	spec->type = call->body[7];
	if (attrs[RTA_PRIORITY].data)
		spec->metric = nl_u32(&attrs[RTA_PRIORITY]);
	if (attrs[RTA_PREFSRC].data &&
	    !rt_address(&attrs[RTA_PREFSRC], *family, &spec->source))
		return nl_fail(call, -EINVAL, &attrs[RTA_PREFSRC],
			       "Invalid prefsrc address");
	if (attrs[RTA_EXPIRES].data && nl_u32(&attrs[RTA_EXPIRES]))
		spec->expires = call->net->now +
				nl_u32(&attrs[RTA_EXPIRES]) * NSEC_PER_SEC;
	if (attrs[RTA_PREF].data && *family == RT_AF_INET6)
		spec->preference = preference_of(*attrs[RTA_PREF].data);
	if (attrs[RTA_METRICS].data) {
		err = read_metrics(call, &attrs[RTA_METRICS], metrics);
		spec->metrics = metrics;
	}
	if (err)
		return err;
	spec->hops = netlink_of(call->net)->hops;
	memset(spec->hops, 0, sizeof netlink_of(call->net)->hops);
	if (attrs[RTA_MULTIPATH].data)
		return read_hops(call, &attrs[RTA_MULTIPATH], *family, spec);
	if (!attrs[RTA_OIF].data && !attrs[RTA_GATEWAY].data)
		return 0;
	spec->hop_count = 1;
	return read_hop(call, &attrs[RTA_GATEWAY],
			attrs[RTA_OIF].data ? nl_u32(&attrs[RTA_OIF]) : 0,
			(uint8_t)get_le32(call->body + 8), *family,
			&spec->hops[0]);
}

/* ---- Adding and removing ---- */

static int explain6(struct nl_call *call, const struct route_hop *hop,
		    int err) ON_NET_THREAD
{
	if (addr_is_link_local6(&hop->gateway) && !hop->netif)
		return nl_fail(call, -EINVAL, NULL,
			       "Egress device not specified");
	if (err == -EINVAL && netif_of_address(call->net, &hop->gateway))
		return nl_fail(call, err, NULL,
			       "Gateway can not be a local address");
	return err == -ENETUNREACH ? -EHOSTUNREACH : err;
}

static int explain(struct nl_call *call, const struct route_spec *spec,
		   int err) ON_NET_THREAD
{
	if (err && spec->hop_count && !addr_is_ip4(&spec->prefix))
		return explain6(call, &spec->hops[0], err);
	if (err == -ENETUNREACH || err == -EHOSTUNREACH)
		return nl_fail(call, err, NULL, "Nexthop has invalid gateway");
	if (err == -ENETDOWN)
		return nl_fail(call, err, NULL, "Device for nexthop is not up");
	if (err == -ENODEV && !spec->hop_count)
		return nl_fail(call, err, NULL, "No nexthop configuration");
	return err;
}

static int check_source(struct nl_call *call,
			const struct route_spec *spec) ON_NET_THREAD
{
	if (addr_is_any(&spec->source) || spec->type >= ROUTE_BLACKHOLE ||
	    netif_of_address(call->net, &spec->source))
		return 0;
	return nl_fail(call, -EINVAL, NULL, "Invalid prefsrc address");
}

/* Whether the gateway itself is the first that must be found. */
static bool by_gateway(const struct route_hop *hop)
{
	return !addr_is_any(&hop->gateway) && !(hop->flags & ROUTE_ONLINK) &&
	       !addr_is_link_local6(&hop->gateway);
}

static int check_links(const struct route_spec *spec)
{
	if (spec->type >= ROUTE_BLACKHOLE)
		return 0;
	for (uint32_t i = 0; i < spec->hop_count; i++) {
		const struct route_hop *hop = &spec->hops[i];

		if (hop->netif && !(hop->netif->flags & NETIF_UP) &&
		    !by_gateway(hop))
			return -ENETDOWN;
	}
	return 0;
}

static unsigned int mode_of(uint16_t flags)
{
	return (flags & NL_EXCLUSIVE ? ROUTE_MODE_EXCL : 0) |
	       (flags & NL_REPLACE ? ROUTE_MODE_REPLACE : 0) |
	       (flags & NL_APPEND ? ROUTE_MODE_APPEND : 0) |
	       (flags & NL_CREATE ? ROUTE_MODE_CREATE : 0);
}

int rt_new_route(struct nl_call *call) NET_THREAD_ROOT
{
	struct route_spec spec = { .bits = 0 };
	struct route_metrics metrics = { .value = { 0 } };
	uint8_t family;
	int err = read_spec(call, &spec, &metrics, &family);

	if (err)
		return err;
	if (family == RT_AF_INET6 && !spec.metric)
		spec.metric = METRIC6_DEFAULT;
	if (!(call->header.flags & (NL_CREATE | NL_REPLACE)))
		return -ENOENT;
	err = check_source(call, &spec);
	if (!err)
		err = check_links(&spec);
	if (!err)
		err = route_insert(call->net, &spec,
				   mode_of(call->header.flags));
	return explain(call, &spec, err);
}

int rt_del_route(struct nl_call *call) NET_THREAD_ROOT
{
	struct route_spec spec = { .bits = 0 };
	struct route_metrics metrics = { .value = { 0 } };
	uint8_t family;
	int err = read_spec(call, &spec, &metrics, &family);

	if (err)
		return err;
	if (family == RT_AF_INET6) { /* Linux does not look at them */
		spec.scope = SCOPE_NOWHERE;
		spec.type = 0;
	}
	err = route_remove(call->net, &spec);
	/* Linux finds the entry for "no route" at the root of each table. */
	if (err == -ESRCH && family == RT_AF_INET6 && !spec.bits &&
	    !spec.hop_count && !spec.metric &&
	    route_table_has6(call->net, spec.table))
		return -ENOENT;
	return err;
}

/* ---- Asking ---- */

int rt_read_question(struct nl_call *call, struct route_question *q)
{
	const struct nl_attr *attrs;
	int err;

	memset(q, 0, sizeof *q);
	err = read_head(call, &attrs, &q->family);
	if (err)
		return err;
	q->own_rules = call->net->routes.own_rules;
	q->tos = call->body[3];
	q->flags = get_le32(call->body + 8);
	q->key.tos = q->tos;
	q->key.dst = q->key.source = rt_any(q->family);
	if (attrs[RTA_DST].data &&
	    !rt_address(&attrs[RTA_DST], q->family, &q->key.dst))
		return -EINVAL;
	if (attrs[RTA_SRC].data) {
		if (!rt_address(&attrs[RTA_SRC], q->family, &q->key.source))
			return -EINVAL;
		q->has_source = true;
	}
	if (attrs[RTA_MARK].data)
		q->key.mark = nl_u32(&attrs[RTA_MARK]);
	if (attrs[RTA_UID].data)
		q->uid = nl_u32(&attrs[RTA_UID]);
	if (attrs[RTA_OIF].data && nl_u32(&attrs[RTA_OIF])) {
		q->key.bound =
			netif_by_index(call->net, nl_u32(&attrs[RTA_OIF]));
		if (!q->key.bound)
			return -ENODEV;
	}
	return 0;
}
