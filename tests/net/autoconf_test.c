// SPDX-License-Identifier: MIT
/*
 * Addresses that a host makes itself, and the settings of one interface: how
 * the lower half is made (RFC 4291, RFC 7217), temporary addresses (RFC 8981),
 * IPv6 switched off, what else a router advertises (RFC 8106).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "net/core/link.h"
#include "net/core/source.h"
#include "net/ip/ndisc.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"
#include "tools/netsim/port_host.h"

#define ROUTER "fe80::9"
#define CONF "net/ipv6/conf/eth0/"

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

static struct netif_address *first6(struct scene *s, uint32_t with,
				    uint32_t without)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &s->h->netif.addresses, list)
		if (!addr_is_ip4(&a->addr) && (a->flags & with) == with &&
		    !(a->flags & without) && !addr_is_link_local6(&a->addr))
			return a;
	return NULL;
}

static struct netif_address *link_local(struct scene *s)
{
	struct netif_address *a;

	LIST_FOR_EACH(a, &s->h->netif.addresses, list)
		if (!addr_is_ip4(&a->addr) && addr_is_link_local6(&a->addr))
			return a;
	return NULL;
}

/* A router's advertisement with the prefix 2001:db8:N::/64 and more options. */
static void advertise(struct scene *s, uint16_t n, uint32_t valid,
		      uint32_t preferred, const uint8_t *more, uint32_t length)
{
	static const uint8_t mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t router[6] = { 2, 0, 0, 0, 9, 9 };
	struct ip6_header h = { .next_header = 58,
				.hop_limit = 255,
				.payload_length = (uint16_t)(48 + length),
				.src = host_addr(ROUTER),
				.dst = host_addr("ff02::1") };
	struct net_addr prefix = host_addr("2001:db8::");
	uint8_t *icmp = frame + 54;
	uint64_t sum;

	put_be16(prefix.b + 4, n);
	ethernet_emit(frame, mac, router, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memset(icmp, 0, 48);
	icmp[0] = ICMP6_ROUTER_ADVERT;
	put_be16(icmp + 6, 1800);
	icmp[16] = 3;
	icmp[17] = 4;
	icmp[18] = 64;
	icmp[19] = 0xc0;
	put_be32(icmp + 20, valid);
	put_be32(icmp + 24, preferred);
	memcpy(icmp + 32, prefix.b, 16);
	if (length)
		memcpy(icmp + 48, more, length);
	sum = checksum_pseudo(&h.src, &h.dst, 58, 48 + length);
	checksum_store(icmp + 2,
		       checksum_finish(checksum_add(sum, icmp, 48 + length)));
	inject(s, 54 + 48 + length);
}

static void advertise_prefix(struct scene *s, uint16_t n, uint32_t valid,
			     uint32_t preferred)
{
	advertise(s, n, valid, preferred, NULL, 0);
	world_run(s->w, 3 * NSEC_PER_SEC);
	forget_frames(s);
}

TEST(a_new_stack_makes_link_local_addresses)
{
	struct net_config config = { 0 };
	struct net *net = net_create(&config);

	CHECK_EQ(net->tunables.ip.fresh6.addr_gen_mode, GENERATE_EUI64);
	net_destroy(net);
}

TEST(writing_addr_gen_mode_makes_an_address)
{
	struct scene s = bare();
	struct net_addr own = host_addr("fe80::ff:fe00:1");

	CHECK(!link_local(&s));
	tune(&s, CONF "addr_gen_mode", "0");
	world_run(s.w, 2 * NSEC_PER_SEC);
	CHECK(link_local(&s) && addr_equal(&link_local(&s)->addr, &own));
	CHECK(!(link_local(&s)->flags & ADDRESS_TENTATIVE));
	CHECK_EQ(link_local(&s)->protocol, ADDRESS_BY_KERNEL_LL);
	CHECK_EQ(host_tune(s.h, CONF "addr_gen_mode", "4"), -EINVAL);
	CHECK_EQ(host_tune(s.h, CONF "addr_gen_mode", "2"), -EINVAL);
	world_free(s.w);
}

/* rfc7217 5 */
TEST(stable_addresses_depend_on_secret_and_prefix)
{
	struct scene s = bare();
	struct net_addr first, other, again;
	char text[64];

	tune(&s, CONF "stable_secret", "fd00:1:2:3::4");
	CHECK(host_tuned(s.h, CONF "stable_secret", text, sizeof text) > 0);
	CHECK_STR(text, "fd00:0001:0002:0003:0000:0000:0000:0004");
	CHECK(host_tuned(s.h, CONF "addr_gen_mode", text, sizeof text) > 0);
	CHECK_STR(text, "2");
	advertise_prefix(&s, 7, 86400, 14400);
	first = first6(&s, ADDRESS_STABLE_PRIVACY, 0)->addr;
	CHECK(first.b[11] != 0xff || first.b[12] != 0xfe);
	address_flush(&s.h->netif, NET_IP6);
	advertise_prefix(&s, 8, 86400, 14400);
	other = first6(&s, ADDRESS_STABLE_PRIVACY, 0)->addr;
	CHECK(memcmp(first.b + 8, other.b + 8, 8));
	address_flush(&s.h->netif, NET_IP6);
	advertise_prefix(&s, 7, 86400, 14400);
	again = first6(&s, ADDRESS_STABLE_PRIVACY, 0)->addr;
	CHECK(addr_equal(&first, &again));
	address_flush(&s.h->netif, NET_IP6);
	tune(&s, CONF "stable_secret", "fd00:1:2:3::5");
	advertise_prefix(&s, 7, 86400, 14400);
	again = first6(&s, ADDRESS_STABLE_PRIVACY, 0)->addr;
	CHECK(!addr_equal(&first, &again));
	CHECK_EQ(host_tune(s.h, CONF "stable_secret", "10.0.0.1"), -EINVAL);
	world_free(s.w);
}

/* rfc7217 5 */
TEST(a_stable_address_that_somebody_has_is_made_anew)
{
	struct scene s = bare();
	struct net_addr first;
	struct netif_address *a;

	tune(&s, CONF "stable_secret", "fd00:1:2:3::4");
	world_run(s.w, 2 * NSEC_PER_MSEC);
	a = link_local(&s);
	CHECK(a && (a->flags & ADDRESS_TENTATIVE));
	first = a->addr;
	autoconf_duplicate(s.h->net, &s.h->netif, a);
	world_run(s.w, 3 * NSEC_PER_SEC);
	a = link_local(&s);
	CHECK(a && !addr_equal(&a->addr, &first));
	CHECK(!(a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)));
	world_free(s.w);
}

