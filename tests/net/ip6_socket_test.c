// SPDX-License-Identifier: MIT
/*
 * What sockets ask of IPv6 beside sending and receiving, seen on the wire:
 * anycast addresses and who answers for them (RFC 4291 2.6), router alerts while
 * forwarding (RFC 2711), and the MTU of a route, of which both families' own
 * packets must not be larger.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "net/core/link.h"
#include "net/ip/anycast.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define OWN "2001:db8::1"
#define PEER "2001:db8::2"
#define SUBNET "2001:db8::"

static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 1, 1 };

static void forget_frames(struct scene *s)
{
	for (struct frame *f; (f = host_next(s->h)); free(f))
		;
}

static struct scene scene6(void)
{
	struct scene s = { .w = world_new(1) };
	struct net_addr own = host_addr(OWN), link = host_addr("fe80::1");

	s.h = host_new(s.w, NULL, 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &own, 64), 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &link, 64), 0);
	world_run(s.w, 3 * NSEC_PER_SEC);
	forget_frames(&s);
	return s;
}

/* From the peer, behind an IPv6 header. */
static void say(struct scene *s, const char *dst, uint8_t next, uint8_t hops,
		const uint8_t *bytes, uint32_t length)
{
	struct ip6_header h = { .next_header = next,
				.hop_limit = hops,
				.payload_length = (uint16_t)length,
				.src = host_addr(PEER),
				.dst = host_addr(dst) };
	uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };

	if (addr_is_multicast(&h.dst)) {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, h.dst.b + 12, 4);
	}
	ethernet_emit(frame, mac, peer_mac, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memcpy(frame + 54, bytes, length);
	inject(s, 54 + length);
}

static void say_icmp(struct scene *s, const char *dst, uint8_t *icmp,
		     uint32_t length)
{
	struct net_addr from = host_addr(PEER), to = host_addr(dst);
	uint64_t sum = checksum_pseudo(&from, &to, 58, length);

	put_be16(icmp + 2, 0);
	checksum_store(icmp + 2,
		       checksum_finish(checksum_add(sum, icmp, length)));
	say(s, dst, 58, 255, icmp, length);
}

static void ask_for(struct scene *s, const char *target)
{
	struct net_addr addr = host_addr(target);
	struct net_addr group = solicited_node(&addr);
	uint8_t icmp[32] = { ICMP6_NEIGHBOUR_SOLICIT };
	char text[ADDR_TEXT_MAX];

	memcpy(icmp + 8, addr.b, 16);
	icmp[24] = icmp[25] = 1;
	memcpy(icmp + 26, peer_mac, 6);
	addr_format(text, sizeof text, &group);
	say_icmp(s, text, icmp, sizeof icmp);
	world_run(s->w, 2 * NSEC_PER_SEC); /* proxy_delay */
}

/* Of all frames that left the first of this type, or NULL. */
static struct frame *next_of(struct scene *s, uint8_t type)
{
	struct frame *f;

	while ((f = host_next(s->h))) {
		if (f->length >= 78 && f->bytes[20] == 58 &&
		    f->bytes[54] == type)
			return f;
		free(f);
	}
	return NULL;
}

static struct frame *advertisement(struct scene *s)
{
	return next_of(s, ICMP6_NEIGHBOUR_ADVERT);
}

static void know_peer(struct scene *s, const char *name)
{
	struct net_addr addr = host_addr(name);

	neighbour_heard(&s->h->netif, &addr, peer_mac, NEIGHBOUR_IS_REACHABLE,
			NEIGHBOUR_OVERRIDE, true);
}

/* ---- anycast ---- */

/* rfc4291 2.6; rfc4291 2.6.1; rfc4861 7.2.4 */
TEST(a_router_answers_for_its_subnets_anycast_address)
{
	struct scene s = scene6();
	struct net_addr subnet = host_addr(SUBNET), own = host_addr(OWN);
	uint8_t echo[24] = { ICMP6_ECHO };
	struct frame *f;

	ask_for(&s, SUBNET);
	CHECK(advertisement(&s) == NULL); /* a host's it is not */
	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/eth0/forwarding", "1"), 0);
	ask_for(&s, SUBNET);
	f = advertisement(&s);
	CHECK(f != NULL);
	CHECK_MEM(f->bytes + 62, subnet.b, 16);
	CHECK_MEM(f->bytes + 22, own.b, 16); /* from a real address */
	CHECK_EQ(f->bytes[58] >> 5, 6); /* router, solicited, no override */
	free(f);
	say_icmp(&s, SUBNET, echo, sizeof echo);
	world_run(s.w, NSEC_PER_MSEC);
	f = next_of(&s, ICMP6_ECHO_REPLY);
	CHECK(f != NULL);
	CHECK_MEM(f->bytes + 22, own.b, 16);
	free(f);
	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/eth0/forwarding", "0"), 0);
	CHECK(anycast_find(&s.h->netif, &subnet) == NULL);
	forget_frames(&s);
	ask_for(&s, SUBNET);
	CHECK(advertisement(&s) == NULL);
	world_free(s.w);
}

