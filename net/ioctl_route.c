// SPDX-License-Identifier: MIT
/*
 * SIOCADDRT and SIOCDELRT: struct rtentry (IPv4) and struct in6_rtmsg become a
 * struct route_spec. A route of no gateway is one to the link.
 */
#include "net/ioctl.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

/* struct rtentry */
#define RT_DST 8
#define RT_GATEWAY 24
#define RT_GENMASK 40
#define RT_FLAGS 56
#define RT_METRIC 80
#define RT_MTU 96
#define RT_WINDOW 104
#define RT_IRTT 112

/* struct in6_rtmsg */
#define RT6_SRC 16
#define RT6_GATEWAY 32
#define RT6_DST_LEN 52
#define RT6_METRIC 56
#define RT6_INFO 64
#define RT6_FLAGS 72
#define RT6_IFINDEX 76

#define RTF_GATEWAY 0x0002
#define RTF_HOST 0x0004
#define RTF_MTU 0x0040
#define RTF_WINDOW 0x0080
#define RTF_IRTT 0x0100
#define RTF_REJECT 0x0200
#define RTF_EXPIRES 0x00400000

#define METRIC6_DEFAULT 1024
#define TCP_HEADERS 40

static int prefix4(const uint8_t *rt, uint32_t flags, struct route_spec *spec)
{
	uint32_t mask = get_be32(rt + RT_GENMASK + 4);
	uint32_t addr = get_be32(rt + RT_DST + 4);

	spec->prefix = ioctl_ip4(rt + RT_DST);
	spec->bits = 128;
	if (flags & RTF_HOST)
		return 0;
	if (ioctl_family(rt + RT_GENMASK) != IOCTL_AF_INET &&
	    (mask || ioctl_family(rt + RT_GENMASK)))
		return -EAFNOSUPPORT;
	if ((addr & ~mask) || (~mask & (~mask + 1)))
		return -EINVAL;
	spec->bits = mask ? 128u - (unsigned)__builtin_ctz(mask) : 96;
	return 0;
}

/* "eth0", or "eth0:1": the address of that name is the source. */
static int device4(struct net *net, const char *text,
		   struct route_spec *spec) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX];
	const struct netif_address *a;
	struct netif *netif;
	char *colon;

	string_copy(name, text, sizeof name);
	colon = strchr(name, ':');
	if (colon)
		*colon = 0;
	netif = netif_by_name(net, name);
	if (!netif)
		return -ENODEV;
	spec->hops[0].netif = netif;
	if (!colon)
		return 0;
	LIST_FOR_EACH(a, &netif->addresses, list) {
		if (!addr_is_ip4(&a->addr) || !string_equal(a->label, text))
			continue;
		spec->source = a->addr;
		return 0;
	}
	return -ENODEV;
}

static void metrics4(const uint8_t *rt, uint32_t flags, struct route_spec *spec,
		     struct route_metrics *metrics)
{
	if (flags & RTF_MTU)
		metrics->value[METRIC_ADVMSS] =
			(uint32_t)get_le64(rt + RT_MTU) - TCP_HEADERS;
	if (flags & RTF_WINDOW)
		metrics->value[METRIC_WINDOW] =
			(uint32_t)get_le64(rt + RT_WINDOW);
	if (flags & RTF_IRTT)
		metrics->value[METRIC_RTT] = get_le16(rt + RT_IRTT) * 8u;
	if (flags & (RTF_MTU | RTF_WINDOW | RTF_IRTT))
		spec->metrics = metrics;
}

static int hop4(struct net *net, struct config_request *r, uint32_t flags,
		struct route_spec *spec) ON_NET_THREAD
{
	const uint8_t *gateway = r->data + RT_GATEWAY;
	int err = r->text ? device4(net, r->text, spec) : 0;

	if (err)
		return err;
	spec->scope = SCOPE_NOWHERE;
	if (ioctl_family(gateway) == IOCTL_AF_INET && get_be32(gateway + 4)) {
		struct net_addr addr = ioctl_ip4(gateway);

		spec->hops[0].gateway = addr;
		if ((flags & RTF_GATEWAY) &&
		    !route_local_type(net, &addr, NULL))
			spec->scope = SCOPE_UNIVERSE;
	}
	spec->hops[0].weight = 1;
	spec->hop_count = r->text || !addr_is_any(&spec->hops[0].gateway);
	return 0;
}

