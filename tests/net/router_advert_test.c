// SPDX-License-Identifier: MIT
/*
 * What routers' advertisements bring and what bounds it (RFC 4861 6.3.4, RFC
 * 4191, accept_ra_*), and the search for duplicates of each address (RFC 4862
 * 5.4), whoever gave it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "net/core/link.h"
#include "net/ip/ndisc.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define CONF "net/ipv6/conf/eth0/"
#define FAR "2001:db8:99::1"

static void forget_frames(struct scene *s)
{
	for (struct frame *f; (f = host_next(s->h)); free(f))
		;
}

static struct scene bare(void)
{
	struct scene s = { .w = world_new(1) };

	s.h = host_new(s.w, NULL, 0);
	world_run(s.w, NSEC_PER_SEC);
	forget_frames(&s);
	return s;
}

static void tune(struct scene *s, const char *path, const char *value)
{
	CHECK_EQ(host_tune(s->h, path, value), 0);
}

/* ICMPv6 from somebody on the link, its checksum made here. */
static void say(struct scene *s, const char *src, const char *dst,
		uint8_t *icmp, uint32_t length)
{
	static const uint8_t mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t theirs[6] = { 2, 0, 0, 0, 9, 9 };
	struct ip6_header h = { .next_header = 58,
				.hop_limit = 255,
				.payload_length = (uint16_t)length,
				.src = host_addr(src),
				.dst = host_addr(dst) };
	uint64_t sum = checksum_pseudo(&h.src, &h.dst, 58, length);

	put_be16(icmp + 2, 0);
	checksum_store(icmp + 2,
		       checksum_finish(checksum_add(sum, icmp, length)));
	ethernet_emit(frame, mac, theirs, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memcpy(frame + 54, icmp, length);
	inject(s, 54 + length);
}

/* An advertisement that a test fills in. */
struct advert {
	uint32_t length;
	uint8_t bytes[200];
};

static struct advert advert(uint16_t lifetime)
{
	struct advert a = { .length = 16, .bytes = { ICMP6_ROUTER_ADVERT } };

	put_be16(a.bytes + 6, lifetime);
	return a;
}

static void add_prefix(struct advert *a, uint16_t n, uint32_t valid)
{
	uint8_t *at = a->bytes + a->length;
	struct net_addr prefix = host_addr("2001:db8::");

	put_be16(prefix.b + 4, n);
	memset(at, 0, 32);
	at[0] = 3;
	at[1] = 4;
	at[2] = 64;
	at[3] = 0xc0;
	put_be32(at + 4, valid);
	put_be32(at + 8, valid);
	memcpy(at + 16, prefix.b, 16);
	a->length += 32;
}

static void add_route(struct advert *a, const char *prefix, uint8_t bits,
		      uint8_t flags, uint32_t seconds)
{
	uint8_t *at = a->bytes + a->length;
	struct net_addr addr = host_addr(prefix);

	at[0] = 24;
	at[1] = 3;
	at[2] = bits;
	at[3] = flags;
	put_be32(at + 4, seconds);
	memcpy(at + 8, addr.b, 16);
	a->length += 24;
}

static void send(struct scene *s, const char *router, struct advert a)
{
	say(s, router, "ff02::1", a.bytes, a.length);
}

static uint32_t count_learned(struct scene *s)
{
	struct route *route;
	uint32_t n = 0;

	LIST_FOR_EACH(route, &s->h->net->routes.all, list)
		n += (route->flags & ROUTE_RA) != 0;
	return n;
}

/* The gateway on the way there; empty: none. */
static struct net_addr gateway_to(struct scene *s, const char *dst)
{
	struct net_addr far = host_addr(dst), source = host_addr("fe80::5");
	struct net_path path;

	if (path_find(s->h->net, &far, &source, NULL, &path))
		return addr_any6();
	return path.gateway ? path.next_hop : addr_any6();
}

#define EXPECT_GATEWAY(s, dst, router)                   \
	do {                                             \
		struct net_addr g_ = gateway_to(s, dst); \
		struct net_addr r_ = host_addr(router);  \
		CHECK(addr_equal(&g_, &r_));             \
	} while (0)

/* ---- bounds ---- */

TEST(routes_that_routers_tell_of_are_bounded)
{
	struct scene s = bare();
	struct net_addr first = host_addr("fe80::1:0");
	uint32_t before = s.h->net->routes.count;
	struct route_hop hop = { .netif = &s.h->netif, .gateway = first };
	struct route_spec spec = { .hops = &hop, .hop_count = 1 };
	char name[32];

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "fe80::1:%x", i);
		send(&s, name, advert(1800));
	}
	CHECK_EQ(count_learned(&s), LEARNED_ROUTES_MAX);
	CHECK_EQ(s.h->netif.learned_routes, LEARNED_ROUTES_MAX);
	/* One that is known is renewed all the same. */
	world_run(s.w, 100 * NSEC_PER_SEC);
	send(&s, "fe80::1:0", advert(1800));
	CHECK(route_like(s.h->net, &spec)->expires >=
	      s.h->net->now + 1799 * NSEC_PER_SEC);
	/* They end, and there is room again. */
	world_run(s.w, 1750 * NSEC_PER_SEC);
	CHECK_EQ(count_learned(&s), 1);
	CHECK_EQ(s.h->net->routes.count, before + 1);
	netif_set_up(&s.h->netif, false);
	CHECK_EQ(s.h->netif.learned_routes, 0);
	world_free(s.w);
}

