// SPDX-License-Identifier: MIT
/*
 * RTM_*RULE: which table is asked for which packet (ip-rule(8)): struct
 * fib_rule_hdr and FRA_ attributes.
 */
#include "net/core/rule.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/route.h"

#define HEADER 12
#define INVERT 2 /* FIB_RULE_INVERT */
#define TABLE_COMPAT 252

enum {
	FRA_DST = 1,
	FRA_SRC = 2,
	FRA_IIFNAME = 3,
	FRA_GOTO = 4,
	FRA_PRIORITY = 6,
	FRA_FWMARK = 10,
	FRA_SUPPRESS_PREFIXLEN = 14,
	FRA_TABLE = 15,
	FRA_FWMASK = 16,
	FRA_OIFNAME = 17,
	FRA_PROTOCOL = 21,
	FRA_COUNT = 25,
};

static const struct nl_rule rules[FRA_COUNT] = {
	[FRA_DST] = { NL_IP },
	[FRA_SRC] = { NL_IP },
	[FRA_IIFNAME] = { NL_TEXT, 15 },
	[FRA_OIFNAME] = { NL_TEXT, 15 },
	[FRA_GOTO] = { NL_U32 },
	[FRA_PRIORITY] = { NL_U32 },
	[FRA_FWMARK] = { NL_U32 },
	[FRA_FWMASK] = { NL_U32 },
	[FRA_SUPPRESS_PREFIXLEN] = { NL_U32 },
	[FRA_TABLE] = { NL_U32 },
	[FRA_PROTOCOL] = { NL_U8 },
};

static uint8_t own_bits(uint8_t family, uint8_t bits)
{
	return family == RT_AF_INET && bits ? bits - 96 : bits;
}

static void put_names(struct nl_writer *w, struct net *net,
		      const struct route_rule *rule) ON_NET_THREAD
{
	struct netif *in = netif_by_index(net, rule->in);
	struct netif *out = netif_by_index(net, rule->out);

	if (in)
		nl_put_text(w, FRA_IIFNAME, in->name);
	if (out)
		nl_put_text(w, FRA_OIFNAME, out->name);
}

static bool put_rule(struct nl_writer *w, const struct nl_header *header,
		     struct net *net, const struct route_rule *rule,
		     uint8_t family) ON_NET_THREAD
{
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at) {
		at[0] = family;
		at[1] = own_bits(family, rule->dst_bits);
		at[2] = own_bits(family, rule->src_bits);
		at[3] = rule->tos;
		at[4] = (uint8_t)(rule->table < 256 ? rule->table :
						      TABLE_COMPAT);
		at[7] = rule->action;
		put_le32(at + 8, rule->invert ? INVERT : 0);
	}
	nl_put_u32(w, FRA_TABLE, rule->table);
	nl_put_u32(w, FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress_bits);
	nl_put_u8(w, FRA_PROTOCOL, rule->protocol);
	put_names(w, net, rule);
	if (rule->preference)
		nl_put_u32(w, FRA_PRIORITY, rule->preference);
	if (rule->mark)
		nl_put_u32(w, FRA_FWMARK, rule->mark);
	if (rule->mark_mask || rule->mark)
		nl_put_u32(w, FRA_FWMASK, rule->mark_mask);
	if (rule->target)
		nl_put_u32(w, FRA_GOTO, rule->target);
	if (rule->dst_bits)
		nl_put_address(w, FRA_DST, &rule->dst);
	if (rule->src_bits)
		nl_put_address(w, FRA_SRC, &rule->src);
	return nl_end(w, start);
}

static bool is_of(const struct route_rule *rule, uint8_t family)
{
	return rule->family == (family == RT_AF_INET ? NET_IP4 : NET_IP6);
}

static bool dump_family(struct nl_dump *dump, struct nl_writer *w,
			uint8_t family) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWRULE);
	struct route_rule *rule;
	uint64_t n = 0;

	LIST_FOR_EACH(rule, &dump->net->routes.rules, list) {
		if (!is_of(rule, family) || n++ < dump->at[1])
			continue;
		if (!put_rule(w, &header, dump->net, rule, family))
			return false;
		dump->at[1] = n;
	}
	dump->at[1] = 0;
	return true;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	static const uint8_t order[] = { RT_AF_INET, RT_AF_INET6 };
	uint8_t family = dump->length ? dump->body[0] : 0;

	for (; dump->at[0] < ARRAY_LEN(order); dump->at[0]++) {
		if (family && family != order[dump->at[0]])
			continue;
		if (!dump_family(dump, w, order[dump->at[0]]))
			return 1;
	}
	return 0;
}

void rt_rule_changed(struct net *net, enum change_how how, const void *object)
{
	const struct route_rule *rule = object;
	uint8_t family = rule->family == NET_IP6 ? RT_AF_INET6 : RT_AF_INET;
	uint32_t group = family == RT_AF_INET ? RTNLGRP_IPV4_RULE :
						RTNLGRP_IPV6_RULE;
	struct rt_notice notice;

	if (!nl_has_listeners(net, &nl_route_family, group))
		return;
	notice = rt_notice_begin(net,
				 how == CHANGE_NEW ? RTM_NEWRULE : RTM_DELRULE);
	if (put_rule(&notice.writer, &notice.header, net, rule, family))
		rt_notice_send(net, &notice, group);
}

/* ---- Requests ---- */

static int read_prefix(struct nl_call *call, const struct nl_attr *attr,
		       uint8_t bits, uint8_t family, struct net_addr *prefix,
		       uint8_t *out)
{
	if (!bits)
		return 0;
	if (!attr->data || bits > (family == RT_AF_INET ? 32 : 128) ||
	    !rt_address(attr, family, prefix))
		return nl_fail(call, -EINVAL, attr->data ? attr : NULL,
			       "Invalid address length");
	*out = family == RT_AF_INET ? bits + 96 : bits;
	return 0;
}