/* What a socket with this IPV6_ADDR_PREFERENCES speaks from. */
static void expect_source(struct scene *s, int type, enum source_wish wish,
			  const struct netif_address *expected)
{
	struct endpoint *ep = host_socket(s->h, NET_IP6, type, 0);

	CHECK_EQ(host_set(s->h, ep, NET_IPPROTO_IPV6, NET_IPV6_ADDR_PREFERENCES,
			  (int)wish),
		 0);
	host_connect(s->h, ep, "2001:db8:99::1", 7);
	CHECK(addr_equal(&ep->local.addr, &expected->addr));
	host_close(s->h, ep);
}

/* rfc8981 3.3 */
TEST(temporary_addresses_are_random_and_preferred_by_2)
{
	struct scene s = bare();
	struct net_addr far = host_addr("2001:db8:99::1");
	const struct netif_address *public, *temporary, *chosen;

	tune(&s, CONF "use_tempaddr", "1");
	advertise_prefix(&s, 7, 86400 * 30, 86400 * 20);
	public = first6(&s, ADDRESS_MANAGE_TEMPORARY, 0);
	temporary = first6(&s, ADDRESS_TEMPORARY, 0);
	CHECK(public && temporary && public != temporary);
	CHECK(addr_in_prefix(&temporary->addr, &public->addr, 64));
	/* A week, and a day less a random part. */
	CHECK(temporary->valid_until - s.h->net->now <=
	      7 * 86400 * NSEC_PER_SEC);
	CHECK(temporary->preferred_until - s.h->net->now <=
	      86400 * NSEC_PER_SEC);
	CHECK(temporary->preferred_until - s.h->net->now >=
	      (86400 - 700) * NSEC_PER_SEC);
	chosen =
		source_select(s.h->net, &s.h->netif, &far, &far, SOURCE_AS_SET);
	CHECK(chosen == public);
	tune(&s, CONF "use_tempaddr", "2");
	chosen =
		source_select(s.h->net, &s.h->netif, &far, &far, SOURCE_AS_SET);
	CHECK(chosen == temporary);
	expect_source(&s, NET_SOCK_DGRAM, SOURCE_PUBLIC, public);
	expect_source(&s, NET_SOCK_STREAM, SOURCE_PUBLIC, public);
	tune(&s, CONF "use_tempaddr", "1");
	expect_source(&s, NET_SOCK_DGRAM, SOURCE_TEMPORARY, temporary);
	expect_source(&s, NET_SOCK_DGRAM, SOURCE_AS_SET, public);
	world_free(s.w);
}