/* rfc4291 2.6.1 */
TEST(the_subnets_anycast_address_follows_the_addresses)
{
	struct scene s = scene6();
	struct net_addr subnet = host_addr(SUBNET), own = host_addr(OWN);
	struct net_addr second = host_addr("2001:db8::5");
	struct net_addr link = host_addr("2001:db8:5::5");
	struct net_addr none = host_addr("2001:db8:5::4");

	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/all/forwarding", "1"), 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &second, 64), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK_EQ(anycast_find(&s.h->netif, &subnet)->subnets, 2);
	CHECK_EQ(netif_del_address(&s.h->netif, &own), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK_EQ(anycast_find(&s.h->netif, &subnet)->subnets, 1);
	CHECK_EQ(netif_del_address(&s.h->netif, &second), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK(anycast_find(&s.h->netif, &subnet) == NULL);
	/* RFC 6164: a link of two has no room for one. */
	CHECK_EQ(netif_add_address(&s.h->netif, &link, 127), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK(anycast_find(&s.h->netif, &none) == NULL);
	netif_set_up(&s.h->netif, false);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	CHECK(list_empty(&s.h->netif.anycasts));
	world_free(s.w);
}

static int anycast_option(struct scene *s, struct endpoint *ep, int name,
			  const char *text)
{
	struct net_addr addr = host_addr(text);
	uint8_t mreq[20];
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = NET_IPPROTO_IPV6,
				      .option = name,
				      .value = mreq,
				      .length = sizeof mreq };

	memcpy(mreq, addr.b, 16);
	memcpy(mreq + 16, &s->h->netif.index, 4);
	return host_request(s->h, ep, &r);
}

/* rfc4291 2.6 */
TEST(an_anycast_address_lasts_while_a_socket_shares_it)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	uint8_t syn[20] = { 0, 1, 0, 2, [12] = 0x50, 2 };

	CHECK_EQ(anycast_option(&s, ep, NET_IPV6_JOIN_ANYCAST, "2001:db8::9"),
		 0);
	ask_for(&s, "2001:db8::9");
	free(advertisement(&s));
	forget_frames(&s);
	say(&s, "2001:db8::9", 6, 64, syn, sizeof syn);
	CHECK_EQ(drops(&s, REASON_IP_NOT_FOR_US), 1); /* no TCP */
	host_close(s.h, ep);
	world_settle(s.w);
	CHECK(list_empty(&s.h->netif.anycasts));
	CHECK_EQ(s.h->net->ip->anycasts, 0);
	world_free(s.w);
}

/* rfc4443 2.2 */
TEST(errors_about_a_packet_for_an_anycast_address_are_from_it)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	struct net_addr addr = host_addr("2001:db8::9");
	uint8_t udp[8] = { 0, 1, 0, 2, 0, 8 };
	struct net_addr from = host_addr(PEER);
	struct frame *f;

	CHECK_EQ(anycast_option(&s, ep, NET_IPV6_JOIN_ANYCAST, "2001:db8::9"),
		 0);
	checksum_store(udp + 6,
		       checksum_finish(checksum_add(
			       checksum_pseudo(&from, &addr, 17, sizeof udp),
			       udp, sizeof udp)));
	know_peer(&s, PEER);
	say(&s, "2001:db8::9", 17, 64, udp, sizeof udp);
	world_run(s.w, NSEC_PER_MSEC);
	f = next_of(&s, ICMP6_DEST_UNREACHABLE);
	CHECK(f != NULL);
	CHECK_MEM(f->bytes + 22, addr.b, 16);
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}

static struct netif *dummy(struct scene *s, uint32_t index)
{
	struct link_request request = { .name = "away", .index = index };
	struct net_addr own = host_addr("2001:db8:9::1");
	struct netif *netif;

	CHECK_EQ(link_create(s->h->net, link_kind_find(s->h->net, "dummy"),
			     &request, &netif),
		 0);
	CHECK_EQ(netif_add_address(netif, &own, 64), 0);
	CHECK_EQ(link_set_flags(netif, NETIF_UP, NETIF_UP), 0);
	return netif;
}

