// SPDX-License-Identifier: MIT
/*
 * The routing tables: longest prefixes, preferences, types, rules, several
 * ways, what ICMP told, and that the cost does not grow.
 */
#include "lib/errno.h"
#include "net/core/exception.h"
#include "net/core/route.h"
#include "net/core/rule.h"
#include "net/core/source.h"
#include "tests/net/instructions.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

/* By one way; room for a second one. */
static struct route_spec spec_of(struct scene *s, const char *prefix,
				 unsigned int bits, const char *gateway)
{
	static struct route_hop pool[8][2]; /* more than one test has */
	static unsigned int used;
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .prefix = host_addr(prefix),
				   .hops = pool[used++ % 8],
				   .hop_count = 1 };

	memset(spec.hops, 0, sizeof pool[0]);
	spec.bits = route_bits(&spec.prefix, bits);
	spec.hops[0].netif = &s->h->netif;
	if (gateway)
		spec.hops[0].gateway = host_addr(gateway);
	return spec;
}

static int add(struct scene *s, const char *prefix, unsigned int bits,
	       const char *gateway)
{
	struct route_spec spec = spec_of(s, prefix, bits, gateway);

	return route_insert(s->h->net, &spec, ROUTE_MODE_CREATE);
}

static struct net_path path_to(struct scene *s, const char *text)
{
	struct net_addr dst = host_addr(text);
	struct net_path path;

	CHECK_EQ(path_find(s->h->net, &dst, NULL, NULL, &path), 0);
	return path;
}

static int path_error(struct scene *s, const char *text)
{
	struct net_addr dst = host_addr(text);
	struct net_path path;

	return path_find(s->h->net, &dst, NULL, NULL, &path);
}

static void goes_to(struct scene *s, const char *dst, const char *hop)
{
	struct net_path path = path_to(s, dst);
	struct net_addr want = host_addr(hop);

	CHECK(addr_equal(&path.next_hop, &want));
}

/* rfc1122 3.3.1.2 */
TEST(longest_prefix_wins_whatever_the_order_of_adding)
{
	struct scene s = scene_new();

	CHECK_EQ(add(&s, "20.1.0.0", 16, "10.0.0.3"), 0);
	CHECK_EQ(add(&s, "20.0.0.0", 8, "10.0.0.2"), 0);
	CHECK_EQ(add(&s, "20.1.2.128", 25, "10.0.0.5"), 0);
	CHECK_EQ(add(&s, "20.1.2.0", 24, "10.0.0.4"), 0);
	goes_to(&s, "20.9.9.9", "10.0.0.2");
	goes_to(&s, "20.1.9.9", "10.0.0.3");
	goes_to(&s, "20.1.2.3", "10.0.0.4");
	goes_to(&s, "20.1.2.200", "10.0.0.5");
	goes_to(&s, "21.0.0.1", "10.0.0.254");
	goes_to(&s, "10.0.0.77", "10.0.0.77");
	world_free(s.w);
}

TEST(routes_of_one_prefix_are_preferred_by_metric)
{
	struct scene s = scene_new();
	struct route_spec far = spec_of(&s, "20.0.0.0", 8, "10.0.0.2");
	struct route_spec near = spec_of(&s, "20.0.0.0", 8, "10.0.0.3");
	struct net *net = s.h->net;

	far.metric = 100;
	near.metric = 10;
	CHECK_EQ(route_insert(net, &far, ROUTE_MODE_CREATE), 0);
	CHECK_EQ(route_insert(net, &far, ROUTE_MODE_CREATE), -EEXIST);
	CHECK_EQ(route_insert(net, &near, ROUTE_MODE_EXCL), 0);
	CHECK_EQ(route_insert(net, &near, ROUTE_MODE_EXCL), -EEXIST);
	goes_to(&s, "20.0.0.1", "10.0.0.3");
	near.hops[0].gateway = host_addr("10.0.0.4");
	CHECK_EQ(route_insert(net, &near, ROUTE_MODE_REPLACE), 0);
	goes_to(&s, "20.0.0.1", "10.0.0.4");
	CHECK_EQ(route_remove(net, &near), 0);
	goes_to(&s, "20.0.0.1", "10.0.0.2");
	CHECK_EQ(route_remove(net, &near), -ESRCH);
	far.metric = 7;
	CHECK_EQ(route_insert(net, &far, ROUTE_MODE_REPLACE), -ENOENT);
	world_free(s.w);
}