/* rfc8981 3.4 */
TEST(a_temporary_address_gets_a_successor_before_it_is_deprecated)
{
	struct scene s = bare();
	struct net_addr first;
	const struct netif_address *next;

	tune(&s, CONF "use_tempaddr", "2");
	tune(&s, CONF "temp_prefered_lft", "100");
	tune(&s, CONF "temp_valid_lft", "150");
	tune(&s, CONF "max_desync_factor", "0");
	advertise_prefix(&s, 7, 86400, 14400);
	first = first6(&s, ADDRESS_TEMPORARY, 0)->addr;
	world_run(s.w, 90 * NSEC_PER_SEC);
	CHECK(addr_equal(&first6(&s, ADDRESS_TEMPORARY, 0)->addr, &first));
	world_run(s.w, 4 * NSEC_PER_SEC);
	next = first6(&s, ADDRESS_TEMPORARY, 0); /* the newest is first */
	CHECK(next && !addr_equal(&next->addr, &first));
	CHECK(netif_find_address(&s.h->netif, &first) != NULL);
	world_run(s.w, 70 * NSEC_PER_SEC);
	CHECK(netif_find_address(&s.h->netif, &first) == NULL);
	world_free(s.w);
}

/* rfc8981 3.3 */
TEST(temporary_addresses_are_limited_and_follow_their_prefix)
{
	struct scene s = bare();
	const struct netif_address *temporary;

	tune(&s, CONF "use_tempaddr", "1");
	tune(&s, CONF "max_addresses", "3");
	advertise_prefix(&s, 7, 86400, 14400);
	advertise_prefix(&s, 8, 86400, 14400);
	temporary = first6(&s, ADDRESS_TEMPORARY, 0);
	CHECK(temporary->addr.b[5] == 7); /* none of 8: three are enough */
	advertise_prefix(&s, 7, 86400, 0);
	CHECK(temporary->preferred_until <= s.h->net->now);
	world_free(s.w);
}

/* Linux's max_addresses: what routers bring is bounded. */
TEST(routers_bring_no_more_addresses_than_are_allowed)
{
	struct scene s = bare();
	struct netif_address *a;
	int count = 0;

	tune(&s, CONF "max_addresses", "3");
	for (uint16_t n = 7; n < 12; n++)
		advertise_prefix(&s, n, 86400, 14400);
	LIST_FOR_EACH(a, &s.h->netif.addresses, list)
		count += !!(a->flags & ADDRESS_MANAGE_TEMPORARY);
	CHECK_EQ(count, 3);
	tune(&s, CONF "max_addresses", "0"); /* any number */
	advertise_prefix(&s, 12, 86400, 14400);
	CHECK_EQ(first6(&s, ADDRESS_MANAGE_TEMPORARY, 0)->addr.b[5], 12);
	world_free(s.w);
}

TEST(while_one_link_local_address_is_tentative_no_other_is_made)
{
	struct scene s = bare();
	struct netif_address *a;
	int count = 0;

	tune(&s, CONF "addr_gen_mode", "3"); /* random */
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK(link_local(&s) && link_local(&s)->flags & ADDRESS_TENTATIVE);
	autoconf_link(s.h->net, &s.h->netif);
	world_run(s.w, 3 * NSEC_PER_SEC);
	LIST_FOR_EACH(a, &s.h->netif.addresses, list)
		count += addr_is_link_local6(&a->addr);
	CHECK_EQ(count, 1);
	world_free(s.w);
}

TEST(a_duplicate_is_told_once)
{
	struct scene s = bare();
	unsigned long before;

	tune(&s, CONF "addr_gen_mode", "0");
	world_run(s.w, 2 * NSEC_PER_MSEC);
	before = port_host_logged();
	for (int i = 0; i < 3; i++)
		autoconf_duplicate(s.h->net, &s.h->netif, link_local(&s));
	CHECK_EQ(port_host_logged(), before + 1);
	CHECK(link_local(&s)->flags & ADDRESS_FAILED);
	world_free(s.w);
}

/* Who changes one may be walking all of them. */
TEST(a_changed_address_expires_by_the_timer)
{
	struct scene s = bare();
	struct netif_address *a, spec;
	struct net_addr addr;

	advertise_prefix(&s, 7, 86400, 14400);
	a = first6(&s, ADDRESS_MANAGE_TEMPORARY, 0);
	addr = a->addr;
	spec = *a;
	spec.valid_until = spec.preferred_until = s.h->net->now;
	address_change(a, &spec);
	CHECK(netif_find_address(&s.h->netif, &addr) == a);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK(netif_find_address(&s.h->netif, &addr) == NULL);
	world_free(s.w);
}