TEST(prefixes_on_the_link_are_bounded_and_end)
{
	struct scene s = bare();

	for (uint16_t i = 0; i < 300; i += 5) {
		struct advert a = advert(0);

		for (uint16_t j = 0; j < 5; j++)
			add_prefix(&a, i + j, 7300);
		send(&s, "fe80::9", a);
	}
	CHECK_EQ(count_learned(&s), LEARNED_ROUTES_MAX);
	world_run(s.w, 7302 * NSEC_PER_SEC);
	CHECK_EQ(count_learned(&s), 0);
	world_free(s.w);
}

TEST(a_route_that_has_expired_leaves_the_table)
{
	struct scene s = bare();
	struct net_addr dst = host_addr("2001:db8:5::");
	struct route_hop hop = { .netif = &s.h->netif };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .prefix = dst,
				   .bits = 64,
				   .hops = &hop,
				   .hop_count = 1,
				   .expires = s.h->net->now + NSEC_PER_SEC };

	CHECK_EQ(route_insert(s.h->net, &spec, ROUTE_MODE_CREATE), 0);
	CHECK(route_like(s.h->net, &spec) != NULL);
	world_run(s.w, 3 * NSEC_PER_SEC);
	CHECK(route_like(s.h->net, &spec) == NULL);
	world_free(s.w);
}

/* ---- what counts ---- */

/* rfc4191 2.2; rfc4191 3.2 */
TEST(the_router_of_high_preference_is_the_default)
{
	struct scene s = bare();
	struct advert high = advert(1800), low = advert(1800);

	high.bytes[5] = 0x08;
	low.bytes[5] = 0x18;
	send(&s, "fe80::1", advert(1800));
	EXPECT_GATEWAY(&s, FAR, "fe80::1");
	send(&s, "fe80::2", high);
	EXPECT_GATEWAY(&s, FAR, "fe80::2");
	send(&s, "fe80::3", low);
	EXPECT_GATEWAY(&s, FAR, "fe80::2");
	send(&s, "fe80::2", low); /* it has changed its mind */
	EXPECT_GATEWAY(&s, FAR, "fe80::1");
	CHECK_EQ(count_learned(&s), 3);
	tune(&s, CONF "accept_ra_rtr_pref", "0");
	send(&s, "fe80::3", high);
	EXPECT_GATEWAY(&s, FAR, "fe80::3"); /* the newest of equals */
	world_free(s.w);
}

/* rfc4191 2.3; rfc4191 3.1 */
TEST(routes_of_advertisements_are_taken_as_long_as_is_allowed)
{
	struct scene s = bare();
	struct advert a = advert(0);

	add_route(&a, "2001:db8:99::", 48, 0, 600);
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 0); /* rt_info_max_plen is 0 */
	tune(&s, CONF "accept_ra_rt_info_max_plen", "47");
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 0);
	tune(&s, CONF "accept_ra_rt_info_max_plen", "64");
	send(&s, "fe80::1", a);
	EXPECT_GATEWAY(&s, FAR, "fe80::1");
	EXPECT_GATEWAY(&s, "2001:db8:98::1", "::");
	tune(&s, CONF "accept_ra_rt_info_min_plen", "49");
	a.bytes[16 + 7] = 0; /* 512 s: too short a prefix now */
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 1);
	tune(&s, CONF "accept_ra_rt_info_min_plen", "0");
	a = advert(0);
	add_route(&a, "2001:db8:99::", 48, 0x10, 600); /* reserved: ignored */
	add_route(&a, "2001:db8:98::", 129, 0, 600);
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 1);
	a = advert(0);
	add_route(&a, "2001:db8:99::", 48, 0, 0);
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 0);
	world_free(s.w);
}