static int anycast_on(struct scene *s, struct endpoint *ep, int name,
		      uint32_t index)
{
	struct net_addr addr = host_addr("2001:db8:9::9");
	uint8_t mreq[20];
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = NET_IPPROTO_IPV6,
				      .option = name,
				      .value = mreq,
				      .length = sizeof mreq };

	memcpy(mreq, addr.b, 16);
	memcpy(mreq + 16, &index, 4);
	return host_request(s->h, ep, &r);
}

TEST(a_share_of_a_link_that_is_gone_is_none_of_the_next_one)
{
	struct scene s = scene6();
	struct endpoint *old = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	struct net_addr addr = host_addr("2001:db8:9::9");
	struct netif *netif = dummy(&s, 9);

	CHECK_EQ(anycast_on(&s, old, NET_IPV6_JOIN_ANYCAST, 9), 0);
	CHECK_EQ(link_delete(netif), 0);
	world_settle(s.w);
	netif = dummy(&s, 9);
	CHECK_EQ(anycast_on(&s, ep, NET_IPV6_JOIN_ANYCAST, 9), 0);
	CHECK_EQ(anycast_on(&s, old, NET_IPV6_LEAVE_ANYCAST, 9), 0);
	CHECK(anycast_find(netif, &addr) != NULL);
	/* A program has some of them, not any number. */
	for (int i = 1; i < 256; i++)
		CHECK_EQ(anycast_on(&s, ep, NET_IPV6_JOIN_ANYCAST, 9), 0);
	CHECK_EQ(anycast_on(&s, ep, NET_IPV6_JOIN_ANYCAST, 9), -ENOMEM);
	host_close(s.h, ep);
	host_close(s.h, old);
	world_settle(s.w);
	CHECK(anycast_find(netif, &addr) == NULL);
	world_free(s.w);
}

/* ---- leased flow labels ---- */

static int lease_label(struct scene *s, struct endpoint *ep, bool create)
{
	struct net_addr dst = host_addr(PEER);
	uint8_t lease[32] = { 0 };
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = NET_IPPROTO_IPV6,
				      .option = NET_IPV6_FLOWLABEL_MGR,
				      .value = lease,
				      .length = sizeof lease };

	memcpy(lease, dst.b, 16);
	put_be32(lease + 16, 0x12345);
	lease[21] = 255; /* anybody's */
	lease[22] = create;
	return host_request(s->h, ep, &r);
}

TEST(a_socket_holds_a_lease_a_bounded_number_of_times)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);

	ep->uid = 1000;
	CHECK_EQ(lease_label(&s, ep, true), 0);
	for (int i = 1; i < 32; i++)
		CHECK_EQ(lease_label(&s, ep, false), 0);
	CHECK_EQ(lease_label(&s, ep, false), -ENOBUFS);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- router alert ---- */

/* rfc2711 2.1 */
TEST(a_router_alert_that_a_socket_wants_goes_no_further)
{
	static const uint8_t alert[16] = { 59, 1, 5, 2, 0, 3, 1, 8 };
	struct scene s = scene6();
	struct endpoint *raw =
		host_socket(s.h, NET_IP6, NET_SOCK_RAW, NET_IPPROTO_RAW);
	struct endpoint *icmp =
		host_socket(s.h, NET_IP6, NET_SOCK_RAW, NET_IPPROTO_ICMPV6);

	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/all/forwarding", "1"), 0);
	CHECK_EQ(host_set(s.h, icmp, NET_IPPROTO_IPV6, NET_IPV6_ROUTER_ALERT,
			  3),
		 -ENOPROTOOPT);
	CHECK_EQ(host_set(s.h, raw, NET_IPPROTO_IPV6, NET_IPV6_ROUTER_ALERT, 4),
		 0);
	say(&s, "2001:db8:7::1", 0, 64, alert, sizeof alert);
	CHECK_EQ(endpoint_poll(raw) & NET_POLLIN, 0); /* another value */
	CHECK_EQ(drops(&s, REASON_IP_NO_ROUTE), 1);
	CHECK_EQ(host_set(s.h, raw, NET_IPPROTO_IPV6, NET_IPV6_ROUTER_ALERT,
			  -1),
		 0);
	CHECK_EQ(host_set(s.h, raw, NET_IPPROTO_IPV6, NET_IPV6_ROUTER_ALERT, 3),
		 0);
	say(&s, "2001:db8:7::1", 0, 64, alert, sizeof alert);
	CHECK(endpoint_poll(raw) & NET_POLLIN);
	CHECK_EQ(drops(&s, REASON_IP_NO_ROUTE), 1);
	host_close(s.h, raw);
	world_settle(s.w);
	CHECK_EQ(s.h->net->ip->router_alerts, 0);
	host_close(s.h, icmp);
	world_free(s.w);
}

/* ---- a route's MTU ---- */