TEST(disable_ipv6_takes_the_addresses_and_all_packets)
{
	struct scene s = bare();
	char text[16];

	tune(&s, CONF "addr_gen_mode", "0");
	world_run(s.w, 8 * NSEC_PER_SEC);
	advertise_prefix(&s, 7, 86400, 14400);
	CHECK(first6(&s, ADDRESS_MANAGE_TEMPORARY, 0));
	tune(&s, CONF "disable_ipv6", "1");
	CHECK(!link_local(&s) && !first6(&s, 0, 0));
	forget_frames(&s);
	advertise(&s, 7, 86400, 14400, NULL, 0);
	CHECK_EQ(drops(&s, REASON_IP_DISABLED), 1);
	world_run(s.w, 10 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	tune(&s, CONF "disable_ipv6", "0");
	world_run(s.w, 2 * NSEC_PER_SEC);
	CHECK(link_local(&s));
	tune(&s, "net/ipv6/conf/all/disable_ipv6", "1");
	CHECK(!link_local(&s));
	CHECK(host_tuned(s.h, CONF "disable_ipv6", text, sizeof text) > 0);
	CHECK_STR(text, "1");
	world_free(s.w);
}

TEST(settings_of_an_interface_are_its_own_and_follow_its_name)
{
	struct scene s = bare();
	char text[16];

	tune(&s, "net/ipv4/conf/default/rp_filter", "2");
	CHECK(host_tuned(s.h, "net/ipv4/conf/eth0/rp_filter", text,
			 sizeof text) > 0);
	CHECK_STR(text, "0"); /* it was there before */
	tune(&s, "net/ipv4/conf/eth0/rp_filter", "1");
	CHECK_EQ(s.h->netif.conf.rp_filter, 1);
	CHECK_EQ(s.h->net->loopback->conf.rp_filter, 0);
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/eth0/rp_filter", "3"), -EINVAL);
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/eth9/rp_filter", "1"), -ENOENT);
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/*/rp_filter", "1"), -ENOENT);
	netif_set_up(&s.h->netif, false);
	CHECK_EQ(link_rename(&s.h->netif, "wan"), 0);
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/eth0/rp_filter", "1"), -ENOENT);
	tune(&s, "net/ipv4/conf/wan/rp_filter", "2");
	CHECK_EQ(s.h->netif.conf.rp_filter, 2);
	world_free(s.w);
}

/* rfc4861 6.3.4 */
TEST(mtu_and_hop_limit_of_a_router_bound_ipv6_alone)
{
	static const uint8_t option[8] = { 5, 1, 0, 0, 0, 0, 0x05, 0x78 };
	struct scene s = bare();
	struct net_addr far = host_addr("2001:db8:99::1");
	struct net_path path;
	char text[16];

	advertise(&s, 7, 86400, 14400, option, sizeof option);
	world_run(s.w, 3 * NSEC_PER_SEC);
	CHECK_EQ(path_find(s.h->net, &far, NULL, NULL, &path), 0);
	CHECK_EQ(path.mtu, 1400);
	CHECK_EQ(s.h->netif.mtu, 1500);
	CHECK(host_tuned(s.h, CONF "mtu", text, sizeof text) > 0);
	CHECK_STR(text, "1400");
	CHECK_EQ(host_tune(s.h, CONF "mtu", "1279"), -EINVAL);
	CHECK_EQ(host_tune(s.h, CONF "mtu", "1501"), -EINVAL);
	tune(&s, CONF "mtu", "1300");
	CHECK_EQ(path_find(s.h->net, &far, NULL, NULL, &path), 0);
	CHECK_EQ(path.mtu, 1300);
	CHECK_EQ(link_set_mtu(&s.h->netif, 1450), 0);
	CHECK_EQ(path_find(s.h->net, &far, NULL, NULL, &path), 0);
	CHECK_EQ(path.mtu, 1450);
	forget_frames(&s);
	world_free(s.w);
}

static struct {
	uint32_t count, length;
	uint8_t bytes[64];
} told;

static void listener(struct net *net, enum change_kind kind,
		     enum change_how how, const void *object)
{
	const struct nd_option_change *change = object;

	if (kind != CHANGE_ND_OPTION)
		return;
	told.count++;
	told.length = change->length;
	memcpy(told.bytes, change->bytes, change->length);
}

/* rfc8106 5.1 */
TEST(name_servers_of_a_router_are_told_to_programs)
{
	static const uint8_t option[32] = { 25, 3, 0,	 0, 0,	  0,
					    1,	0, 0x20, 1, 0x0d, 0xb8 };
	struct scene s = bare();

	memset(&told, 0, sizeof told);
	s.h->net->watch.changed = listener;
	advertise(&s, 7, 86400, 14400, option, 24);
	CHECK_EQ(told.count, 1);
	CHECK_EQ(told.length, 24);
	CHECK_MEM(told.bytes, option, 24);
	world_free(s.w);
}