TEST(accept_ra_tunables_bound_what_is_taken)
{
	struct scene s = bare();
	struct net_addr own = host_addr("fe80::77");
	struct advert a = advert(20);

	tune(&s, CONF "accept_ra_min_lft", "30");
	add_prefix(&a, 7, 29);
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 0);
	tune(&s, CONF "accept_ra_min_lft", "0");
	tune(&s, CONF "accept_ra_min_hop_limit", "50");
	a.bytes[4] = 49;
	send(&s, "fe80::1", a);
	CHECK_EQ(count_learned(&s), 2);
	CHECK_EQ(s.h->netif.conf6.hop_limit, 64);
	a.bytes[4] = 50;
	send(&s, "fe80::1", a);
	CHECK_EQ(s.h->netif.conf6.hop_limit, 50);
	CHECK_EQ(netif_add_address(&s.h->netif, &own, 64), 0);
	send(&s, "fe80::77", advert(1800));
	CHECK_EQ(count_learned(&s), 2);
	tune(&s, CONF "accept_ra_from_local", "1");
	send(&s, "fe80::77", advert(1800));
	CHECK_EQ(count_learned(&s), 3);
	tune(&s, CONF "ra_defrtr_metric", "77");
	send(&s, "fe80::8", advert(1800));
	EXPECT_GATEWAY(&s, FAR, "fe80::8");
	world_free(s.w);
}

/* rfc4861 6.3.4 */
TEST(a_routers_times_are_the_neighbour_tables)
{
	struct scene s = bare();
	struct advert a = advert(0);

	put_be32(a.bytes + 8, 20000);
	put_be32(a.bytes + 12, 300);
	send(&s, "fe80::1", a);
	CHECK_EQ(s.h->netif.neigh6.base_reachable, 20000);
	CHECK_EQ(s.h->netif.neigh6.gc_stale, 60000);
	CHECK_EQ(s.h->netif.neigh6.retrans, 300);
	send(&s, "fe80::1", advert(0)); /* not said: nothing changes */
	CHECK_EQ(s.h->netif.neigh6.base_reachable, 20000);
	put_be32(a.bytes + 8, UINT32_MAX);
	put_be32(a.bytes + 12, 1);
	send(&s, "fe80::1", a);
	CHECK_EQ(s.h->netif.neigh6.base_reachable, 20000);
	CHECK_EQ(s.h->netif.neigh6.retrans, 10);
	world_free(s.w);
}

/* rfc4861 7.2.5 */
TEST(a_router_that_is_none_any_more_is_no_default)
{
	static const uint8_t mac[8] = { 1, 1, 2, 0, 0, 0, 9, 9 };
	struct scene s = bare();
	struct net_addr own = host_addr("fe80::77");
	struct net_addr router = host_addr("fe80::1");
	struct advert a = advert(1800);
	uint8_t answer[32] = { ICMP6_NEIGHBOUR_ADVERT };

	CHECK_EQ(netif_add_address(&s.h->netif, &own, 64), 0);
	memcpy(a.bytes + 16, mac, sizeof mac);
	a.length += 8;
	send(&s, "fe80::1", a);
	send(&s, "fe80::2", advert(1800));
	CHECK_EQ(count_learned(&s), 2);
	put_be32(answer + 4, 0x20000000); /* override, not a router */
	memcpy(answer + 8, router.b, 16);
	memcpy(answer + 24, mac, sizeof mac);
	answer[24] = 2;
	say(&s, "fe80::1", "ff02::1", answer, sizeof answer);
	CHECK_EQ(count_learned(&s), 1);
	EXPECT_GATEWAY(&s, FAR, "fe80::2");
	world_free(s.w);
}

/* ---- duplicates ---- */

static struct netif_address *claim(struct scene *s, const char *name,
				   uint32_t flags)
{
	struct netif_address spec = { .addr = host_addr(name),
				      .bits = 64,
				      .flags = flags };

	CHECK_EQ(address_claim(&s->h->netif, &spec), 0);
	return netif_find_address(&s->h->netif, &spec.addr);
}