static int spec4(struct net *net, struct config_request *r,
		 struct route_spec *spec,
		 struct route_metrics *metrics) ON_NET_THREAD
{
	const uint8_t *rt = r->data;
	uint32_t flags = get_le16(rt + RT_FLAGS);
	int16_t metric = (int16_t)get_le16(rt + RT_METRIC);
	int err;

	if (ioctl_family(rt + RT_DST) != IOCTL_AF_INET)
		return -EAFNOSUPPORT;
	err = prefix4(rt, flags, spec);
	if (err)
		return err;
	if (metric)
		spec->metric = (uint32_t)(metric - 1);
	spec->table = TABLE_MAIN;
	if (flags & RTF_REJECT) {
		spec->scope = SCOPE_HOST;
		spec->type = ROUTE_UNREACHABLE;
		return 0;
	}
	spec->type = ROUTE_UNICAST;
	err = hop4(net, r, flags, spec);
	if (err || r->number == SIOCDELRT)
		return err;
	if ((flags & RTF_GATEWAY) && addr_is_any(&spec->hops[0].gateway))
		return -EINVAL;
	if (spec->scope == SCOPE_NOWHERE)
		spec->scope = SCOPE_LINK;
	metrics4(rt, flags, spec, metrics);
	return 0;
}

static int insert(struct net *net, struct route_spec *spec) ON_NET_THREAD
{
	const struct netif *netif = spec->hops[0].netif;

	if (netif && !(netif->flags & NETIF_UP))
		return -ENETDOWN;
	return route_insert(net, spec, ROUTE_MODE_CREATE);
}

int ioctl_route4(struct net *net, struct config_request *r)
{
	struct route_metrics metrics = { .value = { 0 } };
	struct route_hop hop = { .weight = 1 };
	struct route_spec spec = { .hops = &hop };
	int err = spec4(net, r, &spec, &metrics);

	if (err)
		return err;
	if (r->number == SIOCDELRT)
		return route_remove(net, &spec);
	spec.protocol = ROUTE_BY_BOOT;
	return insert(net, &spec);
}

static int hop6(struct net *net, const uint8_t *rt,
		struct route_spec *spec) ON_NET_THREAD
{
	uint32_t index = get_le32(rt + RT6_IFINDEX);

	if (get_le32(rt + RT6_FLAGS) & RTF_GATEWAY) {
		memcpy(spec->hops[0].gateway.b, rt + RT6_GATEWAY, 16);
		spec->hop_count = 1;
	}
	spec->hops[0].weight = 1;
	if (!index)
		return 0;
	spec->hop_count = 1;
	spec->hops[0].netif = netif_by_index(net, index);
	return spec->hops[0].netif ? 0 : -ENODEV;
}

int ioctl_route6(struct net *net, struct config_request *r)
{
	const uint8_t *rt = r->data;
	struct route_hop hop = { .weight = 1 };
	struct route_spec spec = { .table = TABLE_MAIN,
				   .type = ROUTE_UNICAST,
				   .hops = &hop };
	uint32_t flags = get_le32(rt + RT6_FLAGS);
	int err;

	spec.bits = get_le16(rt + RT6_DST_LEN);
	if (spec.bits > 128)
		return -EINVAL;
	memcpy(spec.prefix.b, rt, 16);
	addr_mask(&spec.prefix, spec.bits);
	spec.metric = get_le32(rt + RT6_METRIC);
	if (!spec.metric)
		spec.metric = METRIC6_DEFAULT;
	if (flags & RTF_REJECT)
		spec.type = ROUTE_UNREACHABLE;
	else
		err = hop6(net, rt, &spec);
	if (!(flags & RTF_REJECT) && err)
		return err;
	if (r->number == SIOCDELRT) {
		spec.scope = SCOPE_NOWHERE;
		return route_remove(net, &spec);
	}
	if (flags & RTF_EXPIRES)
		spec.expires = net->now + (nsec_t)get_le64(rt + RT6_INFO) *
						  (NSEC_PER_SEC / 100);
	spec.protocol = ROUTE_BY_BOOT;
	err = insert(net, &spec);
	return err == -ENETUNREACH ? -EHOSTUNREACH : err;
}