TEST(gateways_must_be_on_the_link)
{
	struct scene s = scene_new();
	struct route_spec spec = spec_of(&s, "20.0.0.0", 8, "30.0.0.1");

	spec.hops[0].netif = NULL;
	CHECK_EQ(route_insert(s.h->net, &spec, 0), -ENETUNREACH);
	spec.hops[0].gateway = host_addr("30.0.0.1");
	spec.hops[0].netif = &s.h->netif;
	spec.hops[0].flags = ROUTE_ONLINK;
	CHECK_EQ(route_insert(s.h->net, &spec, 0), 0);
	world_free(s.w);
}

TEST(route_types_say_their_errors)
{
	static const struct {
		enum route_type type;
		int error;
	} rows[] = { { ROUTE_BLACKHOLE, -EINVAL },
		     { ROUTE_UNREACHABLE, -EHOSTUNREACH },
		     { ROUTE_PROHIBIT, -EACCES } };
	struct scene s = scene_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct route_spec spec = spec_of(&s, "20.0.0.0", 8, NULL);

		spec.type = rows[i].type;
		CHECK_EQ(route_insert(s.h->net, &spec, 0), 0);
		CHECK_EQ(path_error(&s, "20.1.1.1"), rows[i].error);
		CHECK_EQ(route_remove(s.h->net, &spec), 0);
	}
	world_free(s.w);
}

TEST(rules_choose_the_table)
{
	struct scene s = scene_new();
	struct route_spec spec = spec_of(&s, "0.0.0.0", 0, "10.0.0.9");
	struct route_rule rule = { .preference = 100,
				   .table = 42,
				   .action = RULE_TABLE,
				   .suppress_bits = -1,
				   .mark = 7,
				   .mark_mask = 0xff };
	struct path_key key = { .dst = host_addr("20.0.0.1"), .mark = 7 };
	struct net_addr want = host_addr("10.0.0.9");
	struct net_path path;

	spec.table = 42;
	CHECK_EQ(route_insert(s.h->net, &spec, 0), 0);
	CHECK_EQ(rule_add(s.h->net, &rule, true), 0);
	CHECK_EQ(rule_add(s.h->net, &rule, true), -EEXIST);
	CHECK_EQ(path_find_for(s.h->net, &key, &path), 0);
	CHECK(addr_equal(&path.next_hop, &want));
	key.mark = 8;
	CHECK_EQ(path_find_for(s.h->net, &key, &path), 0);
	CHECK(!addr_equal(&path.next_hop, &want));
	rule.action = RULE_PROHIBIT;
	rule.mark_mask = rule.mark = 0;
	CHECK_EQ(rule_add(s.h->net, &rule, true), 0);
	CHECK_EQ(path_error(&s, "20.0.0.1"), -EACCES);
	goes_to(&s, "10.0.0.1", "10.0.0.1"); /* LOCAL comes first */
	CHECK_EQ(rule_del(s.h->net, &rule), 0);
	CHECK_EQ(rule_del(s.h->net, &rule), -ENOENT);
	goes_to(&s, "20.0.0.1", "10.0.0.254");
	world_free(s.w);
}