/* Solicitations from nobody that left since. */
static int count_probes(struct scene *s)
{
	struct net_addr nobody = addr_any6();
	struct frame *f;
	int n = 0;

	for (; (f = host_next(s->h)); free(f))
		n += f->length >= 78 && f->bytes[20] == 58 &&
		     f->bytes[54] == ICMP6_NEIGHBOUR_SOLICIT &&
		     !memcmp(f->bytes + 22, nobody.b, 16);
	return n;
}

/* rfc4862 5.1; rfc4862 5.4.2 */
TEST(each_address_is_asked_for_as_often_as_is_said)
{
	struct scene s = bare();
	char name[32];

	tune(&s, CONF "dad_transmits", "3");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "2001:db8:7::%x", i + 1);
		claim(&s, name, 0);
		world_run(s.w, 500 * NSEC_PER_MSEC);
	}
	world_run(s.w, 5 * NSEC_PER_SEC);
	CHECK_EQ(count_probes(&s), 24);
	world_free(s.w);
}

/* rfc4862 5.4; rfc4862 5.4.2 */
TEST(an_administrators_address_is_nobodys_until_it_was_asked_for)
{
	struct scene s = bare();
	struct net_addr addr = host_addr("2001:db8:7::1");
	struct netif_address *a = claim(&s, "2001:db8:7::1", 0);

	CHECK(a->flags & ADDRESS_TENTATIVE);
	world_run(s.w, 500 * NSEC_PER_MSEC);
	CHECK(netif_of_address(s.h->net, &addr) == NULL);
	CHECK_EQ(count_probes(&s), 1);
	world_run(s.w, 600 * NSEC_PER_MSEC);
	CHECK(!(a->flags & ADDRESS_TENTATIVE));
	CHECK(netif_of_address(s.h->net, &addr) == &s.h->netif);
	CHECK(!(claim(&s, "2001:db8:7::2", ADDRESS_NO_DAD)->flags &
		ADDRESS_TENTATIVE));
	tune(&s, CONF "accept_dad", "0");
	a = claim(&s, "2001:db8:7::3", 0);
	world_run(s.w, 10 * NSEC_PER_MSEC);
	CHECK(!(a->flags & ADDRESS_TENTATIVE));
	CHECK_EQ(count_probes(&s), 0);
	world_free(s.w);
}

/* rfc4862 5.4.5 */
TEST(an_address_that_somebody_has_is_never_used)
{
	struct scene s = bare();
	struct netif_address *a = claim(&s, "2001:db8:7::1", 0);
	uint8_t answer[24] = { ICMP6_NEIGHBOUR_ADVERT };

	put_be32(answer + 4, 0x20000000);
	memcpy(answer + 8, a->addr.b, 16);
	say(&s, "2001:db8:7::1", "ff02::1", answer, sizeof answer);
	CHECK(a->flags & ADDRESS_FAILED);
	world_run(s.w, 5 * NSEC_PER_SEC);
	CHECK(netif_of_address(s.h->net, &a->addr) == NULL);
	world_free(s.w);
}

/* rfc4862 5.4.5 */
TEST(accept_dad_2_switches_ipv6_off_when_the_mac_is_somebodys)
{
	struct scene s = bare();
	struct net_addr own = host_addr("fe80::ff:fe00:1");
	uint8_t answer[24] = { ICMP6_NEIGHBOUR_ADVERT };

	tune(&s, CONF "accept_dad", "2");
	tune(&s, CONF "addr_gen_mode", "0");
	world_run(s.w, 2 * NSEC_PER_MSEC);
	put_be32(answer + 4, 0x20000000);
	memcpy(answer + 8, own.b, 16);
	say(&s, "fe80::ff:fe00:1", "ff02::1", answer, sizeof answer);
	world_run(s.w, 10 * NSEC_PER_MSEC);
	CHECK_EQ(s.h->netif.conf6.disable_ipv6, 1);
	CHECK(netif_find_address(&s.h->netif, &own) == NULL);
	world_free(s.w);
}

TEST(temporary_addresses_may_be_shorter_than_a_moment)
{
	struct scene s = bare();
	struct advert a = advert(1800);

	tune(&s, CONF "use_tempaddr", "2");
	tune(&s, CONF "temp_valid_lft", "0");
	for (uint16_t i = 0; i < 5; i++)
		add_prefix(&a, i, 7200);
	for (int i = 0; i < 20; i++) {
		send(&s, "fe80::1", a);
		tune(&s, CONF "temp_valid_lft", i & 1 ? "0" : "7");
		world_run(s.w, NSEC_PER_SEC);
	}
	CHECK(count_learned(&s) == 6);
	world_free(s.w);
}