static uint32_t index_of(struct net *net,
			 const struct nl_attr *attr) ON_NET_THREAD
{
	char name[NETIF_NAME_MAX];
	struct netif *netif = NULL;

	if (attr->data && nl_text(attr, name, sizeof name))
		netif = netif_by_name(net, name);
	return netif ? netif->index : 0;
}

static void read_numbers(const struct nl_attr *attrs, struct route_rule *rule)
{
	if (attrs[FRA_PRIORITY].data)
		rule->preference = nl_u32(&attrs[FRA_PRIORITY]);
	if (attrs[FRA_TABLE].data)
		rule->table = nl_u32(&attrs[FRA_TABLE]);
	if (attrs[FRA_GOTO].data)
		rule->target = nl_u32(&attrs[FRA_GOTO]);
	if (attrs[FRA_FWMARK].data) {
		rule->mark = nl_u32(&attrs[FRA_FWMARK]);
		rule->mark_mask = UINT32_MAX;
	}
	if (attrs[FRA_FWMASK].data)
		rule->mark_mask = nl_u32(&attrs[FRA_FWMASK]);
	if (attrs[FRA_SUPPRESS_PREFIXLEN].data)
		rule->suppress_bits =
			(int16_t)nl_u32(&attrs[FRA_SUPPRESS_PREFIXLEN]);
	if (attrs[FRA_PROTOCOL].data)
		rule->protocol = attrs[FRA_PROTOCOL].data[0];
}

static int read_rule(struct nl_call *call, struct route_rule *rule,
		     const struct nl_attr **attrs) ON_NET_THREAD
{
	const uint8_t *body = call->body;
	int err = nl_parse_body(call, HEADER, rules, FRA_COUNT, attrs);
	uint8_t family;

	if (err)
		return err;
	family = body[0];
	if (family != RT_AF_INET && family != RT_AF_INET6)
		return -EOPNOTSUPP;
	*rule = (struct route_rule){
		.family = family == RT_AF_INET ? NET_IP4 : NET_IP6,
		.tos = body[3],
		.table = body[4],
		.action = body[7],
		.invert = get_le32(body + 8) & INVERT,
		.suppress_bits = -1,
	};
	err = read_prefix(call, &(*attrs)[FRA_DST], body[1], family, &rule->dst,
			  &rule->dst_bits);
	if (!err)
		err = read_prefix(call, &(*attrs)[FRA_SRC], body[2], family,
				  &rule->src, &rule->src_bits);
	if (err)
		return err;
	rule->in = index_of(call->net, &(*attrs)[FRA_IIFNAME]);
	rule->out = index_of(call->net, &(*attrs)[FRA_OIFNAME]);
	read_numbers(*attrs, rule);
	return 0;
}

/* Before the first but LOCAL's: Linux's fib_default_rule_pref(). */
static uint32_t free_preference(struct net *net, uint8_t family)
{
	struct route_rule *rule;

	LIST_FOR_EACH(rule, &net->routes.rules, list)
		if (rule->preference && is_of(rule, family))
			return rule->preference - 1;
	return 0;
}

static int new_rule(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct route_rule rule;
	int err = read_rule(call, &rule, &attrs);

	if (err)
		return err;
	if (!attrs[FRA_PRIORITY].data)
		rule.preference = free_preference(call->net, call->body[0]);
	if (rule.action == RULE_TABLE && !rule.table)
		return nl_fail(call, -EINVAL, NULL, "Invalid table");
	if (rule.action == RULE_GOTO && rule.target <= rule.preference)
		return nl_fail(call, -EINVAL, NULL,
			       "Backward goto not supported");
	/* Without NLM_F_EXCL Linux takes the same rule twice. */
	return rule_add(call->net, &rule, call->header.flags & NL_EXCLUSIVE);
}

/* Whether a rule is what the request describes; what it leaves out matches
 * all. */
static bool is_meant(const struct route_rule *rule,
		     const struct route_rule *like, const struct nl_attr *attrs)
{
	return (!like->action || rule->action == like->action) &&
	       (!like->table || rule->table == like->table) &&
	       (!like->tos || rule->tos == like->tos) &&
	       (!attrs[FRA_PRIORITY].data ||
		rule->preference == like->preference) &&
	       (!attrs[FRA_FWMARK].data || rule->mark == like->mark) &&
	       (!attrs[FRA_IIFNAME].data || rule->in == like->in) &&
	       (!attrs[FRA_OIFNAME].data || rule->out == like->out) &&
	       (!like->src_bits || (rule->src_bits == like->src_bits &&
				    addr_equal(&rule->src, &like->src))) &&
	       (!like->dst_bits || (rule->dst_bits == like->dst_bits &&
				    addr_equal(&rule->dst, &like->dst)));
}

static int del_rule(struct nl_call *call) NET_THREAD_ROOT
{
	const struct nl_attr *attrs;
	struct route_rule like, *rule;
	int err = read_rule(call, &like, &attrs);

	if (err)
		return err;
	LIST_FOR_EACH(rule, &call->net->routes.rules, list) {
		struct route_rule copy = *rule;

		if (is_of(rule, call->body[0]) && is_meant(rule, &like, attrs))
			return rule_del(call->net, &copy);
	}
	return -ENOENT;
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_NEWRULE, .call = new_rule },
	{ .type = RTM_DELRULE, .call = del_rule },
	{ .type = RTM_GETRULE,
	  .open = true,
	  .dump = dump,
	  .dump_kinds = 1 << CHANGE_RULE },
};

const struct rt_table rt_rule_table = { handlers, ARRAY_LEN(handlers) };