static void route_with_mtu(struct scene *s, const char *prefix,
			   unsigned int bits, uint32_t mtu, bool locked)
{
	struct route_metrics metrics = { .value[METRIC_MTU] = mtu };
	struct route_hop hop = { .netif = &s->h->netif };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .scope = SCOPE_LINK,
				   .prefix = host_addr(prefix),
				   .bits = bits,
				   .metrics = &metrics,
				   .hops = &hop,
				   .hop_count = 1 };

	metrics.value[METRIC_LOCK] = locked ? 1 << METRIC_MTU : 0;
	CHECK_EQ(route_insert(s->h->net, &spec, ROUTE_MODE_CREATE), 0);
}

/* The largest IP packet that left. */
static uint32_t largest(struct scene *s)
{
	struct frame *f;
	uint32_t most = 0;

	for (; (f = host_next(s->h)); free(f))
		most = MAX(most, (uint32_t)f->length - 14);
	return most;
}

static void expect_pieces(struct scene *s, int family, int level, int option,
			  const char *dst, uint32_t mtu)
{
	static uint8_t data[1460];
	struct endpoint *ep = host_socket(s->h, family, NET_SOCK_DGRAM, 0);

	know_peer(s, dst);
	CHECK_EQ(host_send_to(s->h, ep, dst, 7, data, sizeof data), 0);
	world_run(s->w, NSEC_PER_MSEC);
	CHECK_EQ(largest(s), mtu);
	CHECK_EQ(host_set(s->h, ep, level, option, MTU_DO), 0);
	CHECK_EQ(host_send_to(s->h, ep, dst, 7, data, sizeof data), 0);
	world_settle(s->w);
	CHECK_EQ(endpoint_take_error(ep), -EMSGSIZE);
	CHECK_EQ(host_set(s->h, ep, level, option, MTU_OMIT), 0);
	CHECK_EQ(host_send_to(s->h, ep, dst, 7, data, 1400), 0);
	world_run(s->w, NSEC_PER_MSEC);
	CHECK(largest(s) > 1400); /* which asks the interface alone */
	host_close(s->h, ep);
}

/* rfc1122 3.3.2 */
TEST(datagrams_obey_the_mtu_of_their_route)
{
	struct scene s = scene6();
	struct net_addr own4 = host_addr("10.0.0.1");

	CHECK_EQ(netif_add_address(&s.h->netif, &own4, 24), 0);
	route_with_mtu(&s, "2001:db8:5::", 64, 1304, false);
	expect_pieces(&s, NET_IP6, NET_IPPROTO_IPV6, NET_IPV6_MTU_DISCOVER,
		      "2001:db8:5::2", 1304);
	route_with_mtu(&s, "10.5.0.0", 96 + 16, 996, false);
	expect_pieces(&s, NET_IP4, NET_IPPROTO_IP, NET_IP_MTU_DISCOVER,
		      "10.5.0.2", 996);
	world_free(s.w);
}

/* rfc4861 6.3.4 */
TEST(datagrams_obey_the_mtu_of_their_router)
{
	struct scene s = scene6();

	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/eth0/mtu", "1288"), 0);
	expect_pieces(&s, NET_IP6, NET_IPPROTO_IPV6, NET_IPV6_MTU_DISCOVER,
		      PEER, 1288);
	world_free(s.w);
}

TEST(echo_replies_obey_the_mtu_of_their_route)
{
	static uint8_t echo[1440] = { ICMP6_ECHO };
	struct scene s = scene6();

	know_peer(&s, PEER);
	route_with_mtu(&s, "2001:db8::2", 128, 1304, false);
	say_icmp(&s, OWN, echo, sizeof echo);
	world_run(s.w, NSEC_PER_MSEC);
	CHECK_EQ(largest(&s), 1304);
	world_free(s.w);
}

TEST(a_locked_mtu_leaves_the_cutting_to_others)
{
	struct scene s = scene6();
	struct net_addr own4 = host_addr("10.0.0.1");
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct frame *f;

	CHECK_EQ(netif_add_address(&s.h->netif, &own4, 24), 0);
	world_run(s.w, NSEC_PER_SEC);
	forget_frames(&s);
	route_with_mtu(&s, "10.5.0.0", 96 + 16, 996, true);
	know_peer(&s, "10.5.0.2");
	CHECK_EQ(host_send_to(s.h, ep, "10.5.0.2", 7, "hi", 2), 0);
	world_run(s.w, NSEC_PER_MSEC);
	f = host_next(s.h);
	CHECK(f != NULL && f->bytes[12] == 8);
	CHECK_EQ(f->bytes[20] & 0x40, 0); /* no DF */
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}