TEST(several_ways_share_the_flows_by_weight)
{
	struct scene s = scene_new();
	struct route_spec spec = spec_of(&s, "20.0.0.0", 8, "10.0.0.2");
	struct net_addr second = host_addr("10.0.0.3");
	int by_second = 0;

	spec.hops[1] = spec.hops[0];
	spec.hops[1].gateway = second;
	spec.hops[0].weight = 1;
	spec.hops[1].weight = 3;
	spec.hop_count = 2;
	CHECK_EQ(route_insert(s.h->net, &spec, 0), 0);
	for (uint32_t i = 0; i < 4000; i++) {
		struct net_addr dst = addr_ip4(0x14000001 + i * 77);
		struct net_path path, again;

		CHECK_EQ(path_find(s.h->net, &dst, NULL, NULL, &path), 0);
		CHECK_EQ(path_find(s.h->net, &dst, NULL, NULL, &again), 0);
		CHECK(addr_equal(&path.next_hop, &again.next_hop));
		by_second += addr_equal(&path.next_hop, &second);
	}
	CHECK(by_second > 2700 && by_second < 3300);
	world_free(s.w);
}

TEST(local_and_broadcast_addresses_are_routes_of_the_table_local)
{
	struct scene s = scene_new();
	struct net_addr own = host_addr("10.0.0.1");
	struct net_addr all = host_addr("10.0.0.255");
	struct net_path path = path_to(&s, "10.0.0.255");

	CHECK_EQ(route_local_type(s.h->net, &own, NULL), ROUTE_LOCAL);
	CHECK_EQ(route_local_type(s.h->net, &all, NULL), ROUTE_BROADCAST);
	CHECK(path.broadcast);
	CHECK(path_to(&s, "10.0.0.1").local);
	CHECK(path_to(&s, "127.200.1.1").local);
	CHECK_EQ(netif_del_address(&s.h->netif, &own), 0);
	CHECK_EQ(route_local_type(s.h->net, &own, NULL), 0);
	CHECK(path_error(&s, "10.0.0.7") != 0);
	world_free(s.w);
}

TEST(the_broadcast_address_of_a_peers_subnet_is_one)
{
	struct scene s = scene_new();
	struct netif_address spec = { .addr = host_addr("10.8.8.1"),
				      .peer = host_addr("10.9.9.0"),
				      .bits = 24 };
	struct net_addr yes = host_addr("10.9.9.255");
	struct net_addr no = host_addr("10.8.8.255");

	CHECK_EQ(address_add(&s.h->netif, &spec), 0);
	CHECK(netif_is_broadcast(&s.h->netif, &yes));
	CHECK(!netif_is_broadcast(&s.h->netif, &no));
	world_free(s.w);
}

TEST(the_subnet_lasts_as_long_as_its_address_is_prolonged)
{
	struct scene s = scene_new();
	struct netif_address spec = { .addr = host_addr("10.7.7.1"),
				      .bits = 24 };
	struct netif_address *a;

	spec.valid_until = s.h->net->now + 60 * NSEC_PER_SEC;
	CHECK_EQ(address_add(&s.h->netif, &spec), 0);
	world_run(s.w, 30 * NSEC_PER_SEC);
	a = netif_find_address(&s.h->netif, &spec.addr);
	spec.valid_until = s.h->net->now + 60 * NSEC_PER_SEC;
	address_change(a, &spec);
	world_run(s.w, 45 * NSEC_PER_SEC);
	CHECK(!path_to(&s, "10.7.7.7").gateway);
	world_run(s.w, 45 * NSEC_PER_SEC);
	CHECK(path_to(&s, "10.7.7.7").gateway); /* the default route's */
	world_free(s.w);
}

/* rfc1191 6.3 */
TEST(path_mtu_is_learned_downwards_and_forgotten)
{
	struct scene s = scene_new();
	struct net *net = s.h->net;
	struct net_addr dst = host_addr("20.0.0.1");

	path_mtu_learn(net, &dst, 9000);
	CHECK_EQ(path_to(&s, "20.0.0.1").mtu, 1500);
	path_mtu_learn(net, &dst, 1000);
	path_mtu_learn(net, &dst, 1200); /* larger than known: not believed */
	CHECK_EQ(path_to(&s, "20.0.0.1").mtu, 1000);
	CHECK(!path_to(&s, "20.0.0.1").mtu_locked);
	path_mtu_learn(net, &dst, 100); /* below min_pmtu: locked */
	CHECK_EQ(path_to(&s, "20.0.0.1").mtu, 552);
	CHECK(path_to(&s, "20.0.0.1").mtu_locked);
	world_run(s.w, 599 * NSEC_PER_SEC);
	CHECK_EQ(path_to(&s, "20.0.0.1").mtu, 552);
	world_run(s.w, 2 * NSEC_PER_SEC);
	CHECK_EQ(path_to(&s, "20.0.0.1").mtu, 1500);
	CHECK_EQ(net->exceptions.count, 0);
	world_free(s.w);
}

