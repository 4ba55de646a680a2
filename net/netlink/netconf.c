// SPDX-License-Identifier: MIT
/*
 * RTM_GETNETCONF: what routing programs want to know of /proc/sys/net/ipvN/conf
 * (ip-netconf(8)): struct netconfmsg {family} and NETCONFA_ attributes. The
 * interface -1 stands for `all`, -2 for `default`.
 */
#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/netlink/route.h"

#define HEADER 4 /* one byte, padded */
#define ALL 0xffffffffu
#define DEFAULT 0xfffffffeu

enum {
	NETCONFA_IFINDEX = 1,
	NETCONFA_FORWARDING = 2,
	NETCONFA_RP_FILTER = 3,
	NETCONFA_MC_FORWARDING = 4,
	NETCONFA_PROXY_NEIGH = 5,
	NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN = 6,
	NETCONFA_BC_FORWARDING = 8,
	NETCONFA_COUNT = 9,
};

static const struct nl_rule rules[NETCONFA_COUNT] = {
	[NETCONFA_IFINDEX] = { NL_U32 },
	[NETCONFA_FORWARDING] = { NL_U32 },
	[NETCONFA_RP_FILTER] = { NL_U32 },
	[NETCONFA_PROXY_NEIGH] = { NL_U32 },
	[NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN] = { NL_U32 },
};

static void put4(struct nl_writer *w, const struct ip_conf *conf)
{
	nl_put_u32(w, NETCONFA_FORWARDING, (uint32_t)conf->forwarding);
	nl_put_u32(w, NETCONFA_RP_FILTER, (uint32_t)conf->rp_filter);
	nl_put_u32(w, NETCONFA_MC_FORWARDING, 0);
	nl_put_u32(w, NETCONFA_BC_FORWARDING, 0);
	nl_put_u32(w, NETCONFA_PROXY_NEIGH, (uint32_t)conf->proxy_arp);
	nl_put_u32(w, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, 0);
}

static void put6(struct nl_writer *w, const struct ip6_conf *conf)
{
	nl_put_u32(w, NETCONFA_FORWARDING, (uint32_t)conf->forwarding);
	nl_put_u32(w, NETCONFA_MC_FORWARDING, 0);
	nl_put_u32(w, NETCONFA_PROXY_NEIGH, (uint32_t)conf->proxy_ndp);
	nl_put_u32(w, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, 0);
}

/* `netif` NULL: `all` or `default`, by the number. */
static bool put_conf(struct nl_writer *w, const struct nl_header *header,
		     struct net *net, const struct netif *netif, uint32_t index,
		     uint8_t family)
{
	const struct ip_tunables *t = &net->tunables.ip;
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at)
		at[0] = family;
	nl_put_u32(w, NETCONFA_IFINDEX, index);
	if (family == RT_AF_INET)
		put4(w, netif	     ? &netif->conf :
			index == ALL ? &t->all :
				       &t->fresh);
	else
		put6(w, netif	     ? &netif->conf6 :
			index == ALL ? &t->all6 :
				       &t->fresh6);
	return nl_end(w, start);
}

static int check_dump(struct nl_call *call)
{
	if (call->socket->strict && call->length > HEADER)
		return nl_fail(
			call, -EINVAL, NULL,
			call->body[0] == RT_AF_INET6 ?
				"Invalid data after header in netconf dump request" :
				"ipv4: Invalid data after header in netconf dump request");
	return 0;
}

/* at[1]: the interface that was last; ALL, DEFAULT when these are done. */
static bool dump_family(struct nl_dump *dump, struct nl_writer *w,
			uint8_t family) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWNETCONF);
	struct net *net = dump->net;
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		if (netif->index <= dump->at[1])
			continue;
		if (!put_conf(w, &header, net, netif, netif->index, family))
			return false;
		dump->at[1] = netif->index;
	}
	if (dump->at[1] < DEFAULT) {
		if (!put_conf(w, &header, net, NULL, ALL, family))
			return false;
		dump->at[1] = DEFAULT;
	}
	if (dump->at[1] < ALL) {
		if (!put_conf(w, &header, net, NULL, DEFAULT, family))
			return false;
		dump->at[1] = ALL;
	}
	dump->at[1] = 0;
	return true;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	static const uint8_t families[] = { RT_AF_INET, RT_AF_INET6 };
	uint8_t family = dump->length ? dump->body[0] : 0;

	for (; dump->at[0] < ARRAY_LEN(families); dump->at[0]++) {
		if (family && family != families[dump->at[0]])
			continue;
		if (!dump_family(dump, w, families[dump->at[0]]))
			return 1;
	}
	return 0;
}

static int get_conf(struct nl_call *call) NET_THREAD_ROOT
{
	struct nl_header header = { .type = RTM_NEWNETCONF,
				    .sequence = call->header.sequence,
				    .port = call->socket->port };
	struct netif *netif = NULL;
	const struct nl_attr *attrs;
	struct nl_reply reply;
	uint8_t family = call->body[0];
	uint32_t index;
	int err = nl_parse_body(call, 1, rules, NETCONFA_COUNT, &attrs);

	if (err)
		return err;
	if (family != RT_AF_INET && family != RT_AF_INET6)
		return -EOPNOTSUPP;
	if (!attrs[NETCONFA_IFINDEX].data)
		return -EINVAL;
	index = nl_u32(&attrs[NETCONFA_IFINDEX]);
	if (index != ALL && index != DEFAULT) {
		netif = netif_by_index(call->net, index);
		if (!netif)
			return -ENODEV;
	}
	nl_reply_begin(call, &reply, RTM_NEWNETCONF);
	reply.writer.used = reply.start;
	if (!put_conf(&reply.writer, &header, call->net, netif, index, family))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_GETNETCONF,
	  .open = true,
	  .call = get_conf,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK },
};

const struct rt_table rt_netconf_table = { handlers, ARRAY_LEN(handlers) };
