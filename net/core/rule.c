// SPDX-License-Identifier: MIT
/*
 * The walk over the rules, and route_find(), which is it.
 */
#include "net/core/rule.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

static void insert(struct net *net, struct route_rule *rule)
{
	struct route_rule *at;

	LIST_FOR_EACH(at, &net->routes.rules, list) {
		if (at->preference > rule->preference) {
			list_insert_before(&at->list, &rule->list);
			return;
		}
	}
	list_push_back(&net->routes.rules, &rule->list);
}

static int append(struct net *net, const struct route_rule *rule)
{
	struct route_rule *copy = port_alloc(sizeof *copy);

	if (!copy)
		return -ENOMEM;
	*copy = *rule;
	list_init(&copy->list);
	insert(net, copy);
	return 0;
}

/* Linux's own: IPv6 has no table DEFAULT at first. */
int rules_init(struct net *net)
{
	static const struct {
		uint32_t preference, table;
		uint8_t family;
	} first[] = { { 0, TABLE_LOCAL, NET_IP4 },
		      { 0, TABLE_LOCAL, NET_IP6 },
		      { 32766, TABLE_MAIN, NET_IP4 },
		      { 32766, TABLE_MAIN, NET_IP6 },
		      { 32767, TABLE_DEFAULT, NET_IP4 } };

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct route_rule rule = { .preference = first[i].preference,
					   .table = first[i].table,
					   .family = first[i].family,
					   .action = RULE_TABLE,
					   .protocol = ROUTE_BY_KERNEL,
					   .suppress_bits = -1 };

		if (append(net, &rule))
			return -ENOMEM;
	}
	return 0;
}

void rules_free(struct net *net)
{
	struct route_rule *rule;

	LIST_FOR_EACH_SAFE(rule, &net->routes.rules, list) {
		list_remove(&rule->list);
		port_free(rule);
	}
}

static bool same(const struct route_rule *a, const struct route_rule *b)
{
	return a->preference == b->preference && a->family == b->family &&
	       a->action == b->action && a->table == b->table &&
	       a->target == b->target && a->tos == b->tos &&
	       a->invert == b->invert && a->src_bits == b->src_bits &&
	       a->dst_bits == b->dst_bits && addr_equal(&a->src, &b->src) &&
	       addr_equal(&a->dst, &b->dst) && a->in == b->in &&
	       a->out == b->out && a->mark == b->mark &&
	       a->mark_mask == b->mark_mask;
}

static struct route_rule *find(struct net *net, const struct route_rule *like)
{
	struct route_rule *rule;

	LIST_FOR_EACH(rule, &net->routes.rules, list)
		if (same(rule, like))
			return rule;
	return NULL;
}

/* What Linux takes for the same when it is to be new: prefixes that are not
 * given, and inversion, make no difference. */
static bool like(const struct route_rule *old, const struct route_rule *fresh)
{
	struct route_rule copy = *old;

	copy.invert = fresh->invert;
	if (!fresh->src_bits) {
		copy.src_bits = 0;
		copy.src = fresh->src;
	}
	if (!fresh->dst_bits) {
		copy.dst_bits = 0;
		copy.dst = fresh->dst;
	}
	if (!fresh->tos)
		copy.tos = 0;
	return same(&copy, fresh);
}

int rule_add(struct net *net, const struct route_rule *rule, bool only_new)
{
	const struct route_rule *old;
	int err;

	LIST_FOR_EACH(old, &net->routes.rules, list)
		if (only_new && like(old, rule))
			return -EEXIST;
	err = append(net, rule);
	if (err)
		return err;
	net->routes.own_rules = true;
	net->routes.version++;
	net_changed(net, CHANGE_RULE, CHANGE_NEW, rule);
	return 0;
}

int rule_del(struct net *net, const struct route_rule *like)
{
	struct route_rule *rule = find(net, like);

	if (!rule)
		return -ENOENT;
	list_remove(&rule->list);
	net->routes.own_rules = true;
	net->routes.version++;
	net_changed(net, CHANGE_RULE, CHANGE_GONE, rule);
	port_free(rule);
	return 0;
}

static bool in_prefix(const struct net_addr *addr,
		      const struct net_addr *prefix, unsigned int bits)
{
	return !bits || addr_in_prefix(addr, prefix, bits);
}

static bool selects(const struct route_rule *rule, const struct route_key *key)
{
	bool hit = in_prefix(&key->src, &rule->src, rule->src_bits) &&
		   in_prefix(&key->dst, &rule->dst, rule->dst_bits) &&
		   (!rule->tos || rule->tos == key->tos) &&
		   (!rule->in || (key->in && key->in->index == rule->in)) &&
		   (!rule->out || (key->out && key->out->index == rule->out)) &&
		   ((key->mark ^ rule->mark) & rule->mark_mask) == 0;

	if (rule->family && rule->family != addr_family(&key->dst))
		return false;
	return hit != rule->invert;
}

/* What a rule's own action says; -EAGAIN: ask the next. */
static int act(struct net *net, const struct route_rule *rule,
	       const struct route_key *key,
	       struct route_answer *out) ON_NET_THREAD
{
	int err;

	switch (rule->action) {
	case RULE_TABLE:
		err = route_find_in(net, rule->table, key, out);
		if (!err && rule->suppress_bits >= 0 &&
		    out->route->bits <=
			    route_bits(&key->dst,
				       (unsigned int)rule->suppress_bits))
			return -EAGAIN;
		return err;
	case RULE_BLACKHOLE:
		return -EINVAL;
	case RULE_UNREACHABLE:
		return -ENETUNREACH;
	case RULE_PROHIBIT:
		return -EACCES;
	default:
		return -EAGAIN;
	}
}

static int walk(struct net *net, const struct route_key *key,
		struct route_answer *out) ON_NET_THREAD
{
	uint32_t from = 0;
	struct route_rule *rule;

	LIST_FOR_EACH(rule, &net->routes.rules, list) {
		int err;

		if (rule->preference < from || !selects(rule, key))
			continue;
		if (rule->action == RULE_GOTO) {
			from = rule->target;
			continue;
		}
		err = act(net, rule, key, out);
		if (err != -EAGAIN)
			return err;
	}
	return -ENETUNREACH;
}

int route_find(struct net *net, const struct route_key *key,
	       struct route_answer *out)
{
	int err;

	if (net->routes.own_rules)
		return walk(net, key, out);
	err = route_find_in(net, TABLE_LOCAL, key, out);
	if (err == -EAGAIN)
		err = route_find_in(net, TABLE_MAIN, key, out);
	if (err == -EAGAIN)
		err = route_find_in(net, TABLE_DEFAULT, key, out);
	return err == -EAGAIN ? -ENETUNREACH : err;
}