TEST(path_mtu_cache_is_bounded)
{
	struct scene s = scene_new();

	for (uint32_t i = 0; i < 100000; i++) {
		struct net_addr dst = addr_ip4(0x14000001 + i);

		path_mtu_learn(s.h->net, &dst, 1000);
	}
	CHECK(s.h->net->exceptions.count <=
	      EXCEPTION_BUCKETS * EXCEPTION_CHAIN);
	CHECK(s.h->net->exceptions.count > EXCEPTION_BUCKETS);
	world_free(s.w);
}

#define ASKED 16

/* Look-ups all over 20.0.0.0/8. */
static void ask(void *arg)
{
	for (uint32_t i = 0; i < ASKED; i++) {
		struct net_addr dst =
			addr_ip4(0x14000000 + i * 2654435761u % (1 << 24));
		struct net_path path;

		path_find(arg, &dst, NULL, NULL, &path);
	}
}

TEST(look_up_cost_is_flat_at_ten_thousand_routes)
{
	struct scene s = scene_new();
	uint64_t few, many;

	goes_to(&s, "20.1.1.1", "10.0.0.254");
	few = instructions_of(ask, s.h->net) / ASKED;
	for (uint32_t i = 0; i < 10000; i++) {
		struct net_addr prefix = addr_ip4(0x14000000 + (i << 8));
		struct net_addr gateway = host_addr("10.0.0.2");

		CHECK_EQ(route_add(s.h->net, &prefix, 24, &gateway, &s.h->netif,
				   0, 0),
			 0);
	}
	goes_to(&s, "20.1.1.1", "10.0.0.2");
	goes_to(&s, "20.200.1.1", "10.0.0.254");
	many = instructions_of(ask, s.h->net) / ASKED;
	printf("# look-up: %llu instructions with 3 routes, %llu with 10,003\n",
	       (unsigned long long)few, (unsigned long long)many);
	/* A step for each bit that two of them differ in: at most 14 more; a
	 * list would take some thousand times as many. */
	CHECK(many < few * 3);
	world_free(s.w);
}

TEST(source_addresses_follow_rfc6724)
{
	static const char *const own[] = { "fe80::1", "2001:db8:1::1",
					   "2001:db8:2::1", "fd00::1" };
	static const struct {
		const char *dst, *source;
	} rows[] = { { "fe80::9", "fe80::1" },
		     { "2001:db8:2::9", "2001:db8:2::1" },
		     { "2001:db8:1:7::9", "2001:db8:1::1" },
		     { "fd00::9", "fd00::1" },
		     { "fd12::9", "fd00::1" },
		     { "ff02::1", "fe80::1" },
		     { "2001:db8:1::1", "2001:db8:1::1" } };
	struct scene s = scene_new();

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		struct net_addr addr = host_addr(own[i]);

		CHECK_EQ(netif_add_address(&s.h->netif, &addr, 64), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_addr dst = host_addr(rows[i].dst);
		struct net_addr want = host_addr(rows[i].source);
		const struct netif_address *a = source_select(
			s.h->net, &s.h->netif, &dst, &dst, SOURCE_AS_SET);

		CHECK(a != NULL);
		if (!addr_equal(&a->addr, &want))
			test_fail(__FILE__, __LINE__, "to %s: not from %s",
				  rows[i].dst, rows[i].source);
	}
	world_free(s.w);
}
